"""What is sent, by a program that is pinned to the load's core; whatever fails ends the run."""

import json
import pathlib
import re
import subprocess
from dataclasses import dataclass

import cases

HERE = pathlib.Path(__file__).parent
HANDSHAKES = HERE.parent / "src/main/java/io/weft/bench/Handshakes.java"


@dataclass(frozen=True)
class Sent:
    requests: int
    seconds: float
    latencies: dict  # microseconds by quantile, of a paced load


class Load:
    def __init__(self, programs, core, work):
        self.programs = programs
        self.core = core
        self.work = work

    def send(self, load, port, seconds):
        if isinstance(load, cases.Saturated):
            return self._saturated(load, port, seconds)
        if isinstance(load, cases.Multiplexed):
            return self._multiplexed(load, port, seconds)
        if isinstance(load, cases.Paced):
            return self._paced(load, port, seconds)
        return self._handshakes(load, port, seconds)

    def _saturated(self, load, port, seconds):
        headers = [f"-H{name}: {value}" for name, value in load.request.headers]
        command = [self.programs["wrk"], "-t1", f"-c{load.connections}", f"-d{seconds}s", "--timeout", "10s", *headers]
        output = self._run([*command, f"http://127.0.0.1:{port}{load.request.path}"])
        counted = re.search(r"(\d+) requests in ([\d.]+)(m|s)", output)
        failed = re.search(r"(Non-2xx.*|Socket errors.*)", output)
        if failed or not counted or int(counted[1]) == 0:
            raise SystemExit(f"requests for {load.request.path} at port {port} failed: {failed[1] if failed else output}")
        return Sent(int(counted[1]), float(counted[2]) * (60 if counted[3] == "m" else 1), {})

    def _multiplexed(self, load, port, seconds):
        headers = [f"-H{':authority' if name == 'Host' else name}: {value}" for name, value in load.request.headers]
        command = [self.programs["h2load"], "-t1", f"-c{load.connections}", f"-m{load.streams}", f"-D{seconds}s", *headers]
        url = f"http://127.0.0.1:{port}{load.request.path}"
        return told_by_h2load(url, self._run([*command, url]))

    def _paced(self, load, port, seconds):
        command = ["python3", str(HERE / "paced.py"), *map(str, (port, load.rate, seconds, load.connections))]
        told = json.loads(self._run(command, load.request.text()))
        return Sent(told.pop("requests"), seconds, told)

    def _handshakes(self, load, port, seconds):
        lib = pathlib.Path(self.programs["weft"]).parents[1] / "lib"
        java = [self.programs["java"], "-XX:+UseSerialGC", "-Xmx256m", "--enable-native-access=ALL-UNNAMED"]
        arguments = [str(port), load.group, str(seconds), str(self.work)]
        told = json.loads(self._run([*java, "-cp", f"{lib}/*", str(HANDSHAKES), *arguments]))
        return Sent(told["connections"], told["seconds"], {})

    def _run(self, command, text=None):
        done = subprocess.run(["taskset", "-c", str(self.core), *command], input=text, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{pathlib.Path(command[0]).name} failed: {done.stdout}{done.stderr}")
        return done.stdout


def told_by_h2load(url, output):
    """Of its report; streams that were open when the time was over count as nothing."""
    done = re.search(r"finished in ([\d.]+)(ms|s), ", output)
    counted = re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout", output)
    statuses = re.search(r"status codes: \d+ 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", output)
    if not done or not counted or not statuses or counted[1] == "0" or any(int(count) for count in counted.groups()[1:] + statuses.groups()):
        raise SystemExit(f"HTTP/2 requests for {url} failed: {output}")
    return Sent(int(counted[1]), float(done[1]) / (1000 if done[2] == "ms" else 1), {})
