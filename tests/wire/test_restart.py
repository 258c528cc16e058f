"""Stopping as an operator does: quickly, with exit code 0, and everybody comes back."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from tests.wire.classroom import Classroom
from tests.wire.clients import KINDS, WITHIN, Client
from tests.wire.conftest import LONG_RUNNING
from tests.wire.raw import Ended, raw, signed_in
from tests.wire.server import Server, ServerEnded
from tests.wire.writer import Writer, check_against_log, whole_log

FEW_SECONDS = 15.0
"""Seconds in which the server has to end, on a busy machine: less than it would wait for clients who do not go."""

LINES = 200
"""Lines of each writer: more than there is time for."""


async def test_sigterm_with_clients_of_every_kind(
    own_server: Callable[..., Server], open_room: Callable[..., Any]
) -> None:
    """The server ends within a few seconds; clients of every kind come back, resume and go on, in mid-sentence."""
    server = own_server(as_program=True, **LONG_RUNNING)
    classroom: Classroom = await open_room(server)
    names = ("claire", "ewa", "leo", "zoe", "jan", "ola", "leo", "jan")
    writers = [
        Writer(classroom, await classroom.enter(classroom.members[name], kind), f"{name} on {kind}")
        for name, kind in zip(names, KINDS, strict=True)
    ]
    for writer in writers:
        writer.write(LINES)
    await asyncio.gather(*(writer.client.reached(classroom.room, 30) for writer in writers))
    code, seconds = await asyncio.to_thread(server.stop)
    assert code == 0
    assert seconds < FEW_SECONDS
    await asyncio.to_thread(server.start)
    await asyncio.gather(*(writer.client.connected(times=2) for writer in writers))
    await asyncio.gather(*(writer.finish() for writer in writers))
    log = await whole_log(await classroom.connect(classroom.ola), classroom.room)
    await asyncio.gather(*(writer.client.reached(classroom.room, len(log)) for writer in writers))
    check_against_log(writers, classroom.room, log)
    assert not any(writer.client.pushes("bye") for writer in writers)


async def test_idle_and_half_open_connections_do_not_hold_it_up(
    own_server: Callable[..., Server], open_room: Callable[..., Any]
) -> None:
    """A silent TCP connection, transports without a member and clients that do not read: it ends all the same."""
    server = own_server(as_program=True)
    classroom: Classroom = await open_room(server)
    auth = await classroom.session(classroom.leo)
    address = ("127.0.0.1", server.overrides["port"])
    with socket.create_connection(address), socket.create_connection(address) as half:
        half.sendall(b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nX-Long: ")
        async with (
            raw("websocket", server.url, classroom.project),
            raw("polling", server.url, classroom.project),
            signed_in("websocket", server.url, classroom.project, auth),
            signed_in("polling", server.url, classroom.project, auth) as polling,
        ):
            poll = asyncio.ensure_future(polling.receive())
            idle: Client = await classroom.connect(classroom.zoe)
            code, seconds = await asyncio.to_thread(server.stop)
            assert code == 0
            assert seconds < FEW_SECONDS
            await idle.disconnected()
            await asyncio.wait((poll,), timeout=WITHIN)
            assert poll.done()
            assert isinstance(poll.exception(), Ended | aiohttp.ClientError)


async def test_a_second_server_on_the_same_data_is_refused(
    own_server: Callable[..., Server], open_room: Callable[..., Any]
) -> None:
    """SQLite serves one process: another one does not start, and the first does not notice."""
    server = own_server(as_program=True)
    classroom: Classroom = await open_room(server)
    teacher = await classroom.enter(classroom.claire)
    second = Server(server.log_file.parent)
    second.log_file = server.log_file.with_name("second.log")
    with pytest.raises(ServerEnded, match="ended with 1"):
        await asyncio.to_thread(second.start)
    assert "is already serving" in second.log()
    await classroom.post(teacher, "still here")
