"""A member who does not read what comes: cut when too much waits, without holding up anybody."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.wire.classroom import Classroom, new_nonce
from tests.wire.clients import NPM_POLLING, NPM_WEBSOCKET
from tests.wire.conftest import LONG_RUNNING
from tests.wire.frames import WITHIN, FrameClient, command, signed_in_frames
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


STUCK = 3
VOLATILE_MAX = 100_000
"""Bytes that may wait for one socket before signals are dropped, on the server of the test with signals."""

SIGNAL = 1_000
"""Characters of a signal."""

SIGNALS = 9_000
"""More bytes than two kernels keep for one connection, and more than may wait for it."""

MEMORY_MAX = 40.0
"""Megabytes that all stuck readers together may have the server hold, and what is under way."""


async def _stop_reading(client: FrameClient, room: str) -> None:
    """Join a room, and read nothing any more."""
    client.send_text(command(1, "room.join", room=room))
    while not (await client.receive_text()).startswith("431["):
        pass
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]


@pytest.mark.timeout(120)
async def test_stuck_readers_in_a_room_full_of_signals(
    own_server: Callable[..., Server], open_room: Callable[..., Any]
) -> None:
    """They lose signals and nothing else, and get the newest cursor in the end; nobody else loses or waits."""
    server = own_server(**LONG_RUNNING, volatile_bytes_max=VOLATILE_MAX)
    classroom: Classroom = await open_room(server)
    room, url, project = classroom.room, server.url, classroom.project
    sessions = [await classroom.session(name) for name in (classroom.claire, classroom.ewa)]
    stuck_sessions = [await classroom.session(classroom.leo) for _ in range(STUCK)]
    async with AsyncExitStack() as stack:
        sender, reader, *stuck = [
            await stack.enter_async_context(signed_in_frames(url, project, auth))
            for auth in (*sessions, *stuck_sessions)
        ]
        for client in stuck:
            await _stop_reading(client, room)
        for client in (sender, reader):
            client.send_text(command(1, "room.join", room=room))
            while not (await client.receive_text()).startswith("431["):
                pass
        before = server.memory()
        got: list[int] = []
        for start in range(0, SIGNALS, 100):
            for number in range(start, start + 100):
                data = str(number).ljust(SIGNAL, ".")
                is_cursor = number % 2 == 0
                fields = {"topic": "cursor" if is_cursor else "note", "data": data, "latest": is_cursor}
                sender.send_text(f'42["room.signal",{json.dumps({"room": room, **fields})}]')
            while len(got) < start + 100:
                got += _signal_numbers(await reader.receive_text())
        assert got == list(range(SIGNALS)), "who reads loses nothing"
        assert server.memory() - before < MEMORY_MAX
        assert "socket.slow" not in server.log()
        sender.send_text(command(2, "chat.post", room=room, text="the end of it", nonce=new_nonce()))
        for client in stuck:
            client.writer.transport.resume_reading()  # type: ignore[attr-defined]
            numbers: list[int] = []
            texts: list[str] = []
            async with asyncio.timeout(WITHIN):
                while not texts or SIGNALS - 2 not in numbers:
                    message = await client.receive_text()
                    numbers += _signal_numbers(message)
                    if '"the end of it"' in message:
                        texts.append(message)
            assert len(texts) == 1
            assert len(set(numbers)) == len(numbers) < SIGNALS
            for parity in (0, 1):
                of_topic = [number for number in numbers if number % 2 == parity]
                assert of_topic == sorted(of_topic)


def _signal_numbers(message: str) -> list[int]:
    if not message.startswith('42["signal"'):
        return []
    return [int(json.loads(message[2:])[1]["data"].rstrip("."))]


async def test_stuck_readers_in_a_room_full_of_chat(
    own_server: Callable[..., Server], open_room: Callable[..., Any]
) -> None:
    """All three are cut, each once; what they held is let go of; the others read and write on."""
    server = own_server(**{**LONG_RUNNING, "outbox_bytes_max": WAITING_MAX})
    classroom: Classroom = await open_room(server)
    room = classroom.room
    teacher = await classroom.enter(classroom.claire)
    reader = await classroom.enter(classroom.zoe, NPM_POLLING)
    sessions = [await classroom.session(name) for name in (classroom.leo, classroom.jan, classroom.ola)]
    before = server.memory()
    async with AsyncExitStack() as stack:
        for auth in sessions:
            client = await stack.enter_async_context(signed_in_frames(server.url, classroom.project, auth))
            await _stop_reading(client, room)
        last = 0
        while server.log().count("socket.slow") < STUCK:
            assert last < 5_000, "they are never cut"
            last = max(await asyncio.gather(*(classroom.post(teacher, "x" * LINE) for _ in range(AT_ONCE))))
        assert server.memory() - before < MEMORY_MAX + STUCK * WAITING_MAX / 1_000_000
    for client_ in (teacher, reader):
        await client_.reached(room, last)
        assert len(client_.entries("connected")) == 1
    assert server.log().count("socket.slow") == STUCK
