"""System calls that a request takes, counted by strace on a short run of its own: tracing slows everything down."""

import re
import signal
import subprocess
import time

from results import CONTROL
from say import say

SETTLE = 1
KINDS = {
    "reads": r"read|readv|recv.*",
    "writes": r"write|writev|send.*",
    "waits": r"epoll_p?wait2?|poll|select|io_uring_enter",
}


def run(case, deployment, plan, load, measured):
    for _ in range(plan.rounds):
        measured.samples.start_round()
        for deployed in deployment.deployed:
            if deployed.name != CONTROL and deployed.kind in case.contestants:
                _count(case, deployed, plan, load, measured.samples)


def _count(case, deployed, plan, load, samples):
    """Sends without tracing first, so that connections are open and code is compiled."""
    load.send(case.load.warm, deployed.port, plan.warmup)
    pids = [argument for pid in deployed.pids() for argument in ("-p", str(pid))]
    tracer = subprocess.Popen(["strace", "-f", "-c", *pids], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        time.sleep(SETTLE)
        if tracer.poll() is not None:
            raise SystemExit(f"strace cannot attach: {tracer.stderr.read()}")
        sent = load.send(case.load.warm, deployed.port, plan.seconds)
    finally:
        tracer.send_signal(signal.SIGINT)
    calls = counted(tracer.communicate(timeout=30)[1])
    samples.add(deployed.name, "system calls per request", "calls", sum(calls.values()) / sent.requests)
    for kind, names in KINDS.items():
        samples.add(deployed.name, kind, "calls", sum(count for name, count in calls.items() if re.fullmatch(names, name)) / sent.requests)
    told = ", ".join(f"{measure} {value:.2f}" for measure, value in samples.of_contestant(deployed.name))
    say(f"  {case.name} {deployed.name:18} {told}")


def counted(table):
    """Calls by name, from the table that strace -c prints."""
    calls = {}
    for line in table.splitlines():
        row = re.match(r"\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", line)
        if row and row[2] != "total":
            calls[row[2]] = int(row[1])
    return calls
