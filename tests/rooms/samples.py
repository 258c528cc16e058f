"""The project that the tests of the rules play with: a French and a Polish class, and short ways to change it."""

from collections.abc import Iterable
from typing import Any

import msgspec

from rooms import project
from rooms.board.elements import FreeDraw, Roundness
from rooms.board.messages import BoardCommand
from rooms.board.model import BoardElement, BoardState
from rooms.board.rules import BoardRules
from rooms.chat.decide import Around
from rooms.chat.messages import ChatCommand
from rooms.chat.rules import ChatRules
from rooms.chat.state import ChatState
from rooms.errors import ErrorCode, Refused
from rooms.events import BoardAdded, Body, ChatPosted, MemberAdded, RoomAdded
from rooms.groups.messages import GroupsCommand
from rooms.lesson.messages import LessonCommand
from rooms.messages import AnyCommand, Command
from rooms.model import SYSTEM_ACTOR, MemberId, SchoolClass
from rooms.permissions import Standing
from rooms.project import Founder, Opening, ProjectCommand, ProjectRules, ProjectState
from rooms.stream import Decision, Event

COMMANDS: tuple[type[Command], ...] = AnyCommand.__args__
"""Every command but those of boards, calls and what the chat got later."""

CHAT_COMMANDS: tuple[type[Command], ...] = ChatCommand.__args__
"""Every command of the chat that came with version 3."""

ALONE = Around(may_read=lambda _member: False)
"""Around a chat that nobody can be called to."""

BOARD_COMMANDS: tuple[type[Command], ...] = BoardCommand.__args__
"""Every command of boards."""

GROUPS_COMMANDS: tuple[type[Command], ...] = GroupsCommand.__args__
"""Every command about groups."""

LESSON_COMMANDS: tuple[type[Command], ...] = LessonCommand.__args__
"""Every command of a lesson's tools."""

PROJECT = "p1"
FRENCH = SchoolClass("fr", "4e B", "Collège Jean Moulin", "FR", "Europe/Paris", ("fr",))
POLISH = SchoolClass("pl", "7a", "Szkoła Podstawowa nr 3", "PL", "Europe/Warsaw", ("pl", "en"))

CLAIRE = "claire"  # founder, French class
MAREK = "marek"  # founder, Polish class
CLASS_ROOM = "hall"
STAFF_ROOM = "staff"

OPENING = Opening(
    title="Rivers of Europe",
    national=False,
    founders=(
        Founder(CLAIRE, "Claire Martin", "Mme Martin", FRENCH),
        Founder(MAREK, "Marek Nowak", "Pan Nowak", POLISH),
    ),
    class_room=CLASS_ROOM,
    class_room_name="Class room",
    staff_room=STAFF_ROOM,
    staff_room_name="Staff room",
)

STROKE = BoardElement(
    element=FreeDraw(
        id="stroke",
        x=-12.5,
        y=1e6,
        width=3,
        height=4,
        angle=0,
        stroke_color="#1e1e1e",
        background_color="transparent",
        fill_style="solid",
        stroke_width=2,
        stroke_style="solid",
        roundness=Roundness(type=2),
        roughness=0,
        opacity=100,
        seed=1,
        index="a0",
        is_deleted=False,
        group_ids=("group",),
        frame_id=None,
        bound_elements=None,
        link=None,
        locked=False,
        custom_data={"list": [1, None, "ł"]},
        points=((0, 0), (3, 4)),
        pressures=(0.5, 0.25),
        simulate_pressure=False,
        last_committed_point=None,
    ),
    version=3,
    creator="m1",
    class_id=None,
    editor="m2",
    at=1_795_327_810_874,
)
"""What a pupil drew."""


def command(tag: str, **fields: Any) -> Any:
    """The command as it comes from the wire, with a nonce where it needs one."""
    kinds = (*COMMANDS, *CHAT_COMMANDS, *BOARD_COMMANDS, *GROUPS_COMMANDS, *LESSON_COMMANDS)
    wanted = next(kind for kind in kinds if kind.__struct_config__.tag == tag)
    if "nonce" in wanted.__struct_fields__:
        fields.setdefault("nonce", "nonce-0001")
    return msgspec.convert({"command": tag, **fields}, wanted)


def command_kinds() -> dict[str, type[Command]]:
    """Every command but those of boards, calls and what the chat got later, by its name on the wire."""
    return {str(kind.__struct_config__.tag): kind for kind in COMMANDS}


def chat_command_kinds() -> dict[str, type[Command]]:
    """Every command of the chat that came with version 3, by its name on the wire."""
    return {str(kind.__struct_config__.tag): kind for kind in CHAT_COMMANDS}


