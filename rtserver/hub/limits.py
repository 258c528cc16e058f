"""How much one member, and one connection, may ask for: token buckets with the time passed in."""

import math
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from rtserver.config import Settings

MILLISECONDS = 1000


class Rate(Struct, frozen=True):
    """At most `burst` at once and `per_second` in the long run."""

    per_second: float
    burst: int


class Bucket:
    """A token bucket: holds `burst` tokens, refilled at `per_second`; a request takes one, or what it weighs."""

    __slots__ = ("_at", "_rate", "_tokens", "_whole")

    def __init__(self, rate: Rate) -> None:
        self._whole = rate
        self._rate = rate
        self._tokens = float(rate.burst)
        self._at: int | None = None

    def share(self, count: int) -> None:
        """Be one of so many buckets that together hold and gain as much as this one alone did."""
        whole = self._whole
        self._rate = Rate(whole.per_second / count, max(1, whole.burst // count))
        self._tokens = min(self._tokens, float(self._rate.burst))

    def take(self, now: int, amount: float = 1) -> bool:
        """Take so many tokens at `now` (ms). False when there are fewer: the request is over the limit.

        What weighs more than the burst waits until that is full, instead of for ever.
        """
        amount = min(amount, self._rate.burst)
        self._refill(now)
        if self._tokens < amount:
            return False
        self._tokens -= amount
        return True

    def spend(self, now: int, amount: float) -> None:
        """Take so many tokens at `now` (ms), also those that are not there: `wait` before one takes more."""
        self._refill(now)
        self._tokens -= amount

    def wait(self, now: int, amount: float = 0) -> int:
        """Milliseconds from `now` until so many tokens can be taken; 0: until none is owed any more."""
        self._refill(now)
        missing = min(amount, self._rate.burst) - self._tokens
        return max(0, math.ceil(missing / self._rate.per_second * MILLISECONDS))

    def _refill(self, now: int) -> None:
        if self._at is not None:
            gained = max(0, now - self._at) / MILLISECONDS * self._rate.per_second
            self._tokens = min(float(self._rate.burst), self._tokens + gained)
        self._at = now


class Budget(StrEnum):
    """What is counted apart: a call that is being set up must not keep anybody from writing, nor a flood of signals."""

    COMMANDS = "commands"
    SIGNALS = "signals"
    RELAYS = "relays"
    OFFERS = "offers"
    BOARD_SIGNALS = "board_signals"
    BOARD_BYTES = "board_bytes"
    HISTORY_BYTES = "history_bytes"
    SEARCHES = "searches"


Rates = Mapping[Budget, Rate]

RELAYS_RATE = Rate(per_second=10, burst=200)
"""Of one connection to the peers of a mesh: a browser finds some ten candidates for each, within seconds."""

OFFERS_RATE = Rate(per_second=2, burst=24)
"""Of one connection: two to join, two when its network changes, and a flaky one changes often. Each costs the media
worker some milliseconds."""

HISTORY_RATE = Rate(per_second=500_000, burst=2_000_000)
"""Of one member, in bytes of boards' logs: a replay of some hundred strokes comes at once. What is more has to wait,
and a class that replays takes a fraction of the reading that one process can do."""

SEARCHES_RATE = Rate(per_second=3, burst=12)
"""Of one member: somebody who types a word at a time, and looks at what is found. All searches of a process go one
after the other, each some milliseconds."""

CONNECTS_RATE = Rate(per_second=0.5, burst=30)
"""Of one member, by whichever device: a line that breaks again and again, a page that is loaded anew, and three devices
that do so at once stay below it. Each costs a join, and two lines of the log."""

CONNECTING_MAX = 20_000
"""Members of whom that is remembered; beyond that the one who has not connected for longest begins anew."""

STAFF_FACTOR = 8
"""So many times as much as pupils may teachers put on a board, and read of its log: they import whole files, and replay
whole terms."""

DEVICES_ON_BOARDS = 2
"""As much as so many connections may signal on boards, one member may over all of them: a tablet beside a computer."""

DEVICES_IN_CALLS = 3
"""As much as so many connections may ask for, one member may ask for over all of them."""


class MemberLimits:
    """The shared buckets of one member."""

    __slots__ = ("_shared_by", "buckets")

    def __init__(self, rates: Rates) -> None:
        self.buckets = {budget: Bucket(rate) for budget, rate in rates.items()}
        self._shared_by = 1

    def share(self, nodes: int) -> None:
        """The member is connected to so many processes, each of which counts for itself."""
        if nodes != self._shared_by:
            self._shared_by = nodes
            for bucket in self.buckets.values():
                bucket.share(nodes)


class Allowance:
    """What a connection may ask for: its own buckets, and those that it shares with its member's other connections."""

    __slots__ = ("_own", "_shared")

    def __init__(self, rates: Rates, shared: MemberLimits) -> None:
        self._own = {budget: Bucket(rate) for budget, rate in rates.items()}
        self._shared = shared.buckets

    def take(self, budget: Budget, now: int, amount: float = 1) -> bool:
        """Take so many tokens of both at `now` (ms). False when one of the two has fewer."""
        return self._own[budget].take(now, amount) and self._shared[budget].take(now, amount)

    def spend(self, budget: Budget, now: int, amount: float) -> None:
        """Take so many tokens of both at `now` (ms), also those that are not there."""
        self._own[budget].spend(now, amount)
        self._shared[budget].spend(now, amount)

    def wait(self, budget: Budget, now: int) -> int:
        """Milliseconds from `now` until neither has tokens owed to it."""
        return max(self._own[budget].wait(now), self._shared[budget].wait(now))


def times(rate: Rate, count: int) -> Rate:
    """So many times as much."""
    return Rate(rate.per_second * count, rate.burst * count)


def rates_for(rates: Rates, is_staff: bool) -> Rates:
    """What a member may ask for."""
    if not is_staff:
        return rates
    return {
        **rates,
        **{budget: times(rates[budget], STAFF_FACTOR) for budget in (Budget.BOARD_BYTES, Budget.HISTORY_BYTES)},
    }


def rates_of_connections(settings: Settings) -> Rates:
    """What one connection may ask for."""
    return {
        Budget.COMMANDS: Rate(settings.commands_rate, settings.commands_burst),
        Budget.SIGNALS: Rate(settings.signals_rate, settings.signals_burst),
        Budget.RELAYS: RELAYS_RATE,
        Budget.OFFERS: OFFERS_RATE,
        Budget.BOARD_SIGNALS: Rate(settings.board_signals_rate, settings.board_signals_burst),
        Budget.BOARD_BYTES: Rate(settings.board_bytes_rate, settings.board_bytes_burst),
        Budget.HISTORY_BYTES: HISTORY_RATE,
        Budget.SEARCHES: SEARCHES_RATE,
    }


def rates_of_members(settings: Settings) -> Rates:
    """What one member may ask for, by all connections together."""
    of_one = rates_of_connections(settings)
    return {
        **of_one,
        Budget.COMMANDS: Rate(settings.member_commands_rate, settings.member_commands_burst),
        Budget.SIGNALS: Rate(settings.member_signals_rate, settings.member_signals_burst),
        Budget.RELAYS: times(RELAYS_RATE, DEVICES_IN_CALLS),
        Budget.OFFERS: times(OFFERS_RATE, DEVICES_IN_CALLS),
        Budget.BOARD_SIGNALS: times(of_one[Budget.BOARD_SIGNALS], DEVICES_ON_BOARDS),
    }
