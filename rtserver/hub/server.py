"""python-socketio and engineio, corrected where they are wrong for us. The one file that touches their private parts.

What is replaced, and why (python-socketio 5.18.1, engineio 4.15.1; `tests/rtserver/hub/test_server_contract.py` fails
when these change):

- the codec is a socket's own, and no Engine.IO packet is shared between sockets (its encode cache mixes transports);
- malformed packets end that connection with a word, instead of a traceback and a socket that hangs until its timeout;
- a failed WebSocket upgrade gives the socket back to polling;
- a polling client may send many packets at once; a second poll on the same sid is refused;
- everything that waits for a socket is counted in bytes;
- one receive loop per WebSocket, without a task per message, compression off, with turns for the others in between;
- a heartbeat is a timer that ends with its socket;
- a handshake that fails leaves nothing behind, and a socket that is being ended takes nothing more.
"""

import asyncio
import base64
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

import engineio
import socketio
import structlog
from aiohttp import WSMsgType, web
from engineio import async_socket, exceptions
from engineio import packet as eio_packet
from msgspec import json
from socketio import packet as sio_packet

from rooms.errors import ErrorCode, Refused
from rtserver.http import error_response
from rtserver.hub import packets
from rtserver.hub.admit import Admission, AdmissionRules, Knock, admit
from rtserver.hub.outbox import Frame, Lane, OutboxLimits
from rtserver.hub.packets import Codec, Incoming, MalformedPacket, PacketType
from rtserver.observability import log_name

log = structlog.get_logger(__name__)

POST_BYTES_MAX = 1_000_000
"""Bytes of one polling request, and of one WebSocket message before it is cut off unread (Engine.IO `maxPayload`)."""

POST_PACKETS_MAX = 1_000
"""Packets of one polling request: a long queue that was written offline. Engineio's own 16 loses the rest silently."""

PACKET_SEPARATOR = "\x1e"
"""Between the packets of a polling payload (Engine.IO protocol v4, "HTTP long-polling")."""

CLIENT_PACKETS = {"1": eio_packet.CLOSE, "3": eio_packet.PONG, "4": eio_packet.MESSAGE}
"""What a client may send, but for the upgrade (Engine.IO protocol v4, "Packet encoding")."""

BASE64_PREFIX = "b"
"""Before a binary message in a polling payload."""

UPGRADE_DEADLINE = 10.0
"""Seconds from a WebSocket's first byte to the end of its upgrade; then polling goes on."""

FLUSH_DEADLINE = 0.5
"""Seconds for the last frames of a connection that is ended, before it is cut."""

CLOSE_HANDSHAKE_DEADLINE = 1.0
"""Seconds to wait for the other side's WebSocket close frame."""

POST_DEADLINE = 60.0
"""Seconds for the body of one polling request: the longest one over a line of 150 kbit/s."""

FRAMES_PER_TURN = 16
"""Messages of one WebSocket that are handled before others get their turn: aiohttp hands over whatever has arrived,
tens of thousands of small messages at once, and taking them never waits."""

ADMISSION = web.RequestKey("admission", Admission)
"""Where a request carries how it was admitted."""

Packet = Any
"""An `engineio.packet.Packet`; the library has no types."""


class PacketQueue(asyncio.Queue[Packet]):
    """Engineio's queue of a socket, with the bytes that wait in it counted."""

    waiting_bytes = 0

    def _put(self, item: Packet) -> None:
        self.waiting_bytes += _size(item)
        super()._put(item)

    def _get(self) -> Packet:
        item = super()._get()
        self.waiting_bytes -= _size(item)
        return item


def _size(item: Packet) -> int:
    return len(item.data) if item is not None and isinstance(item.data, str | bytes) else 0


