"""Sessions looked up together, and never from memory."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from rooms.ports import LogUnavailable
from rtserver import sessions
from rtserver.sessions import Session, SessionLookup
from tests.rtserver.portal_fixtures import DAY, Backend, backend, opened


class Looks:
    """The real database, whose looks are counted, wait, or fail when a test says so."""

    def __init__(self, on: Backend) -> None:
        self._look = on.database.look
        self._arrived = asyncio.Condition()
        self.asked: list[int] = []
        """How many tokens each look was about."""
        self.free = asyncio.Event()
        self.free.set()
        self.fault: Exception | None = None

    async def look(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """In the place of `Database.look`."""
        if work is not sessions._sessions_of:
            return await self._look(work, *arguments)
        async with self._arrived:
            self.asked.append(len(arguments[0]))
            self._arrived.notify_all()
        await self.free.wait()
        if self.fault is not None:
            raise self.fault
        return await self._look(work, *arguments)

    async def arrival(self, count: int) -> None:
        """Returns when so many looks have begun."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.asked) >= count)


@pytest.fixture
async def on(tmp_path: Path) -> AsyncIterator[Backend]:
    async with backend(tmp_path) as made:
        yield made


@pytest.fixture
def looks(on: Backend, monkeypatch: pytest.MonkeyPatch) -> Looks:
    made = Looks(on)
    monkeypatch.setattr(on.database, "look", made.look)
    return made


@pytest.fixture
def lookup(on: Backend, looks: Looks) -> SessionLookup:
    return SessionLookup(on.database, on.clock)


async def signed_in(on: Backend, count: int) -> list[tuple[Session, str]]:
    """Sessions of as many members of one project, with their tokens."""
    project = (await opened(on)).id
    made = []
    for number in range(count):
        ticket, _ = await on.auth.issue_ticket(project, f"m{number}")
        made.append(await on.auth.redeem_ticket(ticket, project))
    return made


async def test_all_that_arrive_together_cost_one_query(on: Backend, lookup: SessionLookup, looks: Looks) -> None:
    """Each gets its own, who has none gets none, and the same token may be asked for twice."""
    made = await signed_in(on, 5)
    tokens = [token for _, token in made] + ["unknown", made[0][1]]
    found = await asyncio.gather(*(lookup.find(token) for token in tokens))
    assert found == [session for session, _ in made] + [None, made[0][0]]
    assert looks.asked == [6]


async def test_what_arrives_meanwhile_goes_together_into_the_next(
    on: Backend, lookup: SessionLookup, looks: Looks
) -> None:
    """Never into the one that runs."""
    made = await signed_in(on, 4)
    looks.free.clear()
    first = asyncio.create_task(lookup.find(made[0][1]))
    await looks.arrival(1)
    rest = [asyncio.create_task(lookup.find(token)) for _, token in made[1:]]
    again = asyncio.create_task(lookup.find(made[0][1]))
    await asyncio.sleep(0)
    looks.free.set()
    assert [await task for task in (first, *rest, again)] == [session for session, _ in (*made, made[0])]
    assert looks.asked == [1, 4]


async def test_who_asks_after_the_end_is_never_let_in(on: Backend, lookup: SessionLookup, looks: Looks) -> None:
    """Though the same token is being looked up at that moment, by a query that began before."""
    ((session, token),) = await signed_in(on, 1)
    looks.free.clear()
    before = asyncio.create_task(lookup.find(token))
    await looks.arrival(1)
    await on.auth.end_session(session.id)
    after = asyncio.create_task(lookup.find(token))
    await asyncio.sleep(0)
    looks.free.set()
    await before
    assert await after is None
    assert looks.asked == [1, 1]
    assert await lookup.find(token) is None


async def test_expired(on: Backend, lookup: SessionLookup) -> None:
    """By the clock at the time of the query."""
    ((session, token),) = await signed_in(on, 1)
    assert await lookup.find(token) == session
    on.clock.advance(session.expires_at - on.clock())
    assert await lookup.find(token) is None
    on.clock.advance(DAY)
    assert await lookup.find_all([token]) == []


async def test_a_query_is_limited(
    on: Backend, lookup: SessionLookup, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is too much for one goes into several; everybody is answered."""
    monkeypatch.setattr(sessions, "LOOKUP_MAX", 2)
    made = await signed_in(on, 5)
    tokens = [token for _, token in made]
    assert await asyncio.gather(*map(lookup.find, tokens)) == [session for session, _ in made]
    assert {session.id for session in await lookup.find_all(tokens)} == {session.id for session, _ in made}
    assert looks.asked == [2, 2, 1] * 2


async def test_the_store_fails(on: Backend, lookup: SessionLookup, looks: Looks) -> None:
    """Everybody who asked is told; the next one gets an answer."""
    ((session, token),) = await signed_in(on, 1)
    looks.fault = OSError("broken by the test")
    outcomes = await asyncio.gather(lookup.find(token), lookup.find("other"), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [LogUnavailable] * 2
    looks.fault = None
    assert await lookup.find(token) == session


async def test_who_asks_and_goes_stops_nobody(on: Backend, lookup: SessionLookup, looks: Looks) -> None:
    """A socket that ends while it signs in leaves the others their answers."""
    made = await signed_in(on, 2)
    looks.free.clear()
    first, second = (asyncio.create_task(lookup.find(token)) for _, token in made)
    await looks.arrival(1)
    first.cancel()
    looks.free.set()
    assert await second == made[1][0]


async def test_a_lookup_that_is_stopped_leaves_nobody_waiting(on: Backend, lookup: SessionLookup, looks: Looks) -> None:
    """Neither who is in the query nor who waits for the next."""
    looks.free.clear()
    asking = [asyncio.create_task(lookup.find("one"))]
    await looks.arrival(1)
    asking.append(asyncio.create_task(lookup.find("two")))
    await asyncio.sleep(0)
    assert lookup._looking is not None
    lookup._looking.cancel()
    outcomes = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [LogUnavailable] * 2


@pytest.mark.parametrize("token", ["", "x", "é" * 43, "\udcff", "a" * 100_000, "' OR 1=1 --", "\x00"])
async def test_nonsense(on: Backend, lookup: SessionLookup, token: str) -> None:
    """No session."""
    await signed_in(on, 1)
    assert await lookup.find(token) is None
