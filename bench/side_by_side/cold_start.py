"""
The first minute of a proxy that may use a share of a core: each contestant is started anew in each round, alone, under a load that
is there before it. What follows the proxy has no quota, and is the same for all. Weft keeps what it has read of its file: its first start is
told apart.
"""

import contextlib
import http.client
import json
import pathlib
import subprocess
import time

import contestants
from cpu_quota import CpuQuota
from processes import Process, await_true, listens
from results import CONTROL, quartiles
from say import say

HERE = pathlib.Path(__file__).parent
FOLLOWER = "envoy"  # speaks the versions of TLS that each contestant offers by default
POLL = 0.025  # seconds between two questions for /ready
START = 20  # seconds that a start may take
LISTENS_BEFORE = 5  # seconds that the load goes on longer, since it begins when the proxy listens
STRETCHES = ((0, 1), (1, 5), (5, 15), (15, 60))  # seconds after /ready
MEBIBYTE = 1024 * 1024


def run(case, deployment, plan, programs, measured):
    with contextlib.ExitStack() as stack:
        upstream = deployment.backend
        if case.load.hop == "front":
            behind = contestants.Contestant("follower", FOLLOWER, programs)
            name, command, upstream, _ = deployment.configured(behind, "back", upstream)
            follower = Process(name, command, deployment.cores.load, deployment.work / f"{name}.log")
            stack.callback(follower.stop)
            await_true(lambda: listens(upstream), [follower])
        taking_part = [contestant for contestant in deployment.wanted if contestant.kind in case.contestants and contestant.name != CONTROL]
        configured = {contestant: deployment.configured(contestant, case.load.hop, upstream) for contestant in taking_part}
        for number in range(plan.rounds):
            measured.samples.start_round()
            for contestant in taking_part:
                if number == 0 and contestant.kind == "weft":
                    _start(f"{contestant.name}, new file", configured[contestant], case, deployment, measured.samples)
                _start(contestant.name, configured[contestant], case, deployment, measured.samples)


def _start(contestant, configured, case, deployment, samples):
    name, command, port, admin = configured
    with CpuQuota(case.load.cores) as quota:
        sender = _sender(case.load, deployment.cores.load, port)
        process = Process(name, quota.command(command), deployment.cores.front, deployment.work / f"{name}.log")
        try:
            ready = _await_ready(process, admin)
            figures = {"exec to /ready": ((ready - process.started) * 1000, "ms"), "CPU to /ready": (process.cpu() * 1000, "ms")}
            told, errors = sender.communicate(timeout=START + STRETCHES[-1][1] + 30)
            if sender.returncode:
                raise SystemExit(f"the load failed: {errors}")
            figures |= figures_of(json.loads(told), process.started, ready)
            figures |= {"CPU": (process.cpu(), "s"), "RSS": (process.resident() / MEBIBYTE, "MiB"), "used up its quota": (quota.throttled(), "times")}
        finally:
            sender.kill()
            sender.wait()
            process.stop()
    for measure, (value, unit) in figures.items():
        samples.add(contestant, measure, unit, value)
    say(f"  {case.name} {contestant:18} " + ", ".join(f"{measure} {value:.4g}" for measure, (value, _) in figures.items()))


def _sender(load, core, port):
    arguments = map(str, (HERE / "from_start.py", port, load.rate, STRETCHES[-1][1] + LISTENS_BEFORE, load.connections))
    sender = subprocess.Popen(
        ["taskset", "-c", str(core), "python3", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    sender.stdin.write(load.request.text())
    sender.stdin.close()
    sender.stdin = None
    return sender


def _await_ready(process, admin):
    """When the proxy said so, by the monotonic clock."""

    def ready():
        try:
            connection = http.client.HTTPConnection("127.0.0.1", admin, timeout=2)
            connection.request("GET", "/ready")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    await_true(ready, [process], seconds=START, poll=POLL)
    return time.monotonic()


def figures_of(told, started, ready):
    """What the sender tells, by stretches of time after /ready; moments of it are nanoseconds, the others seconds."""
    requests = [((due / 1e9), latency) for due, latency in told["requests"]]
    if not any(latency for _, latency in requests):
        raise SystemExit("no request was answered with 200")
    first = min(due + latency / 1e6 for due, latency in requests if latency is not None)
    figures = {"exec to first response": ((first - started) * 1000, "ms")}
    figures["errors before /ready"] = (_errors(requests, float("-inf"), ready), "requests")
    for begin, end in STRETCHES:
        answered = sorted(latency for due, latency in requests if latency is not None and begin <= due - ready < end)
        if answered:
            figures[f"s {begin}-{end} p50"] = (quartiles(answered)[1] / 1000, "ms")
            figures[f"s {begin}-{end} p99"] = (answered[min(len(answered) - 1, int(0.99 * len(answered)))] / 1000, "ms")
        figures[f"s {begin}-{end} errors"] = (_errors(requests, ready + begin, ready + end), "requests")
    return figures


def _errors(requests, begin, end):
    return sum(latency is None for due, latency in requests if begin <= due < end)
