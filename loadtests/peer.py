"""One simulated person: a bare Socket.IO client on a non-blocking socket, without a task, a thread or a timer."""

import base64
import errno
import hashlib
import os
import random
import socket
from collections.abc import Callable
from typing import NamedTuple, Protocol

from msgspec import Raw

from loadtests import packets
from loadtests.frames import MASK_BYTES, BrokenStream, FrameReader, Opcode, encode
from loadtests.packets import Kind, Packet, UnreadablePacket
from loadtests.tls import Tls, TlsFailed
from rooms.messages import Command, ConnectAuth

RECEIVE_BYTES = 65_536
"""Bytes taken from a socket at once: hundreds of messages. More would have to be mapped and unmapped for each read."""

HEAD_BYTES_MAX = 16_384
"""Bytes of the answer to the WebSocket handshake before it is taken for garbage."""

KEY_BYTES = 16
"""Random bytes of Sec-WebSocket-Key (RFC 6455, 4.1)."""

ACCEPT_SUFFIX = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""Sec-WebSocket-Accept is the hash of the key and this (RFC 6455, 1.3)."""

SHARED_BYTES_MAX = 8_192
"""Bytes of a chunk worth remembering: what a server writes to everybody in one turn of its loop."""

SHARED_MAX = 256
"""Chunks remembered: those of the last few milliseconds."""

SWITCHING_PROTOCOLS = b" 101 "
BYE = "bye"
"""The event with which the server says why it ends a connection for good."""

HEAD_END = b"\r\n\r\n"


class Address(NamedTuple):
    """Where the server listens."""

    host: str
    port: int


class Listener(Protocol):
    """Who is told what a peer receives. `at`: nanoseconds of `time.perf_counter_ns` when the bytes were read."""

    def opened(self, peer: "Peer") -> None:
        """The Socket.IO connection stands: signed in."""
        ...

    def event(self, peer: "Peer", name: str, payload: Raw, at: int) -> None:
        """The server pushed an event."""
        ...

    def ack(self, peer: "Peer", number: int, payload: Raw, at: int) -> None:
        """The command with this number was answered."""
        ...

    def closed(self, peer: "Peer", reason: str) -> None:
        """The connection has ended, and not by `Peer.close`."""
        ...


class Peer:
    """A client of one member. Knows nothing of time: a `Loop` says when its socket can be read or written."""

    def __init__(
        self,
        address: Address,
        project: str,
        auth: ConnectAuth,
        listener: Listener,
        tls: Tls | None = None,
        host: str | None = None,
        shared: "SharedChunks | None" = None,
    ) -> None:
        """`host`: for the Host header when it is not the address; `shared`: what all peers of a process have read."""
        self.listener = listener
        self.on_backlog: Callable[[Peer], None] = _ignore
        """Told when bytes begin or cease to wait for the socket, or it is paused: the `Loop` watches it accordingly."""
        self.is_paused = False
        self._address = address
        self._tls = tls
        self._host = host or f"{address.host}:{address.port}"
        self._shared = shared
        self._project = project
        self._auth = auth
        self._number = 0
        self._key = base64.b64encode(os.urandom(KEY_BYTES))
        self._head = b""
        self._is_upgraded = False
        self._frames = FrameReader()
        self._waiting = b""
        self._farewell = ""
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.is_closed = False

    def fileno(self) -> int:
        """For the selector."""
        return self._socket.fileno()

    @property
    def has_backlog(self) -> bool:
        """Whether the socket has to be watched for writing."""
        return bool(self._waiting)

    def start(self) -> None:
        """Begin to connect; the WebSocket handshake leaves as soon as the socket can be written."""
        result = self._socket.connect_ex(self._address)
        if result not in (0, errno.EINPROGRESS):
            self._end(os.strerror(result))
            return
        request = (
            f"GET /socket.io/?EIO=4&transport=websocket&project={self._project} HTTP/1.1\r\n"
            f"Host: {self._host}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {self._key.decode()}\r\n\r\n"
        ).encode()
        # The first bytes of TLS are its own; the request follows when the handshake is done.
        self._waiting = self._tls.encrypt(request) if self._tls else request
        self.on_backlog(self)

    def ask(self, command: Command) -> int:
        """Send a command; the number of its ack."""
        self._number += 1
        self._send(packets.command(self._number, command))
        return self._number

    def tell(self, command: Command) -> None:
        """Send a command that wants no ack, as a page does with a volatile one. A refusal comes as a push."""
        self._send(packets.told(command))

    def pause(self) -> None:
        """Stop reading: a page whose computer is asleep."""
        self.is_paused = True
        self.on_backlog(self)

    def resume(self) -> None:
        """Read again."""
        self.is_paused = False
        self.on_backlog(self)

    def writable(self) -> None:
        """Write what waits."""
        self._push(b"")

    def receive(self) -> bytes | None:
        """What has arrived; None when nothing has, or the connection has ended (then the listener knows)."""
        try:
            data = self._socket.recv(RECEIVE_BYTES)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError as error:
            self._end(error.strerror or "connection lost")
            return None
        if not data:
            self._end("the server closed the connection")
            return None
        return data

    def take(self, data: bytes, at: int) -> None:
        """Read what arrived at `at` and tell the listener."""
        try:
            if self._tls is not None:
                data = self._decrypt(data, self._tls)
            known = self._shared.get(data) if self._shared is not None and self._frames.is_between else None
            for packet in self._read(data) if known is None else known:
                if self.is_closed:
                    return
                self._take_packet(packet, at)
        except (BrokenStream, UnreadablePacket) as error:
            self._end(f"unreadable: {error}")
        except TlsFailed as error:
            self._end(str(error))

    def close(self) -> None:
        """Hang up, without a word to the listener."""
        self.is_closed = True
        self._waiting = b""
        self._socket.close()

    def _decrypt(self, data: bytes, tls: Tls) -> bytes:
        plain = tls.decrypt(data)
        answer = tls.encrypt(b"")
        if answer:
            self._push(answer)
        return plain

    def _read(self, data: bytes) -> list[Packet]:
        """The packets in what arrived, with what WebSocket itself asks for in its place among them."""
        is_whole = self._is_upgraded and self._frames.is_between
        if not self._is_upgraded:
            data = self._take_head(data)
        packets_read: list[Packet] = []
        for opcode, payload in self._frames.feed(data) if data else ():
            if opcode is Opcode.TEXT:
                packets_read.append(packets.decode(payload))
                continue
            is_whole = False
            if opcode is Opcode.PING:
                packets_read.append(Packet(Kind.KNOCK, Raw(payload)))
            elif opcode is Opcode.CLOSE:
                packets_read.append(packets.CLOSED)
        if self._shared is not None and is_whole and self._frames.is_between:
            self._shared.put(data, packets_read)
        return packets_read

    def _take_head(self, data: bytes) -> bytes:
        """Read the answer to the handshake; what follows it."""
        self._head += data
        head, end, rest = self._head.partition(HEAD_END)
        if not end:
            if len(self._head) > HEAD_BYTES_MAX:
                raise BrokenStream("an endless answer to the WebSocket handshake")
            return b""
        status = head.partition(b"\r\n")[0]
        if SWITCHING_PROTOCOLS not in status:
            raise BrokenStream(f"no WebSocket: {status.decode('latin-1')} {rest.decode('latin-1')}".strip())
        accept = base64.b64encode(hashlib.sha1(self._key + ACCEPT_SUFFIX, usedforsecurity=False).digest())
        if b"sec-websocket-accept: " + accept.lower() not in head.lower():
            raise BrokenStream("the answer to the WebSocket handshake does not fit our key")
        self._is_upgraded = True
        self._head = b""
        return rest

    def _take_packet(self, packet: Packet, at: int) -> None:
        kind = packet.kind
        if kind is Kind.EVENT:
            if packet.name == BYE:
                self._farewell = f": {bytes(packet.payload).decode()}"
            self.listener.event(self, packet.name, packet.payload, at)
        elif kind is Kind.ACK:
            self.listener.ack(self, packet.number, packet.payload, at)
        elif kind is Kind.PING:
            self._send(packets.PONG)
        elif kind is Kind.KNOCK:
            self._write(encode(Opcode.PONG, bytes(packet.payload), _mask()))
        elif kind is Kind.OPEN:
            self._send(packets.connect(self._auth))
        elif kind is Kind.CONNECTED:
            self.listener.opened(self)
        elif kind is Kind.REFUSED:
            self._end(f"refused: {bytes(packet.payload).decode()}")
        elif kind is Kind.ENDED:
            self._end(f"the server ended the connection{self._farewell}")
        elif kind is Kind.CLOSED:
            self._end("the server closed the WebSocket")

    def _send(self, message: bytes) -> None:
        self._write(encode(Opcode.TEXT, message, _mask()))

    def _write(self, data: bytes) -> None:
        """Send bytes of the WebSocket."""
        if self._tls is not None:
            try:
                data = self._tls.encrypt(data)
            except TlsFailed as error:
                self._end(str(error))
                return
        self._push(data)

    def _push(self, data: bytes) -> None:
        """Write as much as the socket takes; the rest waits."""
        had_backlog = self.has_backlog
        data = self._waiting + data if had_backlog else data
        if self.is_closed or not data:
            return
        try:
            data = data[self._socket.send(data) :]
        except (BlockingIOError, InterruptedError):
            pass
        except OSError as error:
            self._end(error.strerror or "connection lost")
            return
        self._waiting = data
        if self.has_backlog is not had_backlog:
            self.on_backlog(self)

    def _end(self, reason: str) -> None:
        if not self.is_closed:
            self.listener.closed(self, reason)
            self.close()


class SharedChunks:
    """What the peers of a process have read lately, already decoded: a room's members get the very same bytes.

    Decoding them once spares the generator most of its work, as encoding once spares the server's.
    """

    __slots__ = ("_chunks",)

    def __init__(self) -> None:
        self._chunks: dict[bytes, list[Packet]] = {}

    def get(self, data: bytes) -> list[Packet] | None:
        """The packets of a chunk that somebody has read before."""
        return self._chunks.get(data)

    def put(self, data: bytes, packets_read: list[Packet]) -> None:
        """Remember a chunk that begins and ends between two messages."""
        if len(data) > SHARED_BYTES_MAX or any(packet.kind is not Kind.EVENT for packet in packets_read):
            return
        if len(self._chunks) >= SHARED_MAX:
            self._chunks.clear()
        self._chunks[data] = packets_read


def _mask() -> bytes:
    """A mask only has to be there: the server it is sent to is not a proxy to be protected (RFC 6455, 10.3)."""
    return random.randbytes(MASK_BYTES)


def _ignore(peer: Peer) -> None:
    pass
