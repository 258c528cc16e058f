"""How everybody leaves a node that is about to end."""

import asyncio
from collections.abc import Iterator
from typing import cast

import pytest

from rooms.messages import PROTOCOL_VERSION
from rtserver.hub import moving
from rtserver.hub.connection import Attended, Connection
from rtserver.hub.drain import CALL_SPREAD, Drain
from tests.rtserver.hub.support import FakeOutbox, connection_of

SPREAD = 0.05
"""Seconds over which they move: long enough to tell who goes first."""

STAY = 1.0


@pytest.fixture(autouse=True)
def _short_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "STAY_MAX", STAY)


class Call:
    """A call that does nothing."""

    def leave(self, connection: Connection) -> None:
        pass

    def drop(self, connection: Connection) -> None:
        pass


class Node:
    """Connections, and the drain of who has them. Moments are given in turn, as parts of what is allowed."""

    def __init__(self, *moments: float, notice: float = 0, spread: float = SPREAD) -> None:
        self.connections: list[Connection] = []
        self.asked: list[tuple[float, float]] = []
        self._moments: Iterator[float] = iter(moments)
        self.drain = Drain(notice, spread, lambda: self.connections, self._between)
        self.hurry = asyncio.Event()

    def add(self, *, version: int = PROTOCOL_VERSION, call: Attended | None = None) -> FakeOutbox:
        outbox = FakeOutbox()
        connection = connection_of(outbox=outbox)
        connection.version = version
        if call is not None:
            connection.calls["r1"] = call
        self.connections.append(connection)
        return outbox

    def go(self, number: int) -> None:
        del self.connections[number]
        self.drain.went()

    async def run(self) -> None:
        async with asyncio.timeout(10):
            await self.drain.run(self.hurry)

    def _between(self, least: float, most: float) -> float:
        self.asked.append((least, most))
        return least + next(self._moments) * (most - least)


async def told(outbox: FakeOutbox) -> None:
    """Wait until this one was asked to move."""
    await outbox.until(lambda: bool(outbox.payloads("moving")))


def moments(*outboxes: FakeOutbox) -> list[int]:
    """What each was told, in milliseconds."""
    return [payload["after_ms"] for outbox in outboxes for payload in outbox.payloads("moving")]


async def test_each_has_a_moment_of_its_own() -> None:
    """Told at once, spread over the whole time; who does not go is sent away a while after."""
    node = Node(0.0, 0.5, 1.0)
    outboxes = [node.add() for _ in range(3)]
    running = asyncio.ensure_future(node.run())
    await asyncio.gather(*map(told, outboxes))
    assert moments(*outboxes) == [0, 25, 50]
    assert not any(outbox.is_finished for outbox in outboxes)
    await running
    assert [outbox.is_finished for outbox in outboxes[:2]] == [True, True]


async def test_who_goes_is_not_waited_for() -> None:
    """It ends as soon as everybody has gone, and nobody is sent away later."""
    node = Node(1.0, 1.0, spread=3600)
    outboxes = [node.add(), node.add()]
    running = asyncio.ensure_future(node.run())
    await asyncio.gather(*map(told, outboxes))
    node.go(0)
    assert not running.done()
    node.go(0)
    await running
    assert not any(outbox.is_finished for outbox in outboxes)


async def test_an_older_client_is_only_sent_away() -> None:
    """It does not know `moving`; its moment is one like any other."""
    node = Node(0.0)
    outbox = node.add(version=1)
    await node.run()
    assert outbox.is_finished
    assert outbox.frames == []


async def test_nobody_is_told_while_the_load_balancer_notices() -> None:
    """New ones are refused at once; those who are here go on."""
    node = Node(0.0, notice=3600)
    outbox = node.add()
    assert not node.drain.is_draining
    running = asyncio.ensure_future(node.run())
    await asyncio.sleep(0)
    assert node.drain.is_draining
    assert outbox.frames == []
    node.hurry.set()
    await running
    assert outbox.frames == []
    assert node.drain.is_draining


async def test_a_hurry_ends_the_moving() -> None:
    """What is left is ended by whoever is in a hurry, not by timers that nobody waits for any more."""
    node = Node(1.0, spread=3600)
    outbox = node.add()
    running = asyncio.ensure_future(node.run())
    await told(outbox)
    node.hurry.set()
    await running
    assert not outbox.is_finished


async def test_a_server_that_is_alone_asks_nobody_to_move() -> None:
    """There is nowhere to go: everybody is sent away when it stops."""
    node = Node(spread=0)
    outbox = node.add()
    await node.run()
    assert outbox.frames == []
    assert not outbox.is_finished


async def test_an_empty_node_ends_at_once() -> None:
    """Whatever the time that they would have."""
    await Node(spread=3600).run()


async def test_a_call_moves_as_one() -> None:
    """Its first one's moment is the call's; the others follow closely. Another call has its own."""
    first, second = Call(), Call()
    node = Node(0.5, 0.0, 1.0, 0.25, 0.0, spread=100)
    outboxes = [node.add(call=first), node.add(call=first), node.add(call=second)]
    running = asyncio.ensure_future(node.run())
    await asyncio.gather(*map(told, outboxes))
    whole = 100 - CALL_SPREAD
    assert moments(*outboxes) == [int(whole * 500), int((whole / 2 + CALL_SPREAD) * 1000), int(whole * 250)]
    node.hurry.set()
    await running


async def test_who_comes_in_late_moves_with_the_rest() -> None:
    """A socket that was admitted before, and signs in now."""
    node = Node(1.0, 1.0, spread=3600)
    first = node.add()
    running = asyncio.ensure_future(node.run())
    await told(first)
    late = node.add()
    node.drain.came(node.connections[-1])
    (moment,) = moments(late)
    assert 0 < moment <= 3600 * 1000
    node.go(0)
    assert not running.done()
    node.go(0)
    await running


async def test_who_comes_in_before_anybody_moves() -> None:
    """Is told with the others."""
    node = Node(1.0, notice=3600)
    outbox = node.add()
    running = asyncio.ensure_future(node.run())
    await asyncio.sleep(0)
    node.drain.came(node.connections[0])
    assert outbox.frames == []
    node.hurry.set()
    await running


async def test_a_node_that_was_empty_before_waits_for_those_who_are_there() -> None:
    """That everybody had gone once does not count."""
    node = Node(1.0, spread=3600)
    node.add()
    node.go(0)
    node.add()
    running = asyncio.ensure_future(node.run())
    await told(cast(FakeOutbox, node.connections[0].outbox))
    await asyncio.sleep(0)
    assert not running.done()
    node.go(0)
    await running
