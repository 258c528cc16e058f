"""WebSockets by picows (Cython): the fast driver, for connections whose first request is the upgrade.

picows parses the request and the frames; reassembly, the closing handshake, pings and all bounds are ours. Its
`WSProtocol` is made here as `picows.ws_create_server` makes it (picows 2.3.1); a contract test holds it to that.
"""

import asyncio
import socket as sockets
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

import structlog
from msgspec import json
from multidict import CIMultiDict
from picows import (
    WSAutoPingStrategy,
    WSFrame,
    WSListener,
    WSMsgType,
    WSProtocolError,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
)
from picows.common import WSUpgradeResponseWithListener
from picows.picows import WSProtocol  # type: ignore[attr-defined]  # left out of its stub

from rooms.errors import ErrorCode, Refused
from rtserver.http import JSON_TYPE, error_body, status_of
from rtserver.hub.admit import Admission, Knock, is_websocket_upgrade
from rtserver.hub.carrier import Carried, Carrier
from rtserver.hub.frames import CLOSE_NORMAL, Assembler, BrokenMessage, Opcode, frame
from rtserver.hub.polling import POST_BYTES_MAX
from rtserver.observability import log_name

log = structlog.get_logger(__name__)

READ_BUFFER_BYTES = 2048
"""What an idle connection keeps for reading; it grows to the longest message."""

RECEIVE_BUFFER_BYTES = 131_072
"""The kernel's buffer of one socket: bounds what one client can have handled in one turn of the loop."""

HANDSHAKE_DEADLINE = 10.0
"""Seconds for the rest of a request whose beginning has come."""

PONG_BACKLOG_BYTES = 65_536
"""Bytes that wait for a client which asks for pongs and does not read them, before it gets none any more."""

TEXT, BINARY, CONTINUATION = WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION
PING, CLOSE = WSMsgType.PING, WSMsgType.CLOSE


class Door(Protocol):
    """Who admits requests."""

    def admit_websocket(self, knock: Knock) -> Admission:
        """Look at a request before anything is made for it. Raises `Refused`."""
        ...

    def open_websocket(self, admission: Admission, environ: dict[str, Any]) -> Carried | None:
        """The socket of an admitted request, a new one or the one to be upgraded; None when that one has gone."""
        ...


class Watch:
    """In place of picows' logger, of which it would make a child for every connection: errors only, no addresses.

    An error of the client ends its connection here: picows would read on for a moment, past what it has refused.
    """

    __slots__ = ("transport",)

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        """Set when the handshake is over."""

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - as logging.Logger
        """Nothing is worth a line before it was looked at."""
        return False

    def debug(self, message: str, *arguments: object) -> None:
        """A second close frame was not sent."""

    def info(self, message: str, *arguments: object) -> None:
        """Connections come and go."""

    def warning(self, message: str, *arguments: object) -> None:
        """Buffers fill and empty: the outbox watches them."""

    def error(self, message: str, *arguments: object) -> None:
        """A client broke the protocol (what it sent stays out of the log), or a listener failed."""
        error = sys.exception()
        if isinstance(error, WSProtocolError):
            log.info("websocket.broken")
        else:
            log.error("websocket.failed", exc_info=error)
        if self.transport is not None:
            self.transport.abort()

    def exception(self, message: str, *arguments: object) -> None:
        """A bug of ours."""
        log.error("websocket.failed", exc_info=sys.exception())


NO_HEADERS: CIMultiDict[str] = CIMultiDict()
"""In place of those of a handshake that is over."""


