import asyncio

import pytest

from rooms.errors import ErrorCode, Refused
from rtserver.files.turns import Turns


class Visits:
    """People who stay until they are let go."""

    def __init__(self, turns: Turns[str]) -> None:
        self.turns = turns
        self.served: list[str] = []
        self._let_go: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def come(self, name: str, key: str = "leo") -> None:
        self._let_go[name] = asyncio.Event()
        self._tasks[name] = asyncio.create_task(self._stay(name, key))
        await settled()

    async def leave(self, name: str) -> None:
        self._let_go[name].set()
        await self._tasks[name]
        await settled()

    async def give_up(self, name: str) -> None:
        self._tasks[name].cancel()
        await asyncio.wait((self._tasks[name],))
        await settled()

    async def outcome(self, name: str) -> None:
        await self._tasks[name]

    async def _stay(self, name: str, key: str) -> None:
        async with self.turns.turn(key):
            self.served.append(name)
            await self._let_go[name].wait()


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_so_many_are_served_and_the_others_wait_in_line() -> None:
    visits = Visits(Turns(at_once=2))
    for name in "abcd":
        await visits.come(name)
    assert visits.served == ["a", "b"]
    await visits.leave("b")
    assert visits.served == ["a", "b", "c"]
    await visits.leave("a")
    assert visits.served == ["a", "b", "c", "d"]


async def test_no_longer_line_than_allowed() -> None:
    visits = Visits(Turns(at_once=1, waiting_max=1))
    for name in "abc":
        await visits.come(name)
    with pytest.raises(Refused) as refused:
        await visits.outcome("c")
    assert refused.value.code is ErrorCode.TOO_MANY_REQUESTS
    await visits.leave("a")
    await visits.come("d")
    await visits.leave("b")
    assert visits.served == ["a", "b", "d"]


async def test_nobody_waits_for_those_of_another_key() -> None:
    visits = Visits(Turns(at_once=1, waiting_max=0))
    await visits.come("a", "leo")
    await visits.come("b", "zoe")
    assert visits.served == ["a", "b"]


async def test_who_gives_up_loses_nobody_elses_place_and_nothing_stays() -> None:
    turns: Turns[str] = Turns(at_once=1, waiting_max=2)
    visits = Visits(turns)
    for name in "abc":
        await visits.come(name)
    await visits.give_up("b")
    await visits.give_up("a")
    assert visits.served == ["a", "c"]
    await visits.leave("c")
    assert len(turns) == 0
