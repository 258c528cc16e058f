"""`media.srtp` against pylibsrtp's public interface, and the private parts that it stands on."""

from collections.abc import Callable
from importlib.metadata import version

import pylibsrtp
import pytest
from aiortc.rtcdtlstransport import SRTP_PROFILES, SRTPProtectionProfile
from pylibsrtp import _binding

from media.srtp import (
    AUTHENTICATION_FAILED,
    FRAME_HEAD,
    PACKET_MAX,
    PROFILES,
    REPLAY_WINDOW,
    REPLAYED,
    Keys,
    PacketBuffer,
    derive_keys,
    protect,
    protect_rtcp,
    unprotect,
    unprotect_rtcp,
)
from tests.media.peers import receiver_report, rtp

profiles = pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.openssl_profile.decode())


def material(label: bytes, length: int) -> bytes:
    """What DTLS would export."""
    assert label == b"EXTRACTOR-dtls_srtp"
    return bytes(index % 251 for index in range(length))


class Other:
    """The peer: the DTLS client's side, by pylibsrtp's public interface."""

    def __init__(self, profile: SRTPProtectionProfile) -> None:
        exported = material(b"EXTRACTOR-dtls_srtp", 2 * (profile.key_length + profile.salt_length))

        def session(side: int, kind: int) -> pylibsrtp.Session:
            key = profile.get_key_and_salt(exported, side)
            return pylibsrtp.Session(pylibsrtp.Policy(key=key, ssrc_type=kind, srtp_profile=profile.libsrtp_profile))

        self.tx = session(0, pylibsrtp.Policy.SSRC_ANY_OUTBOUND)
        self.rx = session(1, pylibsrtp.Policy.SSRC_ANY_INBOUND)


class Side:
    """Ours."""

    def __init__(self, profile: SRTPProtectionProfile = PROFILES[0]) -> None:
        self.rx, self.tx = derive_keys(profile.openssl_profile, material)
        self.buffer = PacketBuffer()

    def run(self, function: Callable[..., int], keys: Keys, packet: bytes) -> int:
        self.buffer.view[: len(packet)] = packet
        self.buffer.length[0] = len(packet)
        return function(keys.context, self.buffer.pointer, self.buffer.length)

    @property
    def packet(self) -> bytes:
        return bytes(self.buffer.buffer[: self.buffer.length[0]])


def test_contract() -> None:
    """The private parts are those of this version, and only of this."""
    assert version("pylibsrtp") == "1.0.0"
    assert pylibsrtp.ERRORS[AUTHENTICATION_FAILED] == "authentication failure"
    assert [pylibsrtp.ERRORS[each] for each in sorted(REPLAYED)] == [
        "replay check failed (bad index)",
        "replay check failed (index too old)",
    ]
    for name in ("srtp_protect", "srtp_unprotect", "srtp_protect_rtcp", "srtp_unprotect_rtcp"):
        assert hasattr(_binding.lib, name)
    assert pylibsrtp.Session()._srtp[0]


def test_gcm_comes_first() -> None:
    """All that aiortc knows, the cheapest first."""
    assert PROFILES[0].openssl_profile == b"SRTP_AEAD_AES_128_GCM"
    assert sorted(map(repr, PROFILES)) == sorted(map(repr, SRTP_PROFILES))


@profiles
def test_both_ways(profile: SRTPProtectionProfile) -> None:
    """The peer reads what we protect, and we what it does."""
    other, side = Other(profile), Side(profile)
    assert side.run(protect, side.tx, rtp(1)) == 0
    assert other.rx.unprotect(side.packet) == rtp(1)
    assert side.run(protect_rtcp, side.tx, receiver_report()) == 0
    assert other.rx.unprotect_rtcp(side.packet) == receiver_report()
    assert side.run(unprotect, side.rx, other.tx.protect(rtp(2))) == 0
    assert side.packet == rtp(2)
    assert side.run(unprotect_rtcp, side.rx, other.tx.protect_rtcp(receiver_report())) == 0
    assert side.packet == receiver_report()


