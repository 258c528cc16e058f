"""What has ended, so that an older backup cannot bring it back.

A backup shows a moment. Afterwards people sign out, keys are revoked, members are removed, messages are withdrawn,
names are erased; whoever restores the backup must not undo that. So before a database is replaced, all that has ended
in it is listed, and is ended again in what replaces it. The list holds ids and hashes only, never names or texts, so
that it can be kept elsewhere, too, for the day on which the disk is lost (`rtserver endings FILE`).
"""

import os
import secrets
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, bindparam, or_, select, tuple_

from rooms.model import MemberId, ProjectId
from rooms.project import ProjectRules
from rooms.stream import StreamName, project_stream
from rtserver.care.archive import FILE_MODE
from rtserver.care.backup import Clock
from rtserver.care.problem import CareFailed, FileUnusable
from rtserver.care.streams import state_of
from rtserver.database import Database, store_errors
from rtserver.log_queries import read_identities
from rtserver.tables import api_keys, chat_messages, grants, projects, sessions

KIND = "rtserver endings"
FORMAT = 1

PAGE = 200
"""Projects, or members, looked at together."""

MESSAGES_AT_ONCE = 500
"""Messages looked at together."""

_live_sessions = select(sessions.c.id).where(
    sessions.c.project == bindparam("of_project"), sessions.c.ended_at.is_(None)
)
_ended_sessions = select(sessions.c.id).where(
    sessions.c.project == bindparam("of_project"), sessions.c.ended_at.is_not(None)
)
_open_grants = select(grants.c.token_hash).where(
    grants.c.project == bindparam("of_project"), grants.c.used_at.is_(None)
)
_revoked_keys = select(api_keys.c.id).where(api_keys.c.revoked_at.is_not(None))
_withdrawn = (
    select(chat_messages.c.stream, chat_messages.c.id, chat_messages.c.at, chat_messages.c.actor)
    # Nobody can post a message without text: one that has none was withdrawn, or its author was erased.
    .where(or_(chat_messages.c.deleted.is_(True), chat_messages.c.text == ""))
    .where(tuple_(chat_messages.c.stream, chat_messages.c.id) > tuple_(bindparam("last_stream"), bindparam("last_id")))
    .order_by(chat_messages.c.stream, chat_messages.c.id)
    .limit(MESSAGES_AT_ONCE)
)


class Beginning(Struct, frozen=True, tag="beginning"):
    """The first line. `taken_at`: milliseconds since 1970 UTC; what ended before stands in the list."""

    taken_at: int
    kind: str = KIND
    format: int = FORMAT


class OfProject(Struct, frozen=True, tag="project"):
    """A project that is known: who was removed from it, whose names were erased, who may still come in."""

    project: ProjectId
    removed: tuple[MemberId, ...]
    nameless: tuple[MemberId, ...]
    ended_sessions: tuple[str, ...]
    live_sessions: tuple[str, ...]
    open_grants: tuple[str, ...]
    """Of those not used, since what is withdrawn leaves nothing behind."""


class OfKeys(Struct, frozen=True, tag="keys"):
    """API keys that were revoked."""

    revoked: tuple[str, ...]


class Withdrawn(Struct, frozen=True, array_like=True):
    """A message without its text; `at` and `actor` tell it from another with this id in another log."""

    id: int
    at: int
    actor: MemberId


class OfStream(Struct, frozen=True, tag="stream"):
    """Messages of a room that were withdrawn."""

    stream: StreamName
    messages: tuple[Withdrawn, ...]


class End(Struct, frozen=True, tag="end"):
    """The last line: the list is whole."""


Ending = OfProject | OfKeys | OfStream
Line = Beginning | OfProject | OfKeys | OfStream | End

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Line)


