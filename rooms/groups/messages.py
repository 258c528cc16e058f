"""The wire of groups, since version 3 of the protocol. Both commands go to the stream `project:<id>`."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from rooms.groups.model import GROUP_MEMBERS_MAX, GROUP_NUMBER_MAX, GROUPS_MAX
from rooms.messages import Accepted, Command, DurableCommand, Id, ShortText


class WantedGroup(Struct, frozen=True, forbid_unknown_fields=True):
    """A group in a group room that there is, or (`room` is null) in a new one of that `name`.

    `number`: nobody gave it the name, "Group 1" in the teacher's language; others read the same in theirs.
    """

    room: Id | None
    name: ShortText | None
    members: Annotated[tuple[Id, ...], Meta(max_length=GROUP_MEMBERS_MAX)]
    number: Annotated[int, Meta(ge=1, le=GROUP_NUMBER_MAX)] | None = None


class GroupsForm(DurableCommand, frozen=True, tag="groups.form"):
    """Teachers send pupils into groups, or arrange anew the groups that there are. Answer: `Accepted`.

    All at once: missing rooms are made, the groups' rooms open, those of former groups close. Pupils may be in at most
    one group, and enter of the groups' rooms theirs only, then and later. `room`: where they come from and go back to.

    A room that an earlier grouping had takes nobody who was not of that group (`other_group`): others wrote there.
    """

    room: Id
    groups: Annotated[tuple[WantedGroup, ...], Meta(min_length=1, max_length=GROUPS_MAX)]


class GroupsEnd(DurableCommand, frozen=True, tag="groups.end"):
    """Teachers ask everybody back: the groups' rooms close; each group may still read its own. Answer: `Accepted`."""


GroupsCommand = GroupsForm | GroupsEnd

GROUPS_RESULTS: dict[type[Command], Any] = {GroupsForm: Accepted, GroupsEnd: Accepted}
"""What each command is answered with."""
