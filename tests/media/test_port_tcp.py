"""`media.port` over TCP: peers behind firewalls, and whoever else finds the port open."""

import asyncio

import pytest

from media.port import TCP_SILENCE_MAX, TCP_STRANGER_DEADLINE, TCP_STRANGERS_MAX, MediaPort
from media.tcp_framing import UNSENT_BYTES_MAX
from tests.media.conftest import MakePeer
from tests.media.peers import Clock, arrives, connected, rtp, until


async def test_nonsense_by_tcp(port: MediaPort, new_peer: MakePeer) -> None:
    """Whoever does not speak RFC 4571 is cut."""
    stranger = new_peer(tcp=True)
    stranger.socket.send(b"GET / HTTP/1.1\r\n\r\n")
    with pytest.raises(ConnectionResetError):
        await stranger.receive()
    assert port.dropped == {"tcp_frame": 1}
    assert port._connections == {}


async def test_slow_strangers(port: MediaPort, new_peer: MakePeer, clock: Clock) -> None:
    """One byte at a time is no way to hold a connection: it has to show whose it is in time."""
    slow, peer = new_peer(tcp=True), new_peer(tcp=True)
    await connected(port, peer)
    await until(lambda: len(port._connections) == 2)
    slow.socket.send(b"\0")
    port.tick(clock.now + TCP_STRANGER_DEADLINE)
    assert len(port._strangers) == 1
    port.tick(clock.now + TCP_STRANGER_DEADLINE + 1)
    with pytest.raises(ConnectionResetError):
        await slow.receive()
    assert port.dropped == {"tcp_stranger": 1}
    assert len(port._connections) == 1


async def test_a_flood_of_strangers(port: MediaPort, new_peer: MakePeer) -> None:
    """The oldest make room for the newest, so that a peer can always come."""
    strangers = []
    for _ in range(TCP_STRANGERS_MAX + 5):
        strangers.append(new_peer(tcp=True))
        await asyncio.sleep(0)
    await until(lambda: port.dropped["tcp_stranger"] == 5)
    assert len(port._connections) == TCP_STRANGERS_MAX
    with pytest.raises(ConnectionResetError):
        await strangers[0].receive()
    _, recorder = await connected(port, new_peer(tcp=True))
    assert recorder.connections == 1


async def test_the_most_connections(port: MediaPort, new_peer: MakePeer, monkeypatch: pytest.MonkeyPatch) -> None:
    """When all are peers', no more come."""
    monkeypatch.setattr("media.port.TCP_CONNECTIONS_MAX", 2)
    for _ in range(2):
        await connected(port, new_peer(tcp=True))
    late = new_peer(tcp=True)
    with pytest.raises(ConnectionResetError):
        await late.receive()
    assert port.dropped == {"tcp_full": 1}


async def test_a_silent_connection(port: MediaPort, new_peer: MakePeer, clock: Clock) -> None:
    """It ends even if its peer goes on elsewhere; what is in use stays."""
    peer, other = new_peer(tcp=True), new_peer(tcp=True)
    transport, _ = await connected(port, peer)
    await connected(port, other)
    clock.now += TCP_SILENCE_MAX
    await peer.find(transport)
    clock.now += 1
    port.tick(clock.now)
    assert len(port._connections) == 1
    assert transport.is_ready


async def test_a_lost_connection(port: MediaPort, new_peer: MakePeer) -> None:
    """Nothing is sent until the peer has found another way; then it goes on with the same keys."""
    peer = new_peer(tcp=True)
    transport, recorder = await connected(port, peer)
    peer.close()
    await until(lambda: not port._connections)
    transport.send_rtp(rtp(5))
    assert port.dropped == {"not_sent": 1}
    peer.socket, peer._stream = peer.new_socket(), b""
    await peer.find(transport)
    transport.send_rtp(rtp(6))
    assert await peer.receive_rtp() == rtp(6)
    await arrives(peer, recorder, 1)


async def test_a_peer_that_does_not_read(port: MediaPort, new_peer: MakePeer) -> None:
    """What it leaves is bounded; the rest is dropped, and others go on."""
    slow, peer = new_peer(tcp=True), new_peer(tcp=True)
    lazy, _ = await connected(port, slow)
    transport, recorder = await connected(port, peer)
    sequence = 0
    while not port.dropped["tcp_slow"]:
        sequence += 1
        lazy.send_rtp(rtp(sequence, ssrc=9, payload=bytes(1100)))
    connection = next(iter(port._connections))
    assert connection._socket is not None
    assert connection._socket.get_write_buffer_size() <= UNSENT_BYTES_MAX
    transport.send_rtp(rtp(5))
    assert await peer.receive_rtp() == rtp(5)
    await arrives(peer, recorder, 1)
    lazy.close()
    await until(lambda: len(port._connections) == 1)
