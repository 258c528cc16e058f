"""The pictures and documents of projects: in the table `files`, by the SHA-256 of what is stored, so that each lies
there once. Where each may be seen, `rtserver.files.uses` knows."""

import hashlib
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, and_, bindparam, exists, func, insert, or_, select

from rooms.errors import ErrorCode, Refused
from rooms.model import MemberId, ProjectId
from rtserver.database import Database, store_errors
from rtserver.files.conversion import Document, Picture
from rtserver.files.frames import DOCUMENT_TYPE, FileType
from rtserver.files.recent import RecentPictures
from rtserver.files.sending import PIECE_BYTES, CutOff
from rtserver.sql import insert_into, one_of
from rtserver.tables import file_uses, files, previews, projects

QUERY_IDS_MAX = 500
"""Ids asked for in one statement: databases limit the number of parameters."""

FileId = str
"""SHA-256 of the stored bytes, hex."""

_of_project = files.c.project == bindparam("of_project")
_described = select(files.c.id, files.c.type, files.c.width, files.c.height, files.c.bytes, files.c.created_at)
_find = _described.where(_of_project, one_of(files.c.id, "ids"))
_used_anywhere = and_(file_uses.c.project == files.c.project, file_uses.c.file == files.c.id)
_find_on_boards = _find.where(
    files.c.type != DOCUMENT_TYPE,
    or_(~exists().where(_used_anywhere), exists().where(_used_anywhere, file_uses.c.room == "")),
)
_find_preview = select(previews.c.type, previews.c.content).where(
    previews.c.project == bindparam("of_project"), previews.c.file == bindparam("of_id")
)
_content = select(files.c.content).where(_of_project, files.c.id == bindparam("of_id"))
_used = select(func.coalesce(func.sum(files.c.bytes), 0)).where(_of_project)
_used_by = _used.where(files.c.creator == bindparam("of_creator"))
_insert = insert(files)
_lock_project = select(projects.c.project).where(projects.c.project == bindparam("of_project")).with_for_update()


Note = Callable[[Connection, FileId], None]
"""Writes something about a file that is about to be stored, in the same transaction."""


class StoredFile(Struct, frozen=True):
    """A picture or document in a project. `bytes`: how many; `created_at`: milliseconds since 1970 UTC.

    `width`, `height`: pixels; of a document 0.
    """

    id: FileId
    type: FileType
    width: int
    height: int
    bytes: int
    created_at: int


class Preview(Struct, frozen=True):
    """A small picture of a large one."""

    type: str
    content: bytes


class Quota(Struct, frozen=True):
    """Bytes of pictures: of a whole project, and (None: no limit of their own) of one member in it."""

    project: int
    member: int | None


