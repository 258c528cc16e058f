"""Chat messages at random moments into the log of our server, as its rooms do: in this process, without the hub.

The one place of the load tests that uses the server's own code: what is measured is a part of it that has no wire.
"""

import asyncio
import random
from time import perf_counter_ns, process_time

from msgspec import Struct
from sqlalchemy import event

from loadtests.append.plan import Plan
from loadtests.figures import Latency, latency
from loadtests.problem import Problem
from loadtests.schedule import NANOSECONDS
from rooms.events import ChatPosted
from rooms.ports import Append, Appended, UsedNonce
from rooms.stream import Event, Position
from rtserver.database import Database
from rtserver.storage import SqlLog

TEXT = "Bonjour de Lyon ! Nous avons mesuré le débit du Rhône ce matin : 610 m³ par seconde."
"""A message as people write them."""

MICROSECONDS = 1_000_000

NOON = 1_767_700_800_000
"""Milliseconds since 1970 at which all of it happens."""


class Round(Struct, frozen=True):
    """What one round found. `lateness`: of the generator. `commits`: transactions; `cpu_us`: microseconds of this
    process an append, the database's own not counted. `lost`: appended and not in the log."""

    commit: Latency
    append: Latency
    lateness: Latency
    commits: int
    cpu_us: float
    lost: int

    @property
    def over_commit_ms(self) -> float:
        """By how much the p99 of an append is above one commit's own time."""
        return self.append.p99 - self.commit.p50


async def migrate(url: str) -> None:
    """Make the tables."""
    database = await Database.open(url)
    await database.migrate()
    await database.close()


class Room:
    """The owner of a stream: it numbers what comes, and does not wait for one commit before the next message."""

    def __init__(self, name: str, members: int, at: Position) -> None:
        self.name = name
        self.at = at
        self._members = members

    def post(self, number: int) -> Append:
        """The next message. `number`: of all, so that its nonce is its own."""
        expected = self.at
        self.at = Position(expected.epoch, expected.seq + 1)
        actor, nonce = f"member-{number % self._members}", f"nonce-{number}"
        event_ = Event(self.name, self.at.seq, NOON + number, actor, nonce, ChatPosted(TEXT))
        return Append(self.name, expected, (event_,), (UsedNonce(actor, nonce, self.at.seq),))


async def write(url: str, plan: Plan, commit: Latency, seed: int) -> Round:
    """One round into a migrated database. Raises `Problem` when an append is refused."""
    database = await Database.open(url)
    log = SqlLog(database)
    try:
        return await _write(database, log, plan, commit, random.Random(seed))
    finally:
        await log.close()
        await database.close()


async def _write(database: Database, log: SqlLog, plan: Plan, commit: Latency, chance: random.Random) -> Round:
    rooms = [
        Room(f"room:{seed}-{number}", plan.members, (await log.open(f"room:{seed}-{number}")).position)
        for seed in [chance.getrandbits(32)]
        for number in range(plan.rooms)
    ]
    starts = {room.name: room.at for room in rooms}
    commits = _count_commits(database)
    taken: list[int] = []
    late: list[int] = []

    async def append(wish: Append, due: int, counts: bool) -> None:
        outcome = await log.append(wish)
        if not isinstance(outcome, Appended):
            raise Problem(f"An append was answered with {outcome!r}: does anybody else write into this database?")
        if counts:
            taken.append(perf_counter_ns() - due)

    begin = due = perf_counter_ns()
    counted_from = begin + round(plan.warm_up * NANOSECONDS)
    end = counted_from + round(plan.seconds * NANOSECONDS)
    number = commits_before = 0
    cpu_before = 0.0
    async with asyncio.TaskGroup() as group:
        while (due := due + round(chance.expovariate(plan.rate) * NANOSECONDS)) < end:
            if (wait := due - perf_counter_ns()) > 0:
                await asyncio.sleep(wait / NANOSECONDS)
            counts = due >= counted_from
            if counts and not late:
                commits_before, cpu_before = len(commits), process_time()
            if counts:
                late.append(max(0, perf_counter_ns() - due))
            number += 1
            group.create_task(append(chance.choice(rooms).post(number), due, counts))
    cpu = process_time() - cpu_before
    lost = 0
    for room in rooms:
        lost += room.at.seq - starts[room.name].seq - len(await log.read(room.name, 0, number))
    return Round(
        commit=commit,
        append=latency(taken),
        lateness=latency(late),
        commits=len(commits) - commits_before,
        cpu_us=cpu / len(taken) * MICROSECONDS,
        lost=lost,
    )


def _count_commits(database: Database) -> list[None]:
    """A list that grows by one with each commit from now on."""
    commits: list[None] = []
    for engine in database.engines:
        event.listen(engine, "commit", lambda _connection: commits.append(None))
    return commits
