"""Large answers, piece by piece: for one who reads slowly little is held, and who reads nothing is not waited for."""

import asyncio
import socket
import sys
from asyncio.trsock import TransportSocket
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

import structlog
from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter

from rooms.ports import LogUnavailable

log = structlog.get_logger(__name__)

PIECE_BYTES = 3 << 16
"""Bytes of one piece, which is all that is held for a reader. Divisible by three: in base64, pieces of such a size put
together are the whole."""

STALL_DEADLINE = 10.0
"""Seconds between two looks whether a reader has taken anything, be it a few bytes: a thin line is slow, but does not
stand still. Who has not is cut off."""

ACKNOWLEDGED = slice(120, 128)
"""Where `tcpi_bytes_acked` lies in Linux's `struct tcp_info` (linux/tcp.h)."""


class CutOff(Exception):
    """The rest of an answer cannot be had."""


async def send(
    request: web.Request, response: web.StreamResponse, pieces: AsyncGenerator[bytes, None]
) -> web.StreamResponse:
    """Send `pieces`, and wait until all is taken. The connection is cut when it is not, or when `pieces` end early.

    An answer that has begun cannot become an error any more: nothing is raised.
    """
    async with aclosing(pieces):
        transport = request.transport
        if transport is None:  # the reader has gone
            return response
        _hold_little(transport)
        watch = _Watch(transport, request.writer)
        try:
            await _send_all(request, response, pieces)
        except ConnectionError:
            pass  # gone meanwhile, or cut off by the watch
        except (CutOff, LogUnavailable) as error:
            log.warning("http.cut_off", error=str(error))
            transport.abort()
        except Exception:
            log.exception("http.cut_off")
            transport.abort()
        finally:
            watch.stop()
            if not transport.is_closing():
                transport.set_write_buffer_limits()  # the usual ones, for what else comes by this connection
    return response


async def _send_all(request: web.Request, response: web.StreamResponse, pieces: AsyncGenerator[bytes, None]) -> None:
    await response.prepare(request)
    if request.method != hdrs.METH_HEAD:
        async for piece in pieces:
            await response.write(piece)
            await request.writer.drain()
    await response.write_eof()


def _hold_little(transport: asyncio.Transport) -> None:
    """Let the next piece be written only when the one before is taken: by the kernel, which is to hold little, too."""
    transport.set_write_buffer_limits(high=1, low=0)
    connection = transport.get_extra_info("socket")
    if connection is not None and hasattr(socket, "TCP_NOTSENT_LOWAT"):
        # Else megabytes for each reader; what is on its way is not limited by it.
        with suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, PIECE_BYTES)


def acknowledged(connection: TransportSocket | None) -> int:
    """Bytes that the other side has acknowledged; 0 where the system does not tell."""
    if connection is None or not sys.platform.startswith("linux"):
        return 0
    try:
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, ACKNOWLEDGED.stop)
    except OSError:  # closed meanwhile
        return 0
    return int.from_bytes(info[ACKNOWLEDGED], sys.byteorder)


class _Watch:
    """Cuts a connection whose other side has taken nothing for a while, although there was something to take."""

    def __init__(self, transport: asyncio.Transport, writer: AbstractStreamWriter) -> None:
        self._transport = transport
        self._writer = writer
        self._seen = (0, 0)
        self._timer = self._next()

    def stop(self) -> None:
        """All is taken."""
        self._timer.cancel()

    def _next(self) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(STALL_DEADLINE, self._look)

    def _look(self) -> None:
        left = self._transport.get_write_buffer_size()
        # With TLS there is a second buffer, which cannot be asked: what the other side has acknowledged counts, too.
        seen = (self._writer.output_size - left, acknowledged(self._transport.get_extra_info("socket")))
        if left and seen == self._seen:
            self._transport.abort()
            return
        self._seen = seen
        self._timer = self._next()