class FileStore:
    """The pictures of all projects. Methods raise `LogUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._recent = RecentPictures(self._read)

    async def add(
        self,
        project: ProjectId,
        creator: MemberId,
        pictures: Sequence[Picture | Document],
        quota: Quota,
        now: int,
        note: Note,
    ) -> list[StoredFile]:
        """Store pictures and documents with what `note` writes of each, and describe them in their order.

        What is there already costs nothing and stays its first creator's. Each has a transaction of its own: what
        people write meanwhile is not held up by the thirty pages of a document. Raises `Refused` with TOO_MANY, before
        any is stored, when there is no room for all.
        """
        ids = [file_id(picture.content) for picture in pictures]
        known = await self.find(project, ids)
        given = dict(zip(ids, pictures, strict=True))
        to_come = sum(len(picture.content) for id_, picture in given.items() if id_ not in known)
        stored: dict[FileId, StoredFile] = {}
        # New ones first: nothing is noted of the others when there is no room for these.
        for id_, picture in sorted(given.items(), key=lambda one: one[0] in known):
            row = _row(project, creator, id_, picture, now)
            with store_errors():
                # What was there may have been removed meanwhile.
                stored[id_] = await self._database.transact(_add_noted, row, quota, max(to_come, row["bytes"]), note)
            to_come -= 0 if id_ in known else row["bytes"]
        return [stored[id_] for id_ in ids]

    async def keep(
        self,
        project: ProjectId,
        creator: MemberId,
        file: Picture | Document,
        preview: Picture | None,
        quota: Quota,
        now: int,
        note: Note,
    ) -> StoredFile:
        """Store a file and its small picture, if it has one, in one transaction with what `note` writes of it.

        Else as `add`. Raises `Refused` with TOO_MANY, and nothing is noted then.
        """
        row = _row(project, creator, file_id(file.content), file, now)
        with store_errors():
            return await self._database.transact(_keep, row, preview, quota, note)

    async def preview(self, project: ProjectId, file: FileId) -> Preview | None:
        """The small picture of a file; None where it has none, since it is small itself, or no picture."""
        with store_errors():
            async with self._database.read() as connection:
                found = (await connection.execute(_find_preview, {"of_project": project, "of_id": file})).first()
        return None if found is None else Preview(found.type, bytes(found.content))

    async def find(self, project: ProjectId, ids: Collection[FileId]) -> dict[FileId, StoredFile]:
        """Those files of a project that are there."""
        with store_errors():
            return await self._database.look(_found, project, list(dict.fromkeys(ids)))

    async def find_on_boards(self, project: ProjectId, ids: Collection[FileId]) -> dict[FileId, StoredFile]:
        """Those that are pictures, and not only of a chat."""
        with store_errors():
            return await self._database.look(_found, project, list(dict.fromkeys(ids)), True)

    async def content(self, project: ProjectId, file: FileId) -> bytes | None:
        """The bytes of a picture."""
        return await self._recent.content(project, file)

    async def pieces(self, project: ProjectId, file: StoredFile) -> AsyncGenerator[bytes, None]:
        """The bytes of a picture for one who may read them slowly, and for whom no more than a piece is held.

        Raises `CutOff` when it is removed meanwhile.
        """
        for start in range(0, file.bytes, PIECE_BYTES):
            yield await self._piece(project, file, start)

    async def _piece(self, project: ProjectId, file: StoredFile, start: int) -> bytes:
        content = await self.content(project, file.id)
        if content is None:
            raise CutOff("the picture was removed")
        return content[start : start + PIECE_BYTES]

    async def _read(self, project: ProjectId, file: FileId) -> bytes | None:
        with store_errors():
            # Not by `look`: its one thread finds people's sessions, and a picture takes its time.
            async with self._database.read() as connection:
                found = await connection.scalar(_content, {"of_project": project, "of_id": file})
        return None if found is None else bytes(found)

    async def used(self, project: ProjectId) -> int:
        """Bytes of all pictures of a project."""
        with store_errors():
            return await self._database.look(_bytes_of, project)


def _row(project: ProjectId, creator: MemberId, id_: FileId, file: Picture | Document, now: int) -> dict[str, Any]:
    return {
        "project": project,
        "id": id_,
        "type": file.type,
        "width": file.width,
        "height": file.height,
        "bytes": len(file.content),
        "creator": creator,
        "created_at": now,
        "content": file.content,
    }


def file_id(content: bytes) -> FileId:
    """What a file is known by."""
    return hashlib.sha256(content).hexdigest()


def _add(connection: Connection, row: dict[str, Any], quota: Quota, to_come: int) -> None:
    """Store one of several that take `to_come` bytes together."""
    # Two that come at once must not both find room for themselves. SQLite has one writer anyway.
    connection.execute(_lock_project, {"of_project": row["project"]})
    if not _found(connection, row["project"], [row["id"]]):
        _require_room(connection, row["project"], row["creator"], quota, to_come)
        connection.execute(_insert, row)


def _add_noted(connection: Connection, row: dict[str, Any], quota: Quota, to_come: int, note: Note) -> StoredFile:
    note(connection, row["id"])
    _add(connection, row, quota, to_come)
    return _found(connection, row["project"], [row["id"]])[row["id"]]


def _keep(connection: Connection, row: dict[str, Any], preview: Picture | None, quota: Quota, note: Note) -> StoredFile:
    stored = _add_noted(connection, row, quota, row["bytes"], note)
    if preview is not None:
        _add_preview(connection, row["project"], row["id"], preview)
    return stored


def _require_room(connection: Connection, project: ProjectId, creator: MemberId, quota: Quota, size: int) -> None:
    if _bytes_of(connection, project) + size > quota.project:
        raise Refused(ErrorCode.TOO_MANY, f"at most {quota.project} bytes of pictures in a project")
    if quota.member is None:
        return
    own = connection.execute(_used_by, {"of_project": project, "of_creator": creator}).scalar_one()
    if int(own) + size > quota.member:
        raise Refused(ErrorCode.TOO_MANY, f"at most {quota.member} bytes of pictures of one person")


def _bytes_of(connection: Connection, project: ProjectId) -> int:
    return int(connection.execute(_used, {"of_project": project}).scalar_one())


def _add_preview(connection: Connection, project: ProjectId, file: FileId, preview: Picture) -> None:
    statement = insert_into(connection, previews).on_conflict_do_nothing()
    row = {"project": project, "file": file, "type": preview.type, "content": preview.content}
    connection.execute(statement, row)


def _found(
    connection: Connection, project: ProjectId, ids: Sequence[FileId], on_boards: bool = False
) -> dict[FileId, StoredFile]:
    found: dict[FileId, StoredFile] = {}
    find = _find_on_boards if on_boards else _find
    for start in range(0, len(ids), QUERY_IDS_MAX):
        asked = {"of_project": project, "ids": ids[start : start + QUERY_IDS_MAX]}
        found.update((row.id, _stored(row)) for row in connection.execute(find, asked))
    return found


def _stored(row: Row[*tuple[Any, ...]]) -> StoredFile:
    return StoredFile(row.id, row.type, row.width, row.height, row.bytes, row.created_at)
