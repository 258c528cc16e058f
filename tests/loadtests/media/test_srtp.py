"""The contract of pylibsrtp's private binding: what is done in place is what its public `Session` does."""

import os

import pytest
from pylibsrtp import Policy, Session

from loadtests.media import srtp
from loadtests.media.srtp import PROFILES, Buffer, Profile, Srtp, protect, unprotect

PACKET = bytes([0x80, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 7]) + b"payload" * 20


def public(key: bytes, profile: Profile, kind: int) -> Session:
    return Session(Policy(key=key, ssrc_type=kind, srtp_profile=profile.number))


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_in_place_is_as_the_public_session_does_it(profile: Profile) -> None:
    key = os.urandom(profile.key + profile.salt)
    buffer = Buffer()
    buffer.view[: len(PACKET)] = PACKET
    buffer.length[0] = len(PACKET)
    assert protect(Srtp(key, profile, is_inbound=False).handle, buffer.memory, buffer.length) == 0
    protected = bytes(buffer.view[: buffer.length[0]])
    assert public(key, profile, Policy.SSRC_ANY_INBOUND).unprotect(protected) == PACKET
    inbound = Srtp(key, profile, is_inbound=True)
    assert unprotect(inbound.handle, buffer.memory, buffer.length) == 0
    assert bytes(buffer.view[: buffer.length[0]]) == PACKET


def test_a_packet_that_was_changed_or_comes_again_is_refused() -> None:
    profile = PROFILES[0]
    key = os.urandom(profile.key + profile.salt)
    protected = public(key, profile, Policy.SSRC_ANY_OUTBOUND).protect(PACKET)
    inbound, buffer = Srtp(key, profile, is_inbound=True), Buffer()

    def receive(packet: bytes) -> int:
        buffer.view[: len(packet)] = packet
        buffer.length[0] = len(packet)
        return int(unprotect(inbound.handle, buffer.memory, buffer.length))

    assert receive(protected[:-1] + bytes([protected[-1] ^ 1])) != 0
    assert receive(protected) == 0
    assert receive(protected) != 0


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_both_sides_of_a_handshake_fit(profile: Profile) -> None:
    material = os.urandom(srtp.material_bytes(profile))
    out, _ = srtp.keys(profile, material, is_client=True)
    _, into = srtp.keys(profile, material, is_client=False)
    report = bytes([0x80, 201, 0, 1, 0, 0, 0, 1])
    assert into.unprotect_rtcp(out.protect_rtcp(report)) == report
