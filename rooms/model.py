"""What a project is made of: roles, capabilities, classes, members and rooms. Values only, no behaviour."""

from enum import StrEnum

from msgspec import Struct

ProjectId = str
ClassId = str
MemberId = str
RoomId = str

SYSTEM_ACTOR: MemberId = "system"
"""The actor of what the command line and the portals' API do: nobody of the project."""


class Role(StrEnum):
    """What a member is in the project."""

    FOUNDER = "founder"
    TEACHER = "teacher"
    PUPIL = "pupil"
    PUPIL_ADMIN = "pupil-admin"
    VISITOR = "visitor"


STAFF_ROLES = frozenset({Role.FOUNDER, Role.TEACHER})
"""Adults who supervise. Everybody else writes only under their eyes."""


class Capability(StrEnum):
    """What a person may do besides reading; one bit per person each, and lockable per room."""

    POST = "post"
    REACT = "react"
    DRAW = "draw"
    PUBLISH_AUDIO = "publish-audio"
    PUBLISH_VIDEO = "publish-video"
    PUBLISH_SCREEN = "publish-screen"


ALL_CAPABILITIES = frozenset(Capability)


class Medium(StrEnum):
    """The kinds of track that a participant of a call may send."""

    AUDIO = "audio"
    VIDEO = "video"
    SCREEN = "screen"


PUBLISH_CAPABILITIES = {
    Medium.AUDIO: Capability.PUBLISH_AUDIO,
    Medium.VIDEO: Capability.PUBLISH_VIDEO,
    Medium.SCREEN: Capability.PUBLISH_SCREEN,
}
"""What a person must be able to do to send each."""

DEFAULT_CAPABILITIES: dict[Role, frozenset[Capability]] = {
    Role.FOUNDER: ALL_CAPABILITIES,
    Role.TEACHER: ALL_CAPABILITIES,
    Role.PUPIL: ALL_CAPABILITIES - {Capability.PUBLISH_SCREEN},
    Role.PUPIL_ADMIN: ALL_CAPABILITIES,
    Role.VISITOR: frozenset(),
}


class ProjectPhase(StrEnum):
    """Draft: only teachers come in. Active: everybody. Archived: everybody reads, nobody writes."""

    DRAFT = "draft"
    ACTIVE = "active"
    ARCHIVED = "archived"


class RoomKind(StrEnum):
    """The class room is everybody's, the staff room the teachers', group rooms are made by teachers."""

    CLASS_ROOM = "class-room"
    STAFF_ROOM = "staff-room"
    GROUP_ROOM = "group-room"


class SchoolClass(Struct, frozen=True):
    """A group of pupils of one school.

    `country` is ISO 3166-1 alpha-2, `timezone` an IANA name, `languages` BCP 47 tags, the class's first language first.
    """

    id: ClassId
    name: str
    school: str
    country: str
    timezone: str
    languages: tuple[str, ...]


class Member(Struct, frozen=True):
    """A person in a project. Names are not here: they differ per audience and can be erased (see `roster`)."""

    id: MemberId
    role: Role
    class_id: ClassId | None
    capabilities: frozenset[Capability]
    banned_rooms: frozenset[RoomId] = frozenset()
    removed: bool = False

    @property
    def is_staff(self) -> bool:
        """True for founders and teachers."""
        return self.role in STAFF_ROLES


class Room(Struct, frozen=True):
    """A place inside a project. `open` says whether pupils may write; `locked` what is paused for all but teachers.

    `group`: the only ones besides teachers who may be here, None where everybody may; `circle`: whose it is since their
    grouping is over (see `rooms.groups.state`). `group_number`: its group was given no name, and is counted in each
    reader's own language, `name` being the one in its teacher's; None: it was, or is no group's.
    """

    id: RoomId
    kind: RoomKind
    name: str
    open: bool = False
    locked: frozenset[Capability] = frozenset()
    group: frozenset[MemberId] | None = None
    circle: frozenset[MemberId] | None = None
    group_number: int | None = None


class Identity(Struct, frozen=True):
    """A member's names, kept outside the log so that they can be erased.

    `roster_name` is seen by the member's own class and its teachers, `alias` by everybody else. No e-mail address.
    """

    member: MemberId
    roster_name: str
    alias: str
