"""HTTP and WebSocket frames spoken by hand, byte by byte, for what no library would send."""

import asyncio
import base64
import hashlib
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

WITHIN = 30.0
"""Seconds in which whatever a test waits for has to happen, on a busy machine."""

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
"""RFC 6455, 5.2."""

KEY = base64.b64encode(b"sixteen bytes...")
ACCEPT = base64.b64encode(hashlib.sha1(KEY + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
"""What the server has to answer to `KEY` (RFC 6455, 4.2.2)."""

HEAD_END = b"\r\n\r\n"


class Closed(Exception):
    """The other side has ended the connection."""


def client_frame(
    opcode: int, payload: bytes = b"", *, is_final: bool = True, rsv: int = 0, mask: bytes | None = b"mask"
) -> bytes:
    """A frame of a client. `rsv`: the reserved bits, 0 to 7. `mask` None: a frame without, which is wrong."""
    size = len(payload)
    masked = 0 if mask is None else 0x80
    first = (0x80 if is_final else 0) | rsv << 4 | opcode
    if size < 126:
        head = bytes((first, masked | size))
    elif size < 65_536:
        head = bytes((first, masked | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, masked | 127)) + size.to_bytes(8, "big")
    if mask is None:
        return head + payload
    key = (mask * (size // 4 + 1))[:size]
    return head + mask + (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(size, "big")


def upgrade_request(path: str, *more: str) -> bytes:
    """The head of a WebSocket request; `more`: header lines."""
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {KEY.decode()}",
        *more,
    ]
    return "\r\n".join(lines).encode() + HEAD_END


class FrameClient:
    """A TCP (or TLS) connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def write(self, *data: bytes) -> None:
        """Write without waiting."""
        self.writer.write(b"".join(data))

    async def flush(self) -> None:
        """Wait until the server has taken what was written, or has gone."""
        with suppress(ConnectionError):
            await self.writer.drain()

    async def head(self) -> bytes:
        """The head of the server's next answer."""
        async with asyncio.timeout(WITHIN):
            try:
                return await self.reader.readuntil(HEAD_END)
            except (asyncio.IncompleteReadError, ConnectionError):
                raise Closed from None

    async def answer(self) -> tuple[int, bytes]:
        """The status and the body of the server's next answer, whose length is in its head."""
        head = await self.head()
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
        size = int(fields.get(b"content-length", b"0"))
        async with asyncio.timeout(WITHIN):
            return int(head.split()[1]), await self.reader.readexactly(size)

    async def upgrade(self, path: str, *more: str) -> "FrameClient":
        """Become a WebSocket."""
        self.write(upgrade_request(path, *more))
        await self.upgraded()
        return self

    async def upgraded(self) -> None:
        """Wait for the answer to an upgrade."""
        head = await self.head()
        assert head.startswith(b"HTTP/1.1 101 "), head
        assert b"\r\nsec-websocket-accept: " + ACCEPT.lower() in head.lower(), head

    def send(
        self,
        opcode: int,
        payload: bytes = b"",
        *,
        is_final: bool = True,
        rsv: int = 0,
        mask: bytes | None = b"mask",
    ) -> None:
        """Send a frame without waiting."""
        self.write(client_frame(opcode, payload, is_final=is_final, rsv=rsv, mask=mask))

    def send_text(self, *texts: str) -> None:
        """Send messages, in one write."""
        self.write(*(client_frame(TEXT, text.encode()) for text in texts))

    async def receive(self) -> tuple[int, bytes]:
        """The next frame of the server. Raises `Closed`."""
        async with asyncio.timeout(WITHIN):
            try:
                first, second = await self.reader.readexactly(2)
                assert first & 0xF0 == 0x80, "a fragment, or reserved bits"
                assert second < 128, "a masked frame of a server"
                size = second
                if size == 126:
                    size = int.from_bytes(await self.reader.readexactly(2), "big")
                elif size == 127:
                    size = int.from_bytes(await self.reader.readexactly(8), "big")
                return first & 0x0F, await self.reader.readexactly(size)
            except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
                raise Closed from None

    async def receive_text(self) -> str:
        """The next text message."""
        while (frame := await self.receive())[0] != TEXT:
            if frame[0] == CLOSE:
                raise Closed
        return frame[1].decode()

    async def rest(self) -> list[tuple[int, bytes]]:
        """Wait until the server has ended the connection; the frames that came before."""
        frames = []
        with suppress(Closed):
            while True:
                frames.append(await self.receive())
        return frames


@asynccontextmanager
async def frame_client(url: str, context: ssl.SSLContext | None = None) -> AsyncIterator[FrameClient]:
    """A connection to a server; cut at the end."""
    parts = urlsplit(url)
    async with asyncio.timeout(WITHIN):
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, ssl=context)
    try:
        yield FrameClient(reader, writer)
    finally:
        writer.transport.abort()
        with suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()


@asynccontextmanager
async def signed_in_frames(
    url: str, project: str, auth: dict[str, Any], context: ssl.SSLContext | None = None
) -> AsyncIterator[FrameClient]:
    """A WebSocket on a connection of its own, signed in, that speaks JSON."""
    async with frame_client(url, context) as client:
        await client.upgrade(f"/socket.io/?EIO=4&transport=websocket&project={project}")
        assert (await client.receive_text()).startswith("0{")
        client.send_text("40" + json.dumps(auth))
        assert (await client.receive_text()).startswith("40{")
        yield client


def command(number: int, name: str, **fields: Any) -> str:
    """A command that asks for an ack, as an Engine.IO message."""
    return f"42{number}{json.dumps([name, fields])}"
