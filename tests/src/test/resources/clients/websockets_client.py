"""The package websockets as a client: websockets_client.py CHECK PROXY-PORT"""
import asyncio
import os
import sys

import websockets
from websockets.asyncio.client import connect

check, port = sys.argv[1], int(sys.argv[2])


def equal(got, wanted):
    if got != wanted:
        raise SystemExit(f"{check}: got {got!r:.200}, wanted {wanted!r:.200}")


async def talk(socket):
    for i in range(20):
        await socket.send(f"line {i}")
        equal(await socket.recv(), f"line {i}")
    large = os.urandom(3_000_000)
    await socket.send(large)
    equal(await socket.recv(), large)
    await socket.send(part for part in ["in ", "three ", "fragments"])
    equal(await socket.recv(), "in three fragments")
    await asyncio.wait_for(await socket.ping(), 10)


def options():
    return dict(subprotocols=["chat.v1"], max_size=2**26, open_timeout=20)


async def by_a_proxy_setting():
    """ws:// by CONNECT, as http_proxy says."""
    async with connect("ws://chat.shop/room", proxy=f"http://127.0.0.1:{port}", **options()) as socket:
        equal(socket.subprotocol, "chat.v1")
        await talk(socket)


async def by_its_host_header():
    """To the proxy's port as if it were the service."""
    async with connect("ws://chat.shop/room", host="127.0.0.1", port=port, proxy=None, **options()) as socket:
        await talk(socket)


async def without_compression():
    async with connect("ws://chat.shop/", host="127.0.0.1", port=port, proxy=None, compression=None, **options()) as socket:
        await talk(socket)


async def the_server_leaves():
    async with connect("ws://chat.shop/", host="127.0.0.1", port=port, proxy=None, **options()) as socket:
        await socket.send("leave")
        try:
            await socket.recv()
        except websockets.ConnectionClosedError as closed:
            equal((closed.rcvd.code, closed.rcvd.reason), (4001, "asked to"))
            return
    raise SystemExit("the connection was not closed")


async def many_at_once():
    async def one(name):
        async with connect("ws://chat.shop/", host="127.0.0.1", port=port, proxy=None, **options()) as socket:
            for i in range(5):
                await socket.send(f"{name} {i}")
                equal(await socket.recv(), f"{name} {i}")

    await asyncio.gather(*(one(f"socket {i}") for i in range(40)))


async def refused():
    try:
        await connect("ws://node.shop/status", host="127.0.0.1", port=port, proxy=None, **options())
    except websockets.InvalidStatus as answer:
        equal(answer.response.status_code, 200)
        return
    raise SystemExit("an application without WebSocket took one")


asyncio.run(globals()[check]())
