"""A share of a core for what runs in it, as a container's CPU limit is: a cgroup of our own, of either version."""

import contextlib
import os
import pathlib

PERIOD = 100_000  # microseconds; what containers get
V1 = pathlib.Path("/sys/fs/cgroup/cpu")
V2 = pathlib.Path("/sys/fs/cgroup")


class CpuQuota:
    def __init__(self, cores):
        self.cores = cores
        self.folder = None

    def __enter__(self):
        quota = int(self.cores * PERIOD)
        if (V1 / "cpu.cfs_quota_us").exists():
            self._make(V1, {"cpu.cfs_period_us": PERIOD, "cpu.cfs_quota_us": quota, "cpu.shares": 262144})
        else:
            self._make(V2, {"cpu.max": f"{quota} {PERIOD}", "cpu.weight": 10000})
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.folder.rmdir()

    def _make(self, parent, values):
        self.folder = parent / f"weft-bench-{os.getpid()}"
        try:
            self.folder.mkdir(exist_ok=True)
            for name, value in values.items():
                (self.folder / name).write_text(str(value))
        except OSError as failure:
            self.__exit__()
            raise SystemExit(f"no cgroup with a CPU quota can be made ({failure}): this case needs root and a cgroup with the cpu controller") from failure

    def command(self, command):
        """The same command, which enters the group before it begins."""
        return ["sh", "-c", 'echo 0 >"$0" && exec "$@"', str(self.folder / "cgroup.procs"), *command]

    def throttled(self):
        """How often what runs in it had used up its quota."""
        lines = (line.split() for line in (self.folder / "cpu.stat").read_text().splitlines())
        return next(int(value) for name, value in lines if name == "nr_throttled")
