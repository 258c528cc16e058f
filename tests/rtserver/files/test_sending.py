"""Large answers over a real socket, to readers who read slowly, or not, or leave."""

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from rooms.ports import LogUnavailable
from rtserver.files import sending
from rtserver.files.sending import PIECE_BYTES, CutOff, send
from tests.rtserver.certificates import Authority

PIECES = 60
LOOKS = 6
MORE_THAN_HELD = 3 * PIECE_BYTES
"""More bytes than all buffers of the reader's end hold: it has taken something from the line meanwhile."""

AN_HOUR = 3_600
PIECE = bytes(range(256)) * (PIECE_BYTES // 256)
WITHIN = 30.0


@dataclass
class Sender:
    """Answers with `PIECES` pieces, and counts those that it was asked for."""

    made: int = 0
    ends_with: Exception | None = None
    is_closed: bool = False
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        try:
            for _ in range(PIECES):
                self.made += 1
                yield PIECE
                if self.ends_with is not None:
                    raise self.ends_with
        finally:
            self.is_closed = True

    async def handle(self, request: web.Request) -> web.StreamResponse:
        try:
            return await send(request, web.StreamResponse(), self.pieces())
        finally:
            self.answered.set()

    async def is_answered(self) -> None:
        await asyncio.wait_for(self.answered.wait(), WITHIN)


@dataclass
class Line:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def ask(self, method: str = "GET") -> None:
        self.writer.write(f"{method} / HTTP/1.1\r\nHost: here\r\n\r\n".encode())


@pytest.fixture
def sender() -> Sender:
    return Sender()


def contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's, and that of one who trusts it."""
    authority = Authority()
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.load_cert_chain(*authority.issue(folder))
    return theirs, authority.trusted()


@pytest.fixture(params=["plain", "tls"])
async def line(request: pytest.FixtureRequest, tmp_path: Path, sender: Sender) -> AsyncIterator[Line]:
    """A connection whose own end keeps little, so that what is not read stays with the server."""
    app = web.Application()
    app.router.add_get("/", sender.handle)
    theirs, trusting = contexts(tmp_path) if request.param == "tls" else (None, None)
    server = TestServer(app)
    await server.start_server(ssl=theirs)
    async with server:
        mine = socket.socket()
        mine.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        mine.setblocking(False)
        await asyncio.get_running_loop().sock_connect(mine, (server.host, server.port))
        reader, writer = await asyncio.open_connection(
            sock=mine, limit=4_096, ssl=trusting, server_hostname="localhost" if trusting else None
        )
        yield Line(reader, writer)
        writer.transport.abort()


async def test_all_of_it_comes(line: Line, sender: Sender) -> None:
    line.ask()
    for _ in range(PIECES):
        await line.reader.readuntil(f"{PIECE_BYTES:x}\r\n".encode())
        assert await line.reader.readexactly(PIECE_BYTES) == PIECE
    assert await line.reader.readexactly(7) == b"\r\n0\r\n\r\n"
    assert sender.is_closed


async def test_one_who_does_not_read_is_cut_off_and_little_is_made(
    line: Line, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside the piece that is held there are those that the kernel holds."""
    monkeypatch.setattr(sending, "STALL_DEADLINE", 0.1)
    line.ask()
    await sender.is_answered()
    assert sender.made < PIECES / 4
    assert sender.is_closed


async def test_one_who_reads_slowly_is_waited_for(line: Line, sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is looked, as long as something is taken in between."""
    looks: list[Callable[[], None]] = []

    def by_hand(watch: sending._Watch) -> asyncio.TimerHandle:
        looks.append(watch._look)
        return asyncio.get_running_loop().call_later(AN_HOUR, int)

    monkeypatch.setattr(sending._Watch, "_next", by_hand)
    line.ask()
    for _ in range(LOOKS):
        await line.reader.readexactly(MORE_THAN_HELD)
        looks[-1]()
    assert len(looks) == 1 + LOOKS, "it was cut off"
    assert not sender.answered.is_set()


async def test_one_who_leaves_is_no_error(
    line: Line, sender: Sender, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    line.ask()
    await line.reader.readexactly(100)
    line.writer.transport.abort()
    await sender.is_answered()
    assert sender.is_closed
    assert caplog.records == []
    assert "cut_off" not in capsys.readouterr().out


@pytest.mark.parametrize("error", [CutOff("removed"), LogUnavailable("locked"), KeyError("a bug")])
async def test_what_cannot_be_had_to_its_end_is_cut_off(line: Line, sender: Sender, error: Exception) -> None:
    """Nothing is appended that could be taken for the rest: the end of the chunks is missing."""
    sender.ends_with = error
    line.ask()
    came = bytearray()
    with suppress(ConnectionResetError):
        while some := await asyncio.wait_for(line.reader.read(PIECE_BYTES), WITHIN):
            came += some
    assert PIECE[:100] in came
    assert not came.endswith(b"0\r\n\r\n")


async def test_who_asks_for_the_head_gets_the_head(line: Line, sender: Sender) -> None:
    line.ask("HEAD")
    head = await line.reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    await sender.is_answered()
    assert sender.made == 0


async def test_the_connection_serves_on(line: Line, sender: Sender) -> None:
    """With the limits of its buffer as they were."""
    for _ in range(2):
        line.ask()
        await whole(line)
    assert sender.made == 2 * PIECES


async def whole(line: Line) -> None:
    await line.reader.readuntil(b"\r\n\r\n")
    while size := int(await line.reader.readuntil(b"\r\n"), 16):
        await line.reader.readexactly(size + 2)
    await line.reader.readexactly(2)
