"""The backend and the contestants of one setup, started and ready; each contestant's processes are measured together."""

import pathlib

import certificates
import contestants
import machine
from cases import BYTES, HTTP1, HTTP2
from processes import Process, await_true, answers, carries, free_ports, listens

BULK = pathlib.Path(__file__).parent / "bulk.py"
SMALL_BODY = "x" * 128
TYPICAL_BODY = ("{'id':'9c2f6f6e','items':[" + ",".join("{'thread':'%04d','count':%d}" % (n, n) for n in range(1, 8)) + "]}").ljust(256)[:256]


class Deployed:
    """One contestant of a setup: its processes in the order that a request meets them."""

    def __init__(self, contestant, ports, admin, processes):
        self.name = contestant.name
        self.kind = contestant.kind
        self.port, self.last = ports[0], ports[-1]
        self.admin = admin
        self.processes = processes

    def pids(self):
        return [process.pid for process in self.processes]

    def connections_between(self):
        """Of the last hop, with the one before it."""
        return machine.connections(self.last)

    def resident(self):
        return sum(process.resident() for process in self.processes)

    def cpu(self):
        return sum(process.cpu() for process in self.processes)

    def user_share(self):
        ticks = [machine.user_share(process.pid) for process in self.processes]
        user = sum(user for user, _ in ticks)
        return user, user + sum(system for _, system in ticks)


class Deployment:
    """Of a setup without hops only the backend is started."""

    def __init__(self, setup, wanted, programs, cores, work):
        self.setup = setup
        self.programs = programs
        self.cores = cores
        self.work = work
        self.processes = []
        self.deployed = []
        self.wanted = wanted
        self.grpc = None

    def __enter__(self):
        try:
            certificates.make(self.work)
            self._start_backend()
            for contestant in self.wanted if self.setup.hops else ():
                self.deployed.append(self._start(contestant))
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        for process in reversed(self.processes):
            process.stop()

    def pids_of_proxies(self):
        return [pid for deployed in self.deployed for pid in deployed.pids()]

    def _start_backend(self):
        if self.setup.client == BYTES:
            (self.backend,) = free_ports(1)
            self._run("backend", ["python3", str(BULK), "take", str(self.backend)], self.cores.backend)
            await_true(lambda: listens(self.backend), self.processes)
            return
        files = self.work / "files"
        files.mkdir(exist_ok=True)
        (files / "64k").write_bytes(b"0123456789abcdef" * 4096)
        self.backend, self.backend_h2 = free_ports(2)
        values = {"work": self.work, "backend": self.backend, "backend_h2": self.backend_h2, "small": SMALL_BODY, "typical": TYPICAL_BODY}
        workers = len(self.cores.of_load()) if self.setup.loops else 1
        values |= {"workers": workers, "master": "on" if workers > 1 else "off"}
        configuration = contestants.fill(contestants.CONFIGURATIONS / "backend.nginx.conf", self.work / "backend.conf", values)
        command = [self.programs["nginx"], "-c", str(configuration), "-p", str(self.work)]
        self._run("backend", command, self.cores.backend)
        await_true(lambda: answers(self.backend), self.processes)
        if self.setup.grpc:
            (self.grpc,) = free_ports(1)
            self._run("grpc", contestants.java(self.programs, "GrpcEcho.java", self.grpc), self.cores.backend)
            await_true(lambda: listens(self.grpc), self.processes)

    def _start(self, contestant):
        """From the last hop to the first, so that each finds the next one listening."""
        upstream = self.grpc or (self.backend_h2 if self.setup.upstream == HTTP2 else self.backend)
        processes = []
        ports = []
        admin = 0
        hops = self.setup.hops
        for hop in reversed(hops):
            name, command, port, admin = self.configured(contestant, hop, upstream)
            processes.append(self._run(name, command, self.cores.front if hop == hops[0] else self.cores.back))
            upstream = port
            ports.insert(0, port)
        entry = upstream
        asks = answers if self.setup.plain and self.setup.client == HTTP1 else carries if self.setup.client == BYTES else listens
        await_true(lambda: asks(entry), self.processes)
        return Deployed(contestant, ports, admin, processes[::-1])

    def configured(self, contestant, hop, upstream):
        """Writes the configuration of a hop; its name, the command that starts it, its port and its admin port."""
        port, admin = free_ports(2)
        name = f"{contestant.name}-{hop}".replace("/", "")
        values = {"port": port, "admin": admin, "backend": upstream, "work": self.work, "name": name, **self.setup.values(contestant.between)}
        template = contestant.template(hop)
        configuration = contestants.fill(template, self.work / f"{name}.{template.name.split('.', 1)[1]}", values)
        return name, contestant.command(configuration, self.work, max(1, self.setup.loops)), port, admin

    def _run(self, name, command, core):
        process = Process(name, command, core, self.work / f"{name}.log")
        self.processes.append(process)
        return process
