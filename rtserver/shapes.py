"""What the portals' API and the command line take and give: new things, and things as they are."""

import re
from typing import Annotated

from msgspec import Meta, Struct, ValidationError, field

from rooms.messages import BoardView
from rooms.model import ClassId, MemberId, ProjectId, ProjectPhase, Role, RoomId, RoomKind, SchoolClass

DETAIL_CHARACTERS_MAX = 200
"""Of what is said about a wrong field: its name may be as long as a body."""

CLASS_ROOM_NAME = "Class room"
STAFF_ROOM_NAME = "Staff room"

Name = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=120,
        pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*(?!\n)$",
        description="1 to 120 characters, not only spaces, no control characters",
    ),
]
Country = Annotated[str, Meta(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2, capital letters")]


class NewClass(Struct, frozen=True, forbid_unknown_fields=True):
    """A class to be. `timezone`: IANA name; `languages`: BCP 47 tags, the class's first one first."""

    name: Name
    school: Name
    country: Country
    timezone: Name
    languages: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=8)]


class NewFounder(Struct, frozen=True, forbid_unknown_fields=True):
    """One of the two teachers who open a project, with their class."""

    roster_name: Name
    alias: Name
    school_class: NewClass = field(name="class")


class NewProject(Struct, frozen=True, forbid_unknown_fields=True):
    """A project to be. `national`: both classes may be of one country. Room names: as members read them."""

    title: Name
    founders: tuple[NewFounder, NewFounder]
    national: bool = False
    class_room_name: Name = CLASS_ROOM_NAME
    staff_room_name: Name = STAFF_ROOM_NAME


class NewMember(Struct, frozen=True, forbid_unknown_fields=True):
    """A person to be. The own class sees `roster_name`, everybody else `alias`; visitors have no class."""

    role: Role
    roster_name: Name
    alias: Name
    class_id: ClassId | None = None


class ProjectEntry(Struct, frozen=True):
    """A project in the directory. `created_at`: milliseconds since 1970 UTC."""

    id: ProjectId
    organisation: str
    title: str
    created_at: int


class ProjectSummary(Struct, frozen=True):
    """A project in a list."""

    id: ProjectId
    organisation: str
    title: str
    created_at: int
    national: bool
    phase: ProjectPhase


class MemberDetail(Struct, frozen=True):
    """A member with both names; None when they were erased."""

    id: MemberId
    role: Role
    class_id: ClassId | None
    roster_name: str | None
    alias: str | None
    removed: bool


class RoomDetail(Struct, frozen=True):
    """A room. `open`: pupils may write in it while a teacher is there. `boards`: in the order of its list."""

    id: RoomId
    kind: RoomKind
    name: str
    open: bool
    boards: tuple[BoardView, ...]


class ProjectDetail(Struct, frozen=True):
    """A project with what a portal needs to go on: its classes and its two founders."""

    id: ProjectId
    organisation: str
    title: str
    created_at: int
    national: bool
    phase: ProjectPhase
    classes: tuple[SchoolClass, ...]
    founders: tuple[MemberDetail, ...]


class Page(Struct, frozen=True):
    """Some projects, oldest first; `next`: pass it as `after` to get more, None when there are none."""

    projects: tuple[ProjectSummary, ...]
    next: ProjectId | None


def complaint(error: ValidationError) -> str:
    """What is wrong, and where. Without the value: it may be somebody's name."""
    text = re.sub(r"^Invalid enum value .*?( - at|$)", r"Not one of the known values\1", str(error), flags=re.DOTALL)
    text = re.sub(r" matching regex '.*'", " of the documented form", text)
    return text[:DETAIL_CHARACTERS_MAX]
