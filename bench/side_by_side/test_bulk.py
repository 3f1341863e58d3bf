"""Run by `python3 -m unittest discover bench/side_by_side`: that bytes which get lost are noticed."""

import pathlib
import socket
import subprocess
import sys
import threading
import unittest

import bulk
from processes import free_ports, listens


class BulkTest(unittest.TestCase):
    def test_all_bytes_that_are_sent_are_taken(self):
        (port,) = free_ports(1)
        taker = subprocess.Popen([sys.executable, str(pathlib.Path(bulk.__file__)), "take", str(port)])
        try:
            while not listens(port):
                self.assertIsNone(taker.poll())
            bytes_sent, seconds = bulk.send(port, 2, 0.1)
            self.assertGreater(bytes_sent, bulk.MEBIBYTE)
            self.assertGreaterEqual(seconds, 0.1)
        finally:
            taker.kill()
            taker.wait()

    def test_a_byte_that_does_not_arrive_ends_the_run(self):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            threading.Thread(target=self.take_one_too_few, args=(listening,)).start()
            with self.assertRaisesRegex(SystemExit, "sent [0-9]+ bytes"):
                bulk.send(listening.getsockname()[1], 1, 0.05)

    @staticmethod
    def take_one_too_few(listening):
        with listening.accept()[0] as connection:
            taken = 0
            while count := len(connection.recv(bulk.MEBIBYTE)):
                taken += count
            connection.sendall(bulk.NUMBER.pack(taken - 1))


if __name__ == "__main__":
    unittest.main()
