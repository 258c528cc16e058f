"""`AiohttpWebSocket` behind a real port, and over a connection on which everything has arrived already."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from aiohttp import WSMessage, WSMsgType, web

from rtserver.hub.aiohttp_driver import FRAMES_PER_TURN, AiohttpWebSocket
from rtserver.hub.polling import POST_BYTES_MAX
from tests.rtserver.hub.drivers import PATH, Socket
from tests.wire.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    FrameClient,
    client_frame,
    frame_client,
    upgrade_request,
)

TURNS = 20
ONE = WSMessage(WSMsgType.TEXT, "4hello", None)


class Arrived:
    """In place of aiohttp's WebSocket: messages that are there, and the pongs that were sent."""

    def __init__(self, *messages: WSMessage) -> None:
        self.messages = deque(messages)
        self.pongs: list[bytes] = []
        self.is_gone = False

    async def receive(self) -> WSMessage:
        return self.messages.popleft()

    async def pong(self, data: bytes) -> None:
        if self.is_gone:
            raise ConnectionResetError
        self.pongs.append(data)


class Handler(Socket):
    """A socket with the method that engineio hands to its driver."""

    async def handler(self, _: object) -> None:
        raise AssertionError("the driver takes the socket, it does not call the method")


def websocket_of(*messages: WSMessage) -> tuple[AiohttpWebSocket, Arrived]:
    made, arrived = AiohttpWebSocket(Handler().handler, object()), Arrived(*messages)
    made._response = cast(Any, arrived)
    return made, arrived


class TestReceiving:
    @pytest.mark.parametrize(
        "message",
        [ONE, WSMessage(WSMsgType.PING, b"", None), WSMessage(WSMsgType.PONG, b"", None)],
        ids=["text", "ping", "pong"],
    )
    async def test_others_have_their_turn(self, message: WSMessage) -> None:
        """However many messages one client sends at once, the others wait for a few of them only."""
        count = TURNS * FRAMES_PER_TURN
        ws, arrived = websocket_of(*[message] * count, *[ONE] * count)
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(others())
        while arrived.messages:
            assert await ws.receive() == (b"4hello", True)
        task.cancel()
        assert turns >= 2 * TURNS

    async def test_a_ping_is_answered(self) -> None:
        """With what it carried; it is not handed on."""
        ws, arrived = websocket_of(WSMessage(WSMsgType.PING, b"are you there?", None), ONE)
        assert await ws.receive() == (b"4hello", True)
        assert arrived.pongs == [b"are you there?"]

    async def test_a_ping_of_somebody_who_is_gone(self) -> None:
        """The end is seen with the next message, not with the answer."""
        closed = WSMessage(WSMsgType.CLOSED, None, None)
        ws, arrived = websocket_of(WSMessage(WSMsgType.PING, b"", None), closed)
        arrived.is_gone = True
        assert await ws.receive() is None

    @pytest.mark.parametrize("kind", [WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR])
    async def test_the_end(self, kind: WSMsgType) -> None:
        """However it comes."""
        ws, _ = websocket_of(WSMessage(kind, None, None))
        assert await ws.receive() is None

    async def test_kinds(self) -> None:
        """Text becomes the bytes that it came as."""
        ws, _ = websocket_of(WSMessage(WSMsgType.TEXT, "4é", None), WSMessage(WSMsgType.BINARY, b"\x00", None))
        assert await ws.receive() == ("4é".encode(), True)
        assert await ws.receive() == (b"\x00", False)


@pytest.fixture
def socket() -> Handler:
    return Handler()


