"""One subscriber: takes what it is sent, unprotects it in place, counts it. Nothing is decoded and nothing allocated.

The loop below is the generator's whole cost, tens of thousands of times a second, so it is one function, and flat.
"""

import random
import struct
from typing import Protocol

from loadtests.media import rtcp
from loadtests.media.arrivals import Arrivals, Counts
from loadtests.media.descriptions import OPUS
from loadtests.media.numbering import AUDIO, MEDIA, NUMBER, NUMBER_BYTES, VIDEO, track_number
from loadtests.media.srtp import Buffer, unprotect
from loadtests.media.transport import Transport

BURST_MAX = 64
"""Packets taken from one socket before the others have their turn."""

REPORT_INTERVAL = 1.0
"""Seconds between two receiver reports."""

LOOK_SECONDS = 0.1
"""In which the sequence numbers for a report are read: each track has sent several packets."""

ESTIMATE = 100_000_000
"""Bits a second that our subscribers say they can take: as on a school's fibre, nothing is held back for their sake."""

RTP_FIRST = 0x80
"""From here on the first byte is that of RTP or RTCP (RFC 7983, 7)."""

PAYLOAD_TYPE_MASK = 0x7F

_HEADER = struct.Struct("!HII")
_HEADER_OFFSET = 2


class Receiver(Protocol):
    """Takes what one subscriber is sent."""

    transport: Transport
    arrivals: Arrivals
    is_numbered: bool
    """Whether its packets' numbers are those that the publisher gave them."""

    def receive(self, now: float) -> None:
        """Everything that is there, up to `BURST_MAX` packets."""
        ...

    def tick(self, now: float) -> None:
        """Do what is due."""
        ...

    def counts(self) -> Counts:
        """So far."""
        ...


class _Reports:
    """What a subscriber tells the server each second, as a browser with a good line does."""

    def __init__(self, transport: Transport, estimate: int | None) -> None:
        """`estimate`: bits a second that one says one can take; None: not a word about it."""
        self._transport = transport
        self._estimate = estimate
        self._ssrc = random.getrandbits(31)
        self._at = 0.0
        self._until = 0.0
        self.highest: dict[int, int] = {}
        self.is_looking = False
        """Whether the headers of packets are to be given to `saw`."""

    def saw(self, view: memoryview) -> None:
        """Note a packet's sequence number."""
        sequence, _, ssrc = _HEADER.unpack_from(view, _HEADER_OFFSET)
        before = self.highest.get(ssrc, sequence)
        # With the cycles in its upper half (RFC 3550, 6.4.1); half a cycle back is a late packet.
        forward = sequence - before & 0xFFFF
        if forward < 1 << 15:
            self.highest[ssrc] = before + forward & 0xFFFFFFFF

    def tick(self, now: float) -> None:
        transport = self._transport
        if not transport.is_ready:
            return
        if self.is_looking and now >= self._until:
            self.is_looking = False
            if self.highest:
                compound = rtcp.receiver_report(self._ssrc, self.highest)
                if self._estimate is not None:
                    compound += rtcp.estimate(self._ssrc, self._estimate, self.highest)
                transport.send(transport.outbound.protect_rtcp(compound))
        elif not self.is_looking and now >= self._at:
            self._at, self._until = now + REPORT_INTERVAL, now + LOOK_SECONDS
            self.is_looking = True


