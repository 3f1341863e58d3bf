"""What is sent: as much as goes through (wrk)."""

import re
import subprocess
from dataclasses import dataclass


@dataclass(frozen=True)
class Sent:
    requests: int
    seconds: float


def saturate(wrk, core, port, path, headers, seconds, connections=64):
    """As many requests as go through, over so many connections, each with one request at a time."""
    arguments = [f"-H{name}: {value}" for name, value in headers]
    command = ["taskset", "-c", str(core), wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", *arguments]
    done = subprocess.run([*command, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=False)
    counted = re.search(r"(\d+) requests in ([\d.]+)(m|s)", done.stdout)
    if done.returncode or not counted or int(counted[1]) == 0:
        raise SystemExit(f"wrk failed: {done.stdout}{done.stderr}")
    failed = re.search(r"(Non-2xx.*|Socket errors.*)", done.stdout)
    if failed:
        raise SystemExit(f"requests failed at {path} of port {port}: {failed[1]}")
    span = float(counted[2]) * (60 if counted[3] == "m" else 1)
    return Sent(int(counted[1]), span)

