"""How a worker is asked how it is."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from rtserver.config import Settings
from rtserver.workers.health import Address, status_of
from tests.rtserver.certificates import Authority

HOST = "127.0.0.1"


@asynccontextmanager
async def answering(
    answer: bytes | None, context: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that gives this answer (None: none) to each request: its port, and the requests."""
    asked: list[bytes] = []
    under_way: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        under_way.append(writer)
        asked.append(await reader.readuntil(b"\r\n"))
        if answer is not None:
            writer.write(answer)
            writer.close()

    async with await asyncio.start_server(serve, HOST, 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1], asked
        for writer in under_way:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


@pytest.mark.parametrize("status", [200, 503])
async def test_a_status(status: int) -> None:
    """Of the path that was asked for."""
    async with answering(b"HTTP/1.1 %d Something\r\nContent-Length: 0\r\n\r\n" % status) as (port, asked):
        assert await status_of(Address(HOST, port, False), "/readyz", 10) == status
    assert asked == [b"GET /readyz HTTP/1.1\r\n"]


async def test_with_a_certificate(tmp_path: Path) -> None:
    """One that is for another name: it is asked over the loopback address."""
    certificate, key = Authority().issue(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    async with answering(b"HTTP/1.1 200 OK\r\n\r\n", context) as (port, _):
        assert await status_of(Address(HOST, port, True), "/healthz", 10) == 200


@pytest.mark.parametrize("answer", [b"", b"\r\n", b"220 mail ESMTP\r\n", b"HTTP/1.1\r\n", b"x" * 10_000])
async def test_nonsense(answer: bytes) -> None:
    """Is no answer."""
    async with answering(answer) as (port, _):
        status = await status_of(Address(HOST, port, False), "/healthz", 10)
    assert status is None or answer.startswith(b"220")


async def test_silence() -> None:
    """A process that is stopped takes connections, and says nothing."""
    async with answering(None) as (port, _):
        assert await status_of(Address(HOST, port, False), "/healthz", 0.05) is None


async def test_nobody_there() -> None:
    """It is being started."""
    async with answering(None) as (port, _):
        pass
    assert await status_of(Address(HOST, port, False), "/healthz", 10) is None


@pytest.mark.parametrize(
    ("chosen", "host"),
    [({"host": "0.0.0.0"}, "127.0.0.1"), ({"host": "::"}, "::1"), ({"host": "192.0.2.7"}, "192.0.2.7"), ({}, HOST)],
)
def test_where(chosen: dict[str, Any], host: str) -> None:
    """One that listens on every address is there on the loopback one."""
    assert Address.of(Settings(**chosen), 8081) == Address(host, 8081, False)
