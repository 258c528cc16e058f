"""One port for everything: a connection's first request decides who serves it.

A WebSocket upgrade goes to picows, all else (pages, API, polling) to aiohttp. An upgrade on a connection that has
carried requests before, as a proxy may send it, stays with aiohttp and its own WebSocket.
"""

import asyncio
import re
import ssl
from collections.abc import Callable
from functools import partial
from typing import cast

import aiofastnet
from aiohttp import web

from rtserver.hub import picows_driver
from rtserver.hub.accepting import Newcomer, patient
from rtserver.hub.picows_driver import Door, websocket_protocol

HEAD_BYTES_MAX = 16_384
"""Bytes of a request's head that are looked at; a longer one is aiohttp's to refuse."""

HEAD_DEADLINE = 10.0
"""Seconds for the first request's head: long for any line, short for one who only holds connections open."""

GOODBYE_DEADLINE = 5.0
"""Seconds for the last bytes of a TLS connection and the other side's own goodbye."""

BACKLOG = 4096
"""Connections that the kernel keeps until they are accepted: a school's whole network that comes back at once."""

LINE_END = b"\r\n"
HEAD_END = LINE_END + LINE_END

METHOD = re.compile(rb"[A-Z]{0,20}( |\Z)")
"""How a request begins: no method of RFC 9110 (section 9.1) has more letters. What does not is refused at once."""

SOCKET_PATH = b"GET /socket.io/?"
"""With its query: any other path is aiohttp's to refuse."""

UPGRADE = b"\nupgrade:"
WEBSOCKET = b"websocket"

HttpProtocol = Callable[[], asyncio.Protocol]


def is_websocket_request(head: bytes) -> bool | None:
    """Whether a request that begins with `head` is a WebSocket upgrade of ours; None while that cannot be told.

    False as soon as it is aiohttp's: the head is there, or too long, or none.
    """
    end = head.find(HEAD_END, 0, HEAD_BYTES_MAX)
    if end < 0:
        return None if len(head) < HEAD_BYTES_MAX and METHOD.match(head) else False
    if not head.startswith(SOCKET_PATH):
        return False
    fields = head[:end].lower()
    _, is_there, rest = fields.partition(UPGRADE)
    return bool(is_there) and rest.partition(b"\r")[0].strip() == WEBSOCKET


class OnePort(web.BaseSite):
    """Listens for an aiohttp application and the WebSockets of a `Door`."""

    def __init__(
        self, runner: web.AppRunner, host: str, port: int, door: Door, ssl_context: ssl.SSLContext | None = None
    ) -> None:
        super().__init__(runner, ssl_context=ssl_context, backlog=BACKLOG)
        self._host = host
        self._port = port
        self._door = door

    @property
    def name(self) -> str:
        """Where it listens."""
        return f"{'http' if self._ssl_context is None else 'https'}://{self._host}:{self._port}"

    async def start(self) -> None:
        """Open the port. Raises `OSError`."""
        await super().start()
        http = self._runner.server
        assert http is not None
        loop = asyncio.get_running_loop()
        first_request = partial(FirstRequest, cast(HttpProtocol, http), self._door)
        if self._ssl_context is not None:
            self._server = await loop.create_server(
                first_request,
                self._host,
                self._port,
                ssl=self._ssl_context,
                # Asyncio's own are a minute and half a one, for whoever only wants to hold connections open.
                ssl_handshake_timeout=HEAD_DEADLINE,
                ssl_shutdown_timeout=GOODBYE_DEADLINE,
                backlog=self._backlog,
            )
        elif isinstance(loop, asyncio.SelectorEventLoop):
            # Asyncio's transports, compiled: a tenth to a fifth more deliveries where each has a write of its own.
            self._server = patient(
                await aiofastnet.create_server(
                    loop, first_request, self._host, self._port, backlog=self._backlog, start_serving=False
                )
            )
            await self._server.start_serving()
        else:
            self._server = await loop.create_server(first_request, self._host, self._port, backlog=self._backlog)


class FirstRequest(Newcomer):
    """Reads the head of a connection's first request and hands the connection over, with what it has read.

    The whole head, whoever's it is: aiohttp has no deadline for the first one but that of an idle connection.
    """

    def __init__(self, http_protocol: HttpProtocol, door: Door) -> None:
        self._http_protocol = http_protocol
        self._door = door
        self._head = b""
        self._transport: asyncio.Transport | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands; the clock of its first request begins."""
        self._transport = cast(asyncio.Transport, transport)
        loop = asyncio.get_running_loop()
        self.came_at = loop.time()
        self._deadline = loop.call_later(HEAD_DEADLINE, self._transport.abort)

    def data_received(self, data: bytes) -> None:
        """Some of the head."""
        self._head = (self._head + data).lstrip(LINE_END)  # empty lines before a request (RFC 9112, section 2.2)
        is_websocket = is_websocket_request(self._head)
        if is_websocket is None:
            return
        self._stop_clock()
        if is_websocket:
            self._to_picows()
        else:
            self._to_aiohttp()

    def connection_lost(self, error: Exception | None) -> None:
        """It has ended before it asked for anything."""
        self._stop_clock()
        self._transport = None

    def _to_picows(self) -> None:
        transport, head = self._handed_over()
        picows_driver.prepare(transport)
        protocol = websocket_protocol(self._door)
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        while head:
            buffer = cast(memoryview, protocol.get_buffer(len(head)))
            taken = min(len(head), len(buffer))
            buffer[:taken] = head[:taken]
            protocol.buffer_updated(taken)
            head = head[taken:]

    def _to_aiohttp(self) -> None:
        transport, head = self._handed_over()
        protocol = self._http_protocol()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        protocol.data_received(head)

    def _handed_over(self) -> tuple[asyncio.Transport, bytes]:
        assert self._transport is not None
        transport, self._transport = self._transport, None
        head, self._head = self._head, b""
        return transport, head

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
