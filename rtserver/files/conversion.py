"""Has files opened by a process of their own (`rtserver.files.converter`), a few at a time, each with a deadline."""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

import msgspec
import structlog
from msgspec import Struct

from rooms.errors import ErrorCode, Refused
from rtserver.files.frames import (
    DOCUMENT_TYPE,
    HEADER_BYTES,
    HEADER_BYTES_MAX,
    Cleaned,
    Done,
    Header,
    Job,
    Kind,
    Made,
    MalformedHeader,
    PictureType,
    Unfit,
    decode_header,
)
from rtserver.http import HttpRefused

log = structlog.get_logger(__name__)

FOLDER = Path(__file__).resolve().parents[2]
"""Where it runs: `-m` looks here first, so it is of the same installation, wherever the server was started."""

COMMAND = (sys.executable, "-m", "rtserver.files.converter")
"""The program; the job is added."""

PASSED_ON = ("LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH")
"""What Python itself may need of the environment. The rest, secrets among it, is not the converter's."""

BYTES_PER_PIXEL = 16
"""Memory for a picture that is decoded, made RGB with alpha and scaled: four copies of four bytes. It took nine."""

MEMORY_BASE_BYTES = 256 << 20
"""Memory for Python, the libraries and a page."""


class Work(Enum):
    """What is made of a file: a picture, pictures of the pages of a document, or a document with its pages only."""

    PICTURE = "picture"
    PAGES = "pages"
    DOCUMENT = "document"


AT_ONCE = {Work.PICTURE: 2, Work.PAGES: 1, Work.DOCUMENT: 1}
"""Files that are opened at the same time: a document of thirty pages must not keep a class from its photos, which take
half a second each; nor what pupils send in a chat teachers from their boards."""

WAITING_MAX = 100
"""Files that wait for that: a class on each side sends its photos, and then some."""

RETRY_AFTER = 10
"""Seconds after which one who found the line full may ask again: so long do a class's photos take."""

StillAllowed = Callable[[], Awaitable[object]]
"""Asked when a file's turn has come, before it is opened. Raises `Refused` when whoever sent it may not any more."""

CPU_SECONDS = {Work.PICTURE: 20, Work.PAGES: 40, Work.DOCUMENT: 10}
"""The largest picture that is allowed takes seven, thirty scanned pages 25. A document that stays one takes a tenth, a
form of a thousand fields as long, 200,000 objects three; all documents of chats wait for one made to take long."""

DEADLINE_SECONDS = {Work.PICTURE: 30.0, Work.PAGES: 55.0, Work.DOCUMENT: 30.0}
"""On the clock: other work may be in the way. Proxies wait a minute."""

PICTURE_BYTES_MAX = 20 << 20
"""Bytes of one picture or document that is made: as large as a picture gets without any compression."""

ANSWER_BYTES_MAX = 100 << 20
"""Bytes of all that is made of one file: thirty scanned pages take some forty."""

PICTURES_MAX = 2
"""Made of one picture: it, and a small one of it."""

READ_BYTES = 1 << 16


class Picture(Struct, frozen=True):
    """A picture as it is stored."""

    type: PictureType
    width: int
    height: int
    content: bytes


class Document(Struct, frozen=True):
    """A document as it is stored: its pages, and nothing else."""

    content: bytes

    type = DOCUMENT_TYPE
    width = 0
    height = 0


class ForChat(Struct, frozen=True):
    """A file of a message as it is stored. `preview`: small, of a picture that is large."""

    file: Picture | Document
    preview: Picture | None


class _Broken(Exception):
    """The converter did not finish, or says what it cannot say."""


