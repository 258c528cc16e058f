"""How many files one member may send and ask for, and how many bytes: so that nobody does it again and again.

Kept in memory, like the limits of commands; what lies in a project for good is limited by `rtserver.files.store.Quota`.
"""

from http import HTTPStatus

from rooms.errors import ErrorCode
from rooms.model import MemberId, ProjectId
from rtserver.budgets import Remembered, take
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

RETRY_AFTER = 5
"""Seconds after which one who has so many may ask again: that a photo takes on a line of middling speed."""

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


class FileBudgets:
    """The budgets of all members; time is milliseconds since 1970 UTC.

    Methods raise `Refused` with TOO_MANY_REQUESTS, which says when to ask again.
    """

    def __init__(self) -> None:
        self._spent: Remembered[tuple[ProjectId, MemberId], _Spent] = Remembered(
            _Spent, MEMBERS_MAX, is_busy=lambda spent: spent.under_way > 0
        )

    def begin(self, project: ProjectId, member: MemberId, now: int) -> None:
        """A file is coming; `end` it."""
        spent = self._spent.of((project, member))
        if spent.under_way >= AT_ONCE_MAX:
            raise HttpRefused(HTTPStatus.TOO_MANY_REQUESTS, ErrorCode.TOO_MANY_REQUESTS, retry_after=RETRY_AFTER)
        take(spent.sendings, now)
        spent.under_way += 1

    def end(self, project: ProjectId, member: MemberId) -> None:
        """It has been dealt with, well or not."""
        spent = self._spent.known((project, member))
        if spent is not None:
            spent.under_way -= 1

    def came(self, project: ProjectId, member: MemberId, count: int, now: int) -> None:
        """So many bytes have come."""
        take(self._spent.of((project, member)).bytes, now, count)

    def save(self, project: ProjectId, member: MemberId, now: int) -> None:
        """A board is saved."""
        take(self._spent.of((project, member)).savings, now)

    def look(self, project: ProjectId, member: MemberId, now: int) -> None:
        """A picture is asked for."""
        take(self._spent.of((project, member)).looks, now)
