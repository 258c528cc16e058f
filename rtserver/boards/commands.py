"""What each command about a board does: a table of small handlers, as `hub.dispatch` has one for the rest.

The list of a room's boards is the project's: `hub.dispatch` changes it.
"""

import asyncio

from rooms.board import decide as rules
from rooms.board.messages import (
    BoardAnswered,
    BoardBring,
    BoardBrought,
    BoardChange,
    BoardClear,
    BoardCursor,
    BoardCursorMoved,
    BoardHistory,
    BoardHistoryPage,
    BoardJoin,
    BoardJoined,
    BoardLeave,
    BoardPageGet,
    BoardSetHidden,
    BoardSetPolicy,
    BoardStreamCommand,
    BoardStroke,
    BoardStrokeDrawn,
    BoardUndoClear,
    BoardViewport,
    BoardViewportMoved,
    Superseded,
)
from rooms.board.model import Board, BoardState
from rooms.errors import ErrorCode, Refused
from rooms.messages import Accepted, Command, Done
from rooms.permissions import Action
from rooms.stream import Decision
from rtserver.boards.live_board import LiveBoard, Start
from rtserver.boards.telling import VIEWPORT, note_viewport
from rtserver.boards.weights import body_bytes, element_bytes
from rtserver.hub.asked import Asked, Handler
from rtserver.hub.connection import Taking
from rtserver.hub.limits import MILLISECONDS, Budget
from rtserver.hub.packets import Push
from rtserver.metrics.figures import FIGURES, Joined

HISTORY_BYTES_MAX = 524_288
"""Bytes of a page of history, as they lie in the log; what is at hand of a board is about as much."""

HISTORY_EVENT_BYTES = 200
"""What an event of a history costs besides its elements."""

SUPERSEDED_BYTES_MAX = 524_288
"""Bytes of what was superseded in one answer, about; beyond it, as with a resend, the client looks at its board. A
command of some hundred small elements may name as many that take a hundred kilobytes each."""


def _readable(asked: Asked, board: str) -> Board:
    """The board, when the member may see it and this connection is in its room. Raises `Refused`.

    One in a room that the member is not told of is answered like one that does not exist.
    """
    live = asked.live
    found = live.state.board(board)
    if found is None:
        raise Refused(ErrorCode.UNKNOWN_BOARD)
    code = live.denial(asked.actor, found.room, Action.READ_ROOM)
    if code is not None:
        raise Refused(ErrorCode.UNKNOWN_BOARD if code is ErrorCode.UNKNOWN_ROOM else code)
    if found.room not in asked.connection.rooms:
        raise Refused(ErrorCode.NOT_JOINED)
    return found


def _joined(asked: Asked, board: str) -> LiveBoard:
    """The board that this connection follows. Raises `Refused`."""
    _readable(asked, board)
    live = asked.live.boards.get(board)
    if live is None or board not in asked.connection.boards:
        raise Refused(ErrorCode.NOT_JOINED)
    return live


# --- Durable commands ---


class _Answering:
    """A change under way: it may be decided several times, and the last time counts."""

    __slots__ = ("_asked", "_superseded")

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._superseded: tuple[Superseded, ...] | None = None

    def decided(self, decision: rules.BoardDecision) -> Decision:
        self._superseded = decision.superseded
        return decision.decision

    def repeated(self) -> None:
        """It was taken before: what became of its parts then is not known any more."""
        self._superseded = None

    def change_stored(self, outcome: Accepted | Refused) -> None:
        """The answer to a change of elements."""
        if isinstance(outcome, Accepted):
            self._asked.answer(BoardAnswered(outcome.seq, self._superseded_told()))
        else:
            self._asked.answer(outcome)

    def _superseded_told(self) -> tuple[Superseded, ...] | None:
        size = sum(element_bytes(one.element) for one in self._superseded or () if one.element is not None)
        return self._superseded if size <= SUPERSEDED_BYTES_MAX else None


def _change(asked: Asked, command: BoardStreamCommand) -> None:
    live_board = _joined(asked, command.board)
    live, actor, clock = asked.live, asked.actor, asked.tools.clock
    answering = _Answering(asked)

    def decide(state: BoardState) -> Decision:
        board = live.state.board(command.board)
        if board is None:  # removed since
            raise Refused(ErrorCode.UNKNOWN_BOARD)
        standing = live.standing(actor, board.room)
        return answering.decided(rules.decide(state, standing, actor, command, clock()))

    answer = answering.change_stored if isinstance(command, BoardChange) else asked.answer
    live_board.stream.enqueue(actor, command.nonce, decide, answer, repeated=answering.repeated)


# --- Joining ---


def _join(asked: Asked, command: BoardJoin) -> Taking | None:
    """At once when everything is at hand, as it is for all but the first of a crowd."""
    _readable(asked, command.board)
    live_board = asked.live.boards.get(command.board)
    if live_board is None:
        return _read_and_join(asked, command)
    start = live_board.start_at_hand(command.position, asked.connection.who.is_staff, asked.tools.recovery_events_max)
    if start is None:
        return _read_and_join(asked, command)
    asked.live.boards.enter(asked.connection, live_board)
    _tell(asked, command, live_board, start)
    return None


