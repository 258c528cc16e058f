"""What a grouping is made of. Values only, no behaviour."""

from msgspec import Struct

from rooms.model import MemberId, RoomId

GROUPS_MAX = 40
"""Groups at a time: two classes of forty in pairs."""

GROUP_MEMBERS_MAX = 100
"""Pupils of one group: half of the largest lesson. More is no group."""


GROUP_NUMBER_MAX = 200
"""No group is counted higher than a project may have rooms (`rooms.project.ROOMS_MAX`)."""


class Group(Struct, frozen=True):
    """Some pupils, and the group room in which they are by themselves. Nobody may be in it yet."""

    room: RoomId
    members: tuple[MemberId, ...]


class Grouping(Struct, frozen=True):
    """The groups that there are now, or (`on` is false) those that there were last.

    `origin`: the room from which they went, and to which they are asked back. Who is in which is kept with the rooms.
    """

    origin: RoomId
    rooms: tuple[RoomId, ...]
    on: bool = True