@pytest.fixture
async def client(socket: Handler) -> AsyncIterator[FrameClient]:
    """A connection to an application that gives its WebSockets to the driver."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await AiohttpWebSocket(socket.handler, object())({"aiohttp.request": request})

    app = web.Application()
    app.router.add_get("/socket.io/", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    async with frame_client(f"http://{host}:{port}") as connected:
        yield connected
    if socket.carrier is not None:
        await socket.ended()
    await runner.cleanup()


@pytest.fixture
async def websocket(client: FrameClient) -> FrameClient:
    return await client.upgrade(PATH)


class TestCarrying:
    async def test_messages(self, websocket: FrameClient, socket: Handler) -> None:
        """Whole, with their kind, in order, fragmented or not."""
        websocket.send_text("4a")
        websocket.send(BINARY, b"\x00\xff")
        websocket.send(TEXT, b"4b", is_final=False)
        websocket.send(PING, b"still there?")
        websocket.send(CONTINUATION, "é".encode())
        assert await websocket.receive() == (PONG, b"still there?")
        await socket.until(lambda: len(socket.received) == 3)
        assert socket.received == [(b"4a", True), (b"\x00\xff", False), ("4bé".encode(), True)]

    async def test_what_the_outbox_writes(self, websocket: FrameClient, socket: Handler) -> None:
        """Goes out as it is, past aiohttp's writer."""
        await socket.until(lambda: socket.carrier is not None)
        socket.transport.write(b"\x81\x02ok")
        assert await websocket.receive() == (TEXT, b"ok")

    async def test_nothing_is_compressed(self, client: FrameClient) -> None:
        """It is offered by browsers and not taken."""
        client.write(upgrade_request(PATH, "Sec-WebSocket-Extensions: permessage-deflate"))
        assert b"permessage-deflate" not in await client.head()

    async def test_a_long_message(self, websocket: FrameClient, socket: Handler) -> None:
        """As long as allowed is taken, longer ends the connection."""
        websocket.send(BINARY, b"x" * (POST_BYTES_MAX - 1))
        await socket.until(lambda: bool(socket.received))
        websocket.send(BINARY, b"x" * (POST_BYTES_MAX + 1))
        websocket.send(TEXT, b"4late")
        await socket.ended()
        assert len(socket.received) == 1

    @pytest.mark.parametrize(
        "frame",
        [
            client_frame(TEXT, b"4x", rsv=4),
            client_frame(3, b"x"),
            client_frame(TEXT, b"4\xff"),
            client_frame(CONTINUATION, b"x"),
            client_frame(PING, b"x", is_final=False),
        ],
        ids=["rsv", "opcode", "no UTF-8", "continuation of nothing", "fragmented ping"],
    )
    async def test_broken_frames(self, websocket: FrameClient, socket: Handler, frame: bytes) -> None:
        """End the connection; nothing behind them is taken."""
        websocket.write(frame, client_frame(TEXT, b"4after"))
        await socket.ended()
        assert socket.received == []

    async def test_the_client_closes(self, websocket: FrameClient, socket: Handler) -> None:
        """Nothing behind its close frame is taken."""
        websocket.send(CLOSE, b"\x03\xe8")
        websocket.send(TEXT, b"4late")
        await socket.ended()
        await websocket.rest()
        assert socket.received == []

    async def test_the_client_is_cut(self, websocket: FrameClient, socket: Handler) -> None:
        """Without a word."""
        websocket.writer.transport.abort()
        await socket.ended()

    async def test_the_server_cuts(self, websocket: FrameClient, socket: Handler) -> None:
        """The outbox aborts the transport."""
        await socket.until(lambda: socket.carrier is not None)
        socket.transport.abort()
        assert await websocket.rest() == []
        await socket.ended()

    async def test_last_frames_are_flushed(self, websocket: FrameClient, socket: Handler) -> None:
        """The client closes and reads on: what was written before still arrives."""
        await socket.until(lambda: socket.carrier is not None)
        size = 4_000_000
        socket.transport.write(client_frame(BINARY, b"x" * size, mask=None))
        websocket.send(CLOSE, b"\x03\xe8")
        opcode, payload = await websocket.receive()
        assert (opcode, len(payload)) == (BINARY, size)
