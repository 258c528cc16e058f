"""How many files, and how many bytes of them, one member may send: so that nobody sends a large one again and again.

Kept in memory, like the limits of commands; what lies in a project for good is limited by `rtserver.files.store.Quota`.
"""

from rooms.errors import ErrorCode, Refused
from rooms.model import MemberId, ProjectId
from rtserver.hub.limits import Bucket, Rate

SENDINGS = Rate(per_second=1 / 15, burst=30)
"""Files of one member: a worksheet's worth of photos at once, and four a minute after that."""

BYTES = Rate(per_second=100_000, burst=100_000_000)
"""Bytes of one member: ten of the largest files at once, and one more every two minutes."""

SAVINGS = Rate(per_second=1 / 10, burst=10)
"""Boards that one member saves: all of a room, and six a minute after that. Each may be tens of megabytes."""

AT_ONCE_MAX = 3
"""Files of one member under way at the same time: what is being received takes space on the disk."""

MEMBERS_MAX = 20_000
"""Members remembered; beyond that the one who has not sent anything for longest begins anew, hours later."""


class _Spent:
    """What one member has sent and saved."""

    __slots__ = ("bytes", "savings", "sendings", "under_way")

    def __init__(self) -> None:
        self.sendings = Bucket(SENDINGS)
        self.bytes = Bucket(BYTES)
        self.savings = Bucket(SAVINGS)
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
            raise Refused(ErrorCode.TOO_MANY_REQUESTS)

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