class HubWebSocket:
    """Engineio's driver of aiohttp's WebSocket: compression off, sizes bounded, frames written by one task."""

    def __init__(self, handler: Callable[["HubWebSocket"], Any], server: "HubEngine") -> None:
        self._handler = handler
        self._response = web.WebSocketResponse(
            max_msg_size=POST_BYTES_MAX, compress=False, timeout=CLOSE_HANDSHAKE_DEADLINE, autoping=False
        )
        self._request: web.Request | None = None
        self._taken = 0

    async def __call__(self, environ: dict[str, Any]) -> web.StreamResponse:
        self._request = environ["aiohttp.request"]
        await self._response.prepare(self._request)
        await self._handler(self)
        return self._response

    async def receive(self) -> Frame | None:
        """The next message; None when the connection has ended or broke the WebSocket protocol."""
        while True:
            message = await self._response.receive()
            self._taken += 1
            if self._taken % FRAMES_PER_TURN == 0:
                await asyncio.sleep(0)
            if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                data: Frame = message.data
                return data
            if message.type is WSMsgType.PING:  # answered here: aiohttp would take a flood of them in one turn
                await self._pong(message.data)
            elif message.type is not WSMsgType.PONG:
                return None

    async def send(self, frame: Frame) -> None:
        """Write one message; waits while the other side does not read."""
        if isinstance(frame, str):
            await self._response.send_str(frame)
        else:
            await self._response.send_bytes(frame)

    async def _pong(self, data: bytes) -> None:
        with suppress(ConnectionError):  # the next look at the connection sees its end
            await self._response.pong(data)

    async def close(self) -> None:
        """The closing handshake."""
        await self._response.close()

    def abort(self) -> None:
        """Cut the connection."""
        if self._request is not None and self._request.transport is not None:
            self._request.transport.abort()


class HubSocket(async_socket.AsyncSocket):
    """One Engine.IO connection, over whichever transport it has at the moment."""

    queue: PacketQueue
    connected: bool
    upgrading: bool
    upgraded: bool
    last_ping: float | None

    def __init__(self, server: "HubEngine", sid: str, admission: Admission) -> None:
        super().__init__(server, sid)
        self.admission = admission
        self.is_ending = False
        """Set by its outbox: the last frames are on their way, and nothing more is taken from the client."""
        self._websocket: HubWebSocket | None = None
        self._polling = False
        self._posting = False
        self._next_ping: asyncio.TimerHandle | None = None

    def schedule_ping(self) -> None:
        """As engineio's, by a timer instead of a task, which would keep an ended connection for one interval more."""
        if self.last_ping and not self.closed:
            self.last_ping = None
            self._next_ping = asyncio.get_running_loop().call_later(self.server.ping_interval, self._ping)

    def _ping(self) -> None:
        if not self.closing and not self.closed:
            self.last_ping = time.time()
            self.queue.put_nowait(eio_packet.Packet(eio_packet.PING))

    def abort(self) -> None:
        """Cut the transport; whoever waits on it is released."""
        if self._websocket is not None:
            self._websocket.abort()
        self.queue.put_nowait(None)

    async def poll(self) -> list[Packet]:
        """As engineio's, but a second poll at the same time is refused: two readers would share the order."""
        if self._polling:
            raise exceptions.EngineIOError("overlapping polls")
        self._polling = True
        try:
            packets: list[Packet] = await super().poll()
            return packets
        finally:
            self._polling = False

    async def handle_post_request(self, environ: dict[str, Any]) -> None:
        """The packets of a polling client, in order. Raises `EngineIOError` for what is not Engine.IO.

        A second request at the same time is refused: its packets would mix with those of the first, and a client that
        sends many slowly would hold the longest body in memory for each.
        """
        request: web.Request = environ["aiohttp.request"]
        if request.content_length is not None and request.content_length > POST_BYTES_MAX:
            raise exceptions.ContentTooLongError
        if self._posting:
            raise exceptions.EngineIOError("overlapping posts")
        self._posting = True
        try:
            for encoded in _split_payload(await _read_body(request)):
                await self.receive(_decode_engine_packet(encoded))
        finally:
            self._posting = False

    async def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        """Engineio's close; the writer is told to stop, the transport follows when it is flushed."""
        await super().close(wait=False, abort=abort, reason=reason)
        self.queue.put_nowait(None)
        if self._next_ping is not None:
            self._next_ping.cancel()

    async def _websocket_handler(self, ws: HubWebSocket) -> None:
        if self.connected:
            if not await self._upgraded_by(ws):
                return
        else:
            self.connected = self.upgraded = True
        self._websocket = ws
        writer = asyncio.get_running_loop().create_task(self._write(ws))
        try:
            await self._read(ws)
        finally:
            self.queue.put_nowait(None)
            await asyncio.wait((writer,), timeout=FLUSH_DEADLINE)
            ws.abort()
            await self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_CLOSE)

    async def _upgraded_by(self, ws: HubWebSocket) -> bool:
        """Engine.IO protocol v4, "Upgrade": probe, answer, end the pending poll, take over."""
        if self.upgrading:
            return False
        self.upgrading = True
        try:
            async with asyncio.timeout(UPGRADE_DEADLINE):
                if await ws.receive() != f"{eio_packet.PING}probe":
                    return False
                await ws.send(f"{eio_packet.PONG}probe")
                await self.queue.put(eio_packet.Packet(eio_packet.NOOP))
                self.upgraded = await ws.receive() == str(eio_packet.UPGRADE)
                return bool(self.upgraded)
        except TimeoutError:
            return False
        finally:
            self.upgrading = False

    async def _read(self, ws: HubWebSocket) -> None:
        while not self.closed:
            frame = await ws.receive()
            if frame is None:
                return
            try:
                await self.receive(_decode_engine_packet(frame))
            except exceptions.EngineIOError as error:
                log.info("socket.malformed", connection=log_name(self.sid), error=str(error))
                return

    async def _write(self, ws: HubWebSocket) -> None:
        try:
            while (packet := await self.queue.get()) is not None:
                await ws.send(packet.encode())
            await ws.close()
        except (ConnectionError, RuntimeError):
            ws.abort()  # the reader sees it and cleans up


