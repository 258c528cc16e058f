"""Attacks on the server's core: connections that outlive their sockets, memory and time that one client may take."""

import json
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest

from tests.wire.classroom import Classroom
from tests.wire.conftest import GENEROUS
from tests.wire.frames import FrameClient, command, frame_client, signed_in_frames, upgrade_request
from tests.wire.raw import PACKET_SEPARATOR
from tests.wire.server import Server

HALF_A_BODY = b"4" * 800_000
HALVES = 60
HALVES_MEMORY_MAX = 32.0
"""Megabytes that are left of `HALVES` bodies, of which each has taken 0.8: what the collector has not seen yet."""

FLOOD = 1_500


def _path(classroom: Classroom, transport: str, sid: str | None = None) -> str:
    more = "" if sid is None else f"&sid={sid}"
    return f"/socket.io/?EIO=4&project={classroom.project}&transport={transport}{more}"


def _post(classroom: Classroom, sid: str, body: bytes, size: int | None = None) -> bytes:
    head = f"POST {_path(classroom, 'polling', sid)} HTTP/1.1\r\nHost: x\r\nContent-Length: {size or len(body)}\r\n\r\n"
    return head.encode() + body


async def _polling(classroom: Classroom, client: FrameClient) -> str:
    """The sid of a new polling connection on this one."""
    client.write(f"GET {_path(classroom, 'polling')} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    status, body = await client.answer()
    assert status == 200
    return str(json.loads(body.partition(PACKET_SEPARATOR)[0][1:])["sid"])


@pytest.mark.parametrize("way", ["closed while it upgrades", "a broken post behind the upgrade"])
async def test_no_websocket_outlives_its_socket(classroom: Classroom, way: str) -> None:
    """The server ends it; it was open for as long as the client liked, beyond every limit, without a sign-in."""
    url = classroom.server.url
    async with frame_client(url) as polling, frame_client(url) as websocket:
        sid = await _polling(classroom, polling)
        if way.startswith("a broken"):
            polling.write(_post(classroom, sid, b"zz", size=4))
            await polling.flush()
        await websocket.upgrade(_path(classroom, "websocket", sid))
        websocket.send_text("2probe")
        assert await websocket.receive_text() == "3probe"
        if way.startswith("closed"):
            polling.write(_post(classroom, sid, b"1"))
            assert (await polling.answer())[0] == 200
            websocket.send_text("5")
        else:
            websocket.send_text("5", "40{}")
            assert (await websocket.receive_text()).startswith("44{")
            polling.write(b"zz")
        await websocket.rest()


async def test_gone_in_a_flood(
    own_server: Callable[..., Server], open_room: Callable[..., Any], websocket_driver: str
) -> None:
    """Whose connection ends before its commands are handled: uvloop raises for whoever writes to it then."""
    server = own_server(event_loop="uvloop", **GENEROUS)
    classroom = await open_room(server)
    auth = await classroom.session(classroom.leo)
    for _ in range(4):
        async with signed_in_frames(server.url, classroom.project, auth) as client:
            client.send_text(command(1, "room.join", room=classroom.room))
            await client.receive_text()
            signal = {"room": classroom.room, "topic": "pen", "data": ""}
            client.send_text(*(command(number, "room.signal", **signal) for number in range(FLOOD)))
            await client.flush()
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/healthz") as response:
        assert response.status == 200
    server.check_log()


@pytest.mark.one_driver
async def test_bodies_that_never_end(
    own_server: Callable[..., Server], open_room: Callable[..., Any], websocket_driver: str
) -> None:
    """Are let go of at once, not when the garbage collector comes by."""
    server = own_server()
    classroom = await open_room(server)
    before = server.memory()
    for _ in range(HALVES):
        async with frame_client(server.url) as client:
            sid = await _polling(classroom, client)
            client.write(_post(classroom, sid, HALF_A_BODY, size=900_000))
            await client.flush()
    async with AsyncExitStack() as stack:
        for _ in range(3):
            await _polling(classroom, await stack.enter_async_context(frame_client(server.url)))
    assert server.memory() - before < HALVES_MEMORY_MAX


async def test_another_path(classroom: Classroom) -> None:
    """Is not found, whoever carries WebSockets."""
    async with frame_client(classroom.server.url) as client:
        path = _path(classroom, "websocket").replace("/socket.io/", "/socket.io/other")
        client.write(upgrade_request(path))
        assert (await client.head()).startswith(b"HTTP/1.1 404 ")
