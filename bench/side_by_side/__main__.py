"""Weft beside Envoy, HAProxy and nginx. Run by `make bench`; docs/benchmarks.md tells what is measured and how to read it."""

import argparse
import datetime
import itertools
import os
import pathlib
import shutil
import signal
import sys

import cases
import cold_start
import contestants
import footprint
import machine
import microbenchmarks
import report
import results
import rounds
import system_calls
from deployment import Deployment
from load import Load
from say import say

ROOT = pathlib.Path(__file__).resolve().parents[2]


def arguments():
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--cases", default="", help="names, separated by spaces or commas; default: all")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=int, default=5, help="of a round")
    parser.add_argument("--warmup", type=int, default=15, help="seconds of load before the first round of a process")
    parser.add_argument("--generations", type=int, default=2, help="how often all processes are started anew")
    parser.add_argument("--cores", default="0,1", help="proxies; load and backend. Or four: front, back, load, backend")
    parser.add_argument("--stolen", type=float, default=4.0, help="percent of CPU that others may have in a round that counts")
    parser.add_argument("--favour", action="store_true", help="as root: before whatever else runs on these cores, which is starved meanwhile")
    parser.add_argument("--contestants", default="", help="only these, such as weft,haproxy")
    parser.add_argument("--results", type=pathlib.Path, default=ROOT / "bench/results")
    return parser.parse_args()


def main():
    wanted = arguments()
    programs = contestants.find_programs(ROOT)
    selected = cases.select(wanted.cases.replace(",", " ").split())
    plan = rounds.Plan(wanted.rounds, min(wanted.generations, wanted.rounds), wanted.warmup, wanted.seconds, wanted.stolen / 100)
    favoured = wanted.favour and machine.favour()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))
    os.sched_setaffinity(0, machine.Cores.parse(wanted.cores).of_load())
    entrants = contestants.entrants(programs, wanted.contestants)
    work = ROOT / "build/bench/work"
    void = False
    for setup, of_setup in itertools.groupby(selected, key=lambda case: case.setup):
        of_setup = list(of_setup)
        cores = machine.Cores.parse(wanted.cores, setup.loops)
        if cores is None:
            say(f"{setup.name}: left out, CORES has not {setup.loops} for proxies and as many for load and backend")
            continue
        measured = {case.name: rounds.Measured() for case in of_setup}
        taking_part = contestants.of_setup(setup, of_setup, entrants)
        for generation in range(plan.generations if setup.hops else 1):
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir(parents=True)
            with Deployment(setup, taking_part, programs, cores, work) as deployment:
                for case in of_setup:
                    measure(case, deployment, plan, generation, programs, measured[case.name])
        for case in of_setup:
            void |= keep(case, measured[case.name], plan, cores, programs, favoured, wanted.results)
    report.write(wanted.results, ROOT / "README.md" if wanted.results == ROOT / "bench/results" else None)
    return 1 if void else 0


def measure(case, deployment, plan, generation, programs, measured):
    with Load(programs, deployment.cores.load, deployment.work) as load:
        if isinstance(case.load, cases.Footprint):
            footprint.run(deployment, plan, load, measured)
        elif isinstance(case.load, cases.ColdStart):
            cold_start.run(case, deployment, plan, programs, measured)
        elif isinstance(case.load, cases.Microbenchmarks):
            microbenchmarks.run(ROOT, programs["java"], deployment.cores.front, deployment.work, measured)
        elif isinstance(case.load, cases.SystemCalls):
            if generation == 0:
                system_calls.run(case, deployment, plan, load, measured)
        else:
            rounds.Rounds(case, deployment, plan, load, measured).run(plan.rounds_of(generation))


def keep(case, measured, plan, cores, programs, favoured, folder):
    """Merges what was measured into the results; says whether the run is void."""
    measured.samples.compare(rounds.CPU, results.RATIO)
    rows = list(measured.samples.rows(case.name))
    difference = results.control_difference(rows, results.RATIO)
    void = difference is not None and difference > results.CONTROL_BOUND
    if void:
        say(f"{case.name}: VOID: the same program twice differs by {difference:.1%}, more than {results.CONTROL_BOUND:.0%}")
    stolen = results.quartiles(measured.stolen)[1] if measured.stolen else None
    conditions = {
        "title": case.title,
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M"),
        "commit": contestants.commit(ROOT),
        "machine": machine.describe(cores),
        "pair shares a core": cores.shared_by_pair() and len(case.setup.hops) > 1,
        "rounds": plan.rounds,
        "seconds": plan.seconds,
        "warm-up": plan.warmup,
        "started anew": plan.generations,
        "others may have": plan.stolen_bound,
        "scheduling": (f"favoured, {machine.policy()}" if favoured else machine.policy()),
        "control differs by": difference,
        "void": void,
        "others had (median)": stolen,
        "rounds thrown away": measured.thrown_away,
        "versions": contestants.versions(programs),
        "flags of Weft": os.environ.get("WEFT_PROXY_FLAGS", ""),
    }
    results.merge(folder, rows, {case.name: conditions})
    return void


sys.exit(main())
