"""Asks a worker how it is: one HTTP request over a connection of its own."""

import asyncio
import ssl

from msgspec import Struct

from rtserver.config import Settings

HEAD_BYTES_MAX = 4096
"""Bytes of an answer that are looked at; its first line is what counts."""

ANY_IPV4, ANY_IPV6 = "0.0.0.0", "::"  # noqa: S104 - compared with, not listened on
LOOPBACK = {ANY_IPV4: "127.0.0.1", ANY_IPV6: "::1"}
"""Where a worker is reached that listens on every address."""


class Address(Struct, frozen=True):
    """Where a worker listens. `is_tls`: it ends TLS itself."""

    host: str
    port: int
    is_tls: bool

    @classmethod
    def of(cls, settings: Settings, port: int) -> "Address":
        """Of a worker with these settings."""
        return cls(LOOPBACK.get(settings.host, settings.host), port, settings.tls_certificate is not None)


async def status_of(address: Address, path: str, within: float) -> int | None:
    """The HTTP status that it answers with; None when it does not, in so many seconds."""
    try:
        async with asyncio.timeout(within):
            return await _ask(address, path)
    except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return None


async def _ask(address: Address, path: str) -> int:
    context = None
    if address.is_tls:
        # It is this very machine, and the certificate is for the name that people know.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    reader, writer = await asyncio.open_connection(address.host, address.port, ssl=context, limit=HEAD_BYTES_MAX)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n")
        return int(head.split(maxsplit=2)[1])
    except IndexError:
        raise ValueError("no HTTP") from None
    finally:
        writer.transport.abort()
