"""An application on the package websockets, which says on what port it listens."""
import asyncio

from websockets.asyncio.server import serve


async def echo(socket):
    async for message in socket:
        if message == "leave":
            await socket.close(4001, "asked to")
            return
        await socket.send(message)


async def main():
    async with serve(echo, "127.0.0.1", 0, subprotocols=["chat.v1"], max_size=2**26) as server:
        print("websockets listens on", server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


asyncio.run(main())
