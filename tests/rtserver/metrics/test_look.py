"""What a scrape asks others: they may be slow, or gone, and the scrape goes on."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from media.engine import EngineUnavailable, WorkerFigures
from rtserver.broker.memory import LonelyBroker, MemoryBus
from rtserver.broker.port import Broker
from rtserver.metrics import look as look_module
from rtserver.metrics.look import Asked, Watched, ask, look


async def answers() -> None:
    pass


async def fails() -> None:
    raise OSError("no route to the database")


async def hangs() -> None:
    await asyncio.Event().wait()


class FakeSwitchboard:
    """Calls, or none; its figures may be missing."""

    def __init__(self, has_calls: bool = True, fault: Exception | None = None) -> None:
        self.has_calls = has_calls
        self._fault = fault

    async def figures(self) -> tuple[WorkerFigures, ...]:
        if self._fault is not None:
            raise self._fault
        return (WorkerFigures(0, 0.0, 0, 0, {}, ()),)


def watched(
    database: Callable[[], Awaitable[None]] = answers,
    switchboard: FakeSwitchboard | None = None,
    broker: Broker | None = None,
) -> Watched:
    return Watched(
        hub=cast(Any, SimpleNamespace(projects=[], drain=SimpleNamespace(is_draining=True))),
        sockets=cast(Any, SimpleNamespace(load=lambda: (2, 3, 40))),
        switchboard=cast(Any, switchboard or FakeSwitchboard()),
        broker=broker or LonelyBroker(),
        database=database,
        media_workers=2,
        sockets_limit=9,
        folder=None,
    )


@pytest.mark.parametrize(("database", "is_up"), [(answers, True), (fails, False), (hangs, False)])
async def test_the_database(
    database: Callable[[], Awaitable[None]], is_up: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up when it answers in time."""
    monkeypatch.setattr(look_module, "ANSWER_DEADLINE", 0.01)
    assert (await ask(watched(database))).is_database_up is is_up


async def test_media() -> None:
    """How many workers there should be is known also when none answers; without calls there is nothing to tell."""
    asked = (await ask(watched())).media
    assert asked is not None
    assert (asked.wanted, len(asked.workers)) == (2, 1)
    gone = (await ask(watched(switchboard=FakeSwitchboard(fault=EngineUnavailable("gone"))))).media
    assert gone is not None
    assert (gone.wanted, gone.workers) == (2, ())
    assert (await ask(watched(switchboard=FakeSwitchboard(has_calls=False)))).media is None


async def test_alone_and_with_others() -> None:
    """A process that is alone has no broker to tell of."""
    asked = Asked(is_database_up=True, media=None)
    alone = look(watched(), asked)
    assert (alone.broker, alone.disk, alone.is_draining) == (None, None, True)
    assert (alone.sockets, alone.outbox_bytes) == ({"websocket": 2, "polling": 3}, 40)
    broker = MemoryBus().broker("n1")
    broker.publish("room:r1", b"x")  # it was never started
    state = look(watched(broker=broker), asked).broker
    assert state is not None
    assert (state.is_connected, state.dropped) == (False, 1)
