"""python-engineio with its sockets replaced: what carries Socket.IO, over WebSocket or polling.

This file touches private parts of engineio 4.15.1, as `rtserver.hub.server` does of python-socketio;
`tests/rtserver/hub/test_server_contract.py` fails when these change. What is replaced, and why:

- a socket sends through its `Outbox`: one write a loop turn, counted in bytes, in order over both transports; theirs
  has a queue and a writer task, and encodes what it shares between sockets for one transport only;
- a failed WebSocket upgrade gives the socket back to polling;
- a polling client may send many packets at once; a second poll, or post, at the same time is refused;
- heartbeats of all sockets share one timer;
- a handshake that fails leaves nothing behind, and a socket that is being ended takes nothing more.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

import engineio
import structlog
from aiohttp import web
from engineio import async_socket, exceptions
from msgspec import json

from rooms.errors import ErrorCode, Refused
from rtserver.hub.admit import Admission, AdmissionRules, Knock, admit
from rtserver.hub.aiohttp_driver import AiohttpWebSocket
from rtserver.hub.carrier import Carrier, Upgrade, ignore
from rtserver.hub.endpoint import engine_error, knock_of, refusal_response
from rtserver.hub.frames import Opcode
from rtserver.hub.heartbeat import NOWHERE, Heartbeat
from rtserver.hub.outbox import Flusher, Lane, Outbox, OutboxLimits, Outgoing
from rtserver.hub.packets import Codec
from rtserver.hub.polling import POST_BYTES_MAX, read_packets
from rtserver.observability import log_name

log = structlog.get_logger(__name__)

OPEN = b"0"
PING = Outgoing(Opcode.TEXT, b"2")
NOOP = Outgoing(Opcode.TEXT, b"6")
CLOSE = Outgoing(Opcode.TEXT, b"1")
"""The server's own packets (Engine.IO protocol v4, "Packet encoding")."""

CLIENT_CLOSE, CLIENT_PONG, CLIENT_MESSAGE = ord("1"), ord("3"), ord("4")
"""What a client may send, but for the upgrade."""

ADMISSION = web.RequestKey("admission", Admission)
"""Where a request carries how it was admitted."""

ANYBODY = Admission(project="", sid=None, own_origin=True)
"""How requests are admitted when there are no rules."""

LIMITS_USUAL = OutboxLimits(durable=4_194_304, volatile=262_144)


