"""How many cards one teacher may have made: each costs some milliseconds, and nobody prints a class ten times."""

from http import HTTPStatus

from rooms.errors import ErrorCode
from rooms.model import MemberId, ProjectId
from rtserver.http import HttpRefused
from rtserver.hub.limits import Bucket, Rate

CARDS_MAX = 120
"""Cards of one sheet: fifteen pages, and half a second of work. A year group is printed class by class."""

CARDS = Rate(per_second=1, burst=6 * CARDS_MAX)
"""Of one teacher: a class again and again while the printer is being talked to, and a card a second after that."""

MEMBERS_MAX = 5_000
"""Teachers remembered; beyond that the one who has not printed for longest begins anew."""


class CardBudgets:
    """The budgets of all teachers, in memory like the limits of commands; time is milliseconds since 1970 UTC."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[ProjectId, MemberId], Bucket] = {}

    def take(self, project: ProjectId, member: MemberId, cards: int, now: int) -> None:
        """So many cards are asked for. Raises `Refused` with TOO_MANY_REQUESTS."""
        bucket = self._buckets.pop((project, member), None) or Bucket(CARDS)
        if len(self._buckets) >= MEMBERS_MAX:
            del self._buckets[next(iter(self._buckets))]
        self._buckets[project, member] = bucket
        if not bucket.take(now, cards):
            retry_after = round(cards / CARDS.per_second)
            raise HttpRefused(HTTPStatus.TOO_MANY_REQUESTS, ErrorCode.TOO_MANY_REQUESTS, retry_after=retry_after)

    def __len__(self) -> int:
        """Teachers remembered."""
        return len(self._buckets)