class HubListener(WSListener):
    """Takes the frames of one WebSocket."""

    __slots__ = ("_assembler", "_carrier", "_is_ending", "_open", "_pongs", "_socket", "_watch")

    def __init__(self, open_socket: Callable[[], Carried | None], watch: Watch) -> None:
        """`open_socket`: called when the handshake is over."""
        super().__init__()
        self._watch = watch
        self._open: Callable[[], Carried | None] | None = open_socket
        self._socket: Carried | None = None
        self._carrier: Carrier | None = None
        self._assembler: Assembler | None = None
        self._is_ending = False
        self._pongs: bytearray | None = None
        """Of this turn: one write each would let a flood of pings take a turn of half a second."""

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The handshake is over."""
        # picows keeps request and answer as long as the connection lives; their headers are most of its memory.
        transport.request.headers = transport.response.headers = NO_HEADERS
        transport.request.path = b""
        self._watch.transport = transport.underlying_transport
        assert self._open is not None
        self._socket, self._open = self._open(), None
        if self._socket is None:
            transport.underlying_transport.abort()
            return
        self._carrier = Carrier(transport.underlying_transport)
        self._socket.carried_by(self._carrier)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """A frame; picows has looked at its length, its mask and its opcode."""
        if self._is_ending or self._carrier is None:
            return
        kind = frame.msg_type
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            self._break("reserved bits are set")
        elif frame.fin and self._assembler is None and kind in (TEXT, BINARY):
            self._hand_over(frame.get_payload_as_bytes(), kind == TEXT)
        elif kind == PING:
            self._answer(transport, frame)
        elif kind == CLOSE:
            self._end(transport)
        elif kind in (TEXT, BINARY, CONTINUATION):
            self._assemble(frame)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The TCP connection has ended."""
        if self._carrier is not None and self._socket is not None:
            self._socket.dropped_by(self._carrier)

    def pause_writing(self) -> None:
        """The outbox watches the transport's buffer by itself."""

    def resume_writing(self) -> None:
        """As above."""

    def _assemble(self, piece: WSFrame) -> None:
        if self._assembler is None:
            self._assembler = Assembler(POST_BYTES_MAX)
        try:
            message = self._assembler.add(Opcode(piece.msg_type.value), piece.get_payload_as_bytes(), bool(piece.fin))
        except BrokenMessage as error:
            self._break(str(error))
            return
        if message is not None:
            self._assembler = None
            self._hand_over(*message)

    def _hand_over(self, message: bytes, is_text: bool) -> None:
        if is_text and not message.isascii() and not _is_utf8(message):
            self._break("text that is not UTF-8")
        elif self._carrier is not None:
            self._carrier.receive(message, is_text)

    def _answer(self, transport: WSTransport, ping: WSFrame) -> None:
        if self._pongs is None:
            self._pongs = bytearray()
            asyncio.get_running_loop().call_soon(self._send_pongs, transport.underlying_transport)
        if len(self._pongs) < PONG_BACKLOG_BYTES:
            self._pongs += frame(Opcode.PONG, ping.get_payload_as_bytes())

    def _send_pongs(self, line: asyncio.Transport) -> None:
        pongs, self._pongs = self._pongs, None
        if pongs and not line.is_closing() and line.get_write_buffer_size() < PONG_BACKLOG_BYTES:
            line.write(bytes(pongs))

    def _end(self, transport: WSTransport) -> None:
        """The other side closes, or answers our close."""
        self._is_ending = True
        if self._socket is not None and not self._socket.is_deaf:
            transport.underlying_transport.write(CLOSE_NORMAL)
        transport.underlying_transport.close()

    def _break(self, why: str) -> None:
        log.info("websocket.broken", connection=log_name(self._socket.sid if self._socket else ""), error=why)
        self._is_ending = True
        if self._carrier is not None:
            self._carrier.transport.abort()


def websocket_protocol(door: Door) -> asyncio.BufferedProtocol:
    """A protocol that reads a WebSocket request, has it admitted, and carries its socket."""

    watch = Watch()

    def answer(request: WSUpgradeRequest) -> HubListener | WSUpgradeResponseWithListener:
        try:
            admission = door.admit_websocket(_knock(request))
        except Refused as refusal:
            return WSUpgradeResponseWithListener(_refusal_response(refusal), None)
        except Exception:  # picows would tell its text to the client, and nobody else
            log.exception("websocket.failed")
            return WSUpgradeResponseWithListener(_refusal_response(Refused(ErrorCode.INTERNAL)), None)
        return HubListener(partial(door.open_websocket, admission, _environ(request)), watch)

    protocol: asyncio.BufferedProtocol = WSProtocol(
        None,
        None,
        False,  # is_client_side
        answer,
        watch,
        True,  # disconnect_on_exception
        HANDSHAKE_DEADLINE,
        False,  # enable_auto_ping: the heartbeat is Engine.IO's
        0,
        0,
        WSAutoPingStrategy.PING_WHEN_IDLE,
        False,  # enable_auto_pong: it does not look whether the other side reads
        POST_BYTES_MAX,
        None,
        READ_BUFFER_BYTES,
    )
    return protocol


def _is_utf8(message: bytes) -> bool:
    """RFC 6455, 8.1: what else comes as text ends the connection."""
    try:
        message.decode()
    except UnicodeDecodeError:
        return False
    return True


def prepare(transport: asyncio.BaseTransport) -> None:
    """Bound what the kernel keeps for a connection that is going to be a WebSocket."""
    socket = transport.get_extra_info("socket")
    socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, RECEIVE_BUFFER_BYTES)


def _knock(request: WSUpgradeRequest) -> Knock:
    query = dict(reversed(parse_qsl(urlsplit(request.path.decode("latin-1")).query, keep_blank_values=True)))
    headers = request.headers
    return Knock(request.method.decode("latin-1"), query, headers.get("Origin"), is_websocket_upgrade(headers))


def _environ(request: WSUpgradeRequest) -> dict[str, Any]:
    """What python-socketio's `connect` handlers are given of the request, by the names of WSGI (PEP 3333)."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method.decode("latin-1"),
        "QUERY_STRING": urlsplit(request.path.decode("latin-1")).query,
    }
    for name, value in request.headers.items():
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    return environ


def _refusal_response(refusal: Refused) -> WSUpgradeResponse:
    body = json.encode(error_body(refusal))
    headers = {"Content-Type": JSON_TYPE, "Cache-Control": "no-store"}
    response: WSUpgradeResponse = WSUpgradeResponse.create_error_response(status_of(refusal), body, headers)
    return response
