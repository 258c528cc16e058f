"""`media.transport`: one association, from the first check to its end, with a peer of bare parts on a real socket."""

import gc
import weakref

import pytest
from OpenSSL import SSL

from media.port import MediaPort
from media.srtp import PACKET_MAX
from media.transport import HANDSHAKE_DEADLINE, SETUP_DEADLINE, SILENCE_MAX, SSRCS_MAX
from tests.media.conftest import MakePeer
from tests.media.peers import Clock, Recorder, connected, receiver_report, rtp, until

both = pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])


# --- A life -------------------------------------------------------------------------------------------


@both
async def test_media_goes_both_ways(port: MediaPort, new_peer: MakePeer, tcp: bool) -> None:
    """RTP and RTCP, decrypted and encrypted."""
    peer = new_peer(tcp)
    transport, recorder = await connected(port, peer)
    assert transport.is_ready
    peer.send(peer.tx.protect(rtp(1)))
    peer.send(peer.tx.protect_rtcp(receiver_report()))
    await recorder.until(lambda it: it.rtp and it.rtcp)
    assert (recorder.rtp, recorder.rtcp) == ([rtp(1)], [receiver_report()])
    packet = rtp(7, ssrc=9)
    port.outbound.view[: len(packet)] = packet
    transport.send_buffered(len(packet))
    assert await peer.receive_rtp() == packet
    transport.send_rtp(rtp(8, ssrc=9))
    assert await peer.receive_rtp() == rtp(8, ssrc=9)
    transport.send_rtcp(receiver_report(9))
    assert await peer.receive_rtcp() == receiver_report(9)
    assert port.dropped == {}


async def test_rtcp_leaves_the_buffer_alone(port: MediaPort, new_peer: MakePeer) -> None:
    """A packet that is being written is not disturbed."""
    transport, _ = await connected(port, new_peer())
    port.outbound.view[:4] = b"half"
    transport.send_rtcp(receiver_report())
    assert bytes(port.outbound.view[:4]) == b"half"


@both
async def test_the_peer_says_goodbye(port: MediaPort, new_peer: MakePeer, tcp: bool) -> None:
    """The receiver hears of it, once; nothing is left."""
    peer = new_peer(tcp)
    transport, recorder = await connected(port, peer)
    peer.say_goodbye()
    await recorder.until(lambda it: it.reasons)
    transport.close()
    transport.send_rtp(rtp(1))
    transport.send_rtcp(receiver_report())
    assert recorder.reasons == ["dtls_closed"]
    assert not transport.is_ready
    assert port.dropped == {"not_sent": 2}


async def test_we_say_goodbye(port: MediaPort, new_peer: MakePeer) -> None:
    """The peer hears of it, the receiver does not."""
    peer = new_peer()
    transport, recorder = await connected(port, peer)
    transport.close()
    peer.ssl.bio_write(await peer.receive())
    assert peer.ssl.get_shutdown() == 0
    with pytest.raises(SSL.ZeroReturnError):
        peer.ssl.recv(100)
    assert recorder.reasons == []
    peer.send(peer.tx.protect(rtp(1)))
    await until(lambda: port.dropped["unknown_address"])
    assert recorder.rtp == []


async def test_nothing_is_left_in_memory(port: MediaPort, new_peer: MakePeer) -> None:
    """Transport, keys and receiver are free when it is over."""
    peer = new_peer()
    transport, recorder = await connected(port, peer)
    left: list[weakref.ref[object]] = [weakref.ref(transport), weakref.ref(recorder)]
    transport.close()
    del transport, recorder
    gc.collect()
    assert [each() for each in left] == [None, None]


# --- What a peer may not ------------------------------------------------------------------------------


