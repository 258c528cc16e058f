"""ICE over TCP (RFC 6544): packets in frames (RFC 4571), on connections that the clients open.

Nothing of a connection is trusted until an authenticated connectivity check has come on it. Before and after, what it
may keep of our memory is bounded: one frame that is not complete, and what it does not take of ours.
"""

import asyncio
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from media.transport import Transport

LENGTH_BYTES = 2
"""Bytes of the length before each frame (RFC 4571, section 2)."""

FRAME_MAX = 2048
"""Bytes of the longest frame: that of the longest packet."""

UNSENT_BYTES_MAX = 262_144
"""Bytes that a peer may leave untaken: two seconds of video at 1 Mb/s. Then packets are dropped, as a router would."""


class FrameTooLong(Exception):
    """The other side does not speak RFC 4571, or means us no good."""


class Deframer:
    """Cuts a stream of bytes into frames. Keeps at most one frame."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The frames that are complete with `data`. Raises `FrameTooLong`."""
        stream = self._rest + data if self._rest else data
        frames: list[bytes] = []
        position, end = 0, len(stream)
        while end - position >= LENGTH_BYTES:
            length = stream[position] << 8 | stream[position + 1]
            if length > FRAME_MAX:
                raise FrameTooLong
            following = position + LENGTH_BYTES + length
            if following > end:
                break
            frames.append(stream[position + LENGTH_BYTES : following])
            position = following
        self._rest = stream[position:]
        return frames


class TcpOwner(Protocol):
    """The port, as its connections see it."""

    dropped: dict[str, int]

    def tcp_opened(self, connection: "TcpConnection") -> None:
        """A client has connected."""
        ...

    def tcp_received(self, connection: "TcpConnection", frames: list[bytes]) -> None:
        """Frames have come."""
        ...

    def tcp_closed(self, connection: "TcpConnection") -> None:
        """The connection has ended, whoever did it."""
        ...


class TcpConnection(asyncio.Protocol):
    """One connection. `transport` is whose it is, once a connectivity check has said so.

    `last_heard`: when a frame came that was authentic; until then, when it was opened.
    """

    def __init__(self, owner: TcpOwner, now: float) -> None:
        self._owner = owner
        self._deframer = Deframer()
        self._socket: asyncio.Transport | None = None
        self.host, self.port = "", 0
        self.transport: Transport | None = None
        self.last_heard = now

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._socket = transport
        self.host, self.port = transport.get_extra_info("peername")[:2]
        self._owner.tcp_opened(self)

    def data_received(self, data: bytes) -> None:
        try:
            frames = self._deframer.feed(data)
        except FrameTooLong:
            self._owner.dropped["tcp_frame"] += 1
            self.abort()
            return
        if frames:
            self._owner.tcp_received(self, frames)

    def connection_lost(self, exc: Exception | None) -> None:
        self._socket = None
        self._owner.tcp_closed(self)

    @property
    def is_open(self) -> bool:
        """Whether frames go through."""
        return self._socket is not None

    def send(self, packet: bytes) -> None:
        """Send a packet, or drop it when the peer does not read."""
        self.send_framed(len(packet).to_bytes(LENGTH_BYTES, "big") + packet)

    def send_framed(self, frame: bytes) -> None:
        """The same for a packet that has its length before it already."""
        if self._socket is None:
            return
        if self._socket.get_write_buffer_size() + len(frame) > UNSENT_BYTES_MAX:
            self._owner.dropped["tcp_slow"] += 1
            return
        self._socket.write(frame)

    def close(self) -> None:
        """End it. What a peer that does not read has left is not waited for."""
        if self._socket is not None:
            if self._socket.get_write_buffer_size():
                self._socket.abort()
            else:
                self._socket.close()
            self._socket = None

    def abort(self) -> None:
        """End it at once."""
        if self._socket is not None:
            self._socket.abort()
            self._socket = None
