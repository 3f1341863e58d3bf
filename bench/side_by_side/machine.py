"""The machine: which core does what, who uses it, what it is."""

import os
import platform
import subprocess
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Cores:
    """
    Each as taskset takes it, one or a list. Of those that are given, proxies have the first half; load and backend the second. With two,
    both proxies of a pair share one, and so do load and backend; with four each has its own.
    """

    front: str
    back: str
    load: str
    backend: str

    @staticmethod
    def parse(text, loops=0):
        """loops: of a gateway, which has a core for each, and load and backend all that is not for proxies."""
        cores = text.split(",")
        half = len(cores) // 2
        if len(cores) % 2 or not all(core.isdigit() for core in cores):
            raise ValueError(f"CORES={text}: give two cores (proxies; load and backend), four (front, back, load, backend), or another even number")
        proxies, others = cores[:half], cores[half:]
        if loops > half:
            return None
        if loops:
            gateway, rest = ",".join(proxies[:loops]), ",".join(others)
            return Cores(gateway, gateway, rest, rest)
        return Cores(proxies[0], proxies[:2][-1], others[0], others[:2][-1])

    def all(self):
        return _numbers(self.front, self.back, self.load, self.backend)

    def of_proxies(self):
        return _numbers(self.front, self.back)

    def of_load(self):
        return _numbers(self.load)

    def shared_by_pair(self):
        return self.front == self.back


def _numbers(*lists):
    return sorted({int(core) for cores in lists for core in cores.split(",")})


def cpu_seconds(pid):
    """User and system time of a process with all its threads, also those that ended, to the nanosecond."""
    # Linux's clock of a process: its complement shifted, with CPUCLOCK_SCHED (include/linux/posix-timers.h).
    return time.clock_gettime((~pid << 3) | 2)


def user_share(pid):
    """User and system ticks so far; the kernel splits the exact time by them."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return int(fields[11]), int(fields[12])


def resident_bytes(pid):
    with open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    raise ValueError(f"process {pid} has no VmRSS: it ended")


def waited_seconds(pid):
    """How long the threads of a process that live now were ready to run, and others ran."""
    nanoseconds = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/schedstat") as schedstat:
                nanoseconds += int(schedstat.read().split()[1])
        except OSError:
            pass  # the thread ended
    return nanoseconds / 1e9


def connections(port):
    """Those that are open to this port; a program may see IPv4 as a part of IPv6."""
    rows = []
    for version in ("tcp", "tcp6"):
        with open(f"/proc/net/{version}") as sockets:
            rows += [line.split() for line in sockets][1:]
    return sum(1 for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "01")


class Watch:
    """
    What others stole from a contestant between two moments: time in which its core ran what is not ours while the contestant was
    ready to run. Idle time that others use is not stolen, and threads of the contestant that wait for each other are not others.
    """

    def __init__(self, cores, ours, contestant):
        self.cores = cores
        self.ours = ours
        self.contestant = contestant
        self.start = time.monotonic()
        self.before = self._used_by_others(), self._waited()

    def stolen(self):
        """As a share of the cores' time, 0 to 1."""
        span = (time.monotonic() - self.start) * len(self.cores)
        used, waited = self._used_by_others() - self.before[0], self._waited() - self.before[1]
        return max(0.0, min(used, waited)) / span

    def _waited(self):
        return sum(waited_seconds(pid) for pid in self.contestant)

    def _used_by_others(self):
        """Seconds of the cores that were not idle, the hypervisor's steal included, without what our processes used."""
        ticks = 0
        with open("/proc/stat") as stat:
            for line in stat:
                name, *values = line.split()
                if name.startswith("cpu") and name[3:].isdigit() and int(name[3:]) in self.cores:
                    user, nice, system, _idle, _iowait, irq, softirq, steal = (int(value) for value in values[:8])
                    ticks += user + nice + system + irq + softirq + steal
        return ticks / os.sysconf("SC_CLK_TCK") - sum(cpu_seconds(pid) for pid in self.ours)


def favour():
    """Asks that what this process starts goes before what others run on the same cores; says whether it is so."""
    if os.geteuid() != 0:
        return False
    try:
        os.setsid()  # a session of its own is a scheduling group of its own (sched_autogroup)
    except PermissionError:
        pass  # it leads one already
    try:
        with open("/proc/self/autogroup", "w") as group:
            group.write("-20")
    except OSError:
        os.setpriority(os.PRIO_PROCESS, 0, -20)
    return True


def policy():
    """How this process, and with it all that it starts, is scheduled."""
    names = {os.SCHED_OTHER: "normal", os.SCHED_FIFO: "real time, FIFO", os.SCHED_RR: "real time, RR"}
    return names.get(os.sched_getscheduler(0), "another policy")


def describe(cores):
    with open("/proc/cpuinfo") as info:
        model = next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), platform.machine())
    with open("/proc/meminfo") as info:
        memory = int(info.readline().split()[1]) // (1024 * 1024)
    return f"{model}, {os.cpu_count()} cores, {memory} GiB, Linux {platform.release()}, pinned to cores {','.join(map(str, cores.all()))}"


def output_of(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout.strip()