@both
async def test_replayed_and_forged(port: MediaPort, new_peer: MakePeer, tcp: bool) -> None:
    """Dropped and counted by reason; the next packet is taken."""
    peer = new_peer(tcp)
    _, recorder = await connected(port, peer)
    first = peer.tx.protect(rtp(1))
    forged = bytearray(peer.tx.protect(rtp(2)))
    forged[-1] ^= 1
    report = peer.tx.protect_rtcp(receiver_report())
    for data in (first, first, bytes(forged), report, report, b"\x80\x60", b"\x80\xc8", b"\xbf" * 40):
        peer.send(data)
    peer.send(peer.tx.protect(rtp(3)))
    await recorder.until(lambda it: len(it.rtp) == 2)
    assert recorder.rtp == [rtp(1), rtp(3)]
    assert recorder.rtcp == [receiver_report()]
    assert port.dropped["srtp_replayed"] == 2
    assert port.dropped["srtp_forged"] >= 1
    assert port.dropped["srtp_forged"] + port.dropped["srtp_malformed"] == 4


async def test_media_before_the_handshake(port: MediaPort, new_peer: MakePeer) -> None:
    """There are no keys yet."""
    peer, recorder = new_peer(), Recorder()
    transport = port.transport(peer.peer, recorder)
    await peer.find(transport)
    peer.send(rtp(1, payload=bytes(100)))
    await until(lambda: port.dropped["srtp_early"])
    await peer.shake_hands()
    await recorder.until(lambda it: it.connections)


async def test_a_wrong_fingerprint(port: MediaPort, new_peer: MakePeer) -> None:
    """It never becomes ready, whoever it is."""
    peer, other, recorder = new_peer(), new_peer(), Recorder()
    transport = port.transport(other.peer, recorder)
    peer.ufrag = other.ufrag
    await peer.connect(transport)
    await recorder.until(lambda it: it.reasons)
    assert recorder.reasons == ["dtls_fingerprint"]
    assert recorder.connections == 0
    peer.send(peer.tx.protect(rtp(1)))
    await until(lambda: port.dropped["unknown_address"])
    assert port.dropped["dtls_fingerprint"] == 1


async def test_too_many_ssrcs(port: MediaPort, new_peer: MakePeer) -> None:
    """libsrtp keeps a state for each, so there are only so many; those that were first go on."""
    peer = new_peer()
    _, recorder = await connected(port, peer)
    for ssrc in range(SSRCS_MAX + 10):
        peer.send(peer.tx.protect(rtp(1, ssrc=ssrc)))
    peer.send(peer.tx.protect_rtcp(receiver_report(9999)))
    peer.send(peer.tx.protect(rtp(2, ssrc=0)))
    await recorder.until(lambda it: len(it.rtp) > SSRCS_MAX)
    assert len(recorder.rtp) == SSRCS_MAX + 1
    assert recorder.rtcp == []
    assert port.dropped == {"too_many_ssrcs": 11}


