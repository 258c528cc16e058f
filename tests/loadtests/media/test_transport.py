"""ICE and DTLS: two of ours connect to each other, and to nobody else."""

import time
from contextlib import suppress

import pytest
from aioice import stun

from loadtests.media import descriptions
from loadtests.media.descriptions import offer
from loadtests.media.identity import Identity
from loadtests.media.srtp import PROFILES
from loadtests.media.transport import DATAGRAM_BYTES_MAX, Transport
from loadtests.problem import Problem
from tests.loadtests.media.pair import SECTIONS, connected, turn, until


def test_two_connect_and_share_keys() -> None:
    one, other = connected()
    assert one.profile == other.profile == PROFILES[0].name
    report = bytes([0x80, 201, 0, 1, 0, 0, 0, 1])
    assert other.inbound.unprotect_rtcp(one.outbound.protect_rtcp(report)) == report
    assert one.inbound.unprotect_rtcp(other.outbound.protect_rtcp(report)) == report
    one.close()
    until(lambda: other.is_closed, other)
    other.close()


def test_another_certificate_is_refused() -> None:
    one, other = Transport(Identity()), Transport(Identity())
    now = time.monotonic()
    answer = descriptions.answer(other, offer(one, SECTIONS))
    other.begin(descriptions.remote(offer(one, SECTIONS)), now, has_offered=False)
    one.begin(descriptions.remote(answer)._replace(fingerprint="00:11"), now)
    with pytest.raises(Problem, match="another fingerprint"):
        until(lambda: one.is_ready, one, other)
    one.close()
    other.close()


def test_a_check_with_another_password_is_not_answered() -> None:
    one, other = connected()
    forged = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    forged.attributes["USERNAME"] = f"{other.ufrag}:{one.ufrag}"
    forged.add_message_integrity(b"a guess")
    for transport in (one, other):  # what is still on its way of their connecting
        with suppress(BlockingIOError):
            while True:
                transport.socket.recv(DATAGRAM_BYTES_MAX)
    other.take(bytes(forged))
    with pytest.raises(BlockingIOError):
        one.socket.recv(DATAGRAM_BYTES_MAX)
    one.close()
    other.close()


def test_garbage_is_nothing() -> None:
    one, other = connected()
    for datagram in (b"", b"\0", b"\x00\x01garbage", bytes([22]) * 40, bytes([255]) * 40):
        one.take(datagram)
    assert one.is_ready
    assert not one.is_closed
    one.close()
    other.close()


def test_nothing_happens_before_it_begins() -> None:
    transport = Transport(Identity())
    transport.tick(time.monotonic())
    turn(transport)
    assert not transport.is_ready
    transport.close()
