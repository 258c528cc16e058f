"""The pictures of projects: in the table `files`, by the SHA-256 of what is stored, so that each lies there once."""

import hashlib
from collections.abc import AsyncGenerator, Collection, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, bindparam, func, insert, select

from rooms.errors import ErrorCode, Refused
from rooms.model import MemberId, ProjectId
from rtserver.database import Database, store_errors
from rtserver.files.conversion import Picture
from rtserver.files.frames import PictureType
from rtserver.files.recent import RecentPictures
from rtserver.files.sending import PIECE_BYTES, CutOff
from rtserver.sql import one_of
from rtserver.tables import files, projects

QUERY_IDS_MAX = 500
"""Ids asked for in one statement: databases limit the number of parameters."""

FileId = str
"""SHA-256 of the stored bytes, hex."""

_of_project = files.c.project == bindparam("of_project")
_described = select(files.c.id, files.c.type, files.c.width, files.c.height, files.c.bytes, files.c.created_at)
_find = _described.where(_of_project, one_of(files.c.id, "ids"))
_content = select(files.c.content).where(_of_project, files.c.id == bindparam("of_id"))
_used = select(func.coalesce(func.sum(files.c.bytes), 0)).where(_of_project)
_used_by = _used.where(files.c.creator == bindparam("of_creator"))
_insert = insert(files)
_lock_project = select(projects.c.project).where(projects.c.project == bindparam("of_project")).with_for_update()


class StoredFile(Struct, frozen=True):
    """A picture in a project. `bytes`: how many; `created_at`: milliseconds since 1970 UTC."""

    id: FileId
    type: PictureType
    width: int
    height: int
    bytes: int
    created_at: int


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
        self, project: ProjectId, creator: MemberId, pictures: Sequence[Picture], quota: Quota, now: int
    ) -> list[StoredFile]:
        """Store pictures and describe them in their order.

        What is there already costs nothing and stays its first creator's. Each has a transaction of its own: what
        people write meanwhile is not held up by the thirty pages of a document. Raises `Refused` with TOO_MANY, before
        any is stored, when there is no room for all.
        """
        ids = [hashlib.sha256(picture.content).hexdigest() for picture in pictures]
        known = await self.find(project, ids)
        new = {id_: picture for id_, picture in zip(ids, pictures, strict=True) if id_ not in known}
        to_come = sum(len(picture.content) for picture in new.values())
        for id_, picture in new.items():
            row = {
                "project": project,
                "id": id_,
                "type": picture.type,
                "width": picture.width,
                "height": picture.height,
                "bytes": len(picture.content),
                "creator": creator,
                "created_at": now,
                "content": picture.content,
            }
            with store_errors():
                await self._database.transact(_add, row, quota, to_come)
            to_come -= len(picture.content)
        found = await self.find(project, ids)
        return [found[id_] for id_ in ids]

    async def find(self, project: ProjectId, ids: Collection[FileId]) -> dict[FileId, StoredFile]:
        """Those pictures of a project that are there."""
        with store_errors():
            return await self._database.look(_found, project, list(dict.fromkeys(ids)))

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


def _add(connection: Connection, row: dict[str, Any], quota: Quota, to_come: int) -> None:
    """Store one of several that take `to_come` bytes together."""
    # Two that come at once must not both find room for themselves. SQLite has one writer anyway.
    connection.execute(_lock_project, {"of_project": row["project"]})
    if not _found(connection, row["project"], [row["id"]]):
        _require_room(connection, row["project"], row["creator"], quota, to_come)
        connection.execute(_insert, row)


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


def _found(connection: Connection, project: ProjectId, ids: Sequence[FileId]) -> dict[FileId, StoredFile]:
    found: dict[FileId, StoredFile] = {}
    for start in range(0, len(ids), QUERY_IDS_MAX):
        asked = {"of_project": project, "ids": ids[start : start + QUERY_IDS_MAX]}
        found.update((row.id, _stored(row)) for row in connection.execute(_find, asked))
    return found


def _stored(row: Row[*tuple[Any, ...]]) -> StoredFile:
    return StoredFile(row.id, row.type, row.width, row.height, row.bytes, row.created_at)
