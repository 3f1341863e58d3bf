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
    """hops: the configurations of the proxies in the order that a request meets them."""

    name: str
    hops: tuple


@dataclass(frozen=True)
class Case:
    name: str
    title: str
    setup: Setup
    path: str
    headers: tuple
    connections: int = 64


ONE_HOP = Setup("one-hop", ("one-hop",))
TWO_HOPS = Setup("two-hops", ("front", "back"))

ALL = (
    Case("one-hop-small", "one hop, HTTP/1.1, small", ONE_HOP, "/small", SMALL),
    Case("one-hop-typical", "one hop, HTTP/1.1, typical headers", ONE_HOP, "/typical", TYPICAL),
    Case("one-hop-64k", "one hop, HTTP/1.1, bodies of 64 KiB", ONE_HOP, "/64k", SMALL),
    Case("two-hops-mtls", "two hops, mutual TLS between, HTTP/1.1", TWO_HOPS, "/typical", TYPICAL),
)


def select(names):
    """The cases of these names, or all; an unknown name is an error."""
    if not names:
        return list(ALL)
    known = {case.name: case for case in ALL}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(f"CASES: no case {', '.join(unknown)}; there are {', '.join(known)}")
    return [known[name] for name in names]
