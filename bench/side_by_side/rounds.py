"""How a case is measured: warm-up, then rounds in which the contestants take turns."""

import time
from dataclasses import dataclass

import cases
import machine
import spread
from results import Samples
from say import say

CPU = "CPU per request"
QUANTILES = ("p50", "p99", "p99.9")
STEADY = 0.05  # a warm-up ends when the CPU per request differs by less than this from the stretch before, twice in a row
MEBIBYTE = 1024 * 1024
LONGEST = 4  # times the warm-up that was asked for


@dataclass(frozen=True)
class Plan:
    rounds: int
    generations: int
    warmup: int
    seconds: int
    stolen_bound: float

    def rounds_of(self, generation):
        """All rounds, spread over the generations of processes."""
        return len(range(generation, self.rounds, self.generations))


class Measured:
    """What a case gave so far."""

    def __init__(self):
        self.samples = Samples()
        self.stolen = []  # shares of CPU that others had, of the rounds that count
        self.thrown_away = 0


class Rounds:
    def __init__(self, case, deployment, plan, load, measured):
        self.case = case
        self.deployment = deployment
        self.plan = plan
        self.load = load
        self.measured = measured
        self.taking_part = [deployed for deployed in deployment.deployed if deployed.kind in case.contestants]

    def run(self, count):
        for deployed in self.taking_part:
            self._warm_up(deployed)
        for number in range(count):
            self.measured.samples.start_round()
            if isinstance(self.case.load, cases.Paced):
                self._direct()
            first = number % len(self.taking_part)
            for deployed in self.taking_part[first:] + self.taking_part[:first]:
                self._round(deployed)
                if self.case.setup.loops and deployed.kind in spread.PAGES:
                    self._spread(deployed)

    def _warm_up(self, deployed):
        """The load of the case, or where that is little a full one, until a request costs the same for a while."""
        little = isinstance(self.case.load, (cases.Paced, cases.AtOnce))
        full = cases.Saturated(self.case.load.request) if little else self.case.load
        stretch = max(1, self.plan.warmup // 3)
        before = float("inf")
        steady = 0
        for spent in range(stretch, LONGEST * self.plan.warmup + 1, stretch):
            cost = self._sent(deployed, full, stretch)[1]
            steady = steady + 1 if abs(cost / before - 1) < STEADY else 0
            if spent >= self.plan.warmup and steady >= 2:
                break
            before = cost
        say(f"  {self.case.name:16} {deployed.name:18} warm after {spent} s at {cost:.1f} us")
        if full is not self.case.load:
            self.load.send(self.case.load, deployed.port, stretch)

    def _direct(self):
        """Latencies without a proxy: what the others add is counted from here."""
        sent = self.load.send(self.case.load, self.deployment.backend, self.plan.seconds)
        for quantile in QUANTILES:
            self.measured.samples.add("direct", quantile, "us", sent.latencies[quantile])

    def _round(self, deployed):
        """One contestant for some seconds; once more, a few times, where others had too much of the CPU."""
        for _ in range(4):
            user_before, ticks_before = deployed.user_share()
            sent, cost, stolen = self._sent(deployed, self.case.load, self.plan.seconds)
            user, ticks = deployed.user_share()
            counts = stolen <= self.plan.stolen_bound
            rate = sent.requests / sent.seconds
            told = " ".join(f"{name} {value:.0f}" for name, value in sent.latencies.items()) + ("" if counts else " thrown away")
            say(f"  {self.case.name:16} {deployed.name:18} {cost:8.2f} us {rate:6.0f}/s, others {stolen:.1%} {told}")
            if counts:
                self.measured.stolen.append(stolen)
                share = (user - user_before) / max(1, ticks - ticks_before)
                self._add(deployed.name, cost, cost * share, rate, sent.latencies)
                if isinstance(self.case.load, cases.AtOnce):
                    self.measured.samples.add(deployed.name, "RSS of both", "MiB", deployed.resident() / MEBIBYTE)
                    self.measured.samples.add(deployed.name, "connections between", "open", deployed.connections_between())
                return
            self.measured.thrown_away += 1
        say(f"  {self.case.name}: {deployed.name} has no figure of this round: others used the machine four times in a row")

    def _spread(self, deployed):
        """Under the same load once more: the question costs, too. Not before all loops have seen the end of the round's connections."""
        time.sleep(spread.SETTLE)
        with spread.Asked(deployed.kind, deployed.admin) as asked:
            self.load.send(self.case.load, deployed.port, spread.SECONDS)
        self.measured.samples.add(deployed.name, spread.MEASURE, "ratio", asked.busiest())

    def _sent(self, deployed, load, seconds):
        """What was sent, the microseconds of CPU that each request took, and what others stole."""
        deployment = self.deployment
        watch = machine.Watch(deployment.cores.of_proxies(), deployment.pids_of_proxies(), deployed.pids())
        before = deployed.cpu()
        sent = self.load.send(load, deployed.port, seconds)
        return sent, (deployed.cpu() - before) / sent.requests * 1e6, watch.stolen()

    def _add(self, name, cost, user, rate, latencies):
        samples = self.measured.samples
        samples.add(name, CPU, "us", cost)
        samples.add(name, "of it user", "us", user)
        paced = isinstance(self.case.load, cases.Paced)
        if not paced:
            samples.add(name, "requests per second", "1/s", rate)
        for quantile, value in latencies.items():
            samples.add(name, quantile, "us", value)
            if paced:
                samples.add(name, f"added {quantile}", "us", value - samples.of_this_round("direct", quantile))
