"""WebSockets by aiohttp: for upgrades that come on a connection which has carried requests, and the reference in tests.

Engineio makes one for each WebSocket request and calls it (`engineio.async_drivers`). Compression is off, and frames
are written by the socket's outbox, past aiohttp's writer.
"""

import asyncio
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

from rtserver.hub.carrier import Carried, Carrier
from rtserver.hub.frames import CLOSE_NORMAL
from rtserver.hub.outbox import FLUSH_DEADLINE
from rtserver.hub.polling import POST_BYTES_MAX

CLOSE_HANDSHAKE_DEADLINE = 1.0
"""Seconds to wait for the other side's WebSocket close frame."""

FRAMES_PER_TURN = 16
"""Messages of one WebSocket that are handled before others get their turn: aiohttp hands over whatever has arrived,
tens of thousands of small messages at once, and taking them never waits."""

MESSAGES = (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.PING, WSMsgType.PONG)
"""Anything else that aiohttp hands over is the end, which it has acted upon."""


class Line:
    """A connection that may be written to after its end, too.

    Aiohttp tells us of the end some turns late, after all the messages that came before it; uvloop raises meanwhile.
    """

    __slots__ = ("_transport",)

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def write(self, data: bytes) -> None:
        """Write, or drop what nobody will read."""
        if not self._transport.is_closing():
            self._transport.write(data)

    def get_write_buffer_size(self) -> int:
        """Bytes that the other side has not taken."""
        return self._transport.get_write_buffer_size()

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()


class AiohttpWebSocket:
    """The driver of one WebSocket."""

    def __init__(self, handler: Any, server: object) -> None:
        """`handler`: a method of the socket, which is all that engineio gives of it."""
        self._socket: Carried = handler.__self__
        self._response = web.WebSocketResponse(
            max_msg_size=POST_BYTES_MAX,
            compress=False,
            timeout=CLOSE_HANDSHAKE_DEADLINE,
            autoping=False,
            autoclose=False,
        )
        self._taken = 0
        self._is_closed_by_peer = False

    async def __call__(self, environ: dict[str, Any]) -> web.StreamResponse:
        """Carry the socket until one of the two ends."""
        request: web.Request = environ["aiohttp.request"]
        await self._response.prepare(request)
        transport = request.transport
        if transport is None:  # gone while its request was answered
            return self._response
        transport.set_write_buffer_limits(high=POST_BYTES_MAX)
        line = Line(transport)
        carrier = Carrier(line)
        self._socket.carried_by(carrier)
        try:
            while (message := await self.receive()) is not None:
                carrier.receive(*message)
            if self._is_closed_by_peer and not self._socket.is_deaf:
                line.write(CLOSE_NORMAL)
        finally:
            # One that aiohttp has closed already may not be asked: asyncio's TLS transport fails then.
            if not transport.is_closing() and transport.get_write_buffer_size():
                await asyncio.sleep(FLUSH_DEADLINE)
            transport.close()
            self._socket.dropped_by(carrier)
        return self._response

    async def receive(self) -> tuple[bytes, bool] | None:
        """The next message, and whether it is text; None when the connection has ended or broke the protocol."""
        while True:
            message = await self._response.receive()
            if message.type not in MESSAGES:
                self._is_closed_by_peer = message.type is WSMsgType.CLOSE
                return None
            self._taken += 1
            if self._taken % FRAMES_PER_TURN == 0:
                await asyncio.sleep(0)
            if message.type is WSMsgType.TEXT:
                return message.data.encode(), True
            if message.type is WSMsgType.BINARY:
                return message.data, False
            if message.type is WSMsgType.PING:  # answered here: aiohttp would take a flood of them in one turn
                await self._pong(message.data)

    async def _pong(self, data: bytes) -> None:
        with suppress(ConnectionError):  # the next look at the connection sees its end
            await self._response.pong(data)
