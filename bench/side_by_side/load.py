"""What is sent, by a program that is pinned to the load's core; whatever fails ends the run."""

import json
import pathlib
import re
import subprocess
from dataclasses import dataclass

import cases
import contestants

HERE = pathlib.Path(__file__).parent


@dataclass(frozen=True)
class Sent:
    requests: float  # of bytes: MiB
    seconds: float
    latencies: dict  # microseconds by quantile, of a paced load


class Load:
    def __init__(self, programs, core, work):
        self.programs = programs
        self.core = core
        self.work = work
        self.caller = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.caller:
            self.caller.stop()

    def send(self, load, port, seconds):
        if isinstance(load, (cases.Saturated, cases.AtOnce)):
            return self._saturated(load, port, seconds)
        if isinstance(load, cases.Multiplexed):
            return self._multiplexed(load, port, seconds)
        if isinstance(load, cases.Calls):
            return self._calls(load, port, seconds)
        if isinstance(load, cases.Paced):
            return self._paced(load, port, seconds)
        if isinstance(load, cases.Bulk):
            return self._bulk(load, port, seconds)
        return self._handshakes(load, port, seconds)

    def _saturated(self, load, port, seconds):
        headers = [f"-H{name}: {value}" for name, value in load.request.headers]
        command = [self.programs["wrk"], f"-t{self.core.count(',') + 1}", f"-c{load.connections}", f"-d{seconds}s", "--timeout", "10s", *headers]
        command += ["--latency"] if isinstance(load, cases.AtOnce) else []
        output = self._run([*command, f"http://127.0.0.1:{port}{load.request.path}"])
        counted = re.search(r"(\d+) requests in ([\d.]+)(m|s)", output)
        failed = re.search(r"(Non-2xx.*|Socket errors.*)", output)
        if failed or not counted or int(counted[1]) == 0:
            raise SystemExit(f"requests for {load.request.path} at port {port} failed: {failed[1] if failed else output}")
        latencies = latencies_of_wrk(output) if isinstance(load, cases.AtOnce) else {}
        return Sent(int(counted[1]), float(counted[2]) * (60 if counted[3] == "m" else 1), latencies)

    def _multiplexed(self, load, port, seconds):
        headers = [f"-H{':authority' if name == 'Host' else name}: {value}" for name, value in load.request.headers]
        command = [self.programs["h2load"], "-t1", f"-c{load.connections}", f"-m{load.streams}", f"-D{seconds}s", *headers]
        url = f"http://127.0.0.1:{port}{load.request.path}"
        return told_by_h2load(url, self._run([*command, url]))

    def _calls(self, load, port, seconds):
        if not self.caller:
            self.caller = Caller(contestants.java(self.programs, "GrpcLoad.java", load.connections, load.at_once), self.core, self.work)
        told = self.caller.send("unary" if load.unary else "stream", port, seconds)
        return Sent(told.pop("requests"), told.pop("seconds"), told)

    def _paced(self, load, port, seconds):
        command = ["python3", str(HERE / "paced.py"), *map(str, (port, load.rate, seconds, load.connections))]
        told = json.loads(self._run(command, load.request.text()))
        return Sent(told.pop("requests"), seconds, told)

    def _bulk(self, load, port, seconds):
        told = json.loads(self._run(["python3", str(HERE / "bulk.py"), "send", *map(str, (port, load.connections, seconds))]))
        return Sent(told["mebibytes"], told["seconds"], {})

    def _handshakes(self, load, port, seconds):
        told = json.loads(self._run(contestants.java(self.programs, "Handshakes.java", port, load.group, seconds, self.work)))
        return Sent(told["connections"], told["seconds"], {})

    def _run(self, command, text=None):
        done = subprocess.run(["taskset", "-c", str(self.core), *command], input=text, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{pathlib.Path(command[0]).name} failed: {done.stdout}{done.stderr}")
        return done.stdout


class Caller:
    """A program that stays and is told what to send: one that begins anew is slower than what it measures."""

    def __init__(self, command, core, work):
        self.log = work / "calls.log"
        with open(self.log, "wb") as log:
            self.child = subprocess.Popen(
                ["taskset", "-c", str(core), *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )

    def send(self, *order):
        try:
            print(*order, file=self.child.stdin, flush=True)
            return json.loads(self.child.stdout.readline())
        except (BrokenPipeError, json.JSONDecodeError):
            self.child.wait(10)
            raise SystemExit(f"{order} failed: {self.log.read_text()}") from None

    def stop(self):
        self.child.kill()
        self.child.communicate()


def latencies_of_wrk(output):
    """Microseconds, from what --latency prints."""
    units = {"us": 1, "ms": 1000, "s": 1_000_000}
    return {f"p{share}": float(value) * units[unit] for share, value, unit in re.findall(r"^ +(50|99)% +([\d.]+)(us|ms|s)$", output, re.MULTILINE)}


def told_by_h2load(url, output):
    """Of its report; streams that were open when the time was over count as nothing."""
    done = re.search(r"finished in ([\d.]+)(ms|s), ", output)
    counted = re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout", output)
    statuses = re.search(r"status codes: \d+ 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", output)
    if not done or not counted or not statuses or counted[1] == "0" or any(int(count) for count in counted.groups()[1:] + statuses.groups()):
        raise SystemExit(f"HTTP/2 requests for {url} failed: {output}")
    return Sent(int(counted[1]), float(done[1]) / (1000 if done[2] == "ms" else 1), {})
