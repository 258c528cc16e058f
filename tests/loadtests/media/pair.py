"""Two transports that are connected to each other, without a server."""

import select
import time
from collections.abc import Callable

from loadtests.media import descriptions
from loadtests.media.descriptions import Section
from loadtests.media.identity import Identity
from loadtests.media.transport import DATAGRAM_BYTES_MAX, Transport

DEADLINE = 10.0
SECTIONS = (Section("0", is_video=False, ssrc=1), Section("1", is_video=True, ssrc=2))


def begin(offerer: Transport, answerer: Transport, now: float) -> None:
    """As two browsers would: the one offers, the other answers and begins DTLS."""
    offer = descriptions.offer(offerer, SECTIONS)
    answer = descriptions.answer(answerer, offer)
    answerer.begin(descriptions.remote(offer), now, has_offered=False)
    offerer.begin(descriptions.remote(answer), now)


def turn(*transports: Transport) -> None:
    """Wait for a datagram and hand it over; what is due is done."""
    ready, _, _ = select.select([transport.socket for transport in transports], [], [], 0.01)
    for transport in transports:
        if transport.socket in ready:
            transport.take(transport.socket.recv(DATAGRAM_BYTES_MAX))
        transport.tick(time.monotonic())


def until(is_done: Callable[[], bool], *transports: Transport) -> None:
    end = time.monotonic() + DEADLINE
    while not is_done():
        assert time.monotonic() < end, "it takes too long"
        turn(*transports)


def connected() -> tuple[Transport, Transport]:
    offerer, answerer = Transport(Identity()), Transport(Identity())
    begin(offerer, answerer, time.monotonic())
    until(lambda: offerer.is_ready and answerer.is_ready, offerer, answerer)
    return offerer, answerer
