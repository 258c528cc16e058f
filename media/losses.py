"""What of a source has not come: sequence numbers to ask for again, and the figures of receiver reports."""

from typing import NamedTuple

from media.sequence_map import SEQUENCE_HALF, SEQUENCE_MASK, TIMESTAMP_HALF, TIMESTAMP_MASK

ATTEMPTS_MAX = 5
"""How often a packet is asked for. With 5 % lost both ways each attempt fails once in ten, so three were not enough: a
source sends a hundred packets a second, and each one that never comes stops a picture."""

AGE_MAX = 1.0
"""Seconds after which a packet is given up: the receivers' buffers have gone on without it."""

BEHIND_MAX = 256
"""Packets behind the newest after which a packet is given up; a longer gap is a pause, nothing is asked for."""

FIRST_REQUESTS_MAX = BEHIND_MAX
"""Packets a second, and at once, that are asked for a first time: a line that loses a third of a camera's packets has
100. Who skips numbers on purpose would have us ask for a hundred times as many as it sends, and do nothing else."""

ROUND_TRIP_START = 0.1
"""Seconds to a source and back, before it was measured."""

ROUND_TRIP_MIN, ROUND_TRIP_MAX = 0.02, 0.5
"""Seconds between two requests for the same packet, whatever was measured."""

ROUND_TRIP_WEIGHT = 1 / 8
"""Of a new measurement in the smoothed one (RFC 6298, 2.3); the first one counts alone (2.2)."""

NOTHING: tuple[int, ...] = ()


class _Missing:
    """A packet that has not come."""

    __slots__ = ("asked_at", "attempts", "since")

    def __init__(self, now: float) -> None:
        self.since = now
        self.asked_at = now
        self.attempts = 1


class Losses:
    """Which packets of one source to ask for again, and when. Sequence numbers are kept without wrapping."""

    __slots__ = ("_due_at", "_highest", "_is_measured", "_missing", "_room", "_room_at", "given_up", "round_trip")

    def __init__(self) -> None:
        self._highest: int | None = None
        self._missing: dict[int, _Missing] = {}
        """Oldest first."""
        self._due_at = 0.0
        """No packet needs to be asked for again before."""
        self._is_measured = False
        self._room = float(FIRST_REQUESTS_MAX)
        """First requests that may be made at the time `_room_at`."""
        self._room_at = 0.0
        self.round_trip = ROUND_TRIP_START
        """Seconds, as answered requests measure it."""
        self.given_up = 0
        """Packets that never came."""

    def received(self, sequence: int, now: float) -> tuple[int, ...]:
        """A packet came, on its own or asked for. Sequence numbers to ask for now."""
        highest = self._highest
        if highest is None:
            self._highest = sequence
            return NOTHING
        ahead = (sequence - highest) & SEQUENCE_MASK
        if ahead >= SEQUENCE_HALF or ahead == 0:
            self._found(highest - (-ahead & SEQUENCE_MASK), now)
        else:
            self._highest = highest + ahead
            if ahead > 1:
                return self._lost(highest + 1, highest + ahead, now) + self.due(now)
        return self.due(now) if self._missing else NOTHING

    def due(self, now: float) -> tuple[int, ...]:
        """Sequence numbers to ask for again, because the first request or its answer was lost."""
        if now < self._due_at or not self._missing or self._highest is None:
            return NOTHING
        wait = min(max(self.round_trip, ROUND_TRIP_MIN), ROUND_TRIP_MAX)
        oldest = self._highest - BEHIND_MAX
        again = []
        for sequence, missing in list(self._missing.items()):
            if sequence < oldest or now - missing.since > AGE_MAX:
                del self._missing[sequence]
                self.given_up += 1
            elif now - missing.asked_at >= wait and missing.attempts < ATTEMPTS_MAX:
                missing.attempts += 1
                missing.asked_at = now
                again.append(sequence & SEQUENCE_MASK)
        self._due_at = min((missing.asked_at for missing in self._missing.values()), default=now) + wait
        return tuple(again)

    def reset(self) -> None:
        """The source pauses: what comes next is a beginning."""
        self._highest = None
        self._missing.clear()

    def _lost(self, first: int, end: int, now: float) -> tuple[int, ...]:
        if end - first > BEHIND_MAX:
            self.given_up += len(self._missing)
            self._missing.clear()
            return NOTHING
        if not self._has_room(end - first, now):
            self.given_up += end - first
            return NOTHING
        wait = min(max(self.round_trip, ROUND_TRIP_MIN), ROUND_TRIP_MAX)
        self._due_at = min(self._due_at, now + wait) if self._missing else now + wait
        for sequence in range(first, end):
            self._missing[sequence] = _Missing(now)
        return tuple(sequence & SEQUENCE_MASK for sequence in range(first, end))

    def _has_room(self, packets: int, now: float) -> bool:
        """Whether so many may be asked for a first time now; then they are."""
        gained = max(0.0, now - self._room_at) * FIRST_REQUESTS_MAX
        self._room, self._room_at = min(self._room + gained, float(FIRST_REQUESTS_MAX)), now
        if packets > self._room:
            return False
        self._room -= packets
        return True

    def _found(self, sequence: int, now: float) -> None:
        missing = self._missing.pop(sequence, None)
        if missing is None or missing.attempts > 1:  # which of two requests was answered is not known
            return
        measured = now - missing.asked_at
        if self._is_measured:
            self.round_trip += (measured - self.round_trip) * ROUND_TRIP_WEIGHT
        else:
            self._is_measured = True
            self.round_trip = measured


