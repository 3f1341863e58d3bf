"""Who is measured, and how each is started from one configuration of a setup."""

import os
import pathlib
import re

import cases
import machine
import results

CONFIGURATIONS = pathlib.Path(__file__).parent / "config"
SOURCES = pathlib.Path(__file__).parents[1] / "src/main/java/io/weft/bench"


class Contestant:
    """name is the row of the result; kind is the program, of which a control is a second one. between: its protocol, where the setup leaves it."""

    def __init__(self, name, kind, programs, between=None):
        self.name = name
        self.kind = kind
        self.programs = programs
        self.between = between

    def template(self, hop):
        """The configuration of a hop: Weft and Envoy start from the same one."""
        suffix = {"weft": "yaml", "envoy": "yaml", "haproxy": "haproxy.cfg", "nginx": "nginx.conf"}[self.kind]
        return CONFIGURATIONS / f"{hop}.{suffix}"

    def command(self, configuration, work, loops=1):
        if self.kind == "weft":
            state = f"{configuration}.state"
            os.makedirs(state, mode=0o700, exist_ok=True)
            flags = os.environ.get("WEFT_PROXY_FLAGS", "").split()
            return [self.programs["weft"], "proxy", "-c", str(configuration), "--state-dir", state, "--concurrency", str(loops), *flags]
        if self.kind == "envoy":
            return [self.programs["envoy"], "-c", str(configuration), "--concurrency", str(loops), "--disable-hot-restart", "-l", "error"]
        if self.kind == "haproxy":
            return [self.programs["haproxy"], "-db", "-f", str(configuration)]
        return [self.programs["nginx"], "-c", str(configuration), "-p", str(work)]


def find_programs(root):
    """What is to be run, by kind; a program that is missing is named with the way to get it."""
    homes = sorted((root / "build/bench").glob("weft-*/bin/weft"))
    found = {
        "weft": os.environ.get("WEFT_BIN") or (str(homes[-1]) if homes else None),
        "envoy": _existing(root / "build/envoy/bin/envoy"),
        "haproxy": _on_path("haproxy"),
        "nginx": _on_path("nginx"),
        "wrk": _on_path("wrk"),
        "h2load": _on_path("h2load"),
        "java": _existing(pathlib.Path(os.environ.get("JAVA_HOME", "/")) / "bin/java") or _on_path("java"),
    }
    missing = [name for name, path in found.items() if path is None]
    if missing:
        raise SystemExit(f"not found: {', '.join(missing)}; packaging/install-bench-tools.sh installs them, `make dist` makes Weft")
    return found


def java(programs, source, *arguments):
    """The command of a program of the module of benchmarks, from its source, with the libraries of Weft's distribution."""
    flags = ["-XX:+UseSerialGC", "-Xmx256m", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"]
    libraries = pathlib.Path(programs["weft"]).parents[1] / "lib"
    return [programs["java"], *flags, "-cp", f"{libraries}/*", str(SOURCES / source), *map(str, arguments)]


def commit(root):
    """Of the distribution that is measured, which may be older than the tree."""
    known = root / "build/dist/commit"
    return "unknown" if "WEFT_BIN" in os.environ or not known.exists() else known.read_text().strip()


def fill(template, target, values):
    """Writes the template with @name@ replaced; a name that nobody gave is an error."""
    text = template.read_text()

    def value(match):
        if match[1] not in values:
            raise KeyError(f"{template}: @{match[1]}@ has no value")
        return str(values[match[1]])

    target.write_text(re.sub(r"@([a-z0-9_]+)@", value, text))
    return target


def versions(programs):
    weft = machine.output_of(programs["weft"], "version").splitlines()[0].removeprefix("weft ")
    envoy = re.search(r"/(\d+\.\d+\.\d+)/", machine.output_of(programs["envoy"], "--version"))
    return {
        "Weft": weft,
        "Envoy": envoy[1] if envoy else "unknown",
        "HAProxy": machine.output_of(programs["haproxy"], "-v").split()[2],
        "nginx": machine.output_of(programs["nginx"], "-v").rpartition("/")[2],
        "OpenSSL of HAProxy and nginx": machine.output_of("openssl", "version").split()[1],
    }


def _existing(path):
    return str(path) if path.exists() else None


def _on_path(program):
    for folder in [*os.environ.get("PATH", "").split(":"), "/usr/sbin", "/sbin"]:
        path = os.path.join(folder, program)
        if os.access(path, os.X_OK):
            return path
    return None


def of_setup(setup, all_cases, candidates):
    """Those that any case of the setup is for."""
    taking_part = [entrant for entrant in candidates if any(entrant.kind in case.contestants for case in all_cases)]
    if setup.between != cases.EITHER:
        return taking_part
    both = (("HTTP/1.1", cases.HTTP1), ("HTTP/2", cases.HTTP2))
    return [Contestant(f"{entrant.name}, {name}", entrant.kind, entrant.programs, between) for entrant in taking_part for name, between in both]


def entrants(programs, only=""):
    """All contestants, and one a second time as the control."""
    names = {"weft": "Weft", "envoy": "Envoy", "haproxy": "HAProxy", "nginx": "nginx"}
    wanted = only.replace(",", " ").lower().split() or list(names)
    chosen = [Contestant(names[kind], kind, programs) for kind in names if kind in wanted]
    if "haproxy" in wanted:
        chosen.append(Contestant(results.CONTROL, "haproxy", programs))
    return chosen
