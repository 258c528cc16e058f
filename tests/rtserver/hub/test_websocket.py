"""`HubWebSocket` over a connection on which everything has arrived already: nothing that it asks for has to wait."""

import asyncio
from collections import deque
from typing import Any, cast

import pytest
from aiohttp import WSMessage, WSMsgType

from rtserver.hub.server import FRAMES_PER_TURN, HubEngine, HubWebSocket

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


def websocket(*messages: WSMessage) -> tuple[HubWebSocket, Arrived]:
    async def handler(_: HubWebSocket) -> None: ...

    made, arrived = HubWebSocket(handler, cast(HubEngine, None)), Arrived(*messages)
    made._response = cast(Any, arrived)
    return made, arrived


@pytest.mark.parametrize(
    "message",
    [ONE, WSMessage(WSMsgType.PING, b"", None), WSMessage(WSMsgType.PONG, b"", None)],
    ids=["text", "ping", "pong"],
)
async def test_others_have_their_turn(message: WSMessage) -> None:
    """However many messages one client sends at once, the others wait for a few of them only."""
    count = TURNS * FRAMES_PER_TURN
    ws, arrived = websocket(*[message] * count, *[ONE] * count)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    while arrived.messages:
        assert await ws.receive() == "4hello"
    task.cancel()
    assert turns >= 2 * TURNS


async def test_a_ping_is_answered() -> None:
    """With what it carried; it is not handed on."""
    ws, arrived = websocket(WSMessage(WSMsgType.PING, b"are you there?", None), ONE)
    assert await ws.receive() == "4hello"
    assert arrived.pongs == [b"are you there?"]


async def test_a_ping_of_somebody_who_is_gone() -> None:
    """The end is seen with the next message, not with the answer."""
    closed = WSMessage(WSMsgType.CLOSED, None, None)
    ws, arrived = websocket(WSMessage(WSMsgType.PING, b"", None), closed)
    arrived.is_gone = True
    assert await ws.receive() is None
