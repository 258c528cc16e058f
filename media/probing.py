"""How much more a line carries, tried on purpose: clusters of some packets, faster than what goes out besides.

A receiver's estimate (REMB) follows what it receives: Chromium's begins with the bits that came in the first second or
later, and grows by 8 % a second from there. In the first seconds of a session, however, it takes the rate of evenly
spaced packets for what the line carries, and such a cluster is over before a queue is full. What is sent is padding,
or packets that have been there before, as retransmissions (RFC 4588): whoever has them already throws them away.
"""

import math
from collections.abc import Callable
from typing import NamedTuple, Protocol

from media.rate import LOSS_LOW

WINDOW = 4.0
"""Seconds from the first picture on in which it is tried. Chromium looks for clusters for 2 s, and beyond that until it
has an estimate, for which it waits 5 s at most."""

SETTLED = 2.0
"""Seconds from the first picture on after which a receiver that has an estimate does not look for clusters any more."""

PAUSE = 0.2
"""Seconds from the end of a cluster to the next: the way there and back, and REMB comes five times a second at most.
Twice as long after each that told nothing: a thin line is to empty its queue meanwhile."""

FIRST_RATE = 900_000
"""Bits a second while nothing is known: 3 kB of padding, which the slowest line has carried in a tenth of a second."""

STEP = 4
"""By how much a cluster may be faster than what is known to be carried."""

RATE_MAX = 4_500_000
"""Bits a second of a cluster: a packet every other millisecond, as fine as an event loop's clock can be relied on."""

WANTED_MIN = 2_000_000
"""Bits a second that are tried for at least: how many a layer has is not known when it has just begun, and changes."""

MARGIN = 1.25
"""How much faster than what is wanted a cluster is: of what goes out evenly, some comes late."""

GAP = 0.0025
"""Seconds between two packets, about. Chromium takes packets for a cluster while their gaps differ by less than this:
so it does not matter when one of a picture comes between them."""

PACKETS = 10
"""Packets of a cluster: Chromium needs five, and the more there are, the less does it matter that one is late."""

GROWN = 1.2
"""By how much the estimate is higher after a cluster that has told something: by itself it grows by 8 % a second."""

FALLEN = 0.97
"""Of the best estimate: below, the line is full, and is not tried any more."""


class Timer(Protocol):
    """As `asyncio.TimerHandle`."""

    def cancel(self) -> None:
        """Call it no more."""


Later = Callable[[float, Callable[[], None]], Timer]
"""Calls a function after so many seconds."""


class Cluster(NamedTuple):
    """So many packets of about so many octets, evenly, at this rate (bits a second)."""

    bitrate: int
    packets: int
    octets: int


class Prober:
    """When a subscriber is sent a cluster, and how fast. Times are seconds of one clock."""

    __slots__ = ("_began", "_best", "_busy_until", "_estimate_before", "_is_over", "_pause")

    def __init__(self) -> None:
        self._began: float | None = None
        self._busy_until = 0.0
        self._pause = PAUSE
        self._estimate_before = 0
        self._best = 0
        self._is_over = False

    def begin(self, now: float) -> None:
        """The first picture goes out. Later ones change nothing."""
        if self._began is None:
            self._began = self._busy_until = now

    def is_new(self, now: float) -> bool:
        """Whether the line is still being tried: its estimate may become much better all of a sudden."""
        return self._began is None or now - self._began < WINDOW

    def is_free(self, now: float) -> bool:
        """Whether a cluster may be `due`: the one before has been sent, and had its time to be answered."""
        return not self._is_over and self._began is not None and now >= self._busy_until

    def due(self, wanted: float, estimate: int | None, loss: float, now: float) -> Cluster | None:
        """The cluster that is to be sent now, if any.

        `wanted`: bits a second that would be of use; `estimate`: the receiver's own, if it has said one; `loss`: the
        fraction that it has reported.
        """
        known = estimate or 0
        self._best = max(self._best, known)
        if known < self._best * FALLEN or loss > LOSS_LOW:
            self._is_over = True
        if self._began is None or not self.is_free(now):
            return None
        bitrate = int(min(max(wanted, WANTED_MIN) * MARGIN, RATE_MAX))
        if now - self._began >= (SETTLED if known else WINDOW) or known * MARGIN >= bitrate:
            return None
        bitrate = min(bitrate, max(FIRST_RATE, STEP * known))
        if known > self._estimate_before * GROWN:
            self._pause = PAUSE
        self._estimate_before = known
        octets = math.ceil(bitrate * GAP / 8)
        self._busy_until = now + PACKETS * GAP + self._pause
        self._pause *= 2
        return Cluster(bitrate, PACKETS, octets)


class ClusterRun:
    """Sends a cluster. `send` sends the next packet and returns its octets; 0: nothing can be sent any more."""

    __slots__ = ("_bitrate", "_clock", "_due", "_later", "_left", "_send", "_timer")

    def __init__(self, cluster: Cluster, send: Callable[[], int], later: Later, clock: Callable[[], float]) -> None:
        self._bitrate = cluster.bitrate
        self._left = cluster.packets
        self._send = send
        self._later = later
        self._clock = clock
        self._due = clock()
        self._timer: Timer | None = None

    def step(self) -> None:
        """Send a packet, and see to it that the next one follows."""
        self._timer = None
        octets = self._send()
        self._left -= 1
        if not octets or not self._left:
            return
        gap = octets * 8 / self._bitrate
        now = self._clock()
        # A packet that is late does not make the next one so, unless it would follow at its heels.
        self._due = max(self._due + gap, now + gap / 2)
        self._timer = self._later(self._due - now, self.step)

    def cancel(self) -> None:
        """Send nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
