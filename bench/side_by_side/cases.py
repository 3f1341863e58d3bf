"""What is measured: a case is a setup of hops and a load."""

from dataclasses import dataclass

SMALL = (("Host", "cart.shop"),)

# Twelve headers, about 650 bytes with the request line: what a browser's call looks like after a gateway.
TYPICAL = (
    ("Host", "cart.shop"),
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36"),
    ("Accept", "application/json, text/plain, */*"),
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
    ("Accept-Language", "en-GB,en;q=0.9,de;q=0.8"),
    ("Authorization", "Bearer b3BhcXVlLXRva2VuLW9mLTY0LWJ5dGVzLWFzLXRoZXktYXJlLWlzc3VlZC10b2RheS0wMQ"),
    ("Cookie", "session=9c2f6f6e0d8b4f0c8f0c9d2f6a1b3c4d; theme=dark; consent=analytics.0-ads.0"),
    ("Referer", "https://shop.example/catalog/threads?page=3"),
    ("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    ("X-Tenant", "tenant-0042"),
    ("Cache-Control", "no-cache"),
    ("X-Client-Version", "web-2026.11.3"),
)

HTTP1, HTTP2, BYTES = "http/1.1", "h2", "bytes"
EITHER = "either"
ENVOYS = {HTTP1: "http_protocol_options", HTTP2: "http2_protocol_options"}
HAPROXYS = {HTTP1: "h1", HTTP2: "h2"}


@dataclass(frozen=True)
class Setup:
    """
    hops: the configurations of the proxies in the order that a request meets them. plain: whether the first speaks no TLS.
    client, between, upstream: the protocol from the client, between the proxies, and to the application, which has a port for each. Who
    can do so tells by itself what its client speaks; of nginx it decides. grpc: whether the application is one of gRPC.
    between EITHER: each contestant is there twice, once with each.
    client BYTES: the proxies carry bytes, to who only counts them. loops: of a gateway, with a core for each; 0 is a sidecar's one.
    """

    name: str
    hops: tuple
    plain: bool = True
    client: str = HTTP1
    between: str = HTTP1
    upstream: str = HTTP1
    grpc: bool = False
    loops: int = 0

    def values(self, between=None):
        """What the configurations say of it. between: of the contestant, where there are two."""
        return {
            "between": between or self.between,
            "between_options": ENVOYS[between or self.between],
            "upstream_options": ENVOYS[self.upstream],
            "upstream_mux": HAPROXYS[self.upstream],
            "threads": max(1, self.loops),
            "listen": "http2 " if self.client == HTTP2 else "",
        }


@dataclass(frozen=True)
class Request:
    path: str
    headers: tuple

    def text(self):
        lines = [f"GET {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers), "", ""]
        return "\r\n".join(lines)


@dataclass(frozen=True)
class Saturated:
    """As many requests as go through."""

    request: Request
    connections: int = 64


@dataclass(frozen=True)
class AtOnce:
    """So many requests at once, each on its connection: also their latencies, and what the proxies hold for them."""

    request: Request
    connections: int


@dataclass(frozen=True)
class Multiplexed:
    """As many requests as go through by HTTP/2: so many streams at once on each connection."""

    request: Request
    connections: int
    streams: int


@dataclass(frozen=True)
class Calls:
    """As many messages as go through by gRPC, each answered before the next; unary: a call each, else in streams that stay a while."""

    unary: bool
    connections: int = 8
    at_once: int = 64


@dataclass(frozen=True)
class Paced:
    """So many requests a second, far from what goes through."""

    request: Request
    rate: int
    connections: int = 16


@dataclass(frozen=True)
class Handshakes:
    """New connections with mutual TLS, one request each, with this group alone offered."""

    group: str


@dataclass(frozen=True)
class Bulk:
    """As many bytes as go through, to the backend; what stands for a request is a MiB of them."""

    connections: int


@dataclass(frozen=True)
class Footprint:
    """Memory and start: of each contestant from a file, and of Weft as a sidecar of a mesh with 50 services."""


@dataclass(frozen=True)
class ColdStart:
    """The first minute of a process that has so much of a core, under requests that are there before it is."""

    hop: str
    request: Request
    rate: int = 200
    cores: float = 0.5
    connections: int = 16


@dataclass(frozen=True)
class SystemCalls:
    """What a request costs the kernel in calls, under a load of its own."""

    warm: Saturated | Multiplexed | Calls


@dataclass(frozen=True)
class Microbenchmarks:
    """Parts of Weft alone, by JMH."""


@dataclass(frozen=True)
class Bound:
    """What a measure of Weft's is held to: its ratio to a peer's. must: missed above it; aim: where it should get."""

    to: str
    must: float
    aim: float
    measure: str = "CPU per request"


@dataclass(frozen=True)
class Case:
    """contestants: who can, where not all; the load decides how it is measured."""

    name: str
    title: str
    setup: Setup
    load: Saturated | AtOnce | Multiplexed | Calls | Paced | Handshakes | Bulk | Footprint | ColdStart | SystemCalls | Microbenchmarks
    contestants: tuple = ("weft", "envoy", "haproxy", "nginx")
    bounds: tuple = ()


ONE_HOP = Setup("one-hop", ("one-hop",))
TWO_HOPS = Setup("two-hops", ("front", "back"))
ALONE = Setup("alone", ())
MUTUAL_TLS = Setup("mutual-tls", ("back",), plain=False)

SMALL_REQUEST = Request("/small", SMALL)
TYPICAL_REQUEST = Request("/typical", TYPICAL)

ONE_HOP_H2 = Setup("one-hop-h2", ("one-hop",), client=HTTP2, upstream=HTTP2)
ONE_HOP_H2_TO_H1 = Setup("one-hop-h2-to-h1", ("one-hop",), client=HTTP2)
TWO_HOPS_H2 = Setup("two-hops-h2", ("front", "back"), between=HTTP2)
EITHER_BETWEEN = Setup("either-between", ("front", "back"), between=EITHER)
TWO_HOPS_GRPC = Setup("two-hops-grpc", ("front", "back"), client=HTTP2, between=HTTP2, upstream=HTTP2, grpc=True)

H2_UPSTREAM = ("weft", "envoy", "haproxy")  # nginx speaks HTTP/2 to clients alone
H2_ONE_HOP = (Bound("HAProxy", 1.00, 0.75), Bound("Envoy", 0.35, 0.20))
H2_TWO_HOPS = (Bound("HAProxy", 0.95, 0.70), Bound("Envoy", 0.40, 0.25))
H2_LATENCIES = (Bound("Envoy", 0.6, 0.3, "added p50"), Bound("Envoy", 1.0, 0.5, "added p99"))

TCP = Setup("tcp", ("tcp",), client=BYTES)
TCP_MTLS = Setup("tcp-mtls", ("tcp-front", "tcp-back"), client=BYTES)

WITHOUT_NGINX = ("weft", "envoy", "haproxy")  # whose module for bytes is a package of its own
TCP_ONE_HOP = (Bound("HAProxy", 0.80, 0.60),)


def one_hop_h2(connections, streams):
    title = f"one hop, HTTP/2 on both sides, {connections} x {streams} streams"
    load = Multiplexed(TYPICAL_REQUEST, connections, streams)
    return Case(f"one-hop-h2-{connections}x{streams}", title, ONE_HOP_H2, load, H2_UPSTREAM, H2_ONE_HOP)


def two_hops_h2(suffix, title, load, bounds):
    return Case(f"two-hops-h2{suffix}", f"two hops, mutual TLS and HTTP/2 between, {title}", TWO_HOPS_H2, load, H2_UPSTREAM, bounds)


def between(requests):
    title = f"two hops of Weft, HTTP/1.1 or HTTP/2 between, {requests} {'request' if requests == 1 else 'requests'} at once"
    return Case(f"between-{requests}", title, EITHER_BETWEEN, AtOnce(TYPICAL_REQUEST, requests), ("weft",))


def gateway(loops):
    title = f"gateway, {loops} {'loop' if loops == 1 else 'loops'}, HTTP/1.1"
    return Case(f"gateway-{loops}", title, Setup(f"gateway-{loops}", ("one-hop",), loops=loops), Saturated(TYPICAL_REQUEST), H2_UPSTREAM)


ALL = (
    Case("one-hop-small", "one hop, HTTP/1.1, small", ONE_HOP, Saturated(SMALL_REQUEST)),
    Case("one-hop-typical", "one hop, HTTP/1.1, typical headers", ONE_HOP, Saturated(TYPICAL_REQUEST)),
    Case("one-hop-64k", "one hop, HTTP/1.1, bodies of 64 KiB", ONE_HOP, Saturated(Request("/64k", SMALL))),
    Case("one-hop-1000", "one hop, 1,000 requests/s", ONE_HOP, Paced(TYPICAL_REQUEST, 1000)),
    Case("one-hop-5000", "one hop, 5,000 requests/s", ONE_HOP, Paced(TYPICAL_REQUEST, 5000)),
    Case("one-hop-calls", "one hop, system calls", ONE_HOP, SystemCalls(Saturated(TYPICAL_REQUEST))),
    Case("two-hops-mtls", "two hops, mutual TLS between, HTTP/1.1", TWO_HOPS, Saturated(TYPICAL_REQUEST)),
    Case("two-hops-500", "two hops, mutual TLS, 500 requests/s", TWO_HOPS, Paced(TYPICAL_REQUEST, 500)),
    Case("two-hops-2500", "two hops, mutual TLS, 2,500 requests/s", TWO_HOPS, Paced(TYPICAL_REQUEST, 2500)),
    Case("two-hops-calls", "two hops, mutual TLS, system calls", TWO_HOPS, SystemCalls(Saturated(TYPICAL_REQUEST))),
    *(one_hop_h2(connections, streams) for connections in (1, 10) for streams in (1, 32)),
    Case("one-hop-h2-calls", "one hop, HTTP/2 on both sides, system calls", ONE_HOP_H2, SystemCalls(Multiplexed(TYPICAL_REQUEST, 10, 32)), H2_UPSTREAM),
    Case("one-hop-h2-to-h1", "one hop, HTTP/2 clients, 10 x 32 streams", ONE_HOP_H2_TO_H1, Multiplexed(TYPICAL_REQUEST, 10, 32), bounds=H2_ONE_HOP),
    two_hops_h2("", "HTTP/1.1 clients", Saturated(TYPICAL_REQUEST), H2_TWO_HOPS),
    two_hops_h2("-clients", "HTTP/2 clients, 10 x 32 streams", Multiplexed(TYPICAL_REQUEST, 10, 32), H2_TWO_HOPS),
    two_hops_h2("-500", "500 requests/s", Paced(TYPICAL_REQUEST, 500), (Bound("HAProxy", 1.3, 1.0), *H2_LATENCIES)),
    two_hops_h2("-2500", "2,500 requests/s", Paced(TYPICAL_REQUEST, 2500), H2_LATENCIES),
    two_hops_h2("-calls", "system calls", SystemCalls(Saturated(TYPICAL_REQUEST)), ()),
    Case("grpc-unary", "gRPC, two hops, mutual TLS, unary calls", TWO_HOPS_GRPC, Calls(unary=True), H2_UPSTREAM, (Bound("Envoy", 0.45, 0.25),)),
    Case("grpc-stream", "gRPC, two hops, mutual TLS, messages of streams", TWO_HOPS_GRPC, Calls(unary=False), H2_UPSTREAM, (Bound("Envoy", 0.50, 0.30),)),
    Case("new-mtls", "new mutual TLS connection, X25519", MUTUAL_TLS, Handshakes("X25519")),
    Case(
        "new-mtls-hybrid",
        "new mutual TLS connection, X25519MLKEM768",
        MUTUAL_TLS,
        Handshakes("X25519MLKEM768"),
        contestants=("weft", "envoy"),  # the OpenSSL 3.0 of the others has no hybrid group
    ),
    Case("tcp-1", "a MiB of TCP, one hop, 1 connection", TCP, Bulk(1), WITHOUT_NGINX, TCP_ONE_HOP),
    Case("tcp-8", "a MiB of TCP, one hop, 8 connections", TCP, Bulk(8), WITHOUT_NGINX, TCP_ONE_HOP),
    Case("tcp-mtls-8", "a MiB of TCP, two hops, mutual TLS, 8 connections", TCP_MTLS, Bulk(8), WITHOUT_NGINX),
    *(between(requests) for requests in (1, 32, 512)),
    *(gateway(loops) for loops in (1, 2, 4)),
    Case("footprint", "memory and start", ALONE, Footprint()),
    Case("cold-start", "cold start with half a core, one hop, 200 requests/s", ALONE, ColdStart("one-hop", TYPICAL_REQUEST), ("weft", "envoy")),
    Case("cold-start-mtls", "cold start with half a core, mutual TLS to the next hop, 200 requests/s", ALONE, ColdStart("front", TYPICAL_REQUEST), ("weft", "envoy")),
    Case("microbenchmarks", "parts of Weft", ALONE, Microbenchmarks()),
)


def select(names):
    """The cases of these names, or all; an unknown name is an error."""
    if not names:
        return list(ALL)
    known = {case.name: case for case in ALL}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(f"CASES: no case {', '.join(unknown)}; there are {', '.join(known)}")
    return [case for case in ALL if case.name in names]  # those of a setup stay together
