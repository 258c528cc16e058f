"""The votes of polls: on disk as long as a poll is open, in no log, and deleted by the transaction that counts them.

They are never kept in memory: a class may be spread over several nodes, and a vote counts once it was acknowledged.
Whoever looks into the database, or a backup of it, while a poll is open can see them; later nobody can.
"""

from collections.abc import Collection, Iterable, Mapping
from functools import partial

import msgspec
from sqlalchemy import Connection, bindparam, case, delete, func, select, update

from rooms.lesson.decide import counted
from rooms.lesson.model import Ballot, Poll, PollId
from rooms.model import MemberId, ProjectId
from rtserver.database import Database, store_errors
from rtserver.sql import insert_into, one_of
from rtserver.tables import poll_votes, polls

Counts = tuple[int, ...]


class Ballots:
    """The votes on disk. Methods raise `LogUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def vote(self, project: ProjectId, poll: PollId, member: MemberId, choice: int | None) -> bool:
        """Have a vote in place of an earlier one, or (None) none at all. False: the poll is closed."""
        with store_errors():
            return await self._database.transact(_vote, project, poll, member, choice)

    async def close(self, project: ProjectId, poll: Poll, members: Collection[MemberId]) -> Counts:
        """End the voting for good, and count: the same again however often it is asked. Only votes of `members` count.

        Each vote that was acknowledged is counted, each later one is refused, on whichever node.
        """
        with store_errors():
            count = partial(counted, choices=len(poll.choices), members=members)
            return await self._database.transact(_close, project, poll.id, count)

    async def found(self, project: ProjectId, asked: Iterable[Poll], member: MemberId) -> tuple[Ballot, ...]:
        """How many have voted in each of these open polls, and what `member` has chosen."""
        named = list(asked)
        if not named:
            return ()
        with store_errors():
            found = await self._database.look(_found, project, [poll.id for poll in named], member)
        return tuple(Ballot(poll.room, poll.id, *found.get(poll.id, (0, None))) for poll in named)

    async def progress(self, project: ProjectId, asked: Iterable[PollId]) -> dict[PollId, int]:
        """How many have voted in each of these polls, those in which nobody has left out."""
        with store_errors():
            found = await self._database.look(_found, project, list(asked), "")
        return {poll: votes for poll, (votes, _) in found.items()}

    async def forget(self, project: ProjectId, member: MemberId) -> None:
        """The member is not one any more."""
        with store_errors():
            await self._database.transact(_forget, project, member)


_of_poll = (polls.c.project == bindparam("of_project")) & (polls.c.poll == bindparam("of_poll"))
_votes_of_poll = (poll_votes.c.project == bindparam("of_project")) & (poll_votes.c.poll == bindparam("of_poll"))
_of_member = poll_votes.c.member == bindparam("of_member")

# Whoever closes the poll waits until this transaction has ended, and finds its vote. (SQLite has one writer anyway.)
_shared = select(polls.c.counts).where(_of_poll).with_for_update(read=True)
_alone = select(polls.c.counts).where(_of_poll).with_for_update()
_set_counts = update(polls).where(_of_poll).values(counts=bindparam("all_counts"))
_votes = select(poll_votes.c.member, poll_votes.c.choice).where(_votes_of_poll)
_drop_votes = delete(poll_votes).where(_votes_of_poll)
_drop_vote = delete(poll_votes).where(_votes_of_poll, _of_member)
_drop_votes_of = delete(poll_votes).where(poll_votes.c.project == bindparam("of_project"), _of_member)
_ballots = (
    select(poll_votes.c.poll, func.count(), func.max(case((_of_member, poll_votes.c.choice))))
    .where(poll_votes.c.project == bindparam("of_project"), one_of(poll_votes.c.poll, "polls"))
    .group_by(poll_votes.c.poll)
)


def _vote(connection: Connection, project: ProjectId, poll: PollId, member: MemberId, choice: int | None) -> bool:
    of = {"of_project": project, "of_poll": poll}
    _have_box(connection, project, poll)
    if connection.execute(_shared, of).scalar_one() is not None:
        return False
    if choice is None:
        connection.execute(_drop_vote, {**of, "of_member": member})
        return True
    statement = insert_into(connection, poll_votes)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["project", "poll", "member"], set_={"choice": statement.excluded.choice}
        ),
        {"project": project, "poll": poll, "member": member, "choice": choice},
    )
    return True


def _close(connection: Connection, project: ProjectId, poll: PollId, count: "partial[Counts]") -> Counts:
    of = {"of_project": project, "of_poll": poll}
    _have_box(connection, project, poll)
    stored = connection.execute(_alone, of).scalar_one()
    if stored is not None:  # somebody has been here, whose event may not have been written
        return msgspec.json.decode(stored, type=Counts)
    votes: Mapping[MemberId, int] = {row.member: row.choice for row in connection.execute(_votes, of).all()}
    counts = count(votes)
    connection.execute(_set_counts, {**of, "all_counts": msgspec.json.encode(counts).decode()})
    connection.execute(_drop_votes, of)
    return counts


def _have_box(connection: Connection, project: ProjectId, poll: PollId) -> None:
    """The poll's row, which votes and the end of the voting wait for each other at."""
    statement = insert_into(connection, polls).on_conflict_do_nothing()
    connection.execute(statement, {"project": project, "poll": poll, "counts": None})


def _found(
    connection: Connection, project: ProjectId, asked: list[PollId], member: MemberId
) -> dict[PollId, tuple[int, int | None]]:
    rows = connection.execute(_ballots, {"of_project": project, "polls": asked, "of_member": member}).all()
    return {poll: (votes, choice) for poll, votes, choice in rows}


def _forget(connection: Connection, project: ProjectId, member: MemberId) -> None:
    connection.execute(_drop_votes_of, {"of_project": project, "of_member": member})
