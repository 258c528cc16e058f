"""How far each member has read in a room: at hand while somebody is in it, told once a second, written a bit later.

Who is killed loses some seconds of marks: a few messages look unread once more. They are in no log, since they are
overwritten again and again, and nothing follows from them.
"""

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct
from sqlalchemy import Connection, bindparam, delete, select

from rooms.chat.model import MessageId, Milliseconds, ReadMark
from rooms.model import MemberId
from rooms.stream import StreamName
from rtserver.database import Database, store_errors
from rtserver.live_stream import Clock
from rtserver.sql import insert_into, one_of
from rtserver.tables import read_marks

TELL_INTERVAL_MS = 1_000
"""Milliseconds between two pushes to a room: a class that reads along would be sixty a second."""

WRITTEN_AT_ONCE = 1_000
"""Marks of one transaction: some ten milliseconds."""

Counts = Callable[[MemberId], bool]
"""Whether the mark of a member counts now."""


class Due(Struct, frozen=True):
    """What is to be told now: to those who are in the room here, and by way of other nodes."""

    here: tuple[ReadMark, ...]
    elsewhere: tuple[ReadMark, ...]


class RoomMarks:
    """The marks of one room: one a member. They only move forward."""

    def __init__(self, known: Mapping[MemberId, MessageId] | None = None) -> None:
        self._known = dict(known or {})
        self._untold: set[MemberId] = set()
        self._untold_elsewhere: set[MemberId] = set()
        self._told_at: Milliseconds | None = None
        self._was_elsewhere = False

    def read(self, member: MemberId, message: MessageId) -> bool:
        """A member who is connected here has read up to a message. False: they had before."""
        moved = self._move(member, message)
        if moved:
            self._untold_elsewhere.add(member)
        return moved

    def hear(self, marks: Iterable[ReadMark]) -> None:
        """Another node tells of its members."""
        for mark in marks:
            self._move(mark.member, mark.message)

    def forget(self, member: MemberId) -> None:
        """The member is not one any more."""
        self._known.pop(member, None)

    def view(self, counts: Counts) -> tuple[ReadMark, ...]:
        """All of them that count."""
        return self._of(self._known, counts)

    def take_due(self, now: Milliseconds, counts: Counts, *, is_elsewhere: bool) -> Due | None:
        """What is to be told at `now`. `is_elsewhere`: whether somebody is in the room by way of another node.

        Who has just come there read in the database what was written last; they are told all of them.
        """
        if is_elsewhere and not self._was_elsewhere:
            self._untold_elsewhere.update(self._known)
        self._was_elsewhere = is_elsewhere
        if not is_elsewhere:
            self._untold_elsewhere.clear()
        if not (self._untold or self._untold_elsewhere):
            return None
        if self._told_at is not None and 0 <= now - self._told_at < TELL_INTERVAL_MS:
            return None
        due = Due(self._of(self._untold, counts), self._of(self._untold_elsewhere, counts))
        self._untold.clear()
        self._untold_elsewhere.clear()
        self._told_at = now
        return due

    def _move(self, member: MemberId, message: MessageId) -> bool:
        if self._known.get(member, 0) >= message:
            return False
        self._known[member] = message
        self._untold.add(member)
        return True

    def _of(self, members: Iterable[MemberId], counts: Counts) -> tuple[ReadMark, ...]:
        known = self._known
        return tuple(ReadMark(one, known[one]) for one in sorted(members) if one in known and counts(one))


class ReadMarkStore:
    """The marks on disk. What is noted is written together, by `save`. Methods raise `LogUnavailable`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._unsaved: dict[tuple[StreamName, MemberId], tuple[MessageId, Milliseconds]] = {}

    def note(self, stream: StreamName, member: MemberId, message: MessageId) -> None:
        """A member has read up to a message; it is written with the next ones."""
        self._unsaved[stream, member] = (message, self._clock())

    async def load(self, stream: StreamName) -> dict[MemberId, MessageId]:
        """The marks of a room, those that are not written yet included."""
        with store_errors():
            stored = await self._database.look(_read, stream)
        for (of, member), (message, _) in self._unsaved.items():
            if of == stream:
                stored[member] = max(message, stored.get(member, 0))
        return stored

    async def save(self) -> None:
        """Write what was noted."""
        while self._unsaved:
            some = dict(list(self._unsaved.items())[:WRITTEN_AT_ONCE])
            with store_errors():
                await self._database.transact(_write, some)
            # Not before: who loads them meanwhile has to see them. Those that have moved on are written again.
            for key, written in some.items():
                if self._unsaved.get(key) == written:
                    del self._unsaved[key]

    async def forget(self, member: MemberId, streams: Iterable[StreamName]) -> None:
        """The member is not one any more, in none of these rooms."""
        named = list(streams)
        for stream in named:
            self._unsaved.pop((stream, member), None)
        with store_errors():
            await self._database.transact(_forget, member, named)


_of_stream = select(read_marks.c.member, read_marks.c.message).where(read_marks.c.stream == bindparam("of_stream"))
_of_member = delete(read_marks).where(
    one_of(read_marks.c.stream, "streams"), read_marks.c.member == bindparam("of_member")
)


def _read(connection: Connection, stream: StreamName) -> dict[MemberId, MessageId]:
    return {row.member: row.message for row in connection.execute(_of_stream, {"of_stream": stream}).all()}


def _write(connection: Connection, marks: Mapping[tuple[StreamName, MemberId], tuple[MessageId, Milliseconds]]) -> None:
    statement = insert_into(connection, read_marks)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["stream", "member"],
            set_={"message": statement.excluded.message, "at": statement.excluded.at},
            where=read_marks.c.message < statement.excluded.message,
        ),
        [
            {"stream": stream, "member": member, "message": message, "at": at}
            # In an order that all processes keep, so that none waits for another in a circle.
            for (stream, member), (message, at) in sorted(marks.items())
        ],
    )


def _forget(connection: Connection, member: MemberId, streams: list[StreamName]) -> None:
    connection.execute(_of_member, {"streams": streams, "of_member": member})