class HubEngine(engineio.AsyncServer):
    """The Engine.IO server: admission first, then engineio's handling with `HubSocket`s."""

    sockets: dict[str, HubSocket]
    start_service_task: bool
    _async: dict[str, Any]

    def __init__(self, *args: Any, admission_rules: AdmissionRules | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self._admission_rules = admission_rules
        self._async = {**self._async, "websocket": HubWebSocket}

    def create_queue(self, *args: Any, **options: Any) -> PacketQueue:
        """Engineio's hook for the queue of each socket."""
        return PacketQueue(*args, **options)

    def count(self) -> int:
        """How many sockets are open."""
        return len(self.sockets)

    def project_of(self, sid: str) -> str | None:
        """The project that a sid was admitted for."""
        socket = self.sockets.get(sid)
        return None if socket is None else str(socket.admission.project)

    async def handle_request(self, request: web.Request) -> web.StreamResponse:
        """Every request to the endpoint. A refusal is JSON with its code, before anything of the request is used."""
        if request.method == "OPTIONS":
            return await super().handle_request(request)  # type: ignore[no-any-return]
        admission = Admission(project="", sid=request.query.get("sid"), own_origin=True)
        if self._admission_rules is not None:
            try:
                admission = admit(_knock(request), self._admission_rules, self)
            except Refused as refusal:
                return _refusal_response(refusal, request, self._admission_rules)
        request[ADMISSION] = admission
        if request.method == "POST":
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
            return await self._make_response(_engine_error("413 PAYLOAD TOO LARGE", ErrorCode.TOO_LARGE), environ)  # type: ignore[no-any-return]
        except exceptions.EngineIOError:
            await self.disconnect(socket.sid)
            return await self._make_response(_engine_error("400 BAD REQUEST", ErrorCode.MALFORMED), environ)  # type: ignore[no-any-return]
        return await self._make_response(self._ok(), environ)  # type: ignore[no-any-return]

    async def _handle_connect(self, environ: dict[str, Any], transport: str, jsonp_index: int | None = None) -> Any:
        if self.start_service_task:
            self.start_service_task = False
            self.service_task_handle = self.start_background_task(self._service_task)
        sid = self.generate_id()
        socket = HubSocket(self, sid, environ["aiohttp.request"][ADMISSION])
        self.sockets[sid] = socket
        handshake = {
            "sid": sid,
            "upgrades": self._upgrades(sid, transport),
            "pingTimeout": int(self.ping_timeout * 1000),
            "pingInterval": int(self.ping_interval * 1000),
            "maxPayload": POST_BYTES_MAX,
        }
        socket.queue.put_nowait(eio_packet.Packet(eio_packet.OPEN, handshake))
        await self._trigger_event("connect", sid, environ, run_async=False)
        socket.schedule_ping()
        if transport == "websocket":
            try:
                return await socket.handle_get_request(environ)
            finally:  # also of a handshake that fails: python-socketio keeps its request until it hears of the end
                await socket.close(wait=False, abort=True, reason=self.reason.TRANSPORT_ERROR)
                self.sockets.pop(sid, None)
        socket.connected = True
        return self._ok(await socket.poll())


class Receiver(Protocol):
    """Who takes the events of the main namespace, in arrival order, without waiting."""

    def received(self, engine_sid: str, packet: Incoming) -> None:
        """An event. Never raises."""
        ...


class HubManager(socketio.AsyncManager):
    """python-socketio's manager, with each recipient's packet encoded for its own codec and transport."""

    async def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: Any = None,
        skip_sid: Any = None,
        callback: Any = None,
        to: Any = None,
        **options: Any,
    ) -> None:
        """As `AsyncManager.emit`."""
        if callback:
            await super().emit(event, data, namespace, room, skip_sid, callback, to, **options)
            return
        arguments = list(data) if isinstance(data, tuple) else [] if data is None else [data]
        skipped = skip_sid if isinstance(skip_sid, list) else [skip_sid]
        for sid, engine_sid in list(self.get_participants(namespace, to or room)):
            if sid not in skipped:
                packet = self.server.packet_class(sio_packet.EVENT, data=[event, *arguments], namespace=namespace)
                await self.server._send_packet(engine_sid, packet)