class HubSocket(async_socket.AsyncSocket):
    """One Engine.IO connection, over whichever transport it has at the moment."""

    def __init__(self, server: "HubEngine", sid: str, admission: Admission) -> None:
        # Not engineio's: its queue alone takes more memory than all the rest of an idle connection.
        self.server = server
        self.sid = sid
        self.admission = admission
        self.connected = self.upgrading = self.upgraded = self.closing = self.closed = False
        self.session: dict[str, Any] = {}
        self.codec: Codec | None = None
        """How its Socket.IO packets are encoded; None until it has said CONNECT."""
        self.outbox = Outbox(server.flusher, server.outbox_limits, self.cut)
        self.beat_at, self.is_awaited = NOWHERE, False
        self.taking: asyncio.Task[None] | None = None
        """What its later packets wait for."""
        self.waiting: deque[tuple[bytes, bool]] | None = None
        """Messages that wait for `taking`."""
        self.waiting_bytes = 0
        self._carrier: Carrier | None = None
        self._upgrade: Upgrade | None = None
        self._polling = self._posting = False
        self._ending: asyncio.Task[None] | None = None

    @property
    def is_deaf(self) -> bool:
        """Whether it is ended, or its last frames are on their way: nothing more is taken from the client."""
        return self.outbox.is_finished

    @property
    def must_wait(self) -> bool:
        """Whether the next message waits for `taking`."""
        return self.waiting is not None

    # --- From the client ---

    def take(self, data: bytes, is_text: bool) -> None:
        """An Engine.IO packet: text with its type in front, or a binary message. Never raises, never waits."""
        if self.outbox.is_finished:
            return
        kind = CLIENT_MESSAGE if not is_text else data[0] if data else None
        if kind == CLIENT_MESSAGE:
            self.server.take_message(self, data, is_text)
        elif kind == CLIENT_PONG:
            self.server.heartbeat.answered(self)
        elif kind == CLIENT_CLOSE:
            self.end(self.server.reason.CLIENT_DISCONNECT)
        else:
            log.info("socket.malformed", connection=log_name(self.sid), error="not an Engine.IO packet of a client")
            self.end(self.server.reason.TRANSPORT_ERROR)

    # --- WebSocket ---

    async def _websocket_handler(self, ws: Any) -> None:
        """Engineio hands this to its driver; ours takes the socket from it."""
        raise NotImplementedError

    def carried_by(self, carrier: Carrier) -> None:
        """A WebSocket for this socket: its first transport, or an upgrade from polling."""
        if self.outbox.is_finished or self.upgrading or self.upgraded:
            carrier.receive = ignore
            carrier.transport.abort()
        elif self.connected:
            self.upgrading = True
            self._upgrade = Upgrade(self, carrier)
        else:
            self.connected = True
            self.upgraded_to(carrier)

    def dropped_by(self, carrier: Carrier) -> None:
        """A WebSocket has ended: the socket's own, or one to which it was about to be upgraded."""
        if self._carrier is carrier:
            self.end(self.server.reason.TRANSPORT_CLOSE)
        elif self._upgrade is not None and self._upgrade.carrier is carrier:
            self._upgrade.fail()

    def upgraded_to(self, carrier: Carrier) -> None:
        """Go on over this WebSocket."""
        self.upgrading, self.upgraded = False, True
        self._upgrade = None
        self._carrier = carrier
        carrier.receive = self.take
        self.outbox.attach(carrier.transport)

    def upgrade_failed(self) -> None:
        """Go on polling."""
        self.upgrading = False
        self._upgrade = None

    def end_poll(self) -> None:
        """Answer the poll that waits; one that comes later is answered by engineio."""
        if self._polling:
            self.outbox.send(NOOP, Lane.DURABLE)

    # --- Polling ---

    async def poll(self) -> list[Outgoing]:
        """As engineio's, but a second poll at the same time is refused: two readers would share the order."""
        if self._polling:
            raise exceptions.EngineIOError("overlapping polls")
        self._polling = True
        try:
            async with asyncio.timeout(self.server.ping_interval + self.server.ping_timeout):
                return await self.outbox.polled() or ([NOOP] if self.upgraded else [])
        except TimeoutError:
            raise exceptions.QueueEmpty from None
        finally:
            self._polling = False

    async def handle_post_request(self, environ: dict[str, Any]) -> None:
        """The packets of a polling client, in order. Raises `EngineIOError` for what is not Engine.IO.

        A second request at the same time is refused: its packets would mix with those of the first, and a client that
        sends many slowly would hold the longest body in memory for each.
        """
        if self._posting:
            raise exceptions.EngineIOError("overlapping posts")
        self._posting = True
        try:
            for packet in await read_packets(environ["aiohttp.request"]):
                self.take(packet.data, packet.is_text)
            if self.taking is not None:
                await asyncio.wait((self.taking,))
        finally:
            self._posting = False

    # --- To the client ---

    async def send(self, pkt: Any) -> None:
        """As engineio's."""
        self.outbox.send(Outgoing.of(pkt.encode()), Lane.DURABLE)

    def schedule_ping(self) -> None:
        """As engineio's, on the wheel of all sockets."""
        self.server.heartbeat.start(self)

    def ping(self) -> None:
        """Send a ping. For the heartbeat."""
        self.outbox.send(PING, Lane.DURABLE)

    def timed_out(self) -> None:
        """The client is gone. For the heartbeat."""
        self.end(self.server.reason.PING_TIMEOUT)

    # --- The end ---

    async def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        """As engineio's; the transport follows when it is flushed."""
        if self.closing or self.closed:
            return
        self.closing = True
        self.server.heartbeat.stop(self)
        await self.server._trigger_event(
            "disconnect", self.sid, reason or self.server.reason.SERVER_DISCONNECT, run_async=False
        )
        if abort:
            self.outbox.close()
        else:
            self.outbox.send(CLOSE, Lane.DURABLE)
            self.outbox.finish()
        self.closed = True

    def end(self, reason: str) -> None:
        """It is over: cut the transport, then tell the application, and forget the socket."""
        self.outbox.close()
        if self._carrier is not None:
            self._carrier.receive = ignore
            self._carrier.transport.abort()
        if self._upgrade is not None:  # nobody would ever end its WebSocket
            self._upgrade.fail()
        if self._ending is None and self.sid in self.server.sockets:
            self._ending = asyncio.get_running_loop().create_task(self._end(reason))

    def cut(self) -> None:
        """End it from this side, also one that engineio has forgotten already. For the outbox."""
        self.end(self.server.reason.SERVER_DISCONNECT)

    async def ended(self) -> None:
        """Returns when the application has been told."""
        if self._ending is not None:
            await asyncio.wait((self._ending,))

    async def _end(self, reason: str) -> None:
        if self.taking is not None:  # a CONNECT that is being answered leaves nothing behind
            await asyncio.wait((self.taking,))
        await self.close(wait=False, abort=True, reason=reason)
        self.server.sockets.pop(self.sid, None)


