"""`media.tcp_framing`: frames cut out of any stream of bytes, and what a peer that does not read costs."""

import asyncio
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.tcp_framing import FRAME_MAX, UNSENT_BYTES_MAX, Deframer, FrameTooLong, TcpConnection


def framed(packet: bytes) -> bytes:
    return len(packet).to_bytes(2, "big") + packet


@given(st.lists(st.binary(max_size=100), max_size=20), st.lists(st.integers(1, 50)))
def test_any_cut_gives_the_same_frames(packets: list[bytes], cuts: list[int]) -> None:
    """However the network cuts the stream, the frames are those that were sent."""
    stream = b"".join(framed(packet) for packet in packets)
    deframer = Deframer()
    frames: list[bytes] = []
    for cut in cuts:
        frames += deframer.feed(stream[:cut])
        stream = stream[cut:]
    frames += deframer.feed(stream)
    assert frames == packets


def test_the_longest_frame() -> None:
    """It passes, byte by byte, too."""
    deframer = Deframer()
    stream = framed(b"x" * FRAME_MAX)
    assert [frame for byte in stream for frame in deframer.feed(bytes([byte]))] == [b"x" * FRAME_MAX]


def test_a_frame_that_is_too_long() -> None:
    """It is refused when its length is known, before it is kept."""
    with pytest.raises(FrameTooLong):
        Deframer().feed((FRAME_MAX + 1).to_bytes(2, "big"))


class Owner:
    """What a port does with connections, written down."""

    def __init__(self) -> None:
        self.dropped: dict[str, int] = defaultdict(int)
        self.frames: list[bytes] = []
        self.opened = self.closed = 0

    def tcp_opened(self, connection: TcpConnection) -> None:
        self.opened += 1

    def tcp_received(self, connection: TcpConnection, frames: list[bytes]) -> None:
        self.frames += frames

    def tcp_closed(self, connection: TcpConnection) -> None:
        self.closed += 1


class Wire(asyncio.Transport):
    """A transport whose other side does not read, from when the test says so."""

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.2.7", 4711, 0, 0)})
        self.written: list[bytes] = []
        self.reads = True
        self.unread = 0
        self.ended: list[str] = []

    def write(self, data: Any) -> None:
        self.written.append(data)
        if not self.reads:
            self.unread += len(data)

    def get_write_buffer_size(self) -> int:
        return self.unread

    def close(self) -> None:
        self.ended.append("close")

    def abort(self) -> None:
        self.ended.append("abort")


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def connection(owner: Owner, wire: Wire) -> TcpConnection:
    connection = TcpConnection(owner, 0.0)
    connection.connection_made(wire)
    return connection


def test_opening(owner: Owner, connection: TcpConnection) -> None:
    """The owner hears of it; the address is known, whichever the family."""
    assert owner.opened == 1
    assert connection.is_open
    assert (connection.host, connection.port) == ("192.0.2.7", 4711)


def test_receiving(owner: Owner, connection: TcpConnection) -> None:
    """The owner gets frames."""
    connection.data_received(b"\0\3ab")
    assert owner.frames == []
    connection.data_received(b"c\0\0")
    assert owner.frames == [b"abc", b""]


def test_nonsense_ends_it(owner: Owner, connection: TcpConnection, wire: Wire) -> None:
    """Whoever speaks HTTP here is cut and counted."""
    connection.data_received(b"GET / HTTP/1.1\r\n")
    assert wire.ended == ["abort"]
    assert owner.dropped == {"tcp_frame": 1}
    assert not connection.is_open


def test_sending(connection: TcpConnection, wire: Wire) -> None:
    """With the length in front."""
    connection.send(b"abc")
    connection.send_framed(b"\0\1x")
    assert wire.written == [b"\0\3abc", b"\0\1x"]


def test_a_peer_that_does_not_read(owner: Owner, connection: TcpConnection, wire: Wire) -> None:
    """Its packets are dropped and counted when too many bytes wait; when it reads again, it goes on."""
    wire.reads = False
    while not owner.dropped:
        connection.send(b"x" * 1000)
    assert UNSENT_BYTES_MAX - 2000 < wire.unread <= UNSENT_BYTES_MAX
    assert owner.dropped == {"tcp_slow": 1}
    wire.unread, before = 0, len(wire.written)
    connection.send(b"x")
    assert len(wire.written) == before + 1


def test_closing(connection: TcpConnection, wire: Wire) -> None:
    """In good order; nothing is sent afterwards."""
    connection.close()
    connection.send(b"x")
    connection.close()
    connection.abort()
    assert wire.ended == ["close"]
    assert wire.written == []


def test_closing_while_the_peer_does_not_read(connection: TcpConnection, wire: Wire) -> None:
    """What waits for it is given up at once."""
    wire.reads = False
    connection.send(b"x")
    connection.close()
    assert wire.ended == ["abort"]


def test_the_other_side_ends_it(owner: Owner, connection: TcpConnection, wire: Wire) -> None:
    """The owner hears of it."""
    connection.connection_lost(None)
    connection.send(b"x")
    assert owner.closed == 1
    assert wire.written == []
