"""
Requests at a fixed rate to a proxy that is not there yet: python3 from_start.py PORT RATE SECONDS CONNECTIONS, the request on stdin.

Connections are tried until the proxy listens; from then on requests are due at random moments as in paced.py, for so many seconds, and a failure is counted and told
with its moment instead of ending the run: the connection is made anew. Prints JSON: when the proxy listened, and [due, microseconds or null] of each
request, where moments are those of the monotonic clock in nanoseconds.
"""

import ctypes
import gc
import json
import select
import socket
import sys
import time
from collections import deque

import paced

TRY_AGAIN = 0.005
LONGEST = 10_000_000_000  # nanoseconds that a request may take


def first_connection(port):
    while True:
        try:
            return paced.Connection(port)
        except OSError:
            time.sleep(TRY_AGAIN)


def connected(port):
    try:
        return paced.Connection(port)
    except OSError:
        return None


def finished(connection):
    """None while the answer is not there; else whether it is what was asked for."""
    try:
        return True if connection.answered() else None
    except (OSError, SystemExit):
        return False


def run(request, port, rate, seconds, connections):
    idle = deque([first_connection(port)])
    start = time.monotonic_ns()
    moments = [start + moment for moment in paced.due_moments(rate, seconds)]
    waiting = {}
    results = []
    sent = 0
    while sent < len(moments) or waiting:
        now = time.monotonic_ns()
        while sent < len(moments) and moments[sent] <= now:
            if not idle and len(waiting) < connections:
                idle.extend(made for made in [connected(port)] if made)
                if not idle:
                    results.append((moments[sent], None))
                    sent += 1
                    continue
            if not idle:
                break
            connection = idle.popleft()
            connection.began = moments[sent]
            sent += 1
            try:
                connection.socket.sendall(request)
                waiting[connection.fileno()] = connection
            except OSError:
                connection.socket.close()
                results.append((connection.began, None))
        pause = max(0, moments[sent] - now) / 1e9 if sent < len(moments) and idle else 0.5
        readable, _, _ = select.select(waiting.keys(), (), (), pause)
        now = time.monotonic_ns()
        overdue = [descriptor for descriptor, connection in waiting.items() if now - connection.began > LONGEST]
        for descriptor in {*readable, *overdue}:
            answered = False if descriptor in overdue else finished(waiting[descriptor])
            if answered is not None:
                connection = waiting.pop(descriptor)
                results.append((connection.began, (now - connection.began) / 1000 if answered else None))
                if answered:
                    idle.append(connection)
                else:
                    connection.socket.close()
    return start, results


def main():
    port, rate, seconds, connections = (int(value) for value in sys.argv[1:])
    ctypes.CDLL(None).prctl(29, 1)  # PR_SET_TIMERSLACK, as in paced.py
    gc.disable()
    start, results = run(sys.stdin.buffer.read(), port, rate, seconds, connections)
    print(json.dumps({"listened": start, "requests": results}))


if __name__ == "__main__":
    main()
