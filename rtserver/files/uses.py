"""Where files are used: in which messages of which rooms. It decides who is given one, and when it is removed.

A file that came by a board has no use noted, or one with an empty room: every member of the project may see it. One
that came by a chat belongs to its room. Before its message is posted there is a use with message 0, of who uploaded it;
that stays for a day, so that a message whose answer was lost can be sent again.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, and_, bindparam, delete, insert, select

from rooms.chat.files import UploadedFile
from rooms.chat.model import Message, Milliseconds
from rooms.events import ChatPosted
from rooms.model import MemberId, ProjectId, RoomId
from rooms.stream import Event, StreamName, room_stream
from rtserver.database import Database, store_errors
from rtserver.sql import insert_into, one_of
from rtserver.tables import file_uses, files, previews, projects

UNPOSTED = 0
"""The message of what was uploaded; those of messages begin with 1."""

BOARDS = ""
"""The room of what is on boards."""

UPLOAD_KEPT_MS = 24 * 3600 * 1000
"""What was uploaded can be posted for a day: a message that waits overnight for the school's line is not lost."""

ROOM_PREFIX = room_stream("")

Key = tuple[ProjectId, str]
"""A file: its project and its id."""

_use = file_uses.c
_of_file = and_(_use.project == bindparam("of_project"), _use.file == bindparam("of_file"))
_of_message = and_(_use.room == bindparam("of_room"), _use.message == bindparam("of_message"))
_of_uploads = and_(
    _use.room == bindparam("of_room"),
    _use.message == UNPOSTED,
    _use.member == bindparam("of_member"),
    one_of(_use.file, "ids"),
)
_lock_project = select(projects.c.project).where(projects.c.project == bindparam("of_project")).with_for_update()
_find_file = select(files.c.id).where(files.c.project == bindparam("of_project"), files.c.id == bindparam("of_file"))
_find_uses = select(file_uses).where(_of_file)
_find_uploads = select(file_uses).where(_of_uploads)
_find_uploaded = (
    select(files.c.id, files.c.type, files.c.bytes, files.c.width, files.c.height)
    .join(file_uses, and_(_use.project == files.c.project, _use.file == files.c.id))
    .where(_use.project == bindparam("of_project"), _of_uploads)
)
_old_uploads = and_(
    _use.project == bindparam("of_project"),
    _use.room != BOARDS,
    _use.message == UNPOSTED,
    _use.at < bindparam("of_at"),
)
_insert = insert(file_uses)


class _Use(Struct, frozen=True):
    """A row of `file_uses`."""

    project: ProjectId
    file: str
    room: RoomId
    message: int
    member: MemberId
    at: Milliseconds


# --- In the transaction of the log ---


def note_posted(connection: Connection, appended: Iterable[Event]) -> None:
    """Note in which messages files are, of events that have just been inserted into the log."""
    for event in appended:
        if not isinstance(event.body, ChatPosted) or not event.body.files:
            continue
        ids = [file.file for file in event.body.files]
        asked = {"of_room": _room_of(event.stream), "of_member": event.actor, "ids": ids}
        rows = [
            _values(_Use(row.project, row.file, row.room, event.seq, row.member, event.at))
            for row in connection.execute(_find_uploads, asked)
        ]
        if rows:
            connection.execute(_insert, rows)


def remove_withdrawn(connection: Connection, withdrawn: Sequence[tuple[StreamName, Message]]) -> None:
    """Remove the files of messages, as these were before they were deleted, that are used nowhere else."""
    for stream, message in withdrawn:
        if not message.files:
            continue
        of_message = {"of_room": _room_of(stream), "of_message": message.id}
        # Else they could be posted again, and seen by their author: what is withdrawn is gone.
        of_uploads = {
            "of_room": _room_of(stream),
            "of_member": message.actor,
            "ids": [file.file for file in message.files],
        }
        left = {
            *_removed(connection, _of_message, of_message),
            *_removed(connection, _of_uploads, of_uploads),
        }
        _remove_unused(connection, left)


# --- In the transaction that stores a file ---


