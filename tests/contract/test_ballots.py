"""What the votes on disk promise, over both databases."""

import asyncio

import pytest
from sqlalchemy import text

from rooms.lesson.model import Ballot, Poll
from rooms.ports import LogUnavailable
from rtserver.database import Database
from rtserver.lesson.ballots import Ballots
from tests.contract.support import NOON, Backend

PROJECT = "p1"
POLL = Poll("q1", "hall", "Ready?", ("Yes", "No", "Nearly"))
OTHER = Poll("q2", "den", "Sure?", ("Yes", "No"))
EVERYBODY = {f"m{number}" for number in range(40)}


@pytest.fixture
async def ballots(database: Database) -> Ballots:
    """Of a project that there is."""
    async with database.write() as connection:
        row = {"project": PROJECT, "organisation": "lyon", "title": "Rivers", "at": NOON}
        columns = "project, organisation, title, created_at, revision"
        await connection.execute(
            text(f"INSERT INTO projects ({columns}) VALUES (:project, :organisation, :title, :at, 0)"), row
        )
    return Ballots(database)


async def rows(database: Database) -> int:
    async with database.read() as connection:
        return int((await connection.execute(text("SELECT count(*) FROM poll_votes"))).scalar_one())


async def test_a_vote_counts_once(ballots: Ballots, database: Database) -> None:
    """The last one of each member; who has taken theirs back has none. Once counted, nothing of them is left."""
    for member, choice in (("m1", 0), ("m2", 2), ("m1", 1), ("m3", 1), ("m4", 0), ("m4", None), ("m1", 1)):
        assert await ballots.vote(PROJECT, POLL.id, member, choice)
    assert await ballots.progress(PROJECT, [POLL.id, OTHER.id]) == {POLL.id: 3}
    assert await ballots.close(PROJECT, POLL, EVERYBODY) == (0, 2, 1)
    assert await rows(database) == 0


async def test_closed_for_good(ballots: Ballots, database: Database) -> None:
    """Whoever counts again, with whichever members, gets the same; nobody votes any more, nor takes a vote back."""
    await ballots.vote(PROJECT, POLL.id, "m1", 0)
    assert await ballots.close(PROJECT, POLL, EVERYBODY) == (1, 0, 0)
    assert await ballots.close(PROJECT, POLL, set()) == (1, 0, 0)
    assert not await ballots.vote(PROJECT, POLL.id, "m2", 0)
    assert not await ballots.vote(PROJECT, POLL.id, "m1", None)
    assert await rows(database) == 0
    assert await ballots.close(PROJECT, OTHER, EVERYBODY) == (0, 0)
    assert not await ballots.vote(PROJECT, OTHER.id, "m1", 0)


async def test_members_who_are_gone(ballots: Ballots, database: Database) -> None:
    """Their votes go, in all polls; one that is there all the same is not counted."""
    for poll in (POLL, OTHER):
        for member in ("m1", "m2"):
            await ballots.vote(PROJECT, poll.id, member, 0)
    await ballots.forget(PROJECT, "m1")
    assert await rows(database) == 2
    await ballots.forget("another", "m2")
    assert await rows(database) == 2
    await ballots.vote(PROJECT, POLL.id, "m1", 0)
    assert await ballots.close(PROJECT, POLL, {"m2"}) == (1, 0, 0)


async def test_what_a_member_finds(ballots: Ballots) -> None:
    """How many have voted, and their own choice: nobody else's."""
    await ballots.vote(PROJECT, POLL.id, "m1", 2)
    await ballots.vote(PROJECT, POLL.id, "m2", 0)
    assert await ballots.found(PROJECT, [POLL, OTHER], "m1") == (
        Ballot("hall", "q1", 2, 2),
        Ballot("den", "q2", 0, None),
    )
    assert await ballots.found(PROJECT, [POLL], "m3") == (Ballot("hall", "q1", 2, None),)
    assert await ballots.found("another", [POLL], "m1") == (Ballot("hall", "q1", 0, None),)
    assert await ballots.found(PROJECT, [], "m1") == ()


async def test_every_acknowledged_vote_is_counted(ballots: Ballots, backend: Backend) -> None:
    """A class votes by two nodes while a teacher closes the poll: each vote is counted, or was refused."""
    there = Ballots(await backend.open())

    async def vote(number: int) -> bool:
        return await (ballots, there)[number % 2].vote(PROJECT, POLL.id, f"m{number}", 0)

    votes = [asyncio.create_task(vote(number)) for number in range(20)]
    await asyncio.wait(votes, return_when=asyncio.FIRST_COMPLETED)
    votes += [asyncio.create_task(vote(number)) for number in range(20, 40)]
    counts = await there.close(PROJECT, POLL, EVERYBODY)
    assert counts == (sum(await asyncio.gather(*votes)), 0, 0)
    assert counts == await ballots.close(PROJECT, POLL, EVERYBODY)


async def test_a_database_that_is_away(backend: Backend) -> None:
    """Nobody is told that a vote counts which is not stored."""
    ballots, other = Ballots(await backend.open(patience=1.0)), await backend.open()
    async with other.write() as connection:
        lock = "LOCK TABLE polls" if connection.dialect.name == "postgresql" else backend.locks_all
        await connection.execute(text(lock))
        with pytest.raises(LogUnavailable):
            await ballots.vote(PROJECT, POLL.id, "m1", 0)
