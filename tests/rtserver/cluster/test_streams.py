"""Events that one process has appended, and how another hears of them."""

import asyncio
import gc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from rooms.events import ChatPosted
from rooms.ports import Tail
from rooms.stream import Event
from rtserver.broker.memory import MemoryBroker, MemoryBus
from rtserver.cluster import messages
from tests.contract.support import SqliteBackend
from tests.rtserver.test_owners import ANNA, NOON, ROOM, STREAM, Deaf, File, Process, nonce, says, settle

TURNS = 20
"""Turns of the loop in which a message is there, and nothing is read from a disk."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return SqliteBackend.make_template(tmp_path_factory.mktemp("template"))


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus()


@pytest.fixture
async def both(tmp_path: Path, template: Path, bus: MemoryBus) -> AsyncIterator[tuple[Process, Process]]:
    """Two processes that share a file and hear each other; the second follows the room."""
    file = File(SqliteBackend(tmp_path, template).file)
    mine, yours = bus.broker("mine"), bus.broker("yours")
    for broker in (mine, yours):
        await broker.start(Deaf())
    async with file.process(broker=mine) as one, file.process(broker=yours) as two:
        yield one, two


async def turns() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


def message(epoch: str, *seqs: int) -> bytes:
    events = [Event(STREAM, seq, NOON, ANNA, nonce(seq), ChatPosted(f"heard {seq}")) for seq in seqs]
    return messages.encode(messages.committed(epoch, events))


async def test_at_once_and_without_the_database(both: tuple[Process, Process]) -> None:
    """Before anybody looks into the log, and with the very events."""
    one, two = both
    theirs = await two.owners.room(ROOM)
    await settle(theirs)
    ours = await one.owners.room(ROOM)
    two.log.broken = True
    await ours.submit(ANNA, nonce(1), says("Bonjour", "Cześć"))
    await turns()
    assert two.journal.events() == one.journal.events()
    assert theirs.position == ours.position
    assert theirs.state == ours.state


async def test_a_resend_to_the_other_process_is_known(both: tuple[Process, Process]) -> None:
    one, two = both
    theirs = await two.owners.room(ROOM)
    await settle(theirs)
    first = await (await one.owners.room(ROOM)).submit(ANNA, nonce(1), says("once"))
    await turns()
    assert await theirs.submit(ANNA, nonce(1), says("once")) == first
    assert two.log.appends == []


async def test_while_an_append_is_under_way(both: tuple[Process, Process]) -> None:
    """It is applied when that one is done, without a look into the log."""
    one, two = both
    theirs = await two.owners.room(ROOM)
    await settle(theirs)
    ours = await one.owners.room(ROOM)
    two.log.pause()
    waiting = asyncio.ensure_future(theirs.submit(ANNA, nonce(2), says("second")))
    await two.log.arrival()
    await ours.submit(ANNA, nonce(1), says("first"))
    await turns()
    assert two.journal.texts() == []
    two.log.resume()
    two.log.broken = True
    assert (await waiting).seq == 2
    assert two.journal.texts() == ["first", "second"]


@pytest.mark.parametrize("lost", [(1,), (1, 2)])
async def test_what_is_missing_is_read(both: tuple[Process, Process], bus: MemoryBus, lost: tuple[int, ...]) -> None:
    """A hole in what is heard is filled from the log, in order."""
    one, two = both
    theirs = await two.owners.room(ROOM)
    await settle(theirs)
    ours = await one.owners.room(ROOM)
    for number in range(1, 4):
        sender = bus.nodes.pop("mine") if number in lost else None
        await ours.submit(ANNA, nonce(number), says(str(number)))
        if sender is not None:
            bus.nodes["mine"] = sender
    await turns()
    await settle(theirs)
    assert two.journal.texts() == ["1", "2", "3"]


async def test_what_is_known_or_of_another_epoch(both: tuple[Process, Process], bus: MemoryBus) -> None:
    """Is not applied; the log says how it is."""
    one, two = both
    theirs = await two.owners.room(ROOM)
    ours = await one.owners.room(ROOM)
    await ours.submit(ANNA, nonce(1), says("true"))
    await turns()
    await settle(theirs)
    for odd in (message(theirs.position.epoch, 1), message("another", 2), message("another", 1), b"odd"):
        bus.post("mine", STREAM, odd)
        await turns()
        await settle(theirs)
    assert two.journal.texts() == ["true"]


async def test_too_many_to_be_kept(
    both: tuple[Process, Process], bus: MemoryBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are let go of, and read."""
    monkeypatch.setattr("rtserver.heard_events.HEARD_EVENTS_MAX", 2)
    one, two = both
    theirs = await two.owners.room(ROOM)
    await settle(theirs)
    ours = await one.owners.room(ROOM)
    await ours.submit(ANNA, nonce(1), says("a", "b", "c"))
    await turns()
    await settle(theirs)
    assert two.journal.texts() == ["a", "b", "c"]


