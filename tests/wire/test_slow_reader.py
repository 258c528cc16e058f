"""A member who does not read what comes: cut when too much waits, without holding up anybody."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.wire.classroom import Classroom
from tests.wire.clients import NPM_WEBSOCKET
from tests.wire.conftest import LONG_RUNNING
from tests.wire.raw import Ended, answer_of, call, signed_in
from tests.wire.server import Server

WAITING_MAX = 1_000_000
"""Bytes that may wait for one socket on this server: more than the longest answer, a page of history."""

LINE = 8_000
"""Characters of a message: the kernel takes megabytes before anything waits."""

AT_ONCE = 20


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_a_reader_that_is_stuck_is_cut(
    own_server: Callable[..., Server], open_room: Callable[..., Any], transport: str
) -> None:
    """It is closed as slow; the others read on; it comes back and resumes from its position."""
    server = own_server(**{**LONG_RUNNING, "outbox_bytes_max": WAITING_MAX})
    classroom: Classroom = await open_room(server)
    room = classroom.room
    teacher = await classroom.enter(classroom.claire)
    auth = await classroom.session(classroom.leo)
    async with signed_in(transport, server.url, classroom.project, auth) as stuck:
        joined = await call(stuck, "room.join", {"room": room})
        position = joined["ok"]["position"]
        last = 0
        while "socket.slow" not in server.log():
            assert last < 5_000, "it is never cut"
            last = max(await asyncio.gather(*(classroom.post(teacher, "x" * LINE) for _ in range(AT_ONCE))))
        await teacher.reached(room, last)
        with pytest.raises(Ended):
            await answer_of(stuck, 0)
    back = await classroom.connect(classroom.leo, NPM_WEBSOCKET)
    answer = await back.join(room, position)
    assert answer["position"]["seq"] == last
    assert len(teacher.entries("connected")) == 1
