"""What `Log` promises when several processes use one store, and when the store fails."""

import asyncio
import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from rooms.events import ChatPosted
from rooms.ports import Append, Appended, Conflict, LogUnavailable, Repeated, UsedNonce
from rooms.stream import Position
from rtserver.storage import SqlLog
from tests.contract.support import OTHER_ROOM, ROOM, Backend, NewBackend, Writer, append_of

STREAMS = (ROOM, OTHER_ROOM)


class Command(Struct, frozen=True):
    """A command that takes `events` events, given to one of two processes."""

    process: int
    stream: str
    events: int


COMMANDS = st.builds(Command, st.integers(0, 1), st.sampled_from(STREAMS), st.integers(min_value=0, max_value=3))
ROUNDS = st.lists(st.lists(COMMANDS, min_size=1, max_size=6), max_size=5)
"""The commands of a round are sent at once, rounds one after the other."""


class Process:
    """The owner of each stream in one process: knows a head, and reads on when it was not first."""

    def __init__(self, log: SqlLog) -> None:
        self.log = log
        self.heads: dict[str, Position] = {}
        self.taken: list[Append] = []

    async def run(self, command: Command, nonce: str) -> None:
        while True:
            head = self.heads.get(command.stream) or (await self.log.open(command.stream)).position
            bodies = (ChatPosted(nonce) for _ in range(command.events))
            append = append_of(command.stream, head, *bodies, nonce=nonce)
            match await self.log.append(append):
                case Appended():
                    # Commands of this process are not queued here as they would be by an owner, so
                    # a later one may have moved the head already: conflicts within a process too.
                    self.heads[command.stream] = Position(head.epoch, head.seq + command.events)
                    self.taken.append(append)
                    return
                case Conflict():
                    self.heads[command.stream] = (await self.log.open(command.stream)).position
                case Repeated():
                    raise AssertionError("a nonce that was never stored")


@given(rounds=ROUNDS)
@settings(max_examples=20, deadline=None)
async def test_two_processes_make_one_order(new_backend: NewBackend, rounds: list[list[Command]]) -> None:
    """Whoever wins, the log is dense, each command is in it once, and resends change nothing."""
    backend = new_backend()
    try:
        processes = [Process(SqlLog(await backend.open())) for _ in range(2)]
        names: Iterator[str] = (f"nonce-{n}" for n in itertools.count())
        for sent_at_once in rounds:
            async with asyncio.TaskGroup() as group:
                for command in sent_at_once:
                    process = processes[command.process]
                    group.create_task(process.run(command, next(names)))

        taken = [append for process in processes for append in process.taken]
        assert len(taken) == sum(len(sent_at_once) for sent_at_once in rounds)
        for stream in STREAMS:
            await check_stream(stream, [one for one in taken if one.stream == stream], processes)
    finally:
        await backend.close()


async def check_stream(stream: str, taken: list[Append], processes: list[Process]) -> None:
    first, second = (process.log for process in processes)
    before = await first.open(stream)
    stored = await first.read(stream, 0, 999)
    assert [event.seq for event in stored] == list(range(1, before.position.seq + 1))
    assert sorted(event.seq for one in taken for event in one.events) == [event.seq for event in stored]
    assert {event for one in taken for event in one.events} == set(stored)
    assert await second.read(stream, 0, 999) == stored

    resent = await asyncio.gather(*(second.append(one) for one in taken))

    assert resent == [Repeated(one.nonces) for one in taken]
    assert await first.open(stream) == before
    assert await first.read(stream, 0, 999) == stored


async def test_resend_through_another_process(log: SqlLog, backend: Backend) -> None:
    """A command that one process stored is known to the other, at once."""
    writer = await Writer.of(log)
    wish = writer.wish(ChatPosted("x"), nonce="nonce-01")
    other = SqlLog(await backend.open())

    outcomes = await asyncio.gather(log.append(wish), other.append(wish))

    assert sorted(outcomes, key=repr) == [
        Appended(),
        Repeated((UsedNonce("m1", "nonce-01", 1),)),
    ]


async def test_store_that_stays_locked(log: SqlLog, backend: Backend) -> None:
    """When another process holds the store too long, appends fail, and later work again."""
    writer = await Writer.of(log)
    impatient = SqlLog(await backend.open(patience=1.0))
    wishes = [writer.wish(ChatPosted("x"), nonce=f"nonce-0{n}") for n in range(2)]

    async with (await backend.open()).write() as connection:
        await connection.exec_driver_sql(backend.locks_all)
        outcomes = await asyncio.gather(*(impatient.append(wish) for wish in wishes), return_exceptions=True)
        with pytest.raises(LogUnavailable):
            await impatient.open(OTHER_ROOM)

    assert [type(outcome) for outcome in outcomes] == [LogUnavailable, LogUnavailable]
    assert await impatient.append(wishes[0]) == Appended()
    assert await log.append(wishes[0]) == Repeated(wishes[0].nonces)
