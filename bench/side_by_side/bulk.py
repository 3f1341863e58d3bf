"""
Bytes as fast as a proxy carries them, with little work of its own: python3 bulk.py take PORT, and bulk.py send PORT CONNECTIONS SECONDS.

Who takes lets the kernel drop the bytes (MSG_TRUNC), and answers the end of a connection with their number. Who sends ends its own direction after its
time and waits for that answer: a byte that was lost, or an end that was not passed on, ends the run. Prints JSON.
"""

import json
import selectors
import socket
import struct
import sys
import time

MEBIBYTE = 1024 * 1024
PIECE = memoryview(bytes(MEBIBYTE))
ANSWER_SECONDS = 30
NUMBER = struct.Struct("!Q")


def take(port):
    selector = selectors.DefaultSelector()
    listening = socket.create_server(("127.0.0.1", port), backlog=1024)
    selector.register(listening, selectors.EVENT_READ)
    taken = {}
    scratch = bytearray(MEBIBYTE)
    while True:
        for key, _ in selector.select():
            if key.fileobj is listening:
                connection, _ = listening.accept()
                taken[connection] = 0
                selector.register(connection, selectors.EVENT_READ)
                continue
            connection = key.fileobj
            try:
                count = connection.recv_into(scratch, MEBIBYTE, socket.MSG_TRUNC)
                if not count:
                    connection.sendall(NUMBER.pack(taken[connection]))
            except ConnectionError:
                count = 0
            if count:
                taken[connection] += count
            else:
                selector.unregister(connection)
                del taken[connection]
                connection.close()


def send(port, count, seconds):
    """Bytes sent, and the seconds that they took; the proxy has carried all of them."""
    selector = selectors.DefaultSelector()
    sent = {}
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", port), timeout=5)
        connection.setblocking(False)
        sent[connection] = 0
        selector.register(connection, selectors.EVENT_WRITE)
    start = time.monotonic()
    while time.monotonic() < start + seconds:
        for key, _ in selector.select(1):
            sent[key.fileobj] += key.fileobj.send(PIECE)
    for connection in sent:
        connection.settimeout(ANSWER_SECONDS)
        connection.shutdown(socket.SHUT_WR)
    for connection, bytes_sent in sent.items():
        answer = connection.makefile("rb").read()
        if answer != NUMBER.pack(bytes_sent):
            arrived = NUMBER.unpack(answer)[0] if len(answer) == NUMBER.size else None
            raise SystemExit(f"sent {bytes_sent} bytes, but what arrived is {arrived or 'not known'}")
        connection.close()
    return sum(sent.values()), time.monotonic() - start


def main():
    match sys.argv[1:]:
        case ["take", port]:
            take(int(port))
        case ["send", port, count, seconds]:
            bytes_sent, spent = send(int(port), int(count), float(seconds))
            print(json.dumps({"mebibytes": bytes_sent / MEBIBYTE, "seconds": spent}))
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
