"""A board as the file that Excalidraw's public editor writes and reads (https://docs.excalidraw.com, "JSON schema").

What the server leaves out of its elements, since a client could forge it, is filled in from what the server knows.
"""

import asyncio
import base64
import tempfile
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import BinaryIO, cast

import msgspec
from msgspec import Struct

from rooms.board.audience import visible_elements
from rooms.board.decide import board_rights
from rooms.board.elements import Image
from rooms.board.model import BoardElement, BoardId
from rooms.errors import ErrorCode, Refused
from rooms.model import ProjectId, RoomId
from rooms.permissions import Action, Standing, denial
from rtserver.files.sending import PIECE_BYTES
from rtserver.files.store import FileId, FileStore, StoredFile
from rtserver.owners import Owners

FORMAT_VERSION = 2
"""Of `.excalidraw` files, as Excalidraw 0.18 writes it."""

PICTURES_BYTES_MAX = 50_000_000
"""Bytes of the pictures in one file: what a browser takes as one text, and thirty pages with room to spare."""

AT_ONCE_MAX = 2
"""Boards of the whole server whose elements are written at once: each takes a second's work, of which lessons have the
rest, and holds all elements of a board until it is done."""

NONCE_MASK = 0x7FFFFFFF
"""Excalidraw's nonces are numbers of 31 bits."""

APP_STATE = {"gridSize": 20, "gridStep": 5, "gridModeEnabled": False, "viewBackgroundColor": "#ffffff"}
"""What the editor writes for a board whose background nobody has changed: ours have no other."""


class SavedPicture(Struct, frozen=True, rename="camel"):
    """A picture in the file; `created` in milliseconds since 1970 UTC."""

    mime_type: str
    id: FileId
    data_url: str = msgspec.field(name="dataURL")
    created: int


class BoardFiles:
    """Makes files of boards, saying that they come from `source`, the server's address."""

    def __init__(self, owners: Owners, store: FileStore, source: str) -> None:
        self._owners = owners
        self._store = store
        self._source = source
        self._writing = asyncio.Semaphore(AT_ONCE_MAX)

    async def room_of(self, project: ProjectId, board: BoardId) -> RoomId:
        """The room of a board. Raises `Refused` with UNKNOWN_BOARD."""
        found = (await self._owners.project(project)).state.board(board)
        if found is None:
            raise Refused(ErrorCode.UNKNOWN_BOARD)
        return found.room

    @asynccontextmanager
    async def file(
        self, project: ProjectId, board: BoardId, standing: Standing
    ) -> AsyncIterator[AsyncGenerator[bytes, None]]:
        """The file as somebody of that `standing` sees the board, piece by piece: it may be large, and its reader slow.

        Its elements are on the disk by then, not in memory.

        Raises `Refused`: UNKNOWN_BOARD also for a room that one is not told of, EXPORT_OFF, TOO_LARGE.
        """
        code = denial(standing, Action.READ_ROOM)
        if code is not None:
            raise Refused(ErrorCode.UNKNOWN_BOARD if code is ErrorCode.UNKNOWN_ROOM else code)
        async with self._writing:
            state = (await self._owners.board(board)).state
            code = board_rights(state, standing, board).denied["export"]
            if code is not None:
                raise Refused(code)
            elements = visible_elements(state, to_staff=standing.member is None or standing.member.is_staff)
            pictures = list((await self._store.find_on_boards(project, pictures_of(elements))).values())
            if sum(picture.bytes for picture in pictures) > PICTURES_BYTES_MAX:
                raise Refused(ErrorCode.TOO_LARGE, f"at most {PICTURES_BYTES_MAX} bytes of pictures")
            head = {"type": "excalidraw", "version": FORMAT_VERSION, "source": self._source}
            written = await asyncio.to_thread(_written, head, elements)
        with written:
            yield self._pieces(project, written, pictures)

    async def _pieces(
        self, project: ProjectId, written: BinaryIO, pictures: Iterable[StoredFile]
    ) -> AsyncGenerator[bytes, None]:
        while piece := await asyncio.to_thread(written.read, PIECE_BYTES):
            yield piece
        separator = b""
        for picture in pictures:
            if await self._store.content(project, picture.id) is None:  # removed meanwhile
                continue
            before, after = saved_picture(picture)
            yield separator + before
            async for piece in self._store.pieces(project, picture):
                yield base64.b64encode(piece)
            yield after
            separator = b","
        yield b"}}"


def pictures_of(elements: Iterable[BoardElement]) -> list[FileId]:
    """The pictures that elements show, each once."""
    shown = (kept.element for kept in elements)
    named = (element.file_id for element in shown if isinstance(element, Image))
    return list(dict.fromkeys(name for name in named if name is not None))


def saved_elements(elements: Iterable[BoardElement]) -> Iterator[bytes]:
    """Elements as JSON, what lies behind first, with what the editor expects besides."""
    return (_saved(kept) for kept in sorted(elements, key=lambda kept: kept.element.index.encode()))


def saved_picture(picture: StoredFile) -> tuple[bytes, bytes]:
    """What stands before and after the base64 of a picture, as a member of the file's `files`."""
    start = f"data:{picture.type};base64,"
    saved = SavedPicture(picture.type, picture.id, start, picture.created_at)
    before, start_raw, after = msgspec.json.encode(saved).partition(start.encode())
    return msgspec.json.encode(picture.id) + b":" + before + start_raw, after


def _written(head: object, elements: Iterable[BoardElement]) -> BinaryIO:
    """The file up to its pictures: on the disk, at its start."""
    file = cast(BinaryIO, tempfile.TemporaryFile(buffering=PIECE_BYTES))  # noqa: SIM115 - closed by who reads it
    try:
        file.write(msgspec.json.encode(head)[:-1] + b',"elements":[')
        separator = b""
        for saved in saved_elements(elements):
            file.write(separator + saved)
            separator = b","
        file.write(b'],"appState":' + msgspec.json.encode(APP_STATE) + b',"files":{')
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


def _saved(kept: BoardElement) -> bytes:
    element = kept.element
    nonce = zlib.crc32(f"{element.id}:{kept.version}".encode()) & NONCE_MASK  # the same whoever saves it
    ours = msgspec.json.encode({"version": kept.version, "versionNonce": nonce, "updated": kept.at})
    return ours[:-1] + b"," + msgspec.json.encode(element)[1:]
