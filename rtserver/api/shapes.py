"""Bodies of the API's requests and answers, beside those of `rtserver.shapes`. The OpenAPI document is made of them."""

from msgspec import Struct

from rooms.messages import Failure
from rooms.model import MemberId, ProjectPhase, SchoolClass
from rtserver.shapes import MemberDetail, Name, RoomDetail


class PhaseChange(Struct, frozen=True, forbid_unknown_fields=True):
    """PATCH of a project."""

    phase: ProjectPhase


class NewRoom(Struct, frozen=True, forbid_unknown_fields=True):
    """A group room to be."""

    name: Name


class TicketRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom the ticket is for."""

    member: MemberId


class Ticket(Struct, frozen=True):
    """A one-use ticket; `expires_at`: milliseconds since 1970 UTC."""

    ticket: str
    expires_at: int

    def __repr__(self) -> str:
        return f"Ticket(expires_at={self.expires_at})"


class Classes(Struct, frozen=True):
    """All classes of a project, in the order of joining."""

    classes: tuple[SchoolClass, ...]


class Members(Struct, frozen=True):
    """All members of a project, the removed ones too, in the order of joining."""

    members: tuple[MemberDetail, ...]


class Rooms(Struct, frozen=True):
    """All rooms of a project, the staff room too, oldest first."""

    rooms: tuple[RoomDetail, ...]


class Refusal(Struct, frozen=True):
    """Every answer that is not the one asked for."""

    error: Failure
