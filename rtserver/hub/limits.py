"""How much one member, and one connection, may ask for: token buckets with the time passed in."""

from msgspec import Struct

MILLISECONDS = 1000


class Rate(Struct, frozen=True):
    """At most `burst` at once and `per_second` in the long run."""

    per_second: float
    burst: int


class Bucket:
    """A token bucket: holds `burst` tokens, refilled at `per_second`; each request takes one."""

    __slots__ = ("_at", "_rate", "_tokens")

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._tokens = float(rate.burst)
        self._at: int | None = None

    def take(self, now: int) -> bool:
        """Take a token at `now` (ms). False when there is none: the request is over the limit."""
        if self._at is not None:
            gained = max(0, now - self._at) / MILLISECONDS * self._rate.per_second
            self._tokens = min(float(self._rate.burst), self._tokens + gained)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Allowance:
    """What a connection may ask for: its own bucket, and the one that it shares with its member's other connections."""

    __slots__ = ("_own", "_shared")

    def __init__(self, own: Bucket, shared: Bucket) -> None:
        self._own = own
        self._shared = shared

    def take(self, now: int) -> bool:
        """Take a token of both at `now` (ms). False when one of the two has none."""
        return self._own.take(now) and self._shared.take(now)


class MemberLimits:
    """The shared buckets of one member: of commands, and of volatile signals."""

    __slots__ = ("commands", "signals")

    def __init__(self, commands: Rate, signals: Rate) -> None:
        self.commands = Bucket(commands)
        self.signals = Bucket(signals)
