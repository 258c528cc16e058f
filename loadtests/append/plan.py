"""What is measured of the log, and what has to be reached."""

from msgspec import Struct

DATABASES = ("postgresql", "sqlite")


class Plan(Struct, frozen=True):
    """`rate` messages a second, spread over `rooms` of `members` each, at random moments as independent people make
    them; `rounds` of `seconds` after `warm_up` seconds that do not count."""

    database: str = DATABASES[0]
    rooms: int = 20
    members: int = 60
    rate: float = 500.0
    rounds: int = 3
    seconds: float = 10.0
    warm_up: float = 2.0


OVER_COMMIT_MS_MAX = 15.0
"""Milliseconds that the p99 of an append may be above one commit's own time (its median, on the same server)."""

LATE_MS_MAX = 5.0
"""Milliseconds by which the generator may be late at its 99th percentile before its figures are called disturbed."""
