"""Figures of projects for whoever answers for them: counts only, of nobody in particular.

Counted when asked for, in a connection of its own: nobody who writes or comes in waits for it. What is counted by day
is found by the numbers of messages, which grow with time, so that old messages are not read for it.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import BigInteger, Connection, Row, bindparam, func, literal_column, select

from rooms.chat.model import MessageId, Milliseconds
from rooms.model import ProjectId, ProjectPhase, Role
from rooms.stream import StreamName, room_stream
from rtserver.database import Database, store_errors
from rtserver.live_stream import Clock
from rtserver.owners import Owners
from rtserver.sql import one_of
from rtserver.tables import chat_messages, files

DAY_MS = 86_400_000

SMALL_ROOM = 2_000
"""Messages of a room that are looked through without searching where the days asked for begin: a millisecond or two."""

STREAMS_AT_ONCE = 500
"""Rooms asked for in one statement: databases limit the number of parameters."""


class DayFigures(Struct, frozen=True):
    """One day on which something was written. `date`: in UTC; `active_members`: how many have written."""

    date: date
    messages: int
    active_members: int


class ProjectFigures(Struct, frozen=True):
    """A project in figures. `members`: those of each role who have not been removed; `messages`: withdrawn ones too.

    `files`: pictures and documents that are stored, each once; `days`: those on which something was written, the oldest
    first.
    """

    project: ProjectId
    phase: ProjectPhase
    classes: int
    members: dict[Role, int]
    removed_members: int
    rooms: int
    open_rooms: int
    boards: int
    messages: int
    files: int
    file_bytes: int
    days: tuple[DayFigures, ...]


class Statistics:
    """Counts. One project at a time: it may go through many messages. Methods raise `Refused` and `LogUnavailable`."""

    def __init__(self, database: Database, owners: Owners, clock: Clock) -> None:
        self._database = database
        self._owners = owners
        self._clock = clock
        self._turn = asyncio.Lock()

    async def project(self, project: ProjectId, days: int) -> ProjectFigures:
        """Of one project; `days`: today and so many days before it, less one."""
        state = (await self._owners.project(project)).state
        first_day = self._clock() // DAY_MS - days + 1
        streams = [room_stream(room) for room in state.rooms]
        async with self._turn:
            with store_errors():
                async with self._database.read() as connection:
                    counted = await connection.run_sync(count, project, streams, first_day * DAY_MS)
        present = [member for member in state.members.values() if not member.removed]
        return ProjectFigures(
            project=project,
            phase=state.phase,
            classes=len(state.classes),
            members=dict(Counter(member.role for member in sorted(present, key=lambda one: one.role))),
            removed_members=len(state.members) - len(present),
            rooms=len(state.rooms),
            open_rooms=sum(room.open for room in state.rooms.values()),
            boards=len(state.boards),
            messages=counted.messages,
            files=counted.files,
            file_bytes=counted.file_bytes,
            days=counted.days,
        )


class Counted(Struct, frozen=True):
    """That part of the figures that the database knows."""

    messages: int
    files: int
    file_bytes: int
    days: tuple[DayFigures, ...]


_since = bindparam("since", type_=BigInteger)
_rooms = (
    select(chat_messages.c.stream, func.count().label("messages"), func.max(chat_messages.c.id).label("newest"))
    .where(one_of(chat_messages.c.stream, "streams"))
    .group_by(chat_messages.c.stream)
)
_next = (
    select(chat_messages.c.id, chat_messages.c.at)
    .where(chat_messages.c.stream == bindparam("of_stream"), chat_messages.c.id >= bindparam("from_id"))
    .order_by(chat_messages.c.id)
    .limit(1)
)
# Not a parameter: the same expression has to stand in GROUP BY, and two parameters are two things to a planner.
_day = (chat_messages.c.at // literal_column(str(DAY_MS), BigInteger)).label("day")
_by_day = (
    select(_day, chat_messages.c.actor, func.count().label("messages"))
    .where(
        chat_messages.c.stream == bindparam("of_stream"),
        chat_messages.c.id >= bindparam("from_id"),
        chat_messages.c.at >= _since,
    )
    .group_by(_day, chat_messages.c.actor)
)
_stored = select(func.count().label("files"), func.coalesce(func.sum(files.c.bytes), 0).label("bytes")).where(
    files.c.project == bindparam("of_project")
)


def count(connection: Connection, project: ProjectId, streams: Sequence[StreamName], since: Milliseconds) -> Counted:
    """What lies in the database of a project with these rooms; days from the one that begins at `since`."""
    rooms: list[Row[Any]] = []
    for start in range(0, len(streams), STREAMS_AT_ONCE):
        rooms += connection.execute(_rooms, {"streams": streams[start : start + STREAMS_AT_ONCE]}).all()
    messages = Counter[int]()
    writers = defaultdict[int, set[str]](set)
    for room in rooms:
        begin = 0 if room.messages <= SMALL_ROOM else _first_since(connection, room.stream, room.newest, since)
        asked = {"of_stream": room.stream, "from_id": begin, "since": since}
        for row in connection.execute(_by_day, asked):
            messages[row.day] += row.messages
            writers[row.day].add(row.actor)
    stored = connection.execute(_stored, {"of_project": project}).one()
    return Counted(
        messages=sum(room.messages for room in rooms),
        files=stored.files,
        file_bytes=int(stored.bytes),  # PostgreSQL sums to a numeric
        days=tuple(DayFigures(_date(day), messages[day], len(writers[day])) for day in sorted(messages)),
    )


def _first_since(connection: Connection, stream: StreamName, newest: MessageId, since: Milliseconds) -> MessageId:
    """A number that no message since then is below, found by halving: some twenty looks into the index."""
    low, high = 0, newest + 1
    while low < high:
        middle = (low + high) // 2
        row = connection.execute(_next, {"of_stream": stream, "from_id": middle}).one_or_none()
        if row is None or row.at >= since:
            high = middle
        else:
            low = row.id + 1
    return low


def _date(day: int) -> date:
    return datetime.fromtimestamp(day * DAY_MS / 1_000, UTC).date()