class HubServer(socketio.AsyncServer):
    """A `socketio.AsyncServer` whose sockets choose their codec, and whose main namespace a `Receiver` can take over.

    All constructor options of `socketio.AsyncServer` are kept.
    """

    def __init__(
        self,
        *args: Any,
        admission_rules: AdmissionRules | None = None,
        outbox_limits: OutboxLimits | None = None,
        receiver: Receiver | None = None,
        connect_deadline: float | None = None,
        **options: Any,
    ) -> None:
        options.setdefault("client_manager", HubManager())
        self._receiver = receiver
        self._outbox_limits = outbox_limits or OutboxLimits(durable=4_194_304, volatile=262_144)
        self._connect_deadline = connect_deadline
        self._codecs: dict[str, Codec] = {}
        super().__init__(*args, admission_rules=admission_rules, **options)

    def outbox(self, engine_sid: str, on_slow: Callable[[], None]) -> "EngineOutbox":
        """The way to a connected socket. `on_slow` is told once, when it could not keep up and was cut."""
        return EngineOutbox(self.eio.sockets[engine_sid], self._outbox_limits, on_slow)

    def is_open(self, engine_sid: str) -> bool:
        """Whether the socket is still there."""
        socket = self.eio.sockets.get(engine_sid)
        return socket is not None and not socket.closed

    def codec(self, engine_sid: str) -> Codec:
        """How this socket's packets are encoded."""
        return self._codecs.get(engine_sid, Codec.JSON)

    def admission(self, engine_sid: str) -> Admission:
        """How this socket was admitted."""
        admission: Admission = self.eio.sockets[engine_sid].admission
        return admission

    def engine_sid(self, sid: str) -> str:
        """The Engine.IO sid of a Socket.IO sid of the main namespace."""
        return str(self.manager.eio_sid_from_sid(sid, packets.MAIN_NAMESPACE))

    def forget_handshake(self, engine_sid: str) -> None:
        """Let go of the first request, which engineio would keep as long as the connection lives."""
        self.environ[engine_sid] = {}

    async def shutdown(self) -> None:
        """As `socketio.AsyncServer.shutdown`; sockets without a member are ended too, and all get their last frames."""
        for engine_sid in list(self.eio.sockets):
            self._end_unless_signed_in(engine_sid)
        if self.eio.sockets:
            await asyncio.sleep(FLUSH_DEADLINE)
        for socket in list(self.eio.sockets.values()):
            await self._end_engine_socket(socket)
        await super().shutdown()

    def _engineio_server_class(self) -> type[HubEngine]:
        return HubEngine

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        await super()._handle_eio_connect(eio_sid, environ)
        if self._connect_deadline is not None:
            asyncio.get_running_loop().call_later(self._connect_deadline, self._cut_unless_connected, eio_sid)

    def _cut_unless_connected(self, eio_sid: str) -> None:
        socket = self.eio.sockets.get(eio_sid)
        if socket is None or self.manager.sid_from_eio_sid(eio_sid, packets.MAIN_NAMESPACE) is not None:
            return
        log.info("socket.connect_deadline", connection=log_name(eio_sid))
        self.start_background_task(self._end_engine_socket, socket)

    async def _end_engine_socket(self, socket: HubSocket) -> None:
        await socket.close(wait=False)
        socket.abort()
        self.eio.sockets.pop(socket.sid, None)

    async def _handle_eio_message(self, eio_sid: str, data: object) -> None:
        socket = self.eio.sockets.get(eio_sid)
        if socket is None or socket.closed or socket.is_ending:
            return  # what was sent behind its last packet: neither another try to sign in nor another line in the log
        try:
            packet = packets.decode(data)
            await self._handle_packet(eio_sid, packet)
        except MalformedPacket as error:
            await self._reject_malformed(eio_sid, str(error))

    async def _handle_packet(self, eio_sid: str, packet: Incoming) -> None:
        if packet.type is PacketType.CONNECT:
            await self._handle_connect_packet(eio_sid, packet)
        elif packet.type is PacketType.DISCONNECT:
            await self._handle_disconnect(eio_sid, packet.namespace, self.reason.CLIENT_DISCONNECT)
            self._end_unless_signed_in(eio_sid)
        elif packet.type is PacketType.ACK:
            return  # the server asks for no acks
        elif self._receiver is not None and packet.namespace == packets.MAIN_NAMESPACE:
            self._receiver.received(eio_sid, packet)
        else:
            arguments = [] if packet.payload is None else [_plain(packet)]
            await self._handle_event(eio_sid, packet.namespace, packet.ack, [packet.name, *arguments])

    async def _handle_connect_packet(self, eio_sid: str, packet: Incoming) -> None:
        self._codecs.setdefault(eio_sid, packet.codec)
        if packet.namespace not in self.handlers and packet.namespace not in self.namespace_handlers:
            error = self.packet_class(
                sio_packet.CONNECT_ERROR, data={"message": "Invalid namespace"}, namespace=packet.namespace
            )
            await self._send_packet(eio_sid, error)
            return
        if self.manager.sid_from_eio_sid(eio_sid, packet.namespace) is not None:
            raise MalformedPacket("a second CONNECT")
        await self._handle_connect(eio_sid, packet.namespace, _plain(packet))
        self._end_unless_signed_in(eio_sid)

    def _end_unless_signed_in(self, eio_sid: str) -> None:
        """One try a connection: guessing, or asking the database again and again, costs a handshake each time."""
        is_signed_in = self.manager.sid_from_eio_sid(eio_sid, packets.MAIN_NAMESPACE) is not None
        if self._receiver is not None and not is_signed_in and self.is_open(eio_sid):
            self.outbox(eio_sid, lambda: None).finish()

    async def _reject_malformed(self, eio_sid: str, error: str) -> None:
        """Say so and end this connection; its client comes back with a clean one and resumes."""
        log.info("socket.malformed", connection=log_name(eio_sid), error=error)
        socket = self.eio.sockets.get(eio_sid)
        if socket is None:
            return
        refusal = Refused(ErrorCode.MALFORMED)
        problem = {"code": refusal.code, "message": refusal.message, "retry": refusal.retry}
        outbox = self.outbox(eio_sid, lambda: None)
        outbox.send(packets.Push("problem", problem).encoded(self.codec(eio_sid)), Lane.DURABLE)
        outbox.finish()

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        await super()._handle_eio_disconnect(eio_sid, reason)
        self._codecs.pop(eio_sid, None)

    async def _send_packet(self, eio_sid: str, pkt: Any) -> None:
        if pkt.packet_type in (sio_packet.BINARY_EVENT, sio_packet.BINARY_ACK):
            await super()._send_packet(eio_sid, pkt)
            return
        socket = self.eio.sockets.get(eio_sid)
        if socket is None or socket.closed:
            return
        frame = packets.encode(
            self.codec(eio_sid),
            PacketType(pkt.packet_type),
            pkt.data,
            ack=pkt.id,
            namespace=pkt.namespace or packets.MAIN_NAMESPACE,
        )
        # Bounded like everything else: a client may ask for these without end, and read none of them.
        self.outbox(eio_sid, lambda: None).send(frame, Lane.DURABLE)


