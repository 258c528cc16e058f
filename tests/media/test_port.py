"""`media.port`: whose a datagram is, and what strangers and forgers get: nothing."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from aioice import stun
from aiortc import RTCCertificate

from media.port import (
    ADDRESS_HOLD,
    MediaPort,
)
from media.sdp import Peer
from media.transport import PATHS_MAX
from tests.media.conftest import CERTIFICATE, MakePeer
from tests.media.peers import BarePeer, Clock, Recorder, arrives, connected, rtp, until

both = pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])


# --- Opening ------------------------------------------------------------------------------------------


async def test_ports(port: MediaPort) -> None:
    """The same number for both when any will do; peers are told them."""
    assert [(each.protocol, each.address, each.port) for each in port.candidates] == [
        ("udp", "127.0.0.1", port.udp_port),
        ("tcp", "127.0.0.1", port.tcp_port),
    ]


async def test_wanted_ports(port: MediaPort, clock: Clock) -> None:
    """They are taken, or it is an error, and nothing stays open."""
    with pytest.raises(OSError, match="in use"):
        await MediaPort.open("127.0.0.1", port.udp_port, 0, (), CERTIFICATE, clock)
    with pytest.raises(OSError, match="in use"):
        await MediaPort.open("127.0.0.1", 0, port.tcp_port, (), CERTIFICATE, clock)
    with pytest.raises(ValueError, match="nowhere"):
        await MediaPort.open("127.0.0.1", 0, 0, ("nowhere",), CERTIFICATE, clock)
    udp, tcp = port.udp_port, port.tcp_port
    port.close()
    again = await MediaPort.open("127.0.0.1", udp, tcp, ("192.0.2.1",), CERTIFICATE, clock)
    assert {(each.address, each.port) for each in again.candidates} == {("192.0.2.1", udp)}
    again.close()
    again.close()


async def test_the_number_of_udp_is_taken(clock: Clock) -> None:
    """Then TCP has another."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        opened = await MediaPort.open("127.0.0.1", number, 0, (), CERTIFICATE, clock)
        assert opened.udp_port == number
        assert opened.tcp_port != number
        opened.close()


@pytest.fixture
async def port_for_all(clock: Clock) -> AsyncIterator[MediaPort]:
    opened = await MediaPort.open("::", 0, 0, (), CERTIFICATE, clock)
    yield opened
    opened.close()


@both
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
async def test_both_families(port_for_all: MediaPort, address: str, tcp: bool) -> None:
    """On one socket; a peer of IPv4 is told its address of IPv4."""
    number = port_for_all.tcp_port if tcp else port_for_all.udp_port
    peer = BarePeer((address, number), bind=address, tcp=tcp)
    try:
        transport, recorder = await connected(port_for_all, peer)
        response = await peer.find(transport)
        assert response.attributes["XOR-MAPPED-ADDRESS"] == peer.socket.getsockname()[:2]
        await arrives(peer, recorder, 1)
        transport.send_rtp(rtp(5))
        assert await peer.receive_rtp() == rtp(5)
    finally:
        peer.close()


# --- Strangers ----------------------------------------------------------------------------------------


@both
async def test_strangers(port: MediaPort, new_peer: MakePeer, tcp: bool) -> None:
    """Everything from an address that nobody has claimed is counted, and not answered."""
    peer, stranger = new_peer(tcp), new_peer(tcp)
    transport, recorder = await connected(port, peer)
    for data in (
        peer.tx.protect(rtp(1)),
        b"\x16" + bytes(40),
        b"",
        bytes([64]) + bytes(40),
        bytes([200]) + bytes(40),
        b"\0",
        bytes(20),
        b"GET / HTTP/1.1",
        peer.check(transport, username="nobody:peer"),
        peer.check(transport, username=f"{transport.local.ufrag}:other"),
        peer.check(transport, password="guessed"),
        bytes(stun.Message(stun.Method.BINDING, stun.Class.REQUEST)),
    ):
        stranger.send(data)
    stranger.send(peer.check(transport, password="the last"))
    await until(lambda: port.dropped["stun_forged"] == 2)
    assert port.dropped["stun_unknown"] == 2
    assert port.dropped["stun_malformed"] >= 3
    assert port.dropped["unknown_address"] >= 2
    assert recorder.rtp == []
    with pytest.raises(BlockingIOError):
        stranger.socket.recv(100)
    await arrives(peer, recorder, 2)