async def test_packets_that_are_too_long(port: MediaPort, new_peer: MakePeer) -> None:
    """Nothing is written beyond the buffer."""
    transport, _ = await connected(port, new_peer())
    transport.send_buffered(PACKET_MAX + 1)
    transport.send_rtp(rtp(1, payload=bytes(PACKET_MAX)))
    transport.send_rtcp(receiver_report() * (PACKET_MAX // 8 + 1))
    transport.send_buffered(3)
    transport.send_rtcp(b"x")
    assert port.dropped == {"not_sent": 3, "not_protected": 2}


class Faulty(Recorder):
    """A receiver with a mistake."""

    def received_rtp(self, packet: bytes, now: float) -> None:
        raise RuntimeError("a mistake")

    def received_rtcp(self, packet: bytes, now: float) -> None:
        raise RuntimeError("a mistake")


@pytest.mark.parametrize("kind", ["rtp", "rtcp"])
async def test_a_mistake_in_the_receiver(
    port: MediaPort, new_peer: MakePeer, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The peer that has found it is let go; others do not notice."""
    peer, other = new_peer(), new_peer()
    transport, _ = await connected(port, peer)
    _, fine = await connected(port, other)
    transport.receiver = faulty = Faulty()
    peer.send(peer.tx.protect(rtp(1)) if kind == "rtp" else peer.tx.protect_rtcp(receiver_report()))
    await faulty.until(lambda it: it.reasons)
    assert faulty.reasons == ["failed"]
    assert [record.levelname for record in caplog.records if record.name == "media.transport"] == ["ERROR"]
    other.send(other.tx.protect(rtp(1)))
    await fine.until(lambda it: it.rtp)


async def test_a_mistake_in_the_end(port: MediaPort, new_peer: MakePeer, caplog: pytest.LogCaptureFixture) -> None:
    """It is written down, and nothing else happens."""

    class Worse(Recorder):
        def connected(self) -> None:
            raise RuntimeError("a mistake")

        def lost(self, reason: str) -> None:
            super().lost(reason)
            raise RuntimeError("another")

    peer, worse = new_peer(), Worse()
    transport = port.transport(peer.peer, worse)
    await peer.connect(transport)
    await worse.until(lambda it: it.reasons)
    assert worse.reasons == ["failed"]
    assert len([record for record in caplog.records if record.name == "media.transport"]) == 2


# --- Time ---------------------------------------------------------------------------------------------


async def test_never_connected(port: MediaPort, new_peer: MakePeer, clock: Clock) -> None:
    """Whoever has made an offer and does not come is forgotten."""
    recorder = Recorder()
    port.transport(new_peer().peer, recorder)
    port.tick(clock.now + SETUP_DEADLINE)
    assert recorder.reasons == []
    port.tick(clock.now + SETUP_DEADLINE + 1)
    assert recorder.reasons == ["never_connected"]


async def test_a_slow_handshake(port: MediaPort, new_peer: MakePeer, clock: Clock) -> None:
    """Whoever begins and does not go on, too."""
    peer, recorder = new_peer(), Recorder()
    transport = port.transport(peer.peer, recorder)
    await peer.find(transport)
    peer.send(b"\x16" + bytes(30))
    await until(lambda: transport._begun is not None)
    port.tick(clock.now + HANDSHAKE_DEADLINE)
    assert recorder.reasons == []
    port.tick(clock.now + HANDSHAKE_DEADLINE + 1)
    assert recorder.reasons == ["slow_handshake"]


async def test_silence(port: MediaPort, new_peer: MakePeer, clock: Clock) -> None:
    """Only what is authentic counts as a sign of life (RFC 7675)."""
    peer = new_peer()
    transport, recorder = await connected(port, peer)
    clock.now += SILENCE_MAX - 1
    peer.send(peer.tx.protect(rtp(1)))
    await recorder.until(lambda it: it.rtp)
    assert transport.last_heard == clock.now
    clock.now += SILENCE_MAX - 1
    await peer.find(transport)
    clock.now += SILENCE_MAX
    peer.send(b"\x80\x60" + bytes(60))
    await until(lambda: port.dropped["srtp_forged"])
    port.tick(clock.now)
    assert recorder.reasons == []
    port.tick(clock.now + 1)
    assert recorder.reasons == ["silent"]


async def test_a_tick_in_a_handshake(port: MediaPort, new_peer: MakePeer, clock: Clock) -> None:
    """Nothing is sent before its time, and the handshake goes on."""
    peer, recorder = new_peer(), Recorder()
    transport = port.transport(peer.peer, recorder)
    await peer.find(transport)
    peer.send(b"\x16" + bytes(30))
    await until(lambda: transport._dtls is not None)
    port.tick(clock.now + 1)
    await peer.shake_hands()
    await recorder.until(lambda it: it.connections)


# --- Identity -----------------------------------------------------------------------------------------


async def test_identity(port: MediaPort, new_peer: MakePeer) -> None:
    """That of DTLS, whatever its ICE credentials are."""
    peer, other = new_peer(), new_peer()
    transport = port.transport(peer.peer, Recorder())
    peer.ufrag, peer.password = "fresh", "q" * 24
    assert transport.has_same_identity(peer.peer)
    assert not transport.has_same_identity(other.peer)