def collect(connection: Connection) -> Iterator[Ending]:
    """All that has ended in a database with the newest tables; a project, or some messages, at a time."""
    yield OfKeys(tuple(connection.execute(_revoked_keys).scalars()))
    last = ""
    while (
        known := connection.execute(
            select(projects.c.project).where(projects.c.project > last).order_by(projects.c.project).limit(PAGE)
        )
        .scalars()
        .all()
    ):
        for project in known:
            yield _of_project(connection, project)
        last = known[-1]
    yield from _withdrawn_messages(connection)


class EndingsFile:
    """A list of what has ended, as a file: a line of JSON each. Raises `FileUnusable` when it is not whole."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.taken_at = 0
        is_whole = False
        for number, line in enumerate(self._lines()):
            if number == 0 and not (isinstance(line, Beginning) and line.kind == KIND and line.format == FORMAT):
                raise FileUnusable(f"{file} is not a list of endings of this version of rtserver.")
            if isinstance(line, Beginning):
                self.taken_at = line.taken_at
            is_whole = isinstance(line, End)
        if not is_whole:
            raise FileUnusable(f"{file} is not whole; nothing was changed.")

    def __iter__(self) -> Iterator[Ending]:
        for line in self._lines():
            if not isinstance(line, Beginning | End):
                yield line

    def _lines(self) -> Iterator[Line]:
        try:
            with self._file.open("rb") as source:
                for text in source:
                    yield _decoder.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise FileUnusable(f"{self._file} is no list of endings, or damaged; nothing was changed.") from None
        except OSError as error:
            raise FileUnusable(f"{self._file} cannot be read: {error.strerror}.") from None


async def take(database: Database, file: Path, clock: Clock) -> None:
    """Write the list of a database that may be served. Raises `CareFailed`, `LogUnavailable`, `MigrationFailed`."""
    (await database.schema()).require_newest()
    with store_errors():
        async with database.snapshot() as connection:
            await connection.run_sync(lambda sync: write(collect(sync), file, clock))


def write(endings: Iterator[Ending], file: Path, clock: Clock) -> None:
    """Write a list; it replaces an older one of that name when it is whole. Raises `CareFailed`."""
    temporary = file.with_name(f".{file.name}.{secrets.token_hex(4)}.part")
    taken_at = clock()  # before the first look: what ends from now on may be missing
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb") as into:
            for line in _framed(taken_at, endings):
                into.write(_encoder.encode(line) + b"\n")
            into.flush()
            os.fsync(into.fileno())
        temporary.replace(file)
    except OSError as error:
        raise CareFailed(f"{file} cannot be written: {error.strerror or error}.") from error
    finally:
        temporary.unlink(missing_ok=True)


def _framed(taken_at: int, endings: Iterator[Ending]) -> Iterator[Line]:
    yield Beginning(taken_at)
    yield from endings
    yield End()


def _of_project(connection: Connection, project: ProjectId) -> OfProject:
    of_project = {"of_project": project}
    members = state_of(connection, project_stream(project), ProjectRules()).members
    listed, named = list(members), set[MemberId]()
    for start in range(0, len(listed), PAGE):
        named.update(read_identities(connection, listed[start : start + PAGE]))
    return OfProject(
        project=project,
        removed=tuple(member.id for member in members.values() if member.removed),
        nameless=tuple(member for member in listed if member not in named),
        ended_sessions=tuple(connection.execute(_ended_sessions, of_project).scalars()),
        live_sessions=tuple(connection.execute(_live_sessions, of_project).scalars()),
        open_grants=tuple(connection.execute(_open_grants, of_project).scalars()),
    )


def _withdrawn_messages(connection: Connection) -> Iterator[OfStream]:
    last = {"last_stream": "", "last_id": 0}
    while page := connection.execute(_withdrawn, last).all():
        for stream, found in groupby(page, key=lambda row: row.stream):
            yield OfStream(stream, tuple(Withdrawn(row.id, row.at, row.actor) for row in found))
        last = {"last_stream": page[-1].stream, "last_id": page[-1].id}