async def test_a_peer_of_the_wrong_role(port: MediaPort, new_peer: MakePeer) -> None:
    """A lite agent cannot take the controlling one: the peer is told to."""
    peer, recorder = new_peer(), Recorder()
    transport = port.transport(peer.peer, recorder)
    peer.send(peer.check(transport, controlled=True))
    response = stun.parse_message(await peer.receive())
    assert response.error_code == 487
    assert port.dropped == {"stun_role_conflict": 1}
    await peer.connect(transport)


# --- Addresses ----------------------------------------------------------------------------------------


@both
async def test_a_peer_moves(port: MediaPort, new_peer: MakePeer, tcp: bool) -> None:
    """With a check that nominates; what it has sent from the old address still counts."""
    peer = new_peer()
    transport, recorder = await connected(port, peer)
    old = peer.socket
    if tcp:
        peer.is_tcp, peer.server = True, ("127.0.0.1", port.tcp_port)
    peer.socket = peer.new_socket()
    try:
        await peer.find(transport, nominate=False)
        await arrives(peer, recorder, 1)
        transport.send_rtp(rtp(50, ssrc=9))
        assert peer.rx.unprotect(await asyncio.get_running_loop().sock_recv(old, 2000)) == rtp(50, ssrc=9)
        await peer.find(transport)
        transport.send_rtp(rtp(51, ssrc=9))
        assert await peer.receive_rtp() == rtp(51, ssrc=9)
        old.send(peer.tx.protect(rtp(2)))
        await recorder.until(lambda it: it.rtp[-1] == rtp(2))
    finally:
        old.close()


async def test_nobody_else_moves_it(port: MediaPort, new_peer: MakePeer) -> None:
    """Not media from elsewhere, and not a check that is not signed."""
    peer, forger = new_peer(), new_peer()
    transport, recorder = await connected(port, peer)
    forger.send(peer.tx.protect(rtp(1)))
    forger.send(peer.check(transport, password="guessed"))
    await until(lambda: port.dropped["stun_forged"])
    transport.send_rtp(rtp(5))
    assert await peer.receive_rtp() == rtp(5)
    assert recorder.rtp == []


async def test_the_address_of_another_is_not_taken(port: MediaPort, new_peer: MakePeer, clock: Clock) -> None:
    """Who forges the sender of a check cannot cut another off; when that one is gone, its address is free."""
    peer, forger = new_peer(), new_peer()
    transport, recorder = await connected(port, peer)
    forgers_own = port.transport(forger.peer, Recorder())
    peer.send(forger.check(forgers_own))
    await until(lambda: port.dropped["stun_address_taken"])
    await arrives(peer, recorder, 1)
    clock.now += ADDRESS_HOLD
    peer.send(forger.check(forgers_own))
    assert (await peer.receive())[0] < 4
    peer.send(peer.tx.protect(rtp(2)))
    await until(lambda: port.dropped["srtp_early"])
    transport.send_rtp(rtp(5))
    assert port.dropped["not_sent"] == 1
    assert transport.is_ready


async def test_a_connection_of_another_is_not_taken(port: MediaPort, new_peer: MakePeer) -> None:
    """A connection is one peer's for good."""
    peer, other = new_peer(tcp=True), new_peer()
    _, recorder = await connected(port, peer)
    others = port.transport(other.peer, Recorder())
    peer.send(other.check(others))
    await until(lambda: port.dropped["stun_address_taken"])
    await arrives(peer, recorder, 1)


async def test_a_peer_with_many_addresses(port: MediaPort, new_peer: MakePeer) -> None:
    """It may have some; the one in use and the newest stay."""
    peer = new_peer()
    transport, recorder = await connected(port, peer)
    sockets = [peer.socket]
    try:
        for _ in range(PATHS_MAX + 3):
            peer.socket = peer.new_socket()
            sockets.append(peer.socket)
            await peer.find(transport, nominate=False)
        assert len(port._by_address) == PATHS_MAX
        await arrives(peer, recorder, 1)
        peer.socket = sockets[0]
        await arrives(peer, recorder, 2)
        peer.socket = sockets[1]
        peer.send(peer.tx.protect(rtp(3)))
        await until(lambda: port.dropped["unknown_address"])
    finally:
        for each in sockets:
            each.close()
    transport.close()
    assert port._by_address == {}
    assert port._credentials == {}


# --- ICE restart --------------------------------------------------------------------------------------


