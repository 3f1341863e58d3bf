"""JMH's microbenchmarks, on the core of the proxies."""

import json
import subprocess

from say import say

BUILD = ["mvn", "-q", "-B", "-ntp", "compile", "dependency:build-classpath", "-pl", "bench", "-am", "-Dspotless.check.skip"]
FLAGS = ["-XX:+UseSerialGC", "-XX:+UseCompactObjectHeaders", "-Xmx96m", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"]


def run(root, java, core, work, measured):
    """Compiles the module of the benchmarks, runs them, and adds their quartiles' worth of iterations."""
    classpath = root / "bench/target/runtime.classpath"
    say("  compiling the microbenchmarks")
    subprocess.run([*BUILD, "-Dmdep.outputFile=target/runtime.classpath", "-DincludeScope=runtime"], cwd=root, check=True)
    results = work / "jmh.json"
    classes = f"{root / 'bench/target/classes'}:{classpath.read_text().strip()}"
    command = ["taskset", "-c", str(core), java, *FLAGS, "-cp", classes, "org.openjdk.jmh.Main", "-rf", "json", "-rff", str(results), "-prof", "gc"]
    with open(work / "jmh.log", "w") as log:
        done = subprocess.run(command, stdout=log, stderr=log, check=False)
    if done.returncode:
        raise SystemExit(f"JMH failed: {work / 'jmh.log'}")
    for benchmark in json.loads(results.read_text()):
        name = ".".join(benchmark["benchmark"].split(".")[-2:]).replace("Benchmark", "")
        allocated = benchmark["secondaryMetrics"]["gc.alloc.rate.norm"]["rawData"]
        times = benchmark["primaryMetric"]["rawData"]
        for number, (time, bytes_) in enumerate(zip(sum(times, []), sum(allocated, []))):
            while len(measured.samples.rounds) <= number:
                measured.samples.start_round()
            measured.samples.in_round(number)
            measured.samples.add(name, "time", "ns", time)
            measured.samples.add(name, "allocated", "B", bytes_)
        say(f"  {name:28} {benchmark['primaryMetric']['score']:.0f} ns")