def board_command_kinds() -> dict[str, type[Command]]:
    """Every command of boards, by its name on the wire."""
    return {str(kind.__struct_config__.tag): kind for kind in BOARD_COMMANDS}


def groups_command_kinds() -> dict[str, type[Command]]:
    """Every command about groups, by its name on the wire."""
    return {str(kind.__struct_config__.tag): kind for kind in GROUPS_COMMANDS}


def lesson_command_kinds() -> dict[str, type[Command]]:
    """Every command of a lesson's tools, by its name on the wire."""
    return {str(kind.__struct_config__.tag): kind for kind in LESSON_COMMANDS}


def numbered(
    stream: str, bodies: Iterable[Body], after: int = 0, actor: MemberId = SYSTEM_ACTOR, nonce: str | None = None
) -> list[Event]:
    """The bodies as events of a stream, one second apart."""
    return [Event(stream, seq, seq * 1000, actor, nonce, body) for seq, body in enumerate(bodies, start=after + 1)]


class LiveProject:
    """A project that is changed by commands, as the owner of its stream would; it keeps every event and state."""

    def __init__(self, phase: str | None = "active") -> None:
        self.rules = ProjectRules()
        self.stream = f"project:{PROJECT}"
        self.states: list[ProjectState] = [self.rules.empty(self.stream)]
        self.events: list[Event] = []
        self.names: dict[MemberId, Any] = {}
        self._made = 0
        self.keep(project.open_project(self.state, OPENING))
        if phase is not None:
            self.do(None, "project.set_phase", phase=phase)

    @property
    def state(self) -> ProjectState:
        return self.states[-1]

    def keep(self, decision: Decision) -> list[Event]:
        """Apply what was decided."""
        new = numbered(self.stream, decision.bodies, after=len(self.events))
        for event in new:
            self.states.append(self.rules.apply(self.state, event))
        self.events += new
        self.names.update({identity.member: identity for identity in decision.identities})
        return new

    def carry_out(self, actor: MemberId | None, wanted: ProjectCommand) -> Decision:
        """Decide the command of an actor (None: the system) and apply what follows. Raises `Refused`."""
        self._made += 1
        room, subject = project.room_of(self.state, wanted), project.subject_of(self.state, wanted)
        standing = self.state.standing(actor, True, room, subject)
        decision = project.decide(self.state, standing, wanted, new_id=f"new{self._made}")
        self.keep(decision)
        return decision

    def do(self, actor: MemberId | None, tag: str, **fields: Any) -> list[Body]:
        """The same with the command's name and fields; the bodies of the events."""
        return list(self.carry_out(actor, command(tag, **fields)).bodies)

    def add(self, role: str, class_id: str | None, by: MemberId | None = None, name: str = "Zoé") -> MemberId:
        """A new member, and their id."""
        (body,) = self.do(
            by, "member.add", role=role, class_id=class_id, roster_name=f"{name} (roster)", alias=f"{name} (alias)"
        )
        assert isinstance(body, MemberAdded)
        return body.member

    def add_room(self, name: str = "Group 1", open: bool = False) -> str:  # noqa: A002
        """A new group room, and its id."""
        (body,) = self.do(CLAIRE, "room.add", name=name)
        assert isinstance(body, RoomAdded)
        if open:
            self.do(CLAIRE, "room.set_open", room=body.room, open=True)
        return body.room

    def add_board(self, room: str = CLASS_ROOM, name: str = "Rivers") -> str:
        """A further board of a room, and its id."""
        (body,) = self.do(CLAIRE, "board.add", room=room, name=name)
        assert isinstance(body, BoardAdded)
        return body.board


def refusal(call: Any, *arguments: Any, **named: Any) -> ErrorCode | None:
    """The code with which the call is refused, or None."""
    try:
        call(*arguments, **named)
    except Refused as refused:
        return refused.code
    return None


def chat_with(*posts: tuple[MemberId, str]) -> ChatState:
    """A chat in which this was said."""
    rules = ChatRules()
    state = rules.empty("room:r")
    for seq, (actor, text) in enumerate(posts, start=1):
        state = rules.apply(state, Event("room:r", seq, seq * 1000, actor, f"nonce-{seq:04}", ChatPosted(text)))
    return state


def board_with(*bodies: Body) -> BoardState:
    """A board on which this has happened, all at once."""
    rules = BoardRules()
    state = rules.empty("board:b")
    for event in numbered("board:b", bodies):
        state = rules.apply(state, msgspec.structs.replace(event, at=0))
    return state


def free_standing(live: LiveProject, actor: MemberId, room: str = CLASS_ROOM, teacher_present: bool = True) -> Standing:
    """What the permissions of `actor` in a room depend on."""
    return live.state.standing(actor, teacher_present, room)