async def test_a_stream_that_nobody_uses_hears_nothing(both: tuple[Process, Process], bus: MemoryBus) -> None:
    """It is not kept alive by being told, nor is its channel."""
    _, two = both
    theirs = await two.owners.room(ROOM)
    await settle(theirs)
    yours = bus.nodes["yours"]
    assert isinstance(yours, MemoryBroker)
    assert list(yours._receivers) == [STREAM]
    del theirs
    await turns()
    gc.collect()
    assert yours._receivers == {}
    bus.post("mine", STREAM, message("epoch", 1))
    await turns()


async def test_what_came_before_the_subscription_is_read(both: tuple[Process, Process]) -> None:
    """As soon as that is in force."""
    one, two = both
    ours = await one.owners.room(ROOM)
    theirs = await two.owners.room(ROOM)
    await ours.submit(ANNA, nonce(1), says("meanwhile"))
    await turns()
    await settle(theirs)
    assert two.journal.texts() == ["meanwhile"]


class TestTheLogAndWhatWasHeard:
    """Where they do not agree, the log is right."""

    async def test_events_that_the_database_has_lost(self, both: tuple[Process, Process]) -> None:
        """As when a replica that was behind takes over: the stream begins anew, in another epoch, and goes on."""
        _, two = both
        theirs = await two.owners.room(ROOM)
        await settle(theirs)
        epoch = theirs.position.epoch
        heard = messages.decode(message(epoch, 1, 2))
        assert isinstance(heard, messages.Committed)
        theirs.hear(epoch, messages.events_of(STREAM, heard) or [])
        assert theirs.position.seq == 2
        accepted = await theirs.submit(ANNA, nonce(9), says("after it"))
        assert accepted.seq == 1
        assert theirs.position.epoch != epoch
        assert ("reset", STREAM) in two.journal.entries

    async def test_the_look_by_turns_finds_that_too(self, both: tuple[Process, Process]) -> None:
        _, two = both
        theirs = await two.owners.room(ROOM)
        await settle(theirs)
        heard = messages.decode(message(theirs.position.epoch, 1))
        assert isinstance(heard, messages.Committed)
        theirs.hear(theirs.position.epoch, messages.events_of(STREAM, heard) or [])
        await two.owners.nudge_behind()
        await settle(theirs)
        assert theirs.position.seq == 0

    async def test_asked_again_while_it_is_read(self, both: tuple[Process, Process]) -> None:
        """What was appended after the log was read is there when a refresh has returned."""
        one, two = both
        theirs = await two.owners.room(ROOM)
        await settle(theirs)
        ours = await one.owners.room(ROOM)
        two.owners._relay = None
        theirs.hear = lambda *_: None  # type: ignore[method-assign]
        tail, has_read, may_go_on = theirs._store.tail, asyncio.Event(), asyncio.Event()

        async def slowly(*arguments: Any) -> Tail | None:
            found = await tail(*arguments)
            has_read.set()
            await may_go_on.wait()
            return found

        theirs._store.tail = slowly  # type: ignore[method-assign, assignment]
        theirs.nudge()
        await has_read.wait()
        await ours.submit(ANNA, nonce(1), says("later"))
        refreshed = asyncio.ensure_future(theirs.refresh())
        await asyncio.sleep(0)
        may_go_on.set()
        await refreshed
        assert theirs.position == ours.position

    async def test_a_refresh_reads_whatever_was_heard(self, both: tuple[Process, Process], bus: MemoryBus) -> None:
        """That something came by the broker does not say that there is no more."""
        one, two = both
        theirs = await two.owners.room(ROOM)
        await settle(theirs)
        ours = await one.owners.room(ROOM)
        two.log.pause()
        waiting = asyncio.ensure_future(theirs.submit(ANNA, nonce(3), says("third")))
        await two.log.arrival()
        await ours.submit(ANNA, nonce(1), says("first"))
        mine = bus.nodes.pop("mine")
        await ours.submit(ANNA, nonce(2), says("second"))
        bus.nodes["mine"] = mine
        refreshed = asyncio.ensure_future(theirs.refresh())
        two.log.resume()
        await asyncio.gather(refreshed, waiting)
        assert two.journal.texts() == ["first", "second", "third"]