class EngineOutbox:
    """The `Outbox` over engineio's queue: one Engine.IO packet per socket and frame."""

    def __init__(self, socket: HubSocket, limits: OutboxLimits, on_slow: Callable[[], None]) -> None:
        self._socket = socket
        self._limits = limits
        self._on_slow = on_slow
        self._is_finished = False
        self.dropped = 0

    def send(self, frame: Frame, lane: Lane) -> None:
        """Queue a frame, drop it when it is volatile and the socket behind, cut the socket when it is durable."""
        if self._is_finished or self._socket.closed:
            return
        waiting = self._socket.queue.waiting_bytes + len(frame)
        if lane is Lane.VOLATILE and waiting > self._limits.volatile:
            self.dropped += 1
            return
        if waiting > self._limits.durable:
            self._on_slow()
            self.abort()
            return
        self._socket.queue.put_nowait(eio_packet.Packet(eio_packet.MESSAGE, frame))

    def finish(self) -> None:
        """Deliver what is queued, then end the transport; cut it after `FLUSH_DEADLINE`."""
        if self._is_finished:
            return
        self._is_finished = self._socket.is_ending = True
        if self._socket.upgraded:
            self._socket.queue.put_nowait(None)
        asyncio.get_running_loop().call_later(FLUSH_DEADLINE, self._cut)

    def abort(self) -> None:
        """Cut the transport at once."""
        if not self._is_finished:
            self._is_finished = True
            self._cut()

    def _cut(self) -> None:
        if self._socket.sid in self._socket.server.sockets:  # else it has ended by itself
            asyncio.get_running_loop().create_task(self._end())

    async def _end(self) -> None:
        await self._socket.close(wait=False, abort=True, reason=self._socket.server.reason.SERVER_DISCONNECT)
        self._socket.abort()
        self._socket.server.sockets.pop(self._socket.sid, None)


