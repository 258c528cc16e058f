"""SRTP in place (RFC 3711): the one file of the load tests with pylibsrtp's private binding.

Its public `Session` copies every packet twice and costs three times as much, which would be the generator's bound.
"""

from typing import NamedTuple

from pylibsrtp import Policy, Session
from pylibsrtp._binding import ffi, lib  # type: ignore[import-not-found]

BUFFER_BYTES = 2048
"""A packet of any MTU that we meet, and the tag."""

REPLAY_WINDOW = 1024
"""Packets that may arrive late (libsrtp's own is 128): loss and order are for us to judge."""


class Profile(NamedTuple):
    """A protection profile of DTLS-SRTP (RFC 5764, 4.1.2; RFC 7714, 14.2). Lengths in bytes."""

    name: str
    number: int
    key: int
    salt: int


PROFILES = (
    Profile("SRTP_AEAD_AES_128_GCM", Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 16, 12),
    Profile("SRTP_AES128_CM_SHA1_80", Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 16, 14),
)
"""What we offer, the cheapest first, as every browser has them."""


class Buffer:
    """Memory in which packets are protected and unprotected: `view` is what Python sees of it."""

    def __init__(self) -> None:
        self.memory = ffi.new("char[]", BUFFER_BYTES)
        self.view = memoryview(ffi.buffer(self.memory))
        self.length = ffi.new("int *")


class Srtp:
    """One direction of one session."""

    def __init__(self, key: bytes, profile: Profile, is_inbound: bool) -> None:
        kind = Policy.SSRC_ANY_INBOUND if is_inbound else Policy.SSRC_ANY_OUTBOUND
        policy = Policy(key=key, ssrc_type=kind, srtp_profile=profile.number)
        policy.window_size = REPLAY_WINDOW
        self._session = Session(policy)
        self.handle = self._session._srtp[0]  # noqa: SLF001 - see above
        """For `protect` and `unprotect`."""

    def protect_rtcp(self, packet: bytes) -> bytes:
        """A compound packet."""
        return self._session.protect_rtcp(packet)

    def unprotect_rtcp(self, packet: bytes) -> bytes:
        """A compound packet. Raises `pylibsrtp.Error`."""
        return self._session.unprotect_rtcp(packet)


protect = lib.srtp_protect
"""`protect(srtp.handle, buffer.memory, buffer.length)`: not 0 when it failed; the length grows by the tag."""

unprotect = lib.srtp_unprotect
"""The same the other way."""


def keys(profile: Profile, material: bytes, is_client: bool) -> tuple[Srtp, Srtp]:
    """Of the keying material that DTLS exports (RFC 5764, 4.2): for what we send, and for what we receive."""

    def key(side: int) -> bytes:
        salts = material[2 * profile.key :]
        return (
            material[side * profile.key : (side + 1) * profile.key]
            + salts[side * profile.salt : (side + 1) * profile.salt]
        )

    ours, theirs = (0, 1) if is_client else (1, 0)
    return Srtp(key(ours), profile, is_inbound=False), Srtp(key(theirs), profile, is_inbound=True)


def material_bytes(profile: Profile) -> int:
    """How much of it is needed."""
    return 2 * (profile.key + profile.salt)