async def _read_and_join(asked: Asked, command: BoardJoin) -> None:
    live, connection = asked.live, asked.connection
    loaded = live.boards.get(command.board) or await _load(asked, command.board)
    _readable(asked, command.board)  # things may have changed while it was loaded
    if connection.is_closed:
        return  # nobody would ever take it off the board again
    live_board = live.boards.enter(connection, loaded)
    stream = live_board.stream
    connection.hold(stream.name)
    try:
        start = await live_board.start(command.position, connection.who.is_staff, asked.tools.recovery_events_max)
        _readable(asked, command.board)
        if command.board not in connection.boards:  # put out and let in again meanwhile: it may join anew
            raise Refused(ErrorCode.NOT_JOINED)
    except BaseException:
        live.boards.leave(connection, command.board)
        connection.drop_held(stream.name)
        raise
    _tell(asked, command, live_board, start)
    connection.release(stream.name, start.position.seq)


async def _load(asked: Asked, board: str) -> LiveBoard:
    stream = await asked.tools.owners.board(board)
    return asked.live.new_board(_readable(asked, board), stream)


def _tell(asked: Asked, command: BoardJoin, live_board: LiveBoard, start: Start) -> None:
    """Answer a join."""
    FIGURES.joined(Joined.BOARD, command.position is not None, start.snapshot is None)
    connection, snapshot = asked.connection, start.snapshot
    live_board.read_on(connection, snapshot)
    told, since = None, None
    if snapshot is not None and start.first is not None:
        told, since = snapshot.told(start.first, asked.tools.clock()), snapshot.position
    asked.answer(
        BoardJoined(
            board=live_board.id,
            position=start.position,
            snapshot=told,
            snapshot_position=since,
            events=live_board.seen(start.events, connection.who.is_staff),
            rights=live_board.rights(connection),
        )
    )


async def _send_page(asked: Asked, command: BoardPageGet) -> None:
    page = await _joined(asked, command.board).page(asked.connection, command.page)
    _readable(asked, command.board)
    asked.answer(page)


def _leave(asked: Asked, command: BoardLeave) -> None:
    asked.live.boards.leave(asked.connection, command.board)
    asked.answer(Done())


# --- Reading ---


async def _send_history(asked: Asked, command: BoardHistory) -> None:
    live_board = _joined(asked, command.board)
    stream, allowance, clock = live_board.stream, asked.connection.allowance, asked.tools.clock
    # Not refused: whoever plays a long history asks for a page as soon as it has the one before.
    wait = allowance.wait(Budget.HISTORY_BYTES, clock())
    if wait:
        await pause(wait)
    events = await stream.read(command.after, command.limit, HISTORY_BYTES_MAX)
    allowance.spend(
        Budget.HISTORY_BYTES, clock(), sum(HISTORY_EVENT_BYTES + body_bytes(event.body) for event in events)
    )
    pruned = await stream.pruned()
    _joined(asked, command.board)
    asked.answer(
        BoardHistoryPage(
            events=live_board.seen(events, asked.connection.who.is_staff), pruned=pruned, head=stream.position.seq
        )
    )


async def pause(milliseconds: int) -> None:
    """Let time pass."""
    await asyncio.sleep(milliseconds / MILLISECONDS)


# --- What is not logged ---


def _who_draws(asked: Asked, board: str) -> LiveBoard:
    """The board, when the member may draw there. Raises `Refused`."""
    live_board = _joined(asked, board)
    code = live_board.draw_denial(asked.actor)
    if code is not None:
        raise Refused(code)
    return live_board


def _who_moderates(asked: Asked, board: str) -> LiveBoard:
    """The board, when the member is one of its teachers. Raises `Refused`."""
    live_board = _joined(asked, board)
    code = asked.live.denial(asked.actor, live_board.room, Action.MODERATE_BOARD)
    if code is not None:
        raise Refused(code)
    return live_board


def _point(asked: Asked, command: BoardCursor) -> None:
    live_board, actor = _who_draws(asked, command.board), asked.actor
    moved = BoardCursorMoved(
        command.board, actor, command.x, command.y, command.tool, command.pressed, command.selected
    )
    push = Push("board_cursor", moved)
    live_board.signal(asked.connection, push, (live_board.stream.name, actor, push.name))
    asked.answer(Done())


def _stroke(asked: Asked, command: BoardStroke) -> None:
    live_board = _who_draws(asked, command.board)
    drawn = BoardStrokeDrawn(
        command.board, asked.actor, command.stroke, command.offset, command.points, command.look, command.over
    )
    live_board.signal(asked.connection, Push("board_stroke", drawn))
    asked.answer(Done())


def _show_viewport(asked: Asked, command: BoardViewport) -> None:
    live_board, actor = _who_moderates(asked, command.board), asked.actor
    moved = BoardViewportMoved(command.board, actor, command.x, command.y, command.width, command.height)
    note_viewport(asked.live, moved, asked.tools.clock())
    push = Push(VIEWPORT, moved)
    live_board.signal(asked.connection, push, (live_board.stream.name, actor, push.name))
    asked.answer(Done())


def _bring(asked: Asked, command: BoardBring) -> None:
    live_board = _who_moderates(asked, command.board)
    brought = BoardBrought(command.board, asked.actor, command.x, command.y, command.width, command.height)
    live_board.push_to_others(asked.connection, Push("board_brought", brought))
    asked.answer(Done())


HANDLERS: dict[type[Command], Handler] = {
    BoardChange: _change,
    BoardClear: _change,
    BoardUndoClear: _change,
    BoardSetHidden: _change,
    BoardSetPolicy: _change,
    BoardJoin: _join,
    BoardPageGet: _send_page,
    BoardLeave: _leave,
    BoardHistory: _send_history,
    BoardCursor: _point,
    BoardStroke: _stroke,
    BoardViewport: _show_viewport,
    BoardBring: _bring,
}
"""What carries out each command about one board."""
