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


@dataclass(frozen=True)
class Setup:
    """hops: the configurations of the proxies in the order that a request meets them. plain: whether the first speaks no TLS."""

    name: str
    hops: tuple
    plain: bool = True


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

    warm: Saturated


@dataclass(frozen=True)
class Microbenchmarks:
    """Parts of Weft alone, by JMH."""


@dataclass(frozen=True)
class Case:
    """contestants: who can, where not all; the load decides how it is measured."""

    name: str
    title: str
    setup: Setup
    load: Saturated | Paced | Handshakes | Footprint | ColdStart | SystemCalls | Microbenchmarks
    contestants: tuple = ("weft", "envoy", "haproxy", "nginx")


ONE_HOP = Setup("one-hop", ("one-hop",))
TWO_HOPS = Setup("two-hops", ("front", "back"))
ALONE = Setup("alone", ())
MUTUAL_TLS = Setup("mutual-tls", ("back",), plain=False)

SMALL_REQUEST = Request("/small", SMALL)
TYPICAL_REQUEST = Request("/typical", TYPICAL)

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
    Case("new-mtls", "new mutual TLS connection, X25519", MUTUAL_TLS, Handshakes("X25519")),
    Case(
        "new-mtls-hybrid",
        "new mutual TLS connection, X25519MLKEM768",
        MUTUAL_TLS,
        Handshakes("X25519MLKEM768"),
        contestants=("weft", "envoy"),  # the OpenSSL 3.0 of the others has no hybrid group
    ),
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