def _knock(request: web.Request) -> Knock:
    """An upgrade is one whose both headers say so (RFC 6455, 4.1), as engineio will look at it afterwards."""
    connection = [part.strip() for part in request.headers.get("Connection", "").lower().split(",")]
    is_upgrade = "upgrade" in connection and request.headers.get("Upgrade", "").lower() == "websocket"
    return Knock(request.method, request.query, request.headers.get("Origin"), is_upgrade)


def _refusal_response(refusal: Refused, request: web.Request, rules: AdmissionRules) -> web.Response:
    response = error_response(refusal)
    origin = request.headers.get("Origin")
    if origin in rules.own_origins | rules.allowed_origins:
        response.headers["Access-Control-Allow-Origin"] = origin or ""
        response.headers["Access-Control-Allow-Credentials"] = "true"
    return response


def _engine_error(status: str, code: ErrorCode) -> dict[str, Any]:
    refusal = Refused(code)
    error = {"code": refusal.code, "message": refusal.message, "retry": refusal.retry}
    headers = [("Content-Type", "application/json")]
    return {"status": status, "headers": headers, "response": json.encode({"error": error})}


async def _read_body(request: web.Request) -> str:
    """The whole body as text. Raises `EngineIOError` when it is too long, too slow, broken or no UTF-8."""
    body = bytearray()
    try:
        async with asyncio.timeout(POST_DEADLINE):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > POST_BYTES_MAX:
                    raise exceptions.ContentTooLongError
        return body.decode()
    except UnicodeDecodeError:
        raise exceptions.EngineIOError("not UTF-8") from None
    except (TimeoutError, web.RequestPayloadError):
        raise exceptions.EngineIOError("the body did not come whole") from None


def _split_payload(body: str) -> list[str]:
    encoded = body.split(PACKET_SEPARATOR)
    if len(encoded) > POST_PACKETS_MAX:
        raise exceptions.EngineIOError("too many packets")
    return encoded


def _decode_engine_packet(encoded: Frame) -> Packet:
    """An Engine.IO packet whose message, if it is one, is text or bytes. Raises `EngineIOError`.

    Not engineio's own decoder: that one parses whatever looks like JSON, to any depth.
    """
    if isinstance(encoded, bytes):
        return eio_packet.Packet(eio_packet.MESSAGE, encoded)
    kind, rest = encoded[:1], encoded[1:]
    if kind == BASE64_PREFIX:
        try:
            return eio_packet.Packet(eio_packet.MESSAGE, base64.b64decode(rest, validate=True))
        except ValueError:
            raise exceptions.EngineIOError("not base64") from None
    if kind not in CLIENT_PACKETS:
        raise exceptions.EngineIOError("not an Engine.IO packet of a client")
    return eio_packet.Packet(CLIENT_PACKETS[kind], rest)


def _plain(packet: Incoming) -> Any:
    if packet.payload is None:
        return None
    try:
        return packets.decode_payload(packet.codec, packet.payload, Any)
    except (ValueError, RecursionError) as error:
        raise MalformedPacket(str(error)) from None