class HubEngine(engineio.AsyncServer):
    """The Engine.IO server: admission first, then engineio's handling with `HubSocket`s."""

    sockets: dict[str, HubSocket]
    start_service_task: bool
    _async: dict[str, Any]

    def __init__(
        self,
        *args: Any,
        admission_rules: AdmissionRules | None = None,
        outbox_limits: OutboxLimits = LIMITS_USUAL,
        hot_room_window: float = 0,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self._admission_rules = admission_rules
        self.outbox_limits = outbox_limits
        self.flusher = Flusher(hot_room_window)
        self.heartbeat = Heartbeat(self.ping_interval, self.ping_timeout, ends_silent=self.start_service_task)
        self.start_service_task = False  # the heartbeat is in its place
        self.opened: Callable[[str, dict[str, Any]], None] = _nobody_looks
        """Told of each new socket's sid and request."""
        self.take_message: Callable[[HubSocket, bytes, bool], None] = _nobody_takes
        """Who takes the messages of sockets; never raises."""
        self._async = {**self._async, "websocket": AiohttpWebSocket}

    def count(self) -> int:
        """How many sockets are open."""
        return len(self.sockets)

    def load(self) -> tuple[int, int, int]:
        """How many sockets are open by WebSocket, how many poll, and the bytes that wait for all of them."""
        by_websocket = sum(socket.upgraded for socket in self.sockets.values())
        waiting = sum(socket.outbox.waiting() for socket in self.sockets.values())
        return by_websocket, len(self.sockets) - by_websocket, waiting

    def project_of(self, sid: str) -> str | None:
        """The project that a sid was admitted for."""
        socket = self.sockets.get(sid)
        return None if socket is None else str(socket.admission.project)

    # --- By picows: the `Door` ---

    def admit_websocket(self, knock: Knock) -> Admission:
        """As `rtserver.hub.admit`, and an upgrade needs a socket that can be upgraded. Raises `Refused`."""
        admission = ANYBODY if self._admission_rules is None else admit(knock, self._admission_rules, self)
        if admission.sid is not None and not self._can_upgrade(admission.sid):
            raise Refused(ErrorCode.INVALID, "unknown sid")
        return admission

    def open_websocket(self, admission: Admission, environ: dict[str, Any]) -> HubSocket | None:
        """The socket of an admitted request; None when the one to be upgraded has gone meanwhile."""
        if admission.sid is not None:
            return self.sockets[admission.sid] if self._can_upgrade(admission.sid) else None
        socket = self._new_socket(admission, "websocket")
        self.opened(socket.sid, environ)
        socket.schedule_ping()
        return socket

    def _can_upgrade(self, sid: str) -> bool:
        socket = self.sockets.get(sid)
        return socket is not None and socket.connected and not socket.upgraded and not socket.is_deaf

    # --- By aiohttp ---

    async def handle_request(self, request: web.Request) -> web.StreamResponse:
        """Every request to the endpoint. A refusal is JSON with its code, before anything of the request is used."""
        if request.method == "OPTIONS":
            return await super().handle_request(request)  # type: ignore[no-any-return]
        admission = ANYBODY
        if self._admission_rules is not None:
            try:
                admission = admit(knock_of(request), self._admission_rules, self)
            except Refused as refusal:
                return refusal_response(refusal, request, self._admission_rules)
        request[ADMISSION] = admission
        if request.method == "POST" and self._admission_rules is not None:
            return await self._handle_post(request)
        return await super().handle_request(request)  # type: ignore[no-any-return]

    async def _handle_post(self, request: web.Request) -> web.StreamResponse:
        environ = self._async["translate_request"](request)
        socket = self.sockets.get(request.query.get("sid", ""))
        if socket is None or socket.closed or socket.upgraded:
            return await self._make_response(self._bad_request("Invalid session"), environ)  # type: ignore[no-any-return]
        try:
            await socket.handle_post_request(environ)
        except exceptions.ContentTooLongError:
            await self.disconnect(socket.sid)  # what came with it is lost: the client has to resume
            return await self._make_response(engine_error("413 PAYLOAD TOO LARGE", ErrorCode.TOO_LARGE), environ)  # type: ignore[no-any-return]
        except exceptions.EngineIOError:
            await self.disconnect(socket.sid)
            return await self._make_response(engine_error("400 BAD REQUEST", ErrorCode.MALFORMED), environ)  # type: ignore[no-any-return]
        return await self._make_response(self._ok(), environ)  # type: ignore[no-any-return]

    async def _handle_connect(self, environ: dict[str, Any], transport: str, jsonp_index: int | None = None) -> Any:
        socket = self._new_socket(environ["aiohttp.request"][ADMISSION], transport)
        self.opened(socket.sid, environ)
        socket.schedule_ping()
        if transport == "websocket":
            try:
                return await socket.handle_get_request(environ)
            finally:  # also of a handshake that fails: python-socketio keeps its request until it hears of the end
                socket.end(self.reason.TRANSPORT_ERROR)
                await socket.ended()
        socket.connected = True
        return self._ok(await socket.poll(), headers=self._sid_cookie(socket.sid), jsonp_index=jsonp_index)

    def _new_socket(self, admission: Admission, transport: str) -> HubSocket:
        sid = self.generate_id()
        socket = self.sockets[sid] = HubSocket(self, sid, admission)
        handshake = {
            "sid": sid,
            "upgrades": self._upgrades(sid, transport),
            "pingTimeout": int(self.ping_timeout * 1000),
            "pingInterval": int(self.ping_interval * 1000),
            "maxPayload": min(self.max_http_buffer_size, POST_BYTES_MAX),
        }
        socket.outbox.send(Outgoing(Opcode.TEXT, OPEN + json.encode(handshake)), Lane.DURABLE)
        return socket

    def _sid_cookie(self, sid: str) -> list[tuple[str, str]] | None:
        """The header that engineio's option `cookie` asks for."""
        if not self.cookie:
            return None
        usual = {"name": self.cookie, "path": "/", "SameSite": "Lax"}
        attributes = self.cookie if isinstance(self.cookie, dict) else usual
        return [("Set-Cookie", self._generate_sid_cookie(sid, attributes))]


def _nobody_looks(sid: str, environ: dict[str, Any]) -> None:
    """An Engine.IO server of its own, without Socket.IO."""


def _nobody_takes(socket: HubSocket, message: bytes, is_text: bool) -> None:
    """As above."""