class Conversion:
    """Makes pictures of files, `AT_ONCE`. `pixels_max`: of a picture as it comes; `pages_max`: of a document."""

    def __init__(self, pixels_max: int, pages_max: int, command: Sequence[str] = COMMAND) -> None:
        self._pixels_max = pixels_max
        self._pages_max = pages_max
        self._command = command
        self._turns = {work: asyncio.Semaphore(count) for work, count in AT_ONCE.items()}
        self._under_way = 0

    async def convert(self, kind: Kind, file: BinaryIO, still_allowed: StillAllowed | None = None) -> list[Picture]:
        """The picture that `file` holds, or its pages; read from its beginning.

        Raises `Refused` with FILE_UNREADABLE, TOO_LARGE, TOO_MANY_REQUESTS when too many wait, UNAVAILABLE when there
        was no time for it, and as `still_allowed`.
        """
        made = await self._convert(kind, file, still_allowed, in_chat=False)
        if any(isinstance(one, Document) for one in made):
            raise Refused(ErrorCode.FILE_UNREADABLE)
        return [one for one in made if isinstance(one, Picture)]

    async def convert_for_chat(self, kind: Kind, file: BinaryIO, still_allowed: StillAllowed | None = None) -> ForChat:
        """The picture that `file` holds, or the document that it is; read and raises as `convert`."""
        match await self._convert(kind, file, still_allowed, in_chat=True):
            case [Document() as document] if kind is Kind.PDF:
                return ForChat(document, None)
            case [Picture() as picture] if kind is not Kind.PDF:
                return ForChat(picture, None)
            case [Picture() as picture, Picture() as preview] if kind is not Kind.PDF:
                return ForChat(picture, preview)
        raise Refused(ErrorCode.FILE_UNREADABLE)

    async def _convert(
        self, kind: Kind, file: BinaryIO, still_allowed: StillAllowed | None, *, in_chat: bool
    ) -> list[Picture | Document]:
        if self._under_way >= WAITING_MAX:
            raise HttpRefused(HTTPStatus.TOO_MANY_REQUESTS, ErrorCode.TOO_MANY_REQUESTS, retry_after=RETRY_AFTER)
        work = work_of(kind, in_chat=in_chat)
        self._under_way += 1
        try:
            async with self._turns[work], asyncio.timeout(DEADLINE_SECONDS[work]):
                if still_allowed is not None:
                    await still_allowed()
                return await self._run(self._job(kind, CPU_SECONDS[work], in_chat=in_chat), file)
        except TimeoutError:
            # A file that costs too much is ended by its limit of CPU; here the machine was busy with something else.
            log.warning("file.late", kind=kind)
            raise Refused(ErrorCode.UNAVAILABLE) from None
        except _Broken as error:
            log.info("file.unreadable", kind=kind, reason=str(error))
            raise Refused(ErrorCode.FILE_UNREADABLE) from None
        finally:
            self._under_way -= 1

    def _job(self, kind: Kind, cpu_seconds: int, *, in_chat: bool = False) -> Job:
        memory = MEMORY_BASE_BYTES + BYTES_PER_PIXEL * self._pixels_max
        return Job(kind, self._pixels_max, self._pages_max, memory, cpu_seconds, in_chat)

    async def _run(self, job: Job, file: BinaryIO) -> list[Picture | Document]:
        file.seek(0)
        process = await asyncio.create_subprocess_exec(
            *self._command,
            msgspec.json.encode(job).decode(),
            stdin=file.fileno(),
            stdout=PIPE,
            stderr=DEVNULL,  # it would be the file's maker who writes into our log
            env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
            cwd=FOLDER,
            start_new_session=True,  # Ctrl-C is for the server
            limit=READ_BYTES,
        )
        assert process.stdout is not None
        try:
            return await _made(process.stdout, self._pages_max if job.kind is Kind.PDF else PICTURES_MAX)
        finally:
            await _end(process, process.stdout)


def work_of(kind: Kind, *, in_chat: bool) -> Work:
    """What is made of a file of this kind."""
    if kind is not Kind.PDF:
        return Work.PICTURE
    return Work.DOCUMENT if in_chat else Work.PAGES


async def _made(stream: asyncio.StreamReader, count_max: int) -> list[Picture | Document]:
    """What the converter sends; it may have been taken over, so nothing of it is believed."""
    found: list[Picture | Document] = []
    total = 0
    while True:
        match await _header(stream):
            case Made(type=type_, width=width, height=height, size=size):
                total += size
                if size > PICTURE_BYTES_MAX or total > ANSWER_BYTES_MAX or len(found) >= count_max:
                    raise _Broken("it sends more than it may")
                found.append(Picture(type_, width, height, await _exactly(stream, size)))
            case Cleaned(size=size):
                if found or size > PICTURE_BYTES_MAX:
                    raise _Broken("it sends more than it may")
                found.append(Document(await _exactly(stream, size)))
            case Done():
                return found
            case Unfit(reason="too_large", why=why):
                raise Refused(ErrorCode.TOO_LARGE, why)
            case Unfit(why=why):
                raise Refused(ErrorCode.FILE_UNREADABLE, why)


async def _header(stream: asyncio.StreamReader) -> Header:
    length = int.from_bytes(await _exactly(stream, HEADER_BYTES), "big")
    if length > HEADER_BYTES_MAX:
        raise _Broken("a header without end")
    try:
        return decode_header(await _exactly(stream, length))
    except MalformedHeader as error:
        raise _Broken(str(error)) from None


async def _exactly(stream: asyncio.StreamReader, count: int) -> bytes:
    try:
        return await stream.readexactly(count)
    except asyncio.IncompleteReadError:
        raise _Broken("it ended before its answer did") from None


async def _end(process: Process, stream: asyncio.StreamReader) -> None:
    """Nothing of it is left when this returns."""
    if process.returncode is None:
        # Not `Process.kill`: that looks first whether it has ended, and then asyncio misses the exit status.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    while await stream.read(READ_BYTES):
        pass  # `wait` returns when all has been read
    await process.wait()
