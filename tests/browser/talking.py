"""Somebody who writes without a browser: for a room that is to be full before the test looks at it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import socketio

from rooms.messages import PROTOCOL_VERSION
from rtserver.administration import new_nonce
from tests.browser.space import Space


@asynccontextmanager
async def talking(space: Space, name: str) -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    """Gives a function that sends a command to the class room; each is answered with its result."""
    client = socketio.AsyncClient()
    await client.connect(
        f"{space.server.url}/socket.io/?project={space.project}&parser=json",
        auth={"version": PROTOCOL_VERSION, "ticket": await space.ticket(name)},
        transports=["websocket"],
    )

    async def send(command: str, **fields: Any) -> Any:
        answer = await client.call(command, fields)
        assert "ok" in answer, (command, answer)
        return answer["ok"]

    async def say(command: str, **fields: Any) -> Any:
        return await send(command, room=space.room, nonce=new_nonce(), **fields)

    try:
        await send("project.join")
        await send("room.join", room=space.room)
        yield say
    finally:
        await client.disconnect()
