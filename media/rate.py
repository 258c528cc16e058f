"""How much one subscriber can be sent: from the losses that it reports, and from its own estimate (REMB) if it has one.

The loss rules are those of Google Congestion Control (draft-ietf-rmcat-gcc-02, section 6): little loss, a little more;
much loss, less by half of it; between, no change.
"""

import math

START = 512_000
"""Bits a second before anything is known: a picture and some voices."""

ESTIMATE_MIN, ESTIMATE_MAX = 64_000, 20_000_000
"""Bits a second: below only sound is left, above nothing gets better."""

LOSS_LOW, LOSS_HIGH = 0.02, 0.10
"""Fractions of packets: below the first there is room for more, above the second there is too much."""

CERTAINTY = 2.0
"""Standard deviations by which a loss must lie above `LOSS_HIGH` to count at once. Of 100 packets on a line that loses
5 %, 10 are lost in one second out of forty: a step down for that is a keyframe, and a picture that stands still."""

DOUBT_MAX = 3.0
"""Seconds for which a high loss may be doubted: what is lost by then, is lost."""

GROWTH = 1.08
"""A second, while losses are low: what the same draft takes without losses (section 5.5). 1.05 is meant per report, of
which there may be several a second; once a second, it would not follow a step up within `media.layers.TRIAL_TIME`."""

HEADROOM = 2.0
"""How far the estimate may grow beyond what is sent: a line that was not tried is not known (RFC 7661)."""

INTERVAL = 1.0
"""Seconds between two looks: receivers report that often, and a round trip is over."""

REMB_LIFETIME = 10.0
"""Seconds for which a receiver's own estimate counts: it is repeated every second while it is meant."""


class SendRate:
    """The estimate of one subscriber, in bits a second."""

    __slots__ = (
        "_by_loss",
        "_counted_since",
        "_expected",
        "_looked_at",
        "_lost",
        "_remb",
        "_remb_at",
        "_tried",
        "estimate",
        "loss",
    )

    def __init__(self, now: float) -> None:
        self.estimate = START
        """Bits a second that may be sent."""
        self.loss = 0.0
        """Fraction of packets that were lost in the last interval with reports."""
        self._by_loss = float(START)
        self._remb: int | None = None
        self._remb_at = now
        self._tried = 0
        self._expected = 0
        self._lost = 0.0
        self._looked_at = now
        self._counted_since = now

    def reported(self, expected: int, fraction_lost: float) -> None:
        """A report block: of `expected` packets since the last one of this stream a fraction (0 to 1) was lost."""
        if expected > 0:
            self._expected += expected
            self._lost += expected * min(max(fraction_lost, 0.0), 1.0)

    @property
    def receivers(self) -> int | None:
        """The receiver's own estimate, if it says one."""
        return self._remb

    def tried(self, bitrate: int) -> None:
        """So many bits a second go out for a moment: up to this, what the receiver says next is more than a guess."""
        self._tried = max(self._tried, bitrate)

    def remb(self, bitrate: int, now: float) -> None:
        """The receiver's own estimate (draft-alvestrand-rmcat-remb-03)."""
        self._remb = bitrate
        self._remb_at = now
        if self.loss < LOSS_LOW:
            self._by_loss = max(self._by_loss, min(bitrate, self._tried, ESTIMATE_MAX))
        self._settle(now)

    def advance(self, sent: float, now: float) -> None:
        """Time goes on; `sent`: bits a second that go out now. Call it often, it looks once per `INTERVAL`."""
        if now - self._looked_at < INTERVAL:
            return
        self._looked_at = now
        if self._expected and not self._is_doubtful(now):
            self.loss = self._lost / self._expected
            self._expected, self._lost = 0, 0.0
            self._counted_since = now
            if self.loss < LOSS_LOW:
                grown = min(self._by_loss * GROWTH, max(sent * HEADROOM, START))
                self._by_loss = max(self._by_loss, grown, sent)  # what was sent is what the line carries, at least
            elif self.loss > LOSS_HIGH:
                # It did not get through what was sent: an estimate far beyond that says nothing.
                self._by_loss = min(self._by_loss, max(sent, ESTIMATE_MIN)) * (1 - self.loss / 2)
                self._tried = 0
            self._by_loss = min(max(self._by_loss, ESTIMATE_MIN), ESTIMATE_MAX)
        self._settle(now)

    def _is_doubtful(self, now: float) -> bool:
        """Whether a high loss may be chance, and more packets are to be counted (the deviation is the binomial's)."""
        loss = self._lost / self._expected
        deviation = math.sqrt(loss * (1 - loss) / self._expected)
        is_new = now - self._counted_since < DOUBT_MAX
        return is_new and loss > LOSS_HIGH >= loss - CERTAINTY * deviation

    def _settle(self, now: float) -> None:
        if self._remb is not None and now - self._remb_at > REMB_LIFETIME:
            self._remb = None
        estimate = self._by_loss if self._remb is None else min(self._by_loss, self._remb)
        self.estimate = int(max(estimate, ESTIMATE_MIN))