CUMULATIVE_LOST_MIN, CUMULATIVE_LOST_MAX = -(1 << 23), (1 << 23) - 1
"""What the 24 bits of a report block can say (RFC 3550, 6.4.1)."""


class ReceptionReport(NamedTuple):
    """The figures of a report block, in its units (RFC 3550, 6.4.1)."""

    fraction_lost: int
    cumulative_lost: int
    highest_sequence: int
    jitter: int


class ReceptionStatistics:
    """How one source is received (RFC 3550, A.3 and A.8). Packets that came by RTX do not count (RFC 4588, 6.3)."""

    __slots__ = (
        "_arrival",
        "_clock_rate",
        "_expected_before",
        "_first",
        "_highest",
        "_jitter",
        "_received_before",
        "_timestamp",
        "received",
    )

    def __init__(self, clock_rate: int) -> None:
        """`clock_rate` in Hz."""
        self._clock_rate = clock_rate
        self._first: int | None = None
        self._highest = 0
        self.received = 0
        """Packets, duplicates included."""
        self._expected_before = 0
        self._received_before = 0
        self._arrival = 0.0
        self._timestamp: int | None = None
        self._jitter = 0.0

    def add(self, sequence: int, timestamp: int, now: float) -> None:
        """A packet came."""
        self.received += 1
        if self._first is None:
            self._first = self._highest = sequence
        else:
            ahead = (sequence - self._highest) & SEQUENCE_MASK
            if ahead >= SEQUENCE_HALF:
                return
            self._highest += ahead
        if timestamp != self._timestamp:  # packets of one frame are sent together, and say nothing about the line
            if self._timestamp is not None:
                step = (timestamp - self._timestamp) & TIMESTAMP_MASK
                if step >= TIMESTAMP_HALF:
                    step -= 1 << 32
                late = abs((now - self._arrival) * self._clock_rate - step)
                self._jitter += (late - self._jitter) / 16
            self._timestamp = timestamp
            self._arrival = now

    def report(self) -> ReceptionReport | None:
        """The next report block; its fraction is that since the last one. None: nothing came yet."""
        if self._first is None:
            return None
        expected = self._highest - self._first + 1
        expected_now = expected - self._expected_before
        lost_now = expected_now - (self.received - self._received_before)
        self._expected_before = expected
        self._received_before = self.received
        lost = min(max(expected - self.received, CUMULATIVE_LOST_MIN), CUMULATIVE_LOST_MAX)
        return ReceptionReport(
            fraction_lost=min((lost_now << 8) // expected_now, 255) if lost_now > 0 else 0,
            cumulative_lost=lost,
            highest_sequence=self._highest & 0xFFFFFFFF,
            jitter=min(int(self._jitter), 0xFFFFFFFF),
        )
