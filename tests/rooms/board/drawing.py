"""What the tests of boards draw with: elements of every type, four people, and a board that keeps its log."""

from typing import Any

import msgspec
from msgspec import UNSET

from rooms.board import decide as rules
from rooms.board.elements import Element
from rooms.board.messages import BoardChange, BoardStreamCommand, Change, Superseded
from rooms.board.model import BoardElement, BoardState
from rooms.board.rules import BoardRules
from rooms.events import Body
from rooms.model import DEFAULT_CAPABILITIES, Member, MemberId, ProjectPhase, Role, Room, RoomKind
from rooms.permissions import Standing
from rooms.stream import Event
from tests.rooms.samples import command

BOARD = "hall"
STREAM = f"board:{BOARD}"

CLAIRE = "claire"  # a teacher
ANA, JAN, EVA = "ana", "jan", "eva"  # pupils: of the French, the Polish, the French class
PUPILS = {ANA: "fr", JAN: "pl", EVA: "fr"}
MEMBERS = {
    CLAIRE: Member(CLAIRE, Role.FOUNDER, "fr", DEFAULT_CAPABILITIES[Role.FOUNDER]),
    **{name: Member(name, Role.PUPIL, class_id, DEFAULT_CAPABILITIES[Role.PUPIL]) for name, class_id in PUPILS.items()},
}

START = 1_795_327_810_000
"""A lesson's beginning, in milliseconds since 1970 UTC."""

BASE: dict[str, Any] = {
    "x": 10,
    "y": -20.5,
    "width": 100,
    "height": 50,
    "angle": 0,
    "strokeColor": "#1e1e1e",
    "backgroundColor": "transparent",
    "fillStyle": "solid",
    "strokeWidth": 2,
    "strokeStyle": "solid",
    "roundness": {"type": 3},
    "roughness": 1,
    "opacity": 100,
    "seed": 1_234_567,
    "isDeleted": False,
    "groupIds": [],
    "frameId": None,
    "boundElements": None,
    "link": None,
    "locked": False,
}
LINEAR: dict[str, Any] = {
    "points": [[0, 0], [50, 25], [100, 50]],
    "lastCommittedPoint": None,
    "startBinding": None,
    "endBinding": None,
    "startArrowhead": None,
    "endArrowhead": "arrow",
}
OF_TYPE: dict[str, dict[str, Any]] = {
    "rectangle": {},
    "diamond": {},
    "ellipse": {},
    "text": {
        "fontSize": 20,
        "fontFamily": 5,
        "text": "Loire\net Oder",
        "textAlign": "left",
        "verticalAlign": "top",
        "containerId": None,
        "originalText": "Loire et Oder",
        "autoResize": True,
        "lineHeight": 1.25,
    },
    "line": LINEAR,
    "arrow": {**LINEAR, "elbowed": False},
    "freedraw": {
        "points": [[0, 0], [1.5, 2.5], [3, 3]],
        "pressures": [0.5, 0.25, 0.75],
        "simulatePressure": False,
        "lastCommittedPoint": [3, 3],
    },
    "image": {"fileId": "0123456789abcdef" * 4, "status": "saved", "scale": [1, 1], "crop": None},
    "frame": {"name": "Groupe 1"},
    "magicframe": {"name": None},
    "embeddable": {},
    "iframe": {},
}
"""What each type has besides."""

TYPES = tuple(OF_TYPE)


def fields(kind: str, name: str, /, **changed: Any) -> dict[str, Any]:
    """An element as it travels."""
    return {"type": kind, "id": name, "index": "a0", **BASE, **OF_TYPE[kind], **changed}


def drawn(kind: str, name: str, /, **changed: Any) -> Element:
    """An element; the fields are named as they travel."""
    return msgspec.convert(fields(kind, name, **changed), Element)


def bent(element: Element, /, **changed: Any) -> Element:
    """The element with some fields changed, named as they travel."""
    travelling = {**msgspec.to_builtins(element), **changed}
    without = {name: value for name, value in travelling.items() if value is not UNSET}
    return msgspec.convert(without, Element)


def bound(name: str, kind: str = "arrow") -> dict[str, str]:
    """An entry of `boundElements`."""
    return {"id": name, "type": kind}


def end(name: str, focus: float = 0) -> dict[str, Any]:
    """An arrow's end at an element."""
    return {"elementId": name, "focus": focus, "gap": 4}


def standing(
    member: MemberId | None,
    open: bool = True,  # noqa: A002
    teacher_present: bool = True,
    phase: ProjectPhase = ProjectPhase.ACTIVE,
) -> Standing:
    """What the permissions of a member depend on; None is the system."""
    room = Room(BOARD, RoomKind.CLASS_ROOM, "Class room", open=open)
    return Standing(MEMBERS[member] if member is not None else None, phase, teacher_present, room)


class PlayedBoard:
    """A board that is changed by commands, as the owner of its stream would; it keeps its log."""

    def __init__(self) -> None:
        self.rules = BoardRules()
        self.state: BoardState = self.rules.empty(STREAM)
        self.events: list[Event] = []
        self.now = START

    def carry_out(self, actor: MemberId, wanted: BoardStreamCommand) -> tuple[Superseded, ...]:
        """Decide and apply; what was not taken. Raises `Refused`."""
        outcome = rules.decide(self.state, standing(actor), actor, wanted, self.now)
        for body in outcome.decision.bodies:
            event = Event(STREAM, len(self.events) + 1, self.now, actor, wanted.nonce, body)
            self.events.append(event)
            self.state = self.rules.apply(self.state, event)
        return outcome.superseded

    def do(self, actor: MemberId, tag: str, **given: Any) -> list[Body]:
        """A command by its name and fields; the bodies of its events."""
        before = len(self.events)
        self.carry_out(actor, command(tag, board=BOARD, **given))
        return [event.body for event in self.events[before:]]

    def change(self, actor: MemberId, *changes: tuple[int, Element]) -> tuple[Superseded, ...]:
        """Changes as (base, element)."""
        return self.carry_out(actor, change_of(*changes))

    def draw(self, actor: MemberId, *elements: Element) -> tuple[Superseded, ...]:
        """The elements as they are to be, upon the newest versions."""
        return self.change(actor, *((self.version(element.id), element) for element in elements))

    def delete(self, actor: MemberId, *names: str) -> tuple[Superseded, ...]:
        """Delete elements that are there."""
        return self.draw(actor, *(bent(self[name].element, isDeleted=True) for name in names))

    def version(self, name: str) -> int:
        """The version of an element, or 0."""
        kept = self.state.elements.get(name)
        return kept.version if kept is not None else 0

    def __getitem__(self, name: str) -> BoardElement:
        return self.state.elements[name]


def change_of(*changes: tuple[int, Element]) -> BoardChange:
    """The command."""
    return BoardChange("nonce-0001", BOARD, tuple(Change(base, element) for base, element in changes))
