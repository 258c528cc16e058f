"""Pupils of two classes, and short ways to send them into groups."""

from collections.abc import Sequence

from rooms import events
from rooms.errors import ErrorCode
from rooms.events import Body
from rooms.model import MemberId, RoomId
from rooms.permissions import Action, denial
from tests.rooms.samples import CLAIRE, CLASS_ROOM, LiveProject, refusal


class School:
    """`zoe` and `leo` are French, `jan` and `ola` Polish, as is the pupil-admin `ewa`; `guest` is a visitor."""

    def __init__(self) -> None:
        self.live = LiveProject()
        add = self.live.add
        self.zoe, self.leo = (add("pupil", "fr") for _ in range(2))
        self.jan, self.ola = (add("pupil", "pl") for _ in range(2))
        self.ewa = add("pupil-admin", "pl")
        self.guest = add("visitor", None)
        self.pupils = (self.zoe, self.leo, self.jan, self.ola, self.ewa)

    def form(self, *groups: tuple[RoomId | None, Sequence[MemberId]], origin: RoomId = CLASS_ROOM) -> list[Body]:
        """Form groups, in rooms that there are or (None) in new ones; what has happened."""
        wanted = [
            {"room": room, "name": "Oder" if room is None else None, "members": list(members)}
            for room, members in groups
        ]
        return self.live.do(CLAIRE, "groups.form", room=origin, groups=wanted)

    def rooms(self, *groups: Sequence[MemberId]) -> tuple[RoomId, ...]:
        """Form groups in new rooms; the rooms."""
        formed = next(body for body in self.form(*((None, group) for group in groups)) if is_formed(body))
        assert isinstance(formed, events.GroupsFormed)
        return tuple(group.room for group in formed.groups)

    def refused(self, *groups: tuple[RoomId | None, Sequence[MemberId]], origin: RoomId = CLASS_ROOM) -> ErrorCode:
        """Why they cannot be formed."""
        code = refusal(self.form, *groups, origin=origin)
        assert code is not None, "it was allowed"
        return code

    def end(self) -> list[Body]:
        """Everybody back."""
        return self.live.do(CLAIRE, "groups.end")

    def denied(self, member: MemberId, room: RoomId, action: Action = Action.READ_ROOM) -> ErrorCode | None:
        """Why somebody may not read (or do something else in) a room."""
        return denial(self.live.state.standing(member, True, room), action)

    def readers(self, room: RoomId) -> set[MemberId]:
        """Those of the pupils who may read a room."""
        return {pupil for pupil in self.pupils if self.denied(pupil, room) is None}


def is_formed(body: Body) -> bool:
    """Whether this says who is in which group."""
    return isinstance(body, events.GroupsFormed)