def note_upload(
    connection: Connection, file: str, *, project: ProjectId, room: RoomId, member: MemberId, now: Milliseconds
) -> None:
    """Note that a member uploads a file for a room's chat, before it is stored: it is nobody else's then.

    In one transaction with that: else its message could be withdrawn in between, and what is stored then would have no
    use, as if it had come by a board.
    """
    use = _Use(project, file, room, UNPOSTED, member, now)
    _lock(connection, project)
    is_stored = connection.execute(_find_file, _key_of(use)).first() is not None
    if is_stored and not _uses_of(connection, project, file):
        _keep(connection, _Use(project, file, BOARDS, UNPOSTED, member, now))
    _keep(connection, use)


def note_on_boards(
    connection: Connection, file: str, *, project: ProjectId, member: MemberId, now: Milliseconds
) -> None:
    """Note that a file may be seen on boards, wherever else it came from, before it is stored, if it is not yet.

    In one transaction with that: else the last message with it could be withdrawn in between, and the file go with it.
    """
    _lock(connection, project)
    if _uses_of(connection, project, file):
        _keep(connection, _Use(project, file, BOARDS, UNPOSTED, member, now))


# --- What uploads and readers ask ---


class FileUses:
    """The uses of all projects' files. Methods raise `LogUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def uploaded(
        self, project: ProjectId, room: RoomId, member: MemberId, ids: Collection[str]
    ) -> dict[str, UploadedFile]:
        """Those files that a member has uploaded for a room's chat, and can post there."""
        asked = {"of_project": project, "of_room": room, "of_member": member, "ids": list(dict.fromkeys(ids))}
        with store_errors():
            return await self._database.look(_uploaded, asked)

    async def is_seen(self, project: ProjectId, file: str, room: RoomId | None, member: MemberId) -> bool:
        """Whether a member who may read `room` is given a file there; None: on boards."""
        with store_errors():
            uses = await self._database.look(_uses_of, project, file)
        if room is None:
            return not uses or any(use.room == BOARDS for use in uses)
        return any(use.room == room and (use.message != UNPOSTED or use.member == member) for use in uses)

    async def sweep(self, project: ProjectId, now: Milliseconds) -> None:
        """Remove what was uploaded to a project and not posted for a day."""
        with store_errors():
            await self._database.transact(_sweep, {"of_project": project, "of_at": now - UPLOAD_KEPT_MS})


def _sweep(connection: Connection, asked: dict[str, Any]) -> None:
    _remove_unused(connection, _removed(connection, _old_uploads, asked))


def _uploaded(connection: Connection, asked: dict[str, Any]) -> dict[str, UploadedFile]:
    return {
        row.id: UploadedFile(row.type, row.bytes, row.width or None, row.height or None)
        for row in connection.execute(_find_uploaded, asked)
    }


def _uses_of(connection: Connection, project: ProjectId, file: str) -> list[_Use]:
    found = connection.execute(_find_uses, {"of_project": project, "of_file": file})
    return [_Use(row.project, row.file, row.room, row.message, row.member, row.at) for row in found]


def _keep(connection: Connection, use: _Use) -> None:
    """Note a use, or that it is as young as this."""
    statement = insert_into(connection, file_uses).values(_values(use))
    key = ["project", "file", "room", "message", "member"]
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_={"at": statement.excluded.at}))


def _removed(connection: Connection, which: Any, asked: dict[str, Any]) -> set[Key]:
    """Remove uses; of which files they were."""
    rows = connection.execute(select(_use.project, _use.file).where(which), asked)
    found = {(row.project, row.file) for row in rows}
    if found:
        connection.execute(delete(file_uses).where(which), asked)
    return found


def _remove_unused(connection: Connection, keys: set[Key]) -> None:
    """Remove those of these files that are used nowhere any more."""
    for project, file in sorted(keys):
        _lock(connection, project)
        if _uses_of(connection, project, file):
            continue
        connection.execute(delete(previews).where(previews.c.project == project, previews.c.file == file))
        connection.execute(delete(files).where(files.c.project == project, files.c.id == file))


def _lock(connection: Connection, project: ProjectId) -> None:
    """Nobody else uploads to the project, or removes from it, until the end of the transaction."""
    connection.execute(_lock_project, {"of_project": project})


def _key_of(use: _Use) -> dict[str, Any]:
    return {"of_project": use.project, "of_file": use.file}


def _values(use: _Use) -> dict[str, Any]:
    return {name: getattr(use, name) for name in _Use.__struct_fields__}


def _room_of(stream: StreamName) -> RoomId:
    return stream.removeprefix(ROOM_PREFIX)
