"""How a case is measured: warm-up, then rounds in which the contestants take turns."""

import sys

import load
import machine
from results import Samples


class Plan:
    def __init__(self, rounds, generations, warmup, seconds, stolen_bound):
        self.rounds = rounds
        self.generations = min(generations, rounds)
        self.warmup = warmup
        self.seconds = seconds
        self.stolen_bound = stolen_bound

    def rounds_of(self, generation):
        """All rounds, spread over the generations of processes."""
        return len(range(generation, self.rounds, self.generations))


class Measured:
    """What a case gave so far."""

    def __init__(self):
        self.samples = Samples()
        self.stolen = []  # shares of CPU that others had, of the rounds that count
        self.thrown_away = 0


def say(text):
    print(text, file=sys.stderr, flush=True)


def measure(case, deployment, plan, rounds, programs, measured):
    """Warms up and measures one case with one generation of processes."""
    for deployed in deployment.deployed:
        saturate(case, deployment, deployed, programs, plan.warmup)
    for number in range(rounds):
        measured.samples.start_round()
        order = deployment.deployed[number % 2 :] + deployment.deployed[: number % 2]
        for deployed in order:
            _round(case, deployment, deployed, plan, programs, measured)


def _round(case, deployment, deployed, plan, programs, measured):
    """One contestant for some seconds; once more, a few times, where others had too much of the CPU."""
    for attempt in range(4):
        stolen, figures = _observed(case, deployment, deployed, plan, programs)
        counts = stolen <= plan.stolen_bound
        told = "" if counts else ", thrown away"
        say(f"  {case.name:18} {deployed.name:20} {figures['CPU per request']:8.2f} us/request, {figures['requests per second']:6.0f}/s, others {stolen:.1%}{told}")
        if counts:
            measured.stolen.append(stolen)
            for name, value in figures.items():
                measured.samples.add(deployed.name, name, UNITS[name], value)
            return
        measured.thrown_away += 1
    say(f"  {case.name}: {deployed.name} has no figure of this round: others used the machine four times in a row")


UNITS = {"CPU per request": "us", "CPU per request, user": "us", "requests per second": "1/s"}


def _observed(case, deployment, deployed, plan, programs):
    watch = machine.Watch(deployment.cores.of_proxies(), deployment.pids_of_proxies(), deployed.pids())
    cpu = deployed.cpu()
    user, ticks = deployed.user_share()
    sent = saturate(case, deployment, deployed, programs, plan.seconds)
    micros = (deployed.cpu() - cpu) / sent.requests * 1e6
    user_after, ticks_after = deployed.user_share()
    share = (user_after - user) / max(1, ticks_after - ticks)
    stolen = watch.stolen()
    return stolen, {
        "CPU per request": micros,
        "CPU per request, user": micros * share,
        "requests per second": sent.requests / sent.seconds,
    }


def saturate(case, deployment, deployed, programs, seconds):
    return load.saturate(
        programs["wrk"], deployment.cores.load, deployed.port, case.path, case.headers, seconds, case.connections
    )
