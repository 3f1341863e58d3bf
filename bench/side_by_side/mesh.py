"""A sidecar as users meet one: it got its identity and 50 services from a control plane, and finds both on its disk when it starts."""

import json

from processes import Process, answers, await_true

SERVICES = 50
HOST = "echo.shop:8080"


class Mesh:
    """A control plane, an application behind its own sidecar, and the state of a client's sidecar, to be started again and again."""

    def __init__(self, weft, core, work, backend):
        self.weft = weft
        self.core = core
        self.work = work
        self.backend = backend
        self.processes = []
        self.state = work / "sidecar"

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.stop()

    def command(self):
        """Starts the client's sidecar from what its first life left on the disk."""
        files = ["-c", str(self.state / "bootstrap.json"), "--state-dir", str(self.state), "--token-file", str(self.state / "join-token")]
        return [self.weft, "proxy", *files, "--concurrency", "1"]

    def port(self):
        return json.loads((self.state / "bootstrap.json").read_text())["node"]["metadata"]["weft"]["outboundPort"]

    def _start(self):
        server = str(self.work / "server")
        control = self._run("control-plane", "server", "--state-dir", server, "--listen", "127.0.0.1:0", "--rest-port", "0", "--metrics-port", "0")
        await_true(lambda: "metrics" in (self.work / "control-plane.log").read_text(), [control])
        (self.work / "services.yaml").write_text("".join(_service(name) for name in ["echo", *(f"service-{n}" for n in range(1, SERVICES))]))
        applied = self._run("apply", "apply", "-f", str(self.work / "services.yaml"), "--state-dir", server)
        if applied.child.wait(60):
            applied.fail("does not apply the services")
        self.processes.remove(applied)
        flags = ["-n", "shop", "--state-dir", server, "--proxy-state-dir"]
        service = ["--service", "echo", "--port", "8080", "--app-port", str(self.backend), "--protocol", "http", "--label", "app=echo"]
        self._run("application", "run", *flags, str(self.work / "application"), *service, "--", "sleep", "1d")
        client = self._run("client", "run", *flags, str(self.state), "--workload", "client", "--", "sleep", "1d")
        await_true(lambda: (self.state / "bootstrap.json").exists() and answers(self.port(), HOST), self.processes, 60)
        client.stop()
        self.processes.remove(client)

    def _run(self, name, *arguments):
        process = Process(name, [self.weft, *arguments], self.core, self.work / f"{name}.log", {"XDG_STATE_HOME": str(self.work / "state")})
        self.processes.append(process)
        return process


def _service(name):
    return f"""apiVersion: v1
kind: Service
metadata: {{namespace: shop, name: {name}}}
spec:
  selector: {{app: {name}}}
  ports: [{{name: http, port: 8080, appProtocol: http}}]
---
"""