class NumberedReceiver:
    """Behind a server that forwards: every packet says at its end what it is, so what is lost anywhere is seen."""

    is_numbered = True

    def __init__(self, transport: Transport, tracks: int, buffer: Buffer) -> None:
        self.transport = transport
        self.tracks = tracks
        self.arrivals = Arrivals(tracks)
        self._buffer = buffer
        self._reports = _Reports(transport, ESTIMATE)

    def receive(self, now: float) -> None:
        """See `Receiver`."""
        transport, buffer, arrivals = self.transport, self._buffer, self.arrivals
        receive, view, memory, length = transport.socket.recv_into, buffer.view, buffer.memory, buffer.length
        last, tracks, looking = arrivals.last, self.tracks, self._reports.is_looking
        number_of = NUMBER.unpack_from
        handle = transport.inbound.handle if transport.is_ready else None
        delivered = 0
        try:
            for _ in range(BURST_MAX):
                size = receive(view)
                if view[0] < RTP_FIRST or handle is None:
                    transport.take(bytes(view[:size]))
                    handle = transport.inbound.handle if transport.is_ready else None
                    continue
                if 192 <= view[1] < 224:  # RTCP: sender reports, which we do not need
                    continue
                length[0] = size
                if unprotect(handle, memory, length):
                    arrivals.foreign += 1
                    continue
                delivered += 1
                track, number = number_of(view, length[0] - NUMBER_BYTES)
                if track < tracks and last[track] == number - 1:
                    last[track] = number
                else:
                    arrivals.unexpected(track, number)
                if looking:
                    self._reports.saw(view)
        except (BlockingIOError, ConnectionRefusedError):
            pass
        arrivals.delivered += delivered

    def tick(self, now: float) -> None:
        """See `Receiver`."""
        self.transport.tick(now)
        self._reports.tick(now)

    def counts(self) -> Counts:
        """See `Receiver`."""
        return self.arrivals.counts()


class SequencedReceiver:
    """Behind a server that encodes anew: only RTP's own sequence numbers tell what was lost, from the server to us.

    Tracks are told apart by their SSRC, and numbered in the order in which they appear by kind.
    """

    is_numbered = False

    def __init__(self, transport: Transport, tracks: int, buffer: Buffer) -> None:
        self.transport = transport
        self.tracks = tracks
        self.arrivals = Arrivals(tracks)
        self._buffer = buffer
        # An encoder would take it as an invitation: at its own rate, it sends about what the publishers send.
        self._reports = _Reports(transport, None)
        self._tracks: dict[int, int] = {}
        self._numbers: dict[int, int] = {}
        self._seen = [0] * MEDIA

    def receive(self, now: float) -> None:
        """See `Receiver`."""
        transport, buffer, arrivals = self.transport, self._buffer, self.arrivals
        try:
            for _ in range(BURST_MAX):
                size = transport.socket.recv_into(buffer.view)
                if buffer.view[0] < RTP_FIRST or not transport.is_ready:
                    transport.take(bytes(buffer.view[:size]))
                    continue
                if buffer.view[1] in rtcp.TYPES:
                    continue
                buffer.length[0] = size
                if unprotect(transport.inbound.handle, buffer.memory, buffer.length):
                    arrivals.foreign += 1
                    continue
                arrivals.delivered += 1
                self._count(buffer.view)
                self._reports.saw(buffer.view)
        except (BlockingIOError, ConnectionRefusedError):
            pass

    def _count(self, view: memoryview) -> None:
        sequence, _, ssrc = _HEADER.unpack_from(view, _HEADER_OFFSET)
        track = self._tracks.get(ssrc)
        if track is None:
            medium = AUDIO if view[1] & PAYLOAD_TYPE_MASK == OPUS else VIDEO
            track = self._tracks[ssrc] = track_number(self._seen[medium], medium)
            self._seen[medium] += 1
        before = self._numbers.get(track, sequence)
        distance = (sequence - before + 0x8000 & 0xFFFF) - 0x8000
        number = before + distance
        self._numbers[track] = max(before, number)
        if track < self.tracks and self.arrivals.last[track] == number - 1:
            self.arrivals.last[track] = number
        else:
            self.arrivals.unexpected(track, number)

    def tick(self, now: float) -> None:
        """See `Receiver`."""
        self.transport.tick(now)
        self._reports.tick(now)

    def counts(self) -> Counts:
        """See `Receiver`."""
        return self.arrivals.counts()
