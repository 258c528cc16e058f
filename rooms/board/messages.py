"""The wire of boards: commands, their results and pushes, as `rooms.messages` defines those of rooms.

Durable changes go to the stream `board:<board>`; `event` pushes carry them. Cursors and strokes in progress are
volatile: not logged, and dropped for a reader who is behind. Whose they are comes from the connection.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from rooms.board.elements import Colour, Element, ElementId, Number, Point
from rooms.board.model import BoardElement, BoardId, BoardPolicy
from rooms.errors import ErrorCode
from rooms.messages import Accepted, Command, Done, DurableCommand, Id, Seq, ShortText
from rooms.model import MemberId
from rooms.stream import Event, Position

CHANGES_MAX = 500
"""Elements changed by one command: a page of an imported file; a packet's bytes are bounded besides."""

STROKE_POINTS_MAX = 120
"""Points of a stroke in progress sent at once: two seconds of drawing, of a line that was held up."""

SELECTED_MAX = 50
"""Selected elements that others are told of."""

BOARD_PAGE_ELEMENTS = 500
"""Elements of one page of a snapshot: some hundred kilobytes before they are compressed."""

HISTORY_EVENTS_MAX = 200
"""Events of one page of a board's history."""


# --- Durable commands: the list of a room's boards (stream `project:<id>`) ---


class BoardAdd(DurableCommand, frozen=True, tag="board.add"):
    """Teachers add a board to a room, behind the others. Answer: `Accepted`."""

    room: Id
    name: ShortText


class BoardRename(DurableCommand, frozen=True, tag="board.rename"):
    """Teachers give a board a name. Answer: `Accepted`."""

    board: Id
    name: ShortText


class BoardMove(DurableCommand, frozen=True, tag="board.move"):
    """Teachers put a board in front of another of its room; null: to the end. Answer: `Accepted`."""

    board: Id
    before: Id | None


class BoardRemove(DurableCommand, frozen=True, tag="board.remove"):
    """Teachers take a board out of the list; the last one of a room stays. Answer: `Accepted`."""

    board: Id


# --- Durable commands: one board (stream `board:<id>`) ---


class Change(Struct, frozen=True, forbid_unknown_fields=True):
    """An element as it is to be. `base`: the server's version that this was made upon; 0: it is new."""

    base: Annotated[int, Meta(ge=0, le=2**53 - 1)]
    element: Element


class BoardChange(DurableCommand, frozen=True, tag="board.change"):
    """Draw, change or delete elements. Elements that are bound to each other are taken together or not at all.

    Answer: `BoardAnswered`.
    """

    board: Id
    changes: Annotated[tuple[Change, ...], Meta(min_length=1, max_length=CHANGES_MAX)]


class BoardClear(DurableCommand, frozen=True, tag="board.clear"):
    """Teachers clear what one person drew, or (null) everything. Answer: `Accepted`; its seq names the clearing."""

    board: Id
    member: Id | None


class BoardUndoClear(DurableCommand, frozen=True, tag="board.undo_clear"):
    """Teachers put back what was cleared, within `rooms.board.decide.UNDO_CLEAR_MS`. Answer: `Accepted`."""

    board: Id
    clear: Seq


class BoardSetHidden(DurableCommand, frozen=True, tag="board.set_hidden"):
    """Teachers put elements aside for review, or show them again. Answer: `Accepted`."""

    board: Id
    elements: Annotated[tuple[ElementId, ...], Meta(min_length=1, max_length=CHANGES_MAX)]
    hidden: bool


class BoardSetPolicy(DurableCommand, frozen=True, tag="board.set_policy"):
    """Teachers say who may draw, change others' work, and save the board. Answer: `Accepted`."""

    board: Id
    policy: BoardPolicy


# --- Commands that change nothing durable ---


class BoardJoin(Command, frozen=True, tag="board.join"):
    """Follow a board of a room that one has joined. Answer: `BoardJoined`."""

    board: Id
    position: Position | None = None


class BoardPageGet(Command, frozen=True, tag="board.page"):
    """A further page of the snapshot that one was given on joining. Answer: `BoardPage`."""

    board: Id
    page: Annotated[int, Meta(ge=1, le=10_000)]


class BoardLeave(Command, frozen=True, tag="board.leave"):
    """Follow a board no longer. Answer: `Done`."""

    board: Id


class BoardHistory(Command, frozen=True, tag="board.history"):
    """How the board came to be: events later than `after`. Answer: `BoardHistoryPage`."""

    board: Id
    after: Annotated[int, Meta(ge=0, le=2**53 - 1)]
    limit: Annotated[int, Meta(ge=1, le=HISTORY_EVENTS_MAX)] = HISTORY_EVENTS_MAX


class BoardCursor(Command, frozen=True, tag="board.cursor"):
    """Where one points, and what one has selected; only the newest counts. Answer: `Done`."""

    board: Id
    x: Number
    y: Number
    tool: Literal["pointer", "laser"] = "pointer"
    pressed: bool = False
    selected: Annotated[tuple[ElementId, ...], Meta(max_length=SELECTED_MAX)] = ()


class StrokeLook(Struct, frozen=True, forbid_unknown_fields=True):
    """How a stroke in progress looks, and where it begins."""

    x: Number
    y: Number
    color: Colour
    width: Annotated[float, Meta(ge=0, le=100)]
    opacity: Annotated[float, Meta(ge=0, le=100)]


