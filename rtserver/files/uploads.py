"""A file as it comes in: on the disk, not in memory, where a class's photos would be more than the server itself."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import BinaryIO

from aiohttp import web
from msgspec import Struct

from rooms.errors import ErrorCode, Refused
from rtserver.files.frames import SIGNATURE_BYTES, Kind, kind_of
from rtserver.http import in_time, read_chunks

PIECE_BYTES = 1 << 20
"""Bytes that are written at once: a disk that is busy holds up the upload, not the lesson."""

BODY_DEADLINE = 180.0
"""Seconds for the body: the largest file at half a megabit a second, which a full classroom's line may leave."""

HEIC_ADVICE = "HEIC: save it as JPEG first; in the settings of the camera this is called most compatible"

OTHER_KINDS: tuple[tuple[bytes, int, str], ...] = (
    *((mark, 4, HEIC_ADVICE) for mark in (b"ftypheic", b"ftypheix", b"ftypmif1")),
    (b"ftypavif", 4, "AVIF: save it as JPEG or PNG first"),
    (b"II*\0", 0, "TIFF: save it as PNG first"),
    (b"MM\0*", 0, "TIFF: save it as PNG first"),
    (b"BM", 0, "BMP: save it as PNG first"),
    (b"PK\x03\x04", 0, "a document or archive: save it as PDF first"),
    (b"<svg", 0, "SVG: export it as PNG first"),
    (b"<?xml", 0, "SVG: export it as PNG first"),
)
"""What people try to send, and what they can do instead."""


class Upload(Struct, frozen=True):
    """A whole file; it is gone when it is closed."""

    file: BinaryIO
    size: int
    start: bytes
    """Its first bytes, as many as tell what it is."""

    def kind(self) -> Kind:
        """What it is. Raises `Refused` with FILE_TYPE_REFUSED, and what to do instead."""
        kind = kind_of(self.start)
        if kind is None:
            raise Refused(ErrorCode.FILE_TYPE_REFUSED, _advice(self.start))
        return kind


@asynccontextmanager
async def received(request: web.Request, bytes_max: int) -> AsyncIterator[Upload]:
    """The body of a request. Raises `Refused` with TOO_LARGE or MALFORMED (408 when it does not come in time)."""
    file = await asyncio.to_thread(tempfile.TemporaryFile)
    try:
        async with in_time(BODY_DEADLINE, "the file did not come in time"):
            upload = await _written(request, file, bytes_max)
        yield upload
    finally:
        file.close()


async def _written(request: web.Request, file: BinaryIO, bytes_max: int) -> Upload:
    start, size, piece = b"", 0, bytearray()
    async for chunk in read_chunks(request, bytes_max):
        if len(start) < SIGNATURE_BYTES:
            start = (start + chunk)[:SIGNATURE_BYTES]
        size += len(chunk)
        piece += chunk
        if len(piece) >= PIECE_BYTES:
            await asyncio.to_thread(file.write, piece)
            piece = bytearray()
    await asyncio.to_thread(_finish, file, piece)
    return Upload(file, size, start)


def _finish(file: BinaryIO, piece: bytearray) -> None:
    file.write(piece)
    file.flush()


def _advice(start: bytes) -> str | None:
    return next((advice for mark, offset, advice in OTHER_KINDS if start[offset:].startswith(mark)), None)
