"""SRTP in place (RFC 3711, RFC 7714): the one file with private parts of pylibsrtp.

pylibsrtp's own `Session.protect` allocates and copies for each packet, which costs three times the encryption. So the
functions of libsrtp are called directly, on buffers that live as long as the port. A contract test fails when another
version of pylibsrtp has other private parts.
"""

from collections.abc import Callable
from typing import Any

from aiortc.rtcdtlstransport import SRTP_PROFILES, SRTPProtectionProfile
from pylibsrtp import SRTP_MAX_SRTCP_TRAILER_LEN, Policy, Session
from pylibsrtp._binding import ffi, lib  # type: ignore[import-not-found]

PACKET_MAX = 2048
"""Bytes of the longest packet: those of browsers have up to 1,200, and an Ethernet frame takes 1,500."""

FRAME_HEAD = 2
"""Bytes kept free before a packet: for the length in front of it on TCP (RFC 4571)."""

REPLAY_WINDOW = 1024
"""Packets that may come late: a second of video. Before that, or twice, they are refused (RFC 3711, section 3.3.2)."""

PREFERRED_PROFILES = (b"SRTP_AEAD_AES_128_GCM", b"SRTP_AEAD_AES_256_GCM", b"SRTP_AES128_CM_SHA1_80")
"""AES-128-GCM is the cheapest: 1.5 us a packet, where HMAC-SHA1 takes 1.9. The last is for peers that have nothing
else (RFC 8827, section 6.5)."""

DTLS_LABEL = b"EXTRACTOR-dtls_srtp"
"""Names the keys of SRTP among those that DTLS can export (RFC 5764, section 4.2)."""

AUTHENTICATION_FAILED = 7
REPLAYED = frozenset({9, 10})
"""Of srtp_err_status_t: not by this peer, or changed on the way; seen before, or too old to know."""

Context = Any
"""srtp_t: what libsrtp knows of one direction."""

# Each takes a context, a pointer and a pointer to the length, changes packet and length, and returns 0 or why not.
protect: Callable[[Context, Any, Any], int] = lib.srtp_protect
unprotect: Callable[[Context, Any, Any], int] = lib.srtp_unprotect
protect_rtcp: Callable[[Context, Any, Any], int] = lib.srtp_protect_rtcp
unprotect_rtcp: Callable[[Context, Any, Any], int] = lib.srtp_unprotect_rtcp

PROFILES: tuple[SRTPProtectionProfile, ...] = tuple(
    profile for name in PREFERRED_PROFILES for profile in SRTP_PROFILES if profile.openssl_profile == name
)
"""What we offer in DTLS, the best first, as far as this libsrtp has it."""


class PacketBuffer:
    """Memory for one packet, which libsrtp changes in place.

    `view`: to write the packet to, and to send it from. `buffer`: the same, but slices of it are bytes of their own.
    `framed`: the same from the length of RFC 4571 on. `pointer` and `length` are for the functions of this module;
    `length[0]` is the packet's. A packet may have `PACKET_MAX` bytes before it is protected, and more after.
    """

    __slots__ = ("_memory", "buffer", "framed", "length", "pointer", "view")

    def __init__(self) -> None:
        aligned_head = 8
        size = PACKET_MAX + SRTP_MAX_SRTCP_TRAILER_LEN
        self._memory = ffi.new("char[]", aligned_head + size)
        self.pointer: Any = self._memory + aligned_head
        self.length: Any = ffi.new("int *")
        self.buffer: Any = ffi.buffer(self.pointer, size)
        self.view = memoryview(self.buffer)
        self.framed = memoryview(ffi.buffer(self._memory + aligned_head - FRAME_HEAD, FRAME_HEAD + size))


class Keys:
    """The keys of one direction. `context` is for the functions of this module, and valid as long as this object.

    Whoever protects packets must never give two different packets of one SSRC the same sequence number: with AES-GCM
    that would disclose both (RFC 7714, section 8.1). The very same packet may be sent again.
    """

    __slots__ = ("_session", "context")

    def __init__(self, profile: SRTPProtectionProfile, key: bytes, ssrc_type: int) -> None:
        policy = Policy(key=key, ssrc_type=ssrc_type, srtp_profile=profile.libsrtp_profile)
        policy.allow_repeat_tx = True
        policy.window_size = REPLAY_WINDOW
        self._session = Session(policy)
        self.context: Context = self._session._srtp[0]  # noqa: SLF001

    def forget(self, ssrc: int) -> None:
        """Free what libsrtp remembers of a stream; it begins anew should it come again."""
        self._session.remove_stream(ssrc)


def derive_keys(profile_name: bytes, export: Callable[[bytes, int], bytes]) -> tuple[Keys, Keys]:
    """The keys to receive and to send with, of the side that was the DTLS server (RFC 5764, section 4.2).

    `profile_name` is OpenSSL's, of one of `PROFILES`; `export` takes a label and a length. Raises `ValueError`.
    """
    for profile in PROFILES:
        if profile.openssl_profile == profile_name:
            material = export(DTLS_LABEL, 2 * (profile.key_length + profile.salt_length))
            return (
                Keys(profile, profile.get_key_and_salt(material, 0), Policy.SSRC_ANY_INBOUND),
                Keys(profile, profile.get_key_and_salt(material, 1), Policy.SSRC_ANY_OUTBOUND),
            )
    raise ValueError("no profile of SRTP was agreed on")
