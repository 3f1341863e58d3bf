"""What the first minute of a proxy is told by: the load that is there before it, and the stretches of time after /ready."""

import socket
import threading
import time
import unittest

import cold_start
import from_start
import report
from processes import free_ports
from results import Samples

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class ColdStartTest(unittest.TestCase):
    def test_requests_belong_to_the_stretch_in_which_they_were_due(self):
        ready = 100.0
        requests = [[(ready + at) * 1e9, latency] for at, latency in ((-0.5, None), (-0.2, 9000), (0.5, 4000), (0.9, None), (7, 2000), (8, 1000))]
        figures = cold_start.figures_of({"requests": requests}, 98.0, ready)
        self.assertAlmostEqual(figures["exec to first response"][0], 1809, places=3)
        told = {name: value for name, (value, _) in figures.items()}
        self.assertEqual((told["errors before /ready"], told["s 0-1 errors"], told["s 1-5 errors"]), (1, 1, 0))
        self.assertEqual((told["s 0-1 p99"], told["s 5-15 p50"], told["s 5-15 p99"]), (4, 1.5, 2))
        self.assertNotIn("s 1-5 p50", told)

    def test_the_table_has_the_figures_of_the_first_start_of_a_file(self):
        samples = Samples()
        samples.start_round()
        for contestant, ready in (("Weft, new file", 2200), ("Weft", 1400), ("Envoy", 90)):
            samples.add(contestant, "exec to /ready", "ms", ready)
        rows = report.table("cold-start", list(samples.rows("cold-start")))[2:]
        self.assertEqual(rows, ["| Weft | 1400 (1400-1400) |", "| Envoy | 90 (90-90) |", "| Weft, new file | 2200 (2200-2200) |"])

    def test_the_load_waits_for_who_listens_late_and_tells_what_failed(self):
        (port,) = free_ports(1)
        asked = []

        def serve():
            time.sleep(0.2)
            with socket.create_server(("127.0.0.1", port)) as server:
                while len(asked) < 2:
                    connection, _ = server.accept()
                    with connection:
                        while len(asked) < 2 and connection.recv(65536):
                            asked.append(time.monotonic_ns())
                            if len(asked) > 1:
                                connection.sendall(ANSWER)
                            else:
                                break  # the first one is left without an answer

        began = time.monotonic_ns()
        server = threading.Thread(target=serve)
        server.start()
        listened, results = from_start.run(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", port, 20, 0.2, 1)
        server.join()
        self.assertGreaterEqual(listened - began, 200_000_000)
        self.assertIsNone(results[0][1])
        self.assertIsNotNone(results[1][1])


if __name__ == "__main__":
    unittest.main()
