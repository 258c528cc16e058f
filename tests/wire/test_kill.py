"""The server is killed again and again while a class chats: nothing acknowledged is lost, nothing doubled."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.wire.classroom import Classroom
from tests.wire.clients import KINDS
from tests.wire.conftest import LONG_RUNNING
from tests.wire.server import Server
from tests.wire.writer import Writer, check_against_log, whole_log

KILLS = 20
SEED = 2026
MESSAGES_BETWEEN = (3, 45)
"""Acknowledgements from one kill to the next: at least and at most."""

LINES = 20
"""Lines of each writer at a time: who is slow to come back must not miss too much to resume."""

BACK_WITHIN = 75
"""Seconds: a client whose handshake a kill cuts waits for 20 (socket.io's own), and that may happen to it twice."""

pytestmark = [pytest.mark.kill, pytest.mark.one_driver, pytest.mark.timeout(300)]


class Countdown:
    """Tells when a number of messages was acknowledged."""

    def __init__(self, writers: list[Writer]) -> None:
        self._writers = writers

    async def more(self, wanted: int) -> None:
        """Wait for so many more, whoever wrote them."""
        goal = sum(self._counts()) + wanted
        await self._until(lambda: sum(self._counts()) >= goal)

    async def one_each(self) -> None:
        """Wait for one more of every writer: then all are back."""
        goals = [count + 1 for count in self._counts()]
        await self._until(lambda: all(count >= goal for count, goal in zip(self._counts(), goals, strict=True)))

    def _counts(self) -> list[int]:
        return [len(writer.acknowledged) for writer in self._writers]

    async def _until(self, condition: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(BACK_WITHIN):
                while not condition():
                    await asyncio.wait(
                        [writer.client.change() for writer in self._writers], return_when=asyncio.FIRST_COMPLETED
                    )
        except TimeoutError:
            # An acknowledgement that is missing, or a client that is not back, or nothing left to write?
            raise AssertionError("\n".join(writer.describe() for writer in self._writers)) from None


def write_on(writers: list[Writer]) -> None:
    """Give every writer its lines again."""
    for writer in writers:
        writer.write(LINES)


async def test_twenty_kills_lose_nothing(own_server: Callable[..., Server], open_room: Callable[..., Any]) -> None:
    """After SIGKILL at twenty moments every acknowledged message is there once and every client's view is the log."""
    moments = random.Random(SEED)
    server = own_server(**LONG_RUNNING)
    classroom: Classroom = await open_room(server)
    names = ("claire", "ewa", "leo", "zoe", "jan", "ola", "leo", "jan")
    writers = [
        Writer(classroom, await classroom.enter(classroom.members[name], kind), f"{name} on {kind}")
        for name, kind in zip(names, KINDS, strict=True)
    ]
    countdown = Countdown(writers)
    for kill in range(KILLS + 1):
        write_on(writers)
        if kill % 2:  # every other time: those who are slow to come back would never be there when it happens
            await countdown.one_each()
            write_on(writers)  # those who were quick have written all of theirs meanwhile
        await countdown.more(moments.randint(*MESSAGES_BETWEEN))
        if kill < KILLS:
            server.kill()
            await asyncio.to_thread(server.start)
    await asyncio.gather(*(writer.finish() for writer in writers))
    log = await whole_log(await classroom.connect(classroom.zoe), classroom.room)
    await asyncio.gather(*(writer.client.reached(classroom.room, len(log)) for writer in writers))
    check_against_log(writers, classroom.room, log)
    assert all(len(writer.client.entries("connected")) > KILLS // 2 for writer in writers)
