"""How many files one member may send and ask for, and how many bytes: so that nobody does it again and again.

Kept in memory, like the limits of commands; what lies in a project for good is limited by `rtserver.files.store.Quota`.
"""

import math
from http import HTTPStatus

from rooms.errors import ErrorCode, Refused
from rooms.model import MemberId, ProjectId
from rtserver.http import HttpRefused
from rtserver.hub.limits import Bucket, Rate

SENDINGS = Rate(per_second=1 / 15, burst=30)
"""Files of one member: a worksheet's worth of photos at once, and four a minute after that."""

BYTES = Rate(per_second=100_000, burst=100_000_000)
"""Bytes of one member: ten of the largest files at once, and one more every two minutes."""

SAVINGS = Rate(per_second=1 / 10, burst=10)
"""Boards that one member saves: all of a room, and six a minute after that. Each may be tens of megabytes."""

LOOKS = Rate(per_second=20, burst=400)
"""Pictures that one member asks for: those of a room full of boards at once. A page keeps what it was given."""

AT_ONCE_MAX = 3
"""Files of one member under way at the same time: what is being received takes space on the disk."""

MEMBERS_MAX = 20_000
"""Members remembered; beyond that the one who has not sent anything for longest begins anew, hours later."""


class _Spent:
    """What one member has sent, saved and looked at."""

    __slots__ = ("bytes", "looks", "savings", "sendings", "under_way")

    def __init__(self) -> None:
        self.sendings = Bucket(SENDINGS)
        self.bytes = Bucket(BYTES)
        self.savings = Bucket(SAVINGS)
        self.looks = Bucket(LOOKS)
        self.under_way = 0


class Budgets:
    """The budgets of all members; time is milliseconds since 1970 UTC.

    Methods raise `Refused` with TOO_MANY_REQUESTS.
    """

    def __init__(self) -> None:
        self._spent: dict[tuple[ProjectId, MemberId], _Spent] = {}

    def begin(self, project: ProjectId, member: MemberId, now: int) -> None:
        """A file is coming; `end` it."""
        spent = self._of(project, member)
        if spent.under_way >= AT_ONCE_MAX or not spent.sendings.take(now):
            raise Refused(ErrorCode.TOO_MANY_REQUESTS)
        spent.under_way += 1

    def end(self, project: ProjectId, member: MemberId) -> None:
        """It has been dealt with, well or not."""
        spent = self._spent.get((project, member))
        if spent is not None:
            spent.under_way -= 1

    def came(self, project: ProjectId, member: MemberId, count: int, now: int) -> None:
        """So many bytes have come."""
        if not self._of(project, member).bytes.take(now, count):
            raise Refused(ErrorCode.TOO_MANY_REQUESTS)

    def save(self, project: ProjectId, member: MemberId, now: int) -> None:
        """A board is saved."""
        if not self._of(project, member).savings.take(now):
            raise _too_many(SAVINGS)

    def look(self, project: ProjectId, member: MemberId, now: int) -> None:
        """A picture is asked for."""
        if not self._of(project, member).looks.take(now):
            raise _too_many(LOOKS)

    def _of(self, project: ProjectId, member: MemberId) -> _Spent:
        """Those of a member, put behind all others."""
        key = (project, member)
        spent = self._spent.pop(key, None)
        if spent is None:
            spent = _Spent()
            idle = (known for known, their in self._spent.items() if not their.under_way)
            if len(self._spent) >= MEMBERS_MAX and (oldest := next(idle, None)) is not None:
                del self._spent[oldest]
        self._spent[key] = spent
        return spent


def _too_many(rate: Rate) -> HttpRefused:
    """Of what comes back at `rate`."""
    retry_after = math.ceil(1 / rate.per_second)
    return HttpRefused(HTTPStatus.TOO_MANY_REQUESTS, ErrorCode.TOO_MANY_REQUESTS, retry_after=retry_after)
