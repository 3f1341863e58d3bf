"""
Requests at a fixed rate, whatever becomes of the answers: python3 paced.py PORT RATE SECONDS CONNECTIONS, the request on stdin.

They are due at random moments (a Poisson process, always the same one), as those of many callers are. A latency begins when the
request is sent, or when it was due where all connections were still waiting: a proxy that stands still is not spared. Prints JSON.
(h2load's --rps sends the requests of a tenth of a second at once, which measures a queue.)
"""

import ctypes
import gc
import json
import random
import select
import socket
import sys
import time
from collections import deque


class Connection:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.began = 0

    def fileno(self):
        return self.socket.fileno()

    def answered(self):
        """Reads what is there; whether the whole answer is."""
        data = self.socket.recv(65536)
        if not data:
            raise SystemExit("a connection was closed")
        self.received = self.received + data if self.received else data
        head = self.received.find(b"\r\n\r\n")
        if head < 0 or len(self.received) < head + 4 + content_length(self.received[:head]):
            return False
        if self.received[9:12] != b"200":
            raise SystemExit(f"a request was answered {self.received[:head].decode(errors='replace')}")
        self.received = b""
        return True


def content_length(head):
    name = b"\r\ncontent-length: "
    at = head.lower().find(name)
    if at < 0:
        raise SystemExit(f"an answer without Content-Length: {head.decode(errors='replace')}")
    return int(head[at + len(name) :].split(b"\r\n", 1)[0])


def due_moments(rate, seconds):
    """Nanoseconds after the start."""
    moments = []
    chance = random.Random(7)
    at = 0.0
    while at < seconds:
        moments.append(int(at * 1e9))
        at += chance.expovariate(rate)
    return moments


def run(request, port, rate, seconds, connections):
    idle = deque(Connection(port) for _ in range(connections))
    waiting = {}
    moments = due_moments(rate, seconds)
    latencies = []
    sent = 0
    late = False
    start = time.perf_counter_ns() + 10_000_000
    while sent < len(moments) or waiting:
        now = time.perf_counter_ns() - start
        while sent < len(moments) and moments[sent] <= now and idle:
            connection = idle.popleft()
            connection.began = now if not late else moments[sent]
            connection.socket.sendall(request)
            waiting[connection.fileno()] = connection
            sent += 1
        late = not idle
        pause = max(0, moments[sent] - now) / 1e9 if sent < len(moments) and idle else 1
        ready, _, _ = select.select(waiting.keys(), (), (), pause)
        now = time.perf_counter_ns() - start
        for descriptor in ready:
            connection = waiting[descriptor]
            if connection.answered():
                latencies.append(now - connection.began)
                idle.append(waiting.pop(descriptor))
    return latencies


def main():
    port, rate, seconds, connections = (int(value) for value in sys.argv[1:])
    ctypes.CDLL(None).prctl(29, 1)  # PR_SET_TIMERSLACK: wake up on time, not up to 50 us later
    gc.disable()
    latencies = sorted(run(sys.stdin.buffer.read(), port, rate, seconds, connections))

    def at(share):
        return latencies[min(len(latencies) - 1, int(share * len(latencies)))] / 1000

    print(json.dumps({"requests": len(latencies), "p50": at(0.5), "p99": at(0.99), "p99.9": at(0.999)}))


if __name__ == "__main__":
    main()
