"""Memory, and how soon the first request goes through: one process at a time, started anew in each round."""

import contextlib
import socket
import threading
import time

import cases
from mesh import HOST, SERVICES, Mesh
from processes import Process, await_true, answers
from results import CONTROL
from say import say

IDLE_CONNECTIONS = 1000
SETTLE = 12  # seconds; Weft gives native memory back every ten
MEBIBYTE = 1024 * 1024


def run(deployment, plan, load, measured):
    """All contestants in turns, a process each; then Weft's sidecar, started again and again from its first life's state."""
    core = deployment.cores.front
    for _ in range(plan.rounds):
        measured.samples.start_round()
        for contestant in deployment.wanted:
            if contestant.name != CONTROL:
                name, command, port, _ = deployment.configured(contestant, "one-hop", deployment.backend)
                log = deployment.work / f"{name}.log"
                _measure(contestant.name, command, core, port, "cart.shop", load, log, measured.samples, plan.seconds)
    for contestant in deployment.wanted:
        if contestant.kind == "weft":
            _sidecar(contestant, deployment, plan, load, measured.samples)


def _sidecar(contestant, deployment, plan, load, samples):
    program = contestant.programs["weft"]
    with Mesh(program, deployment.cores.load, deployment.work, deployment.backend) as mesh:
        for number in range(plan.rounds):
            samples.in_round(number)
            log = deployment.work / "sidecar.log"
            _measure(f"{contestant.name}, {SERVICES} services", mesh.command(), deployment.cores.front, mesh.port(), HOST, load, log, samples, plan.seconds)


def _measure(name, command, core, port, host, load, log, samples, seconds):
    """Starts the command, and adds what it took to the samples of this round."""
    process = Process(name, command, core, log)
    try:
        await_true(lambda: answers(port, host), [process], poll=0.001)
        samples.add(name, "exec to first response", "ms", (time.monotonic() - process.started) * 1000)
        time.sleep(SETTLE)
        samples.add(name, "RSS idle", "MiB", process.resident() / MEBIBYTE)
        with _idle_connections(port, host):
            time.sleep(2)
            samples.add(name, f"RSS with {IDLE_CONNECTIONS} idle connections", "MiB", process.resident() / MEBIBYTE)
        time.sleep(1)
        samples.add(name, "RSS under load, highest", "MiB", _highest_under_load(process, port, host, load, seconds) / MEBIBYTE)
    finally:
        process.stop()
    told = ", ".join(f"{measure} {value:.0f}" for measure, value in samples.of_contestant(name))
    say(f"  footprint {name:18} {told}")


def _highest_under_load(process, port, host, load, seconds):
    headers = (("Host", host), *cases.TYPICAL[1:])
    request = cases.Saturated(cases.Request("/typical", headers))
    highest = 0
    done = threading.Event()

    def watch():
        nonlocal highest
        while not done.wait(0.1):
            highest = max(highest, process.resident())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        load.send(request, port, seconds)
    finally:
        done.set()
        watcher.join()
    return highest


@contextlib.contextmanager
def _idle_connections(port, host):
    """Connections that had one request each, and are kept."""
    opened = []
    try:
        for _ in range(IDLE_CONNECTIONS):
            connection = socket.create_connection(("127.0.0.1", port), timeout=5)
            opened.append(connection)
            connection.sendall(f"GET /small HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            if not connection.recv(4096).startswith(b"HTTP/1.1 200"):
                raise SystemExit("a connection's only request was not answered with 200")
        yield
    finally:
        for connection in opened:
            connection.close()
