"""What the two media sessions of a participant have in common: a transport each, and RTCP.

Which tracks exist and which slots there are is settled once, by the offer; nothing is renegotiated when people come,
go or speak. A session is made for an offer, then `attach`ed to the transport that was made with it as its receiver.
"""

import secrets
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Protocol

from media import rtcp
from media.engine import OfferRefused, ParticipantName
from media.figures import Counters
from media.sdp import Answered, Offer
from media.transport import Transport

FEEDBACK_RATE_MAX = 20_000
"""Octets of RTCP a second that are read of one peer: a browser with all slots sends a few thousand."""

FEEDBACK_BURST = 2.0
"""Seconds of that rate that may come at once."""


def new_ssrc() -> int:
    """An SSRC for a stream of ours."""
    return secrets.randbits(32) or 1


def _outline(offer: Offer) -> list[tuple[str, str]]:
    return [(section.kind, section.mid) for section in offer.sections]


class SessionOwner(Protocol):
    """Who is told what happens to a session."""

    def session_connected(self, session: "Session") -> None:
        """Packets can be sent."""

    def session_lost(self, session: "Session") -> None:
        """It has ended by itself."""


class Session(rtcp.FeedbackReader, ABC):
    """What both have in common: the transport, and RTCP."""

    __slots__ = (
        "_feedback_allowance",
        "_owner",
        "counters",
        "is_connected",
        "now",
        "offer",
        "participant",
        "ssrc",
        "transport",
    )

    def __init__(self, participant: ParticipantName, offer: Offer, owner: SessionOwner, counters: Counters) -> None:
        self.participant = participant
        self.offer = offer
        self.ssrc = new_ssrc()
        """With which our feedback is signed."""
        self.transport: Transport | None = None
        self.is_connected = False
        self.now = 0.0
        """When the RTCP packet came that is being read."""
        self.counters = counters
        self._feedback_allowance = FEEDBACK_RATE_MAX * FEEDBACK_BURST
        self._owner = owner

    def attach(self, transport: Transport) -> None:
        """The transport that this session receives from."""
        self.transport = transport

    def connected(self) -> None:
        """See `media.transport.Receiver`."""
        self.is_connected = True
        self._owner.session_connected(self)

    def lost(self, reason: str) -> None:
        """See `media.transport.Receiver`."""
        self.is_connected = False
        self.counters.sessions_ended += 1
        self._owner.session_lost(self)

    @abstractmethod
    def answers(self) -> Sequence[Answered]:
        """How each section of the offer is answered."""

    def continues_with(self, offer: Offer) -> bool:
        """Whether an offer restarts the ICE of this session. Raises `OfferRefused` when it changes the sections, too.

        Only kinds and mids are compared: a browser may put codecs into another order, but their numbers stay.
        """
        if self.transport is None or not self.transport.has_same_identity(offer.peer):
            return False
        if _outline(offer) != _outline(self.offer):
            raise OfferRefused("the sections of a session do not change: begin a new one")
        return True

    def tick(self, now: float, interval: float) -> None:
        """So many seconds have passed since the last one."""
        most = FEEDBACK_RATE_MAX * FEEDBACK_BURST
        self._feedback_allowance = min(most, max(self._feedback_allowance, 0.0) + FEEDBACK_RATE_MAX * interval)

    def close(self) -> None:
        """End the transport, and be told nothing more."""
        self.is_connected = False
        self.counters.sessions_ended += 1
        if self.transport is not None:
            self.transport.close()

    def send_rtcp(self, packet: bytes) -> None:
        """Send a compound packet, when that is possible."""
        if self.transport is not None and self.is_connected:
            self.transport.send_rtcp(packet)

    def received_rtp(self, packet: bytes, now: float) -> None:
        """See `media.transport.Receiver`."""
        self.counters.drop("RTP where none is taken")

    def reference_time_told(self, ssrc: int, ntp: int) -> None:
        """See `media.rtcp.FeedbackReader`. Without it a browser that only receives repeats a NACK after 100 ms."""
        self.send_rtcp(rtcp.delay_since(self.ssrc, ssrc, ntp))

    def received_rtcp(self, packet: bytes, now: float) -> None:
        """See `media.transport.Receiver`."""
        self.now = now
        self._feedback_allowance -= len(packet)
        if self._feedback_allowance < 0:
            self.counters.drop("RTCP beyond the rate of a peer")
        elif not rtcp.read(packet, self):
            self.counters.drop("malformed RTCP")