@profiles
def test_a_replay_is_refused(profile: SRTPProtectionProfile) -> None:
    """The same packet again, and one older than the window."""
    other, side = Other(profile), Side(profile)
    old, packet = other.tx.protect(rtp(1)), other.tx.protect(rtp(2 + REPLAY_WINDOW))
    assert side.run(unprotect, side.rx, packet) == 0
    assert side.run(unprotect, side.rx, packet) in REPLAYED
    assert side.run(unprotect, side.rx, old) in REPLAYED
    report = other.tx.protect_rtcp(receiver_report())
    assert side.run(unprotect_rtcp, side.rx, report) == 0
    assert side.run(unprotect_rtcp, side.rx, report) in REPLAYED


@profiles
def test_a_late_packet_is_taken(profile: SRTPProtectionProfile) -> None:
    """Within the window, in any order."""
    other, side = Other(profile), Side(profile)
    late, packet = other.tx.protect(rtp(1)), other.tx.protect(rtp(REPLAY_WINDOW))
    assert side.run(unprotect, side.rx, packet) == 0
    assert side.run(unprotect, side.rx, late) == 0


@profiles
def test_a_changed_packet_is_refused(profile: SRTPProtectionProfile) -> None:
    """Each byte is authentic."""
    other, side = Other(profile), Side(profile)
    packet = other.tx.protect(rtp(1))
    for position in range(1, len(packet)):
        changed = bytearray(packet)
        changed[position] ^= 1
        assert side.run(unprotect, side.rx, bytes(changed)) != 0
    assert side.run(unprotect, side.rx, packet) == 0


def test_a_retransmission_is_sent() -> None:
    """The very same packet may be protected twice: for peers without RTX."""
    side = Side()
    assert side.run(protect, side.tx, rtp(1)) == 0
    first = side.packet
    assert side.run(protect, side.tx, rtp(2)) == 0
    assert side.run(protect, side.tx, rtp(1)) == 0
    assert side.packet == first


@pytest.mark.parametrize(
    "packet", [b"", b"\x80", bytes(11), b"\x9f" + bytes(11), b"\x90" + bytes(11) + b"\0\0\xff\xff"]
)
def test_garbage_is_refused(packet: bytes) -> None:
    """Too short, and headers that end beyond the packet, in both directions."""
    side = Side()
    for function in (unprotect, unprotect_rtcp):
        assert side.run(function, side.rx, packet) != 0
    assert side.run(protect, side.tx, packet) != 0


def test_the_longest_packet() -> None:
    """It has room for what protecting adds."""
    side = Side()
    packet = rtp(1, payload=bytes(PACKET_MAX - 12))
    assert side.run(protect, side.tx, packet) == 0
    assert PACKET_MAX < side.buffer.length[0] <= len(side.buffer.view)


def test_framed_is_the_same_memory() -> None:
    """The packet with room for its length in front."""
    buffer = PacketBuffer()
    buffer.view[:3] = b"abc"
    buffer.framed[:FRAME_HEAD] = b"\0\3"
    assert bytes(buffer.framed[: FRAME_HEAD + 3]) == b"\0\3abc"
    assert buffer.buffer[:3] == b"abc"


def test_forgetting_a_stream() -> None:
    """libsrtp keeps nothing of it, so it begins anew."""
    other, side = Other(PROFILES[0]), Side()
    packet = other.tx.protect(rtp(1, ssrc=0x01020304))
    assert side.run(unprotect, side.rx, packet) == 0
    side.rx.forget(0x01020304)
    assert side.run(unprotect, side.rx, packet) == 0


def test_no_profile() -> None:
    """A peer without SRTP in its DTLS is refused."""
    with pytest.raises(ValueError, match="no profile"):
        derive_keys(b"", material)
