"""The end of a server that somebody else goes on for: who is told what, and when; and clients of an older version."""

import asyncio
import signal
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import aiohttp
import pytest

from tests.wire.classroom import Classroom, new_nonce
from tests.wire.clients import NPM_POLLING, NPM_WEBSOCKET, PYTHON_WEBSOCKET, Client, Kind
from tests.wire.server import Server

LONG = 3600.0
"""Seconds that nobody waits for."""

FEW_SECONDS = 15.0
"""Seconds, on a busy machine: less than `drain_deadline` is where nothing is said of it."""


async def readiness(http: aiohttp.ClientSession, server: Server) -> tuple[int, str]:
    async with http.get(f"{server.url}/readyz") as response:
        return response.status, (await response.json())["status"]


async def test_while_the_load_balancer_notices(
    own_server: Callable[..., Server], open_room: Callable[..., Any], websocket_driver: str
) -> None:
    """New sockets go elsewhere, over either transport; those who are here go on. A second signal ends it at once."""
    server = own_server(drain_notice=LONG, drain_deadline=2 * LONG)
    classroom: Classroom = await open_room(server)
    writer = await classroom.enter(classroom.claire)
    reader = await classroom.enter(classroom.leo, NPM_POLLING)
    async with aiohttp.ClientSession() as http:
        assert await readiness(http, server) == (HTTPStatus.OK, "ready")
        server.send(signal.SIGTERM)
        async with asyncio.timeout(20):
            while await readiness(http, server) != (HTTPStatus.SERVICE_UNAVAILABLE, "draining"):
                pass
        query = f"{server.url}/socket.io/?EIO=4&project={classroom.project}&transport="
        async with http.get(f"{query}polling") as response:
            assert response.status == HTTPStatus.SERVICE_UNAVAILABLE
            error = (await response.json())["error"]
            assert (error["code"], error["retry"]) == ("shutting_down", True)
        with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
            await http.ws_connect(f"{query}websocket")
    seq = await classroom.post(writer, "we go on")
    await reader.reached(classroom.room, seq)
    assert not writer.pushes("moving")
    code, seconds = await asyncio.to_thread(server.stop)
    assert code == 0
    assert seconds < FEW_SECONDS


@pytest.mark.one_driver
@pytest.mark.parametrize("kind", [NPM_POLLING, PYTHON_WEBSOCKET], ids=str)
async def test_who_is_told(own_server: Callable[..., Server], open_room: Callable[..., Any], kind: Kind) -> None:
    """A client of version 2 is asked to move, one of version 1 is only sent away; both may come back by themselves."""
    server = own_server(drain_spread=0.2)
    classroom: Classroom = await open_room(server)
    new = await classroom.enter(classroom.leo, kind)
    old = await enter_as_version_1(classroom, classroom.jan, kind)
    code, seconds = await asyncio.to_thread(server.stop)
    assert code == 0
    assert 2.0 <= seconds < FEW_SECONDS, "who does not go has two seconds"
    await asyncio.gather(new.disconnected(), old.disconnected())
    (moving,) = new.pushes("moving")
    assert 0 <= moving["after_ms"] <= 200
    assert [entry.name for entry in old.journal if entry.kind == "push" and entry.name in ("moving", "bye")] == []
    assert not new.pushes("bye")


async def enter_as_version_1(classroom: Classroom, member: str, kind: Kind) -> Client:
    client = classroom.client({**await classroom.ticket(member), "version": 1}, kind)
    await client.connected()
    await client.join_project()
    await client.join(classroom.room)
    return client


@pytest.mark.one_driver
async def test_an_older_client_beside_a_newer_one(classroom: Classroom) -> None:
    """Signs in with its version, comes back with it, and both see the same."""
    old = await enter_as_version_1(classroom, classroom.claire, NPM_WEBSOCKET)
    new = await classroom.enter(classroom.jan, PYTHON_WEBSOCKET)
    await classroom.post(old, "said in version 1")
    seq = await classroom.post(new, "said in version 2")
    for client in (old, new):
        view = await client.reached(classroom.room, seq)
        assert view.texts == ["said in version 1", "said in version 2"]
    old.drop()
    await old.connected(times=2)
    await old.resume(classroom.room)
    await classroom.post(old, "said after coming back")
    assert await old.refusal("moving.accept", nonce=new_nonce()) == "unknown_command"


@pytest.mark.one_driver
@pytest.mark.parametrize("version", [0, 4])
async def test_a_version_that_is_not_spoken(classroom: Classroom, version: int) -> None:
    """Is refused for good, in words that say what to do and what would be understood; the ticket is not spent."""
    ticket = await classroom.ticket(classroom.leo)
    client = classroom.client({**ticket, "version": version})
    refusal = await client.refused()
    assert refusal.name == "version_unsupported"
    data = refusal.value["data"]
    assert data["retry"] is False
    assert data["message"] == (
        f"This page is of another version than the server. Reload it. (version {version}; this server speaks 1 to 3)"
    )
    again = classroom.client(ticket)
    await again.connected()
