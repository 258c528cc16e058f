"""python-socketio on top of `rtserver.hub.engine`, with its fan-out and what is wrong for us replaced.

This file touches private parts of python-socketio 5.18.1, as `rtserver.hub.engine` does of engineio;
`tests/rtserver/hub/test_server_contract.py` fails when these change. What is replaced, and why:

- what comes in is taken without a task per message, in arrival order; only a CONNECT, and the handlers of other
  programs, are waited for, and then only by the packets of the same socket;
- a broadcast is encoded and framed once, and a sid's rooms are looked up instead of searched for (`hub.manager`);
- malformed packets end that connection with a word, instead of a traceback and a socket that hangs until its timeout.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

import socketio
import structlog
from socketio import packet as sio_packet

from rooms.errors import ErrorCode, Refused
from rooms.messages import Problem
from rtserver.hub import packets
from rtserver.hub.admit import Admission, AdmissionRules
from rtserver.hub.engine import LIMITS_USUAL, HubEngine, HubSocket
from rtserver.hub.manager import HubManager, messages_of
from rtserver.hub.outbox import FLUSH_DEADLINE, Flusher, Lane, Outbox, OutboxLimits, Outgoing
from rtserver.hub.packets import Codec, Incoming, MalformedPacket, PacketType
from rtserver.hub.polling import POST_BYTES_MAX
from rtserver.observability import log_name

log = structlog.get_logger(__name__)

WAITING_OVERHEAD = 128
"""Bytes that a message takes besides its own: a client may send a hundred thousand empty ones in a megabyte."""


class Receiver(Protocol):
    """Who takes the events of the main namespace, in arrival order, without waiting."""

    def received(self, engine_sid: str, packet: Incoming) -> None:
        """An event. Never raises."""
        ...


class HubServer(socketio.AsyncServer):
    """A `socketio.AsyncServer` with fast sockets, whose main namespace a `Receiver` can take over.

    All constructor options of `socketio.AsyncServer` are kept. With a receiver, sockets choose their codec by their
    first packet, and one that does not sign in is ended.
    """

    manager_initialized: bool

    def __init__(
        self,
        *args: Any,
        admission_rules: AdmissionRules | None = None,
        outbox_limits: OutboxLimits = LIMITS_USUAL,
        receiver: Receiver | None = None,
        connect_deadline: float | None = None,
        **options: Any,
    ) -> None:
        options.setdefault("client_manager", HubManager())
        self._receiver = receiver
        self._connect_deadline = connect_deadline
        super().__init__(*args, admission_rules=admission_rules, outbox_limits=outbox_limits, **options)
        self.eio.opened = self._opened
        self.eio.take_message = self._take

    # --- For the hub ---

    def outbox(self, engine_sid: str, on_slow: Callable[[], None]) -> Outbox:
        """The way to a connected socket. `on_slow` is told once, when it could not keep up and was cut."""
        outbox: Outbox = self.eio.sockets[engine_sid].outbox
        outbox.on_slow = on_slow
        return outbox

    @property
    def flusher(self) -> Flusher:
        """What writes the frames of all sockets."""
        flusher: Flusher = self.eio.flusher
        return flusher

    def is_open(self, engine_sid: str) -> bool:
        """Whether the socket is still there."""
        socket = self.eio.sockets.get(engine_sid)
        return socket is not None and not socket.is_deaf

    def codec(self, engine_sid: str) -> Codec:
        """How this socket's packets are encoded."""
        socket = self.eio.sockets.get(engine_sid)
        return Codec.JSON if socket is None or socket.codec is None else socket.codec

    def admission(self, engine_sid: str) -> Admission:
        """How this socket was admitted."""
        admission: Admission = self.eio.sockets[engine_sid].admission
        return admission

    def engine_sid(self, sid: str) -> str:
        """The Engine.IO sid of a Socket.IO sid of the main namespace."""
        return str(self.manager.eio_sid_from_sid(sid, packets.MAIN_NAMESPACE))

    def forget_handshake(self, engine_sid: str) -> None:
        """Let go of the first request, which engineio would keep as long as the connection lives."""
        self.environ[engine_sid] = NO_ENVIRON

    async def shutdown(self) -> None:
        """As `socketio.AsyncServer.shutdown`; sockets without a member are ended too, and all get their last frames."""
        sockets = list(self.eio.sockets.values())
        for socket in sockets:
            socket.outbox.finish()
        if sockets:
            await asyncio.sleep(FLUSH_DEADLINE)
        for socket in sockets:
            socket.end(self.reason.SERVER_DISCONNECT)
            await socket.ended()
        self.eio.heartbeat.close()
        await super().shutdown()

    # --- What comes in ---

    def _engineio_server_class(self) -> type[HubEngine]:
        return HubEngine

    def _opened(self, engine_sid: str, environ: dict[str, Any]) -> None:
        """An Engine.IO connection was opened: as `_handle_eio_connect`, at once."""
        if not self.manager_initialized:
            self.manager_initialized = True
            self.manager.initialize()
        self.environ[engine_sid] = environ
        if self._connect_deadline is not None:
            asyncio.get_running_loop().call_later(self._connect_deadline, self._cut_unless_connected, engine_sid)

    def _cut_unless_connected(self, engine_sid: str) -> None:
        socket = self.eio.sockets.get(engine_sid)
        if socket is None or self.manager.sid_from_eio_sid(engine_sid, packets.MAIN_NAMESPACE) is not None:
            return
        log.info("socket.connect_deadline", connection=log_name(engine_sid))
        socket.end(self.reason.SERVER_DISCONNECT)

    def _take(self, socket: HubSocket, message: bytes, is_text: bool) -> None:
        if socket.must_wait:
            self._keep_waiting(socket, message, is_text)
        elif self._receiver is None:
            self._wait_for(socket, self._handle_plainly(socket, message, is_text))
        else:
            try:
                packet = packets.decode(message, is_text)
            except MalformedPacket as error:
                self._reject_malformed(socket, str(error))
                return
            if packet.type is PacketType.EVENT and packet.namespace == packets.MAIN_NAMESPACE:
                self._receiver.received(socket.sid, packet)
            elif packet.type in (PacketType.CONNECT, PacketType.DISCONNECT):
                self._wait_for(socket, self._handle_packet(socket, packet))
            # What is left asks for nothing: acks, for which the server never asks, and namespaces that there are not.

    def _keep_waiting(self, socket: HubSocket, message: bytes, is_text: bool) -> None:
        assert socket.waiting is not None
        socket.waiting_bytes += len(message) + WAITING_OVERHEAD
        if socket.waiting_bytes > POST_BYTES_MAX:
            self._reject_malformed(socket, "too much before CONNECT was answered")
            return
        socket.waiting.append((message, is_text))

    def _wait_for(self, socket: HubSocket, handling: Coroutine[Any, Any, None]) -> None:
        """Handle a packet that takes time; those that come after it wait."""
        socket.waiting = deque()
        socket.taking = asyncio.get_running_loop().create_task(handling)
        socket.taking.add_done_callback(lambda task: self._go_on(socket, task))

    def _go_on(self, socket: HubSocket, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("packet.failed", connection=log_name(socket.sid), exc_info=error)
        waiting, socket.waiting, socket.taking = socket.waiting, None, None
        while waiting and not socket.is_deaf:
            message, is_text = waiting.popleft()
            socket.waiting_bytes -= len(message) + WAITING_OVERHEAD
            self._take(socket, message, is_text)
            if socket.must_wait:  # this one takes time: the rest goes on waiting, and is not moved about
                socket.waiting = waiting
                return
        socket.waiting_bytes = 0

    async def _handle_plainly(self, socket: HubSocket, message: bytes, is_text: bool) -> None:
        """As python-socketio does, whatever namespaces, handlers and serializer there are."""
        try:
            await super()._handle_eio_message(socket.sid, message[1:].decode() if is_text else message)
        except Exception as error:  # noqa: BLE001 - whatever its parser makes of bad input
            log.info("socket.malformed", connection=log_name(socket.sid), error=type(error).__name__)
            socket.end(self.reason.TRANSPORT_ERROR)

    async def _handle_packet(self, socket: HubSocket, packet: Incoming) -> None:
        try:
            if packet.type is PacketType.CONNECT:
                await self._handle_connect_packet(socket, packet)
            else:
                await self._handle_disconnect(socket.sid, packet.namespace, self.reason.CLIENT_DISCONNECT)
                self._end_unless_signed_in(socket)
        except MalformedPacket as error:
            self._reject_malformed(socket, str(error))

    async def _handle_connect_packet(self, socket: HubSocket, packet: Incoming) -> None:
        if socket.codec is None:
            socket.codec = packet.codec
        if packet.namespace not in self.handlers and packet.namespace not in self.namespace_handlers:
            error = self.packet_class(
                sio_packet.CONNECT_ERROR, data={"message": "Invalid namespace"}, namespace=packet.namespace
            )
            await self._send_packet(socket.sid, error)
            return
        if self.manager.sid_from_eio_sid(socket.sid, packet.namespace) is not None:
            raise MalformedPacket("a second CONNECT")
        await self._handle_connect(socket.sid, packet.namespace, _plain(packet))
        self._end_unless_signed_in(socket)

    def _end_unless_signed_in(self, socket: HubSocket) -> None:
        """One try a connection: guessing, or asking the database again and again, costs a handshake each time."""
        if self.manager.sid_from_eio_sid(socket.sid, packets.MAIN_NAMESPACE) is None:
            socket.outbox.finish()

    def _reject_malformed(self, socket: HubSocket, error: str) -> None:
        """Say so and end this connection; its client comes back with a clean one and resumes."""
        log.info("socket.malformed", connection=log_name(socket.sid), error=error)
        problem = packets.Push("problem", Problem.of(Refused(ErrorCode.MALFORMED)))
        socket.outbox.send(problem.encoded(self.codec(socket.sid)), Lane.DURABLE)
        socket.outbox.finish()

    # --- What goes out ---

    async def _send_packet(self, eio_sid: str, pkt: Any) -> None:
        socket = self.eio.sockets.get(eio_sid)
        if socket is None:
            return
        # Bounded like everything else: a client may ask for these without end, and read none of them.
        for outgoing in messages_of(pkt) if self._receiver is None else [_encoded(pkt, self.codec(eio_sid))]:
            socket.outbox.send(outgoing, Lane.DURABLE)


NO_ENVIRON: dict[str, Any] = {}
"""In place of the environ of a handshake that is over."""


def _encoded(packet: Any, codec: Codec) -> Outgoing:
    """A packet of python-socketio, as a socket of the hub wants it."""
    namespace = packet.namespace or packets.MAIN_NAMESPACE
    return packets.encode(codec, PacketType(packet.packet_type), packet.data, ack=packet.id, namespace=namespace)


def _plain(packet: Incoming) -> Any:
    if packet.payload is None:
        return None
    try:
        return packets.decode_payload(packet.codec, packet.payload, Any)
    except (ValueError, RecursionError) as error:
        raise MalformedPacket(str(error)) from None
