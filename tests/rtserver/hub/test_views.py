"""What audiences see, made once and dropped when it may have changed."""

import asyncio
from collections.abc import Sequence

import pytest

from rooms.model import Identity, MemberId
from rooms.ports import LogUnavailable
from rtserver.hub.views import Views
from tests.rtserver.hub.support import Classroom


class Identities:
    """The real ones, counted; they wait, or fail, when a test says so."""

    def __init__(self, classroom: Classroom) -> None:
        self._store = classroom.store
        self.looks = 0
        self._asked = asyncio.Condition()
        self.free = asyncio.Event()
        self.free.set()
        self.fault: Exception | None = None

    async def identities(self, members: Sequence[MemberId]) -> dict[MemberId, Identity]:
        async with self._asked:
            self.looks += 1
            self._asked.notify_all()
        found = await self._store.identities(members)
        await self.free.wait()
        if self.fault is not None:
            raise self.fault
        return dict(found)

    async def asked(self, looks: int) -> None:
        """Returns when they were asked for so many times."""
        async with self._asked:
            await self._asked.wait_for(lambda: self.looks == looks)


@pytest.fixture
def views(classroom: Classroom) -> Views:
    return Views(classroom.live.stream)


@pytest.fixture
def identities(classroom: Classroom) -> Identities:
    return Identities(classroom)


async def test_names_are_fetched_once(classroom: Classroom, views: Views, identities: Identities) -> None:
    """For all who ask at the same time, and for who asks later."""
    assert views.names_at_hand() is None
    first, second = await asyncio.gather(views.names(identities), views.names(identities))
    assert first is second is views.names_at_hand() is await views.names(identities)
    assert identities.looks == 1
    claire = classroom.live.member(classroom.claire)
    assert first.roster(claire) is first.roster(claire)


async def test_rosters_differ_by_audience(classroom: Classroom, views: Views, identities: Identities) -> None:
    """Whoever asked first: a class and its partner class, a visitor and another one."""
    members = [classroom.claire, classroom.ewa, *[await classroom.add("visitor") for _ in range(2)]]
    names = await views.names(identities)
    seen = {}
    for reader in members:
        roster = names.roster(classroom.live.member(reader)).names
        seen[reader] = {named.member: named.name for named in roster}
    claire, ewa, first, second = members
    assert [seen[reader][claire] for reader in members] == ["Claire Martin", *["Mme Martin"] * 3]
    assert [seen[reader][ewa] == seen[ewa][ewa] for reader in members] == [False, True, False, False]
    assert [seen[reader][first] for reader in members] == [*["visitor (roster)"] * 3, "visitor (alias)"]
    assert [seen[reader][second] for reader in members] == [
        *["visitor (roster)"] * 2,
        "visitor (alias)",
        "visitor (roster)",
    ]


async def test_names_go_with_each_change_of_the_project(
    classroom: Classroom, views: Views, identities: Identities
) -> None:
    """Whatever it was; so does the view."""
    before, view = await views.names(identities), views.project(to_staff=True)
    assert views.project(to_staff=True) is view
    await classroom.open(classroom.hall)
    assert views.names_at_hand() is None
    assert await views.names(identities) is not before
    assert views.project(to_staff=True) != view


async def test_names_that_were_fetched_meanwhile(classroom: Classroom, views: Views, identities: Identities) -> None:
    """Somebody new came while they were read: whoever asks after that gets another look."""
    identities.free.clear()
    early = asyncio.create_task(views.names(identities))
    await identities.asked(1)
    member = await classroom.add("pupil")
    late = asyncio.create_task(views.names(identities))
    await identities.asked(2)
    identities.free.set()
    await early
    roster = (await late).roster(classroom.live.member(classroom.claire))
    assert {named.member: named.name for named in roster.names}[member] == "pupil (roster)"
    assert views.names_at_hand() is await late


async def test_forgotten_while_they_are_fetched(views: Views, identities: Identities) -> None:
    """They are told to who asked before, and not kept."""
    identities.free.clear()
    early = asyncio.create_task(views.names(identities))
    await identities.asked(1)
    views.forget_names()
    identities.free.set()
    await early
    assert views.names_at_hand() is None
    await views.names(identities)
    assert identities.looks == 2


async def test_the_store_fails(views: Views, identities: Identities) -> None:
    """Said to everybody who asked; the next one tries again."""
    identities.fault = LogUnavailable("broken by the test")
    outcomes = await asyncio.gather(*(views.names(identities) for _ in range(2)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [LogUnavailable] * 2
    identities.fault = None
    assert await views.names(identities) is views.names_at_hand()


async def test_who_asks_and_goes_stops_nobody(views: Views, identities: Identities) -> None:
    """A socket that is gone does not take the others' names with it."""
    identities.free.clear()
    first, second = (asyncio.create_task(views.names(identities)) for _ in range(2))
    await identities.asked(1)
    first.cancel()
    identities.free.set()
    assert await second is views.names_at_hand()


async def test_the_project_by_audience(classroom: Classroom, views: Views) -> None:
    """Pupils do not see that there is a staff room, whoever asked before."""
    for _ in range(2):
        for to_staff in (True, False):
            rooms = {room.id for room in views.project(to_staff).rooms}
            assert (classroom.staff_room in rooms) is to_staff
