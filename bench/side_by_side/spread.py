"""How evenly a proxy spreads its connections over its event loops, as its admin endpoint tells under load."""

import re
import threading
import urllib.request

PAGES = {
    "weft": ("/metrics", re.compile(r"^weft_loop_downstream_connections\{loop=\"\d+\"\} (\d+)$", re.MULTILINE)),
    "envoy": ("/stats", re.compile(r"^listener\.(?!admin)\S+\.worker_\d+\.downstream_cx_active: (\d+)$", re.MULTILINE)),
}
MEASURE = "connections of the busiest loop, to the mean"
SETTLE, SECONDS = 1, 2


class Asked:
    """To be entered for SECONDS of load, in the middle of which it asks."""

    def __init__(self, kind, admin):
        self.kind = kind
        self.admin = admin
        self.page = ""
        self.timer = threading.Timer(SECONDS / 2, self._ask)

    def __enter__(self):
        self.timer.start()
        return self

    def __exit__(self, *_):
        self.timer.join()

    def _ask(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}{PAGES[self.kind][0]}", timeout=5) as page:
            self.page = page.read().decode()

    def busiest(self):
        return busiest(self.kind, self.page)


def busiest(kind, page):
    counts = [int(count) for count in PAGES[kind][1].findall(page)]
    if not sum(counts):
        raise SystemExit(f"{kind} tells no connections of its loops: {page[:2000]}")
    return max(counts) / (sum(counts) / len(counts))
