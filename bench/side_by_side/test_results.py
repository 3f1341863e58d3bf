"""Run by `python3 -m unittest discover bench/side_by_side`: what becomes of the samples."""

import json
import os
import pathlib
import socket
import tempfile
import unittest

import cases
import contestants
import load
import machine
import paced
import report
import results
import spread
import system_calls


class ResultsTest(unittest.TestCase):
    def test_quartiles_lie_between_the_nearest_values(self):
        self.assertEqual(results.quartiles([8, 1, 4, 2]), (1.75, 3, 5))
        self.assertEqual(results.quartiles([7]), (7, 7, 7))

    def test_a_ratio_is_to_haproxy_and_its_control_in_the_same_round(self):
        samples = results.Samples()
        for slowness in (1, 2):
            samples.start_round()
            for name, cost in (("Weft", 8), ("HAProxy", 9), (results.CONTROL, 11)):
                samples.add(name, "CPU per request", "us", cost * slowness)
        samples.compare("CPU per request", results.RATIO)
        ratios = {row["contestant"]: row["median"] for row in samples.rows("case") if row["measure"] == results.RATIO}
        self.assertEqual(ratios, {"Weft": 0.8, "HAProxy": 0.8182, results.CONTROL: 1.222})
        self.assertAlmostEqual(results.control_difference(list(samples.rows("case")), results.RATIO), 0.222)

    def test_a_part_replaces_its_cases_and_keeps_the_others(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            results.merge(folder, [{"case": "a", "median": 1}, {"case": "b", "median": 2}], {"a": {}, "b": {}})
            results.merge(folder, [{"case": "b", "median": 3}], {"b": {"rounds": 4}})
            kept = {row["case"]: row["median"] for row in json.loads((folder / "latest.json").read_text())}
            self.assertEqual(kept, {"a": 1, "b": 3})
            self.assertEqual(json.loads((folder / "conditions.json").read_text()), {"a": {}, "b": {"rounds": 4}})

    def test_system_calls_are_read_from_straces_table(self):
        table = "% time     seconds  usecs/call     calls    errors syscall\n 60.00    0.012000           6      2000       100 recvfrom\n"
        table += " 40.00    0.008000           4      2001           sendto\n100.00    0.020000           5      4001       100 total\n"
        self.assertEqual(system_calls.counted(table), {"recvfrom": 2000, "sendto": 2001})

    def test_what_h2load_reports_is_read_and_a_failure_ends_the_run(self):
        report = "finished in 2.01s, 99.50 req/s, 1.30MB/s\n"
        report += "requests: 200 total, 232 started, 200 done, 200 succeeded, 0 failed, 0 errored, 0 timeout\n"
        report += "status codes: 200 2xx, 0 3xx, 0 4xx, 0 5xx\n"
        self.assertEqual(load.told_by_h2load("", report), load.Sent(200, 2.01, {}))
        for good, bad in (("0 failed", "1 failed"), ("0 timeout", "3 timeout"), ("200 2xx, 0 3xx", "199 2xx, 1 3xx")):
            with self.assertRaises(SystemExit):
                load.told_by_h2load("", report.replace(good, bad))

    def test_latencies_are_read_from_wrk(self):
        report = "    Latency   812.31us  1.10ms  21.00ms   95.11%\n  Latency Distribution\n     50%  612.00us\n     75%    1.01ms\n     99%    4.50ms\n"
        self.assertEqual(load.latencies_of_wrk(report), {"p50": 612, "p99": 4500})

    def test_where_either_protocol_may_be_between_each_contestant_is_there_twice(self):
        case = cases.select(["between-32"])[0]
        both = contestants.of_setup(case.setup, [case], contestants.entrants({}))
        self.assertEqual([(entrant.name, entrant.between) for entrant in both], [("Weft, HTTP/1.1", "http/1.1"), ("Weft, HTTP/2", "h2")])

    def test_open_connections_are_counted_by_port(self):
        listens = (lambda: socket.create_server(("127.0.0.1", 0)), lambda: socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True))
        for listen in listens if socket.has_dualstack_ipv6() else listens[:1]:
            with listen() as server:
                port = server.getsockname()[1]
                with socket.create_connection(("127.0.0.1", port)):
                    self.assertEqual(machine.connections(port), 1)
                self.assertEqual(machine.connections(port), 0)

    def test_the_load_of_calls_stays_and_its_end_is_a_failure(self):
        with tempfile.TemporaryDirectory() as folder:
            java = pathlib.Path(folder) / "java"
            java.write_text('#!/bin/sh\nn=0; while [ $n -lt 2 ] && read -r _ _ s; do n=$((n + 1)); echo "{\\"requests\\": $n, \\"seconds\\": $s}"; done; echo gone >&2\n')
            java.chmod(0o755)
            programs = {"java": str(java), "weft": "/weft/bin/weft"}
            with load.Load(programs, str(min(os.sched_getaffinity(0))), pathlib.Path(folder)) as sender:
                sent = [sender.send(cases.Calls(unary=True), 1, seconds) for seconds in (4, 5)]
                self.assertEqual(sent, [load.Sent(1, 4, {}), load.Sent(2, 5, {})])
                with self.assertRaisesRegex(SystemExit, "gone"):
                    sender.send(cases.Calls(unary=True), 1, 4)

    def test_every_configuration_gets_all_that_it_names(self):
        values = dict.fromkeys(("port", "admin", "backend", "work", "name"), 1)
        with tempfile.TemporaryDirectory() as folder:
            for case in cases.ALL:
                for kind in case.contestants:
                    for hop in case.setup.hops:
                        template = contestants.Contestant(kind, kind, {}).template(hop)
                        for between in (cases.HTTP1, cases.HTTP2) if case.setup.between == cases.EITHER else (None,):
                            contestants.fill(template, pathlib.Path(folder) / "filled", {**values, **case.setup.values(between)})

    def test_cores_are_shared_out(self):
        self.assertEqual(machine.Cores.parse("0,1"), machine.Cores("0", "0", "1", "1"))
        self.assertEqual(machine.Cores.parse("0,1,2,3"), machine.Cores("0", "1", "2", "3"))
        self.assertEqual(machine.Cores.parse("0,1,2,3", loops=2), machine.Cores("0,1", "0,1", "2,3", "2,3"))
        self.assertEqual(machine.Cores.parse("0,1,2,3", loops=1).of_load(), [2, 3])
        self.assertIsNone(machine.Cores.parse("0,1", loops=2))
        with self.assertRaises(ValueError):
            machine.Cores.parse("0,1,2")

    def test_the_busiest_loop_is_read_from_what_proxies_tell(self):
        weft = 'weft_downstream_connections_active 64\nweft_loop_downstream_connections{loop="0"} 40\nweft_loop_downstream_connections{loop="1"} 24\n'
        envoy = "listener.admin.worker_0.downstream_cx_active: 9\n"
        envoy += "listener.127.0.0.1_1234.worker_0.downstream_cx_active: 16\nlistener.127.0.0.1_1234.worker_1.downstream_cx_active: 48\n"
        self.assertEqual((spread.busiest("weft", weft), spread.busiest("envoy", envoy)), (1.25, 1.5))
        with self.assertRaises(SystemExit):
            spread.busiest("weft", "")

    def test_a_bound_is_told_beside_the_figure(self):
        rows = [
            {"case": "a", "contestant": name, "measure": measure, "unit": "us", "median": median}
            for measure, medians in (("CPU per request", (40, 20)), (results.RATIO, (1.5, 1)), ("added p50", (30, 60)))
            for name, median in zip(("Weft", "HAProxy"), medians)
        ]
        bounds = (cases.Bound("HAProxy", 1.6, 1), cases.Bound("HAProxy", 0.4, 0.3, "added p50"), cases.Bound("Envoy", 1, 1))
        self.assertEqual(
            report.held(bounds, "a", rows),
            ["CPU per request to HAProxy 1.50 (must 1.60, aim 1.00)", "added p50 to HAProxy **0.50** (must 0.40, aim 0.30)"],
        )

    def test_paced_requests_come_at_their_rate_and_always_alike(self):
        moments = paced.due_moments(1000, 4)
        self.assertEqual(moments, paced.due_moments(1000, 4))
        self.assertTrue(3800 < len(moments) < 4200)
        self.assertLess(moments[-1], 4e9)


if __name__ == "__main__":
    unittest.main()