async def test_ice_restart(port: MediaPort, new_peer: MakePeer) -> None:
    """New credentials, the same keys; media goes on, and the old credentials end when the new have chosen."""
    peer = new_peer()
    transport, recorder = await connected(port, peer)
    before = transport.local
    old_check = peer.check(transport)
    peer.ufrag, peer.password = "fresh", "q" * 24
    port.restart(transport, peer.peer)
    assert transport.local.ufrag != before.ufrag
    assert transport.local.password != before.password
    assert transport.local.fingerprint == before.fingerprint
    await arrives(peer, recorder, 1)
    peer.send(old_check)
    assert (await peer.receive())[0] < 4
    await peer.find(transport, nominate=False)
    peer.send(old_check)
    assert (await peer.receive())[0] < 4
    old = peer.socket
    peer.socket = peer.new_socket()
    try:
        await peer.find(transport)
        peer.send(old_check)
        await until(lambda: port.dropped["stun_unknown"])
        await arrives(peer, recorder, 2)
        transport.send_rtp(rtp(5))
        assert await peer.receive_rtp() == rtp(5)
        assert recorder.connections == 1
    finally:
        old.close()


async def test_the_same_credentials_are_no_restart(port: MediaPort, new_peer: MakePeer) -> None:
    """A renegotiation leaves the transport as it is."""
    peer = new_peer()
    transport = port.transport(peer.peer, Recorder())
    before = transport.local
    port.restart(transport, peer.peer)
    assert transport.local == before


async def test_many_restarts(port: MediaPort, new_peer: MakePeer) -> None:
    """Two pairs of credentials are kept, and none when it is over."""
    peer = new_peer()
    transport = port.transport(peer.peer, Recorder())
    for index in range(10):
        port.restart(transport, Peer(f"fresh{index}", "q" * 24, peer.peer.fingerprints))
    assert len(port._credentials) == 2
    transport.close()
    assert port._credentials == {}


# --- Under load ---------------------------------------------------------------------------------------


async def test_a_flood_of_handshakes(port: MediaPort, new_peer: MakePeer, clock: Clock) -> None:
    """Hellos from strangers cost nothing; peers that never finish are forgotten in time."""
    peer, stranger = new_peer(), new_peer()
    _, recorder = await connected(port, peer)
    for _ in range(200):
        stranger.send(b"\x16\xfe\xfd" + bytes(100))
        await asyncio.sleep(0)
    await until(lambda: port.dropped["unknown_address"] >= 200)
    half_open = [(port.transport(each.peer, Recorder()), each) for each in [new_peer() for _ in range(20)]]
    for transport, each in half_open:
        await each.find(transport)
        each.send(b"\x16\xfe\xfd" + bytes(100))
    await arrives(peer, recorder, 1)
    clock.now += 16
    await arrives(peer, recorder, 2)
    port.tick(clock.now)
    assert port.dropped["slow_handshake"] == 20
    assert len(port._transports) == len(port._by_address) == 1


async def test_the_same_keys_for_nobody_else(port: MediaPort, new_peer: MakePeer) -> None:
    """A packet of one peer is none from the address of another."""
    one, two = new_peer(), new_peer()
    _, ones = await connected(port, one)
    _, twos = await connected(port, two)
    two.send(one.tx.protect(rtp(1)))
    await until(lambda: port.dropped["srtp_forged"])
    await arrives(one, ones, 2)
    assert twos.rtp == []


async def test_a_full_socket(port: MediaPort, new_peer: MakePeer) -> None:
    """What the kernel does not take is lost and counted, as on any network."""
    peer = new_peer()
    transport, _ = await connected(port, peer)

    def full(data: object, address: object) -> int:
        raise BlockingIOError

    def broken(data: object, address: object) -> int:
        raise OSError("network is unreachable")

    shared = transport._shared
    for failing, reason in ((full, "send_blocked"), (broken, "send_failed")):
        transport._shared = type(shared)(
            **{name: getattr(shared, name) for name in shared.__struct_fields__} | {"sendto": failing}
        )
        transport.send_rtp(rtp(1))
        transport.send_rtcp(bytes([0x80, 201, 0, 1]) + bytes(4))
        assert port.dropped[reason] == 2


async def test_another_certificate(clock: Clock) -> None:
    """Each port has that of its maker."""
    opened = await MediaPort.open("127.0.0.1", 0, 0, (), RTCCertificate.generateCertificate(), clock)
    transport = opened.transport(Peer("abcd", "p" * 24, ()), Recorder())
    assert transport.local.fingerprint != CERTIFICATE.getFingerprints()[0].value
    opened.close()
