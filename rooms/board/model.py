"""What a board is: its elements with what the server knows of each, and who may draw. Values only, no behaviour."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from rooms.board.elements import Element, ElementId, OrderKey
from rooms.board.layered import LayeredDict
from rooms.model import ClassId, MemberId, RoomId

BoardId = str
"""The first board of a room is named like the room; further ones have ids of their own."""

DRAWERS_MAX = 200
"""People who may be chosen one by one: more are a class, or all."""


class Board(Struct, frozen=True):
    """A board in the list of its room. An empty name: the page's word for a board."""

    id: BoardId
    room: RoomId
    name: str


class Drawers(StrEnum):
    """Who may draw on a board, besides the teachers; `nobody` leaves those out too."""

    NOBODY = "nobody"
    TEACHERS = "teachers"
    CHOSEN = "chosen"
    CLASS = "class"
    ALL = "all"


class BoardPolicy(Struct, frozen=True, forbid_unknown_fields=True):
    """What teachers decided about a board.

    `members` are those who may draw when `drawers` is `chosen`, `class_id` names the class when it is `class`.
    `change_others`: pupils may change and delete what others drew, too. `export`: pupils may save the board as a file.
    """

    drawers: Drawers = Drawers.ALL
    members: Annotated[tuple[MemberId, ...], Meta(max_length=DRAWERS_MAX)] = ()
    class_id: ClassId | None = None
    change_others: bool = False
    export: bool = True


class BoardElement(Struct, frozen=True, gc=False):
    """An element and what the server keeps beside it.

    `version` counts its changes from 1, by the server. `creator` and `class_id` are of who drew it, `editor` of who
    changed it last, at `at` (milliseconds since 1970 UTC). `held`: a teacher locked it, only teachers may change it.
    """

    element: Element
    version: int
    creator: MemberId
    class_id: ClassId | None
    editor: MemberId
    at: int
    held: bool = False


class Along(Struct, frozen=True, gc=False):
    """Of a text that went with its container: that one's version then, and what the text is like when it comes back."""

    container: int
    likeness: bytes


class Gone(Struct, frozen=True, gc=False, omit_defaults=True):
    """What is kept of an element that was deleted or cleared, so that its versions go on and its undoing is fair.

    `editor`: who deleted or cleared it. `hidden`: it was put aside for review; whoever does not review is never shown
    what it was. `along`: it is a text of somebody else's that went with its container. `starts`, `ends`: arrows of
    others that came off it by their start or end when it was deleted.
    """

    version: int
    creator: MemberId
    class_id: ClassId | None
    editor: MemberId
    held: bool = False
    hidden: bool = False
    along: Along | None = None
    starts: tuple[ElementId, ...] = ()
    ends: tuple[ElementId, ...] = ()


class Cleared(Struct, frozen=True):
    """What a teacher cleared at once; it can be put back until its time is over. `clear` is the seq of the event.

    `hidden`: ids of those that were put aside for review. `size`: bytes of the elements as they lie in the log.
    """

    clear: int
    at: int
    elements: tuple[BoardElement, ...]
    hidden: frozenset[ElementId] = frozenset()
    size: int = 0


class BoardState(Struct, frozen=True):
    """A board as of an event.

    `elements`: those that are there, by id, in the order of their last change. `hidden`: ids of those that a teacher
    put aside for review, in `elements` too. `gone`: deleted and cleared ones, the oldest first, bounded. `cleared`:
    what can be put back, the oldest first. `size`: bytes of all elements as they lie in the log. `places`: the
    keys of the order of drawing that are in use, sorted; they follow from `elements` and are not in snapshots.
    """

    elements: LayeredDict[ElementId, BoardElement] = msgspec.field(default_factory=LayeredDict)
    hidden: frozenset[ElementId] = frozenset()
    gone: LayeredDict[ElementId, Gone] = msgspec.field(default_factory=LayeredDict)
    cleared: tuple[Cleared, ...] = ()
    policy: BoardPolicy = BoardPolicy()
    size: int = 0
    places: tuple[OrderKey, ...] = ()
