"""Processes that are started for a case, pinned, measured and ended."""

import os
import signal
import socket
import subprocess
import time

import machine


class Process:
    def __init__(self, name, argv, core, log, environment=None):
        self.name = name
        self.log = log
        self.started = time.monotonic()
        with open(log, "ab") as output:
            self.child = subprocess.Popen(
                ["taskset", "-c", str(core), *argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **(environment or {})},
            )
        self.pid = self.child.pid  # taskset becomes the program

    def alive(self):
        return self.child.poll() is None

    def fail(self, what):
        with open(self.log, errors="replace") as log:
            tail = "".join(log.readlines()[-15:])
        raise SystemExit(f"{self.name} {what}; its log ({self.log}) ends:\n{tail}")

    def stop(self):
        if not self.alive():
            return
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(5)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    def cpu(self):
        return machine.cpu_seconds(self.pid)

    def resident(self):
        return machine.resident_bytes(self.pid)


def free_ports(count):
    """Ports that nobody listens on now, all different."""
    sockets = []
    try:
        for _ in range(count):
            opened = socket.socket()
            sockets.append(opened)
            opened.bind(("127.0.0.1", 0))
        return [opened.getsockname()[1] for opened in sockets]
    finally:
        for opened in sockets:
            opened.close()


def answers(port, host="cart.shop", path="/small"):
    """Whether an HTTP request through this port is answered with 200."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.settimeout(2)
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            return connection.recv(64).startswith((b"HTTP/1.1 200", b"HTTP/1.0 200"))
    except OSError:
        return False


def listens(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def carries(port):
    """Whether an empty connection through this port is answered by who takes the bytes."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.settimeout(2)
            connection.shutdown(socket.SHUT_WR)
            return bool(connection.recv(64))
    except OSError:
        return False


def await_true(condition, processes, seconds=30, poll=0.02):
    """Waits until the condition holds; a process that ended meanwhile, or the time, is a failure that shows its log."""
    end = time.monotonic() + seconds
    while not condition():
        for process in processes:
            if not process.alive():
                process.fail(f"ended with {process.child.returncode}")
        if time.monotonic() > end:
            processes[-1].fail(f"did not answer within {seconds} s")
        time.sleep(poll)
