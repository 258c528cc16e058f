"""A teacher shows what they see of a board: whoever comes into the room later is asked to look, too.

Those who are there when it begins are asked by the teacher's page, once (`attention.call`). Who comes later would not
even know that there is something to follow: the board may be put away on their page.
"""

from collections.abc import Iterable

from msgspec import Struct

from rooms.board.model import BoardId
from rooms.lesson.messages import Attention, Part
from rooms.lesson.model import Milliseconds
from rooms.model import MemberId, RoomId

SHOWING_EXPIRES_MS = 3_000
"""Milliseconds without a word after which a teacher does not show a board any more: pages say so every second."""


class _Showing(Struct):
    room: RoomId
    heard_at: Milliseconds
    asked: set[MemberId]
    """Who has been asked to look."""


class Showings:
    """The boards of a project that are shown now. Times are milliseconds since 1970 UTC."""

    def __init__(self) -> None:
        self._showings: dict[tuple[BoardId, MemberId], _Showing] = {}

    def goes_on(self, board: BoardId, teacher: MemberId, now: Milliseconds) -> bool:
        """A teacher says where on the board they are. False: it begins with that."""
        showing = self._showings.get((board, teacher))
        if showing is None or _is_over(showing, now):
            return False
        showing.heard_at = now
        return True

    def begin(
        self, board: BoardId, teacher: MemberId, room: RoomId, here: Iterable[MemberId], now: Milliseconds
    ) -> None:
        """It begins; those who are `here` know."""
        self._showings[board, teacher] = _Showing(room, now, {teacher, *here})

    def take_unasked(self, room: RoomId, member: MemberId, now: Milliseconds) -> Attention | None:
        """What somebody who comes into a room is asked to look at, once for each showing; the newest of several."""
        self._showings = {key: showing for key, showing in self._showings.items() if not _is_over(showing, now)}
        asks = None
        for (board, teacher), showing in self._showings.items():
            if showing.room == room and member not in showing.asked:
                showing.asked.add(member)
                asks = Attention(room, Part.BOARD, teacher, board)
        return asks


def _is_over(showing: _Showing, now: Milliseconds) -> bool:
    return now - showing.heard_at >= SHOWING_EXPIRES_MS
