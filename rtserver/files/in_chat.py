"""Pictures and documents of messages: kept when they come, found when somebody reads them.

Names are those that members gave, so they go into no log; what is sent to a disk has one that is safe there (see
`rooms.chat.files`).
"""

from functools import partial
from urllib.parse import quote

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, bindparam, select

from rooms.chat.model import MessageFile, Milliseconds
from rooms.model import MemberId, ProjectId, RoomId
from rooms.stream import room_stream
from rtserver.database import Database, store_errors
from rtserver.files.conversion import ForChat
from rtserver.files.frames import DOCUMENT_TYPE
from rtserver.files.store import FileStore, Quota, StoredFile
from rtserver.files.uses import UNPOSTED, FileUses, note_upload
from rtserver.tables import chat_messages, file_uses

PREVIEW = "preview"
"""What a reader asks for who wants the small picture."""

CHAT_HEADERS = {
    # It is asked again each time whether it may still be seen: a message is withdrawn, a person put out of a room.
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_messages_with = (
    select(chat_messages.c.files)
    .join(file_uses, file_uses.c.message == chat_messages.c.id)
    .where(
        chat_messages.c.stream == bindparam("of_stream"),
        file_uses.c.project == bindparam("of_project"),
        file_uses.c.file == bindparam("of_file"),
        file_uses.c.room == bindparam("of_room"),
        file_uses.c.message != UNPOSTED,
    )
    .order_by(chat_messages.c.id.desc())
    .limit(1)
)
_decode_files = msgspec.json.Decoder(tuple[MessageFile, ...]).decode


class Given(Struct, frozen=True):
    """A file that a reader is given. `content`: all of it, where it is a small picture; else it is read by pieces."""

    file: StoredFile
    type: str
    tag: str
    """What changes when it does: RFC 9110, 8.8.3."""
    name: str | None
    content: bytes | None


class ChatFiles:
    """The files of all chats. Methods raise `LogUnavailable`."""

    def __init__(self, database: Database, store: FileStore, uses: FileUses) -> None:
        self._database = database
        self._store = store
        self._uses = uses

    async def keep(
        self, project: ProjectId, room: RoomId, member: MemberId, made: ForChat, quota: Quota, now: Milliseconds
    ) -> StoredFile:
        """Store what a member will post in a room, or not. Raises `Refused` with TOO_MANY when there is no room."""
        await self._uses.sweep(project, now)
        upload = partial(note_upload, project=project, room=room, member=member, now=now)
        return await self._store.keep(project, member, made.file, made.preview, quota, now, upload)

    async def given(
        self, project: ProjectId, room: RoomId, member: MemberId, file: str, *, is_small: bool
    ) -> Given | None:
        """The file as it is given to a member who may read the room; None where there is none for them."""
        if not await self._uses.is_seen(project, file, room, member):
            return None
        stored = (await self._store.find(project, [file])).get(file)
        if stored is None:
            return None
        preview = await self._store.preview(project, file) if is_small else None
        if preview is not None:
            return Given(stored, preview.type, f"{file}-{PREVIEW}", None, preview.content)
        return Given(stored, stored.type, file, await self._name(project, room, file), None)

    async def _name(self, project: ProjectId, room: RoomId, file: str) -> str | None:
        asked = {"of_stream": room_stream(room), "of_project": project, "of_file": file, "of_room": room}
        with store_errors():
            return await self._database.look(_found_name, asked, file)


def headers_of(given: Given) -> dict[str, str]:
    """How a file is given out: pictures to be shown, documents to be saved, under the name they had in the chat."""
    way = "attachment" if given.type == DOCUMENT_TYPE else "inline"
    headers = {**CHAT_HEADERS, "ETag": f'"{given.tag}"', "Content-Type": given.type, "Content-Disposition": way}
    if given.name is not None:
        headers["Content-Disposition"] = f"{way}; {named(given.name)}"
    size = given.file.bytes if given.content is None else len(given.content)
    headers["Content-Length"] = str(size)
    return headers


def named(name: str) -> str:
    """The parameters of Content-Disposition for a name in any language: RFC 6266, 4.3, and RFC 8187, 3.2."""
    plain = "".join(character if " " <= character <= "~" and character not in '"\\%' else "_" for character in name)
    return f"filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _found_name(connection: Connection, asked: dict[str, str], file: str) -> str | None:
    found = connection.execute(_messages_with, asked).scalar()
    if found is None:
        return None
    return next((one.name for one in _decode_files(found) if one.file == file), None)
