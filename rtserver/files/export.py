"""A board as the file that Excalidraw's public editor writes and reads (https://docs.excalidraw.com, "JSON schema").

What the server leaves out of its elements, since a client could forge it, is filled in from what the server knows.
"""

import asyncio
import base64
import zlib
from collections.abc import AsyncIterator, Iterable

import msgspec
from msgspec import Struct

from rooms.board.audience import visible_elements
from rooms.board.decide import board_rights
from rooms.board.elements import Image
from rooms.board.model import BoardElement, BoardId
from rooms.errors import ErrorCode, Refused
from rooms.model import ProjectId, RoomId
from rooms.permissions import Action, Standing, denial
from rtserver.files.store import FileId, FileStore, StoredFile
from rtserver.owners import Owners

FORMAT_VERSION = 2
"""Of `.excalidraw` files, as Excalidraw 0.18 writes it."""

PICTURES_BYTES_MAX = 50_000_000
"""Bytes of the pictures in one file: what a browser takes as one text, and thirty pages with room to spare."""

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

    async def room_of(self, project: ProjectId, board: BoardId) -> RoomId:
        """The room of a board. Raises `Refused` with UNKNOWN_BOARD."""
        found = (await self._owners.project(project)).state.board(board)
        if found is None:
            raise Refused(ErrorCode.UNKNOWN_BOARD)
        return found.room

    async def file(self, project: ProjectId, board: BoardId, standing: Standing) -> AsyncIterator[bytes]:
        """The file as somebody of that `standing` sees the board, piece by piece: it may be large, and its reader slow.

        Raises `Refused`: UNKNOWN_BOARD also for a room that one is not told of, EXPORT_OFF, TOO_LARGE.
        """
        code = denial(standing, Action.READ_ROOM)
        if code is not None:
            raise Refused(ErrorCode.UNKNOWN_BOARD if code is ErrorCode.UNKNOWN_ROOM else code)
        state = (await self._owners.board(board)).state
        code = board_rights(state, standing, board).denied["export"]
        if code is not None:
            raise Refused(code)
        elements = visible_elements(state, to_staff=standing.member is None or standing.member.is_staff)
        pictures = list((await self._store.find(project, pictures_of(elements))).values())
        if sum(picture.bytes for picture in pictures) > PICTURES_BYTES_MAX:
            raise Refused(ErrorCode.TOO_LARGE, f"at most {PICTURES_BYTES_MAX} bytes of pictures")
        return self._pieces(project, elements, pictures)

    async def _pieces(
        self, project: ProjectId, elements: Iterable[BoardElement], pictures: Iterable[StoredFile]
    ) -> AsyncIterator[bytes]:
        head = {"type": "excalidraw", "version": FORMAT_VERSION, "source": self._source}
        yield msgspec.json.encode(head)[:-1] + b',"elements":['
        yield b",".join(await asyncio.to_thread(saved_elements, elements))
        yield b'],"appState":' + msgspec.json.encode(APP_STATE) + b',"files":{'
        separator = b""
        for picture in pictures:
            content = await self._store.content(project, picture.id)
            if content is not None:  # else removed meanwhile
                yield separator + await asyncio.to_thread(saved_picture, picture, content)
                separator = b","
        yield b"}}"


def pictures_of(elements: Iterable[BoardElement]) -> list[FileId]:
    """The pictures that elements show, each once."""
    shown = (kept.element for kept in elements)
    named = (element.file_id for element in shown if isinstance(element, Image))
    return list(dict.fromkeys(name for name in named if name is not None))


def saved_elements(elements: Iterable[BoardElement]) -> list[bytes]:
    """Elements as JSON, what lies behind first, with what the editor expects besides."""
    return [_saved(kept) for kept in sorted(elements, key=lambda kept: kept.element.index.encode())]


def saved_picture(picture: StoredFile, content: bytes) -> bytes:
    """A picture as a member of the file's `files`."""
    data = f"data:{picture.type};base64,{base64.b64encode(content).decode()}"
    saved = SavedPicture(picture.type, picture.id, data, picture.created_at)
    return msgspec.json.encode(picture.id) + b":" + msgspec.json.encode(saved)


def _saved(kept: BoardElement) -> bytes:
    element = kept.element
    nonce = zlib.crc32(f"{element.id}:{kept.version}".encode()) & NONCE_MASK  # the same whoever saves it
    ours = msgspec.json.encode({"version": kept.version, "versionNonce": nonce, "updated": kept.at})
    return ours[:-1] + b"," + msgspec.json.encode(element)[1:]
