"""What one slot's packets are called on their way out, while the source behind them changes.

A receiver sees one RTP stream per slot: sequence numbers without holes but those of real losses, timestamps and picture
ids that go on. Each class maps one of these for one slot; `switch` is called with the first packet of a new source
(another participant, another simulcast layer, or the same one after a pause), `forward` for each packet.

All of them count modulo a power of two (RFC 1982): what is less than half the circle ahead is newer.
"""

from collections import deque

SEQUENCE_MASK = 0xFFFF
TIMESTAMP_MASK = 0xFFFFFFFF
PICTURE_ID_MASK = 0x7FFF
TL0_INDEX_MASK = 0xFF

SEQUENCE_HALF = 0x8000
TIMESTAMP_HALF = 0x80000000
_PICTURE_ID_HALF = 0x4000
_TL0_INDEX_HALF = 0x80

GAP_MAX = 512
"""Packets that a receiver may miss at once: no cache holds more. A sender that skips numbers on purpose would else take
a slot's numbers half around their circle, and who loses a packet then decrypts nothing in that slot any more (RFC 3711,
3.3.1)."""

RUNS_MAX = 64
"""Runs of packets that are remembered for late packets and NACKs: longer gaps are rare, and a cache is short."""


class SequenceMap:
    """RTP sequence numbers (RFC 3550, 5.1) of one slot.

    Numbers of the source are kept without wrapping, so that a run's beginning stays before what came after it. A run is
    (first number of the source, what is to be added), or (first number, None) for packets of a gap that was too long.
    """

    __slots__ = ("_highest", "_offset", "_runs")

    def __init__(self, first: int) -> None:
        """`first`: the number that the first forwarded packet gets; at random (RFC 3550, 5.1)."""
        self._highest = 0
        """The newest number of the source."""
        self._offset = first - 1
        self._runs: deque[tuple[int, int | None]] = deque(maxlen=RUNS_MAX)

    @property
    def last(self) -> int:
        """The newest outgoing number, without wrapping."""
        return self._highest + self._offset

    def switch(self, first: int) -> None:
        """A new source begins with its packet `first`; whatever it sent before is not forwarded."""
        last_outgoing = self._highest + self._offset
        self._highest = first - 1
        self._offset = last_outgoing - self._highest
        self._runs.clear()
        self._runs.append((first, self._offset))

    def forward(self, sequence: int) -> int | None:
        """The outgoing number of a packet, the same each time. None: too late, or not of the present source."""
        ahead = (sequence - self._highest) & SEQUENCE_MASK
        if 0 < ahead < SEQUENCE_HALF and self._runs:
            if ahead > GAP_MAX:
                self._shorten(ahead - GAP_MAX)
            self._highest += ahead
            return (sequence + self._offset) & SEQUENCE_MASK
        return self._late(self._highest - (-ahead & SEQUENCE_MASK))

    def source_of(self, outgoing: int) -> int | None:
        """Which packet of the present source has an outgoing number: for NACKs. None: none, or too long ago."""
        last_outgoing = self._highest + self._offset
        behind = (last_outgoing - outgoing) & SEQUENCE_MASK
        if behind >= SEQUENCE_HALF:
            return None
        wanted = last_outgoing - behind
        for first, offset in reversed(self._runs):
            if offset is not None and wanted >= first + offset:
                return (wanted - offset) & SEQUENCE_MASK
        return None

    def _shorten(self, packets: int) -> None:
        """The next so many packets of the source have no number: a receiver does not learn of them."""
        self._runs.append((self._highest + 1, None))
        self._offset -= packets
        self._runs.append((self._highest + 1 + packets, self._offset))

    def _late(self, sequence: int) -> int | None:
        for first, offset in reversed(self._runs):
            if sequence >= first:
                return None if offset is None else (sequence + offset) & SEQUENCE_MASK
        return None


class TimestampMap:
    """RTP timestamps of one slot: a new source goes on as much later as the clock says, never earlier."""

    __slots__ = ("_clock_rate", "_latest_at", "_offset", "latest")

    def __init__(self, clock_rate: int, first: int) -> None:
        """`clock_rate` in Hz; `first`: the outgoing timestamp of the first packet, at random."""
        self._clock_rate = clock_rate
        self._offset = first
        self.latest: int | None = None
        """The newest timestamp that went out; None: none yet."""
        self._latest_at = 0.0

    def switch(self, first: int, now: float) -> None:
        """A new source begins with the timestamp `first`."""
        if self.latest is None:
            self._offset = (self._offset - first) & TIMESTAMP_MASK
            return
        elapsed = max(1, round((now - self._latest_at) * self._clock_rate))
        self._offset = (self.latest + elapsed - first) & TIMESTAMP_MASK

    def forward(self, timestamp: int, now: float) -> int:
        """The outgoing timestamp of a packet that goes out now."""
        outgoing = (timestamp + self._offset) & TIMESTAMP_MASK
        latest = self.latest
        if latest is None or 0 < (outgoing - latest) & TIMESTAMP_MASK < TIMESTAMP_HALF:
            self.latest = outgoing
            self._latest_at = now
        return outgoing

    def of(self, timestamp: int) -> int:
        """The same for what is not forwarded: the timestamp in a sender report, or in a retransmission."""
        return (timestamp + self._offset) & TIMESTAMP_MASK


class PictureIdMap:
    """VP8 picture ids and TL0PICIDX of one slot (RFC 7741, 4.2): both go on by one when the source changes."""

    __slots__ = ("_latest_picture", "_latest_tl0", "_picture_offset", "_tl0_offset")

    def __init__(self) -> None:
        self._latest_picture = 0
        self._latest_tl0 = 0
        self._picture_offset = 0
        self._tl0_offset = 0

    def switch(self, picture: int, tl0: int) -> None:
        """A new source begins with this picture id and TL0PICIDX; 0 for what it does not have."""
        self._picture_offset = (self._latest_picture + 1 - picture) & PICTURE_ID_MASK
        self._tl0_offset = (self._latest_tl0 + 1 - tl0) & TL0_INDEX_MASK

    def picture(self, picture: int) -> int:
        """The outgoing picture id, in 15 bits; a descriptor with 7 takes the lower ones."""
        outgoing = (picture + self._picture_offset) & PICTURE_ID_MASK
        if (outgoing - self._latest_picture) & PICTURE_ID_MASK < _PICTURE_ID_HALF:
            self._latest_picture = outgoing
        return outgoing

    def tl0(self, tl0: int) -> int:
        """The outgoing TL0PICIDX."""
        outgoing = (tl0 + self._tl0_offset) & TL0_INDEX_MASK
        if (outgoing - self._latest_tl0) & TL0_INDEX_MASK < _TL0_INDEX_HALF:
            self._latest_tl0 = outgoing
        return outgoing