class BoardStroke(Command, frozen=True, tag="board.stroke"):
    """Points appended to a stroke that is being drawn, relative to its beginning, from the `offset`-th on.

    `stroke` is the id that the finished element will have; `look` comes with the first points. `over`: it will not be
    finished. Answer: `Done`.
    """

    board: Id
    stroke: ElementId
    offset: Annotated[int, Meta(ge=0, le=100_000)]
    points: Annotated[tuple[Point, ...], Meta(max_length=STROKE_POINTS_MAX)]
    look: StrokeLook | None = None
    over: bool = False


class BoardViewport(Command, frozen=True, tag="board.viewport"):
    """Teachers: the part of the board that one sees, for those who follow; only the newest counts. Answer: `Done`."""

    board: Id
    x: Number
    y: Number
    width: Number
    height: Number


class BoardBring(Command, frozen=True, tag="board.bring"):
    """Teachers bring everybody to a part of the board. Answer: `Done`."""

    board: Id
    x: Number
    y: Number
    width: Number
    height: Number


BoardListCommand = BoardAdd | BoardRename | BoardMove | BoardRemove
BoardStreamCommand = BoardChange | BoardClear | BoardUndoClear | BoardSetHidden | BoardSetPolicy
BoardVolatileCommand = BoardCursor | BoardStroke | BoardViewport | BoardBring
BoardCommand = (
    BoardAdd
    | BoardRename
    | BoardMove
    | BoardRemove
    | BoardChange
    | BoardClear
    | BoardUndoClear
    | BoardSetHidden
    | BoardSetPolicy
    | BoardJoin
    | BoardPageGet
    | BoardLeave
    | BoardHistory
    | BoardCursor
    | BoardStroke
    | BoardViewport
    | BoardBring
)


# --- Results ---


class Superseded(Struct, frozen=True):
    """A change that was not taken, why, and the element as it is (null: it is not there, or not to be seen)."""

    id: ElementId
    code: ErrorCode
    element: BoardElement | None


class BoardAnswered(Struct, frozen=True):
    """The changes are in the log, at `seq`, those in `superseded` excepted.

    `superseded` is null when the command is a resend of one that was taken before: compare with the board as of `seq`.
    """

    seq: int
    superseded: tuple[Superseded, ...] | None


class BoardPage(Struct, frozen=True):
    """A page of elements: a JSON array of `BoardElement`, compressed (zlib, RFC 1950)."""

    page: int
    elements: bytes


class BoardSnapshot(Struct, frozen=True):
    """A board as it was at the answer's position: its first page (`pages` in all: `board.page`), and the rest.

    `hidden`: ids of elements in the pages that are put aside for review; only teachers get any. `undoable`: clearings
    that can still be undone, by their seq; only teachers get any.
    """

    pages: int
    count: int
    first: BoardPage
    policy: BoardPolicy
    hidden: tuple[ElementId, ...]
    undoable: tuple[int, ...]


class BoardRights(Struct, frozen=True):
    """ "board_rights" and in `BoardJoined`: what this member may do on a board: `null`, or the code of why not.

    Actions: `draw`, `change_others`, `export`, `moderate`.
    """

    board: BoardId
    denied: dict[str, ErrorCode | None]


class BoardJoined(Struct, frozen=True):
    """Either `snapshot` (start from it) or nothing; then `events` to apply, up to `position`.

    A snapshot may be a little older than `position`: it stands at `snapshot_position`, and `events` go on from there.
    """

    board: BoardId
    position: Position
    snapshot: BoardSnapshot | None
    snapshot_position: Position | None
    events: tuple[Event, ...]
    rights: BoardRights


class BoardHistoryPage(Struct, frozen=True):
    """Events of a board, oldest first. `pruned`: those up to this seq are no longer kept; `head`: the newest seq."""

    events: tuple[Event, ...]
    pruned: int
    head: int


# --- Pushes ---


class BoardCursorMoved(Struct, frozen=True):
    """ "board_cursor": where a member points on a board."""

    board: BoardId
    member: MemberId
    x: float
    y: float
    tool: Literal["pointer", "laser"]
    pressed: bool
    selected: tuple[ElementId, ...]


class BoardStrokeDrawn(Struct, frozen=True):
    """ "board_stroke": points of a stroke in progress. Who misses some waits for the finished element."""

    board: BoardId
    member: MemberId
    stroke: ElementId
    offset: int
    points: tuple[tuple[float, float], ...]
    look: StrokeLook | None
    over: bool


class BoardViewportMoved(Struct, frozen=True):
    """ "board_viewport": the part of the board that a teacher sees, for those who follow."""

    board: BoardId
    member: MemberId
    x: float
    y: float
    width: float
    height: float


class BoardBrought(Struct, frozen=True):
    """ "board_brought": a teacher brings everybody to a part of the board."""

    board: BoardId
    member: MemberId
    x: float
    y: float
    width: float
    height: float


BOARD_PUSHES: dict[str, Any] = {
    "board_rights": BoardRights,
    "board_cursor": BoardCursorMoved,
    "board_stroke": BoardStrokeDrawn,
    "board_viewport": BoardViewportMoved,
    "board_brought": BoardBrought,
}
"""The name of each Socket.IO event about boards that the server sends, and what it carries."""

BOARD_RESULTS: dict[type[Command], Any] = {
    BoardAdd: Accepted,
    BoardRename: Accepted,
    BoardMove: Accepted,
    BoardRemove: Accepted,
    BoardChange: BoardAnswered,
    BoardClear: Accepted,
    BoardUndoClear: Accepted,
    BoardSetHidden: Accepted,
    BoardSetPolicy: Accepted,
    BoardJoin: BoardJoined,
    BoardPageGet: BoardPage,
    BoardLeave: Done,
    BoardHistory: BoardHistoryPage,
    BoardCursor: Done,
    BoardStroke: Done,
    BoardViewport: Done,
    BoardBring: Done,
}
"""What each command about boards is answered with."""
