"""The boards of a project's rooms, in their order: what teachers' commands lead to, and the list that events lead to.

Who may arrange boards is the caller's question (`rooms.permissions`); the caller also sees that a room is there.
"""

from rooms import events
from rooms.board.messages import BoardAdd, BoardListCommand, BoardMove, BoardRemove, BoardRename
from rooms.board.model import Board, BoardId
from rooms.errors import ErrorCode, Refused
from rooms.model import RoomId
from rooms.stream import Decision
from rooms.text import checked_name

BOARDS_MAX = 20
"""Boards of one room: one for each lesson of a term, or for each group of a large class."""

Boards = dict[BoardId, Board]
"""Those of all rooms; the ones of a room stand in their order."""

ListEvent = events.BoardAdded | events.BoardRenamed | events.BoardMoved | events.BoardRemoved


def first_board(room: RoomId) -> Board:
    """The board that a room has from the start: it is called like the room, and no event tells of it."""
    return Board(id=room, room=room, name="")


def of_room(boards: Boards, room: RoomId) -> tuple[Board, ...]:
    """The boards of a room, in their order."""
    return tuple(board for board in boards.values() if board.room == room)


def decide(boards: Boards, command: BoardListCommand, new_id: BoardId) -> Decision:
    """What a command that is allowed leads to. `new_id` names the board that it makes. Raises `Refused`."""
    match command:
        case BoardAdd(room=room, name=name):
            if len(of_room(boards, room)) >= BOARDS_MAX:
                raise Refused(ErrorCode.TOO_MANY, f"at most {BOARDS_MAX} boards in a room")
            return Decision((events.BoardAdded(new_id, room, checked_name(name, "name")),))
        case BoardRename(board=board, name=name):
            known = _known(boards, board)
            if known.name == checked_name(name, "name"):
                return Decision()
            return Decision((events.BoardRenamed(board, known.room, name),))
        case BoardMove(board=board, before=before):
            return _decide_move(boards, _known(boards, board), before)
        case BoardRemove(board=board):
            known = _known(boards, board)
            if len(of_room(boards, known.room)) == 1:
                raise Refused(ErrorCode.BOARD_LAST)
            return Decision((events.BoardRemoved(board, known.room),))


def _decide_move(boards: Boards, board: Board, before: BoardId | None) -> Decision:
    if before is not None and _known(boards, before).room != board.room:
        raise Refused(ErrorCode.UNKNOWN_BOARD)
    moved = events.BoardMoved(board.id, board.room, before)
    if before == board.id or of_room(apply(boards, moved), board.room) == of_room(boards, board.room):
        return Decision()
    return Decision((moved,))


def _known(boards: Boards, board: BoardId) -> Board:
    found = boards.get(board)
    if found is None:
        raise Refused(ErrorCode.UNKNOWN_BOARD)
    return found


def apply(boards: Boards, body: ListEvent) -> Boards:
    """The boards after something has happened."""
    match body:
        case events.BoardAdded(board, room, name):
            return {**boards, board: Board(board, room, name)}
        case events.BoardRenamed(board, room, name):
            return {**boards, board: Board(board, room, name)}
        case events.BoardMoved(board, _, before):
            return _moved(boards, board, before)
        case events.BoardRemoved(board):
            return {each: found for each, found in boards.items() if each != board}


def _moved(boards: Boards, moving: BoardId, before: BoardId | None) -> Boards:
    """The boards with one of them in front of another, or at the end."""
    after: Boards = {}
    for board, found in boards.items():
        if board == moving:
            continue
        if board == before:
            after[moving] = boards[moving]
        after[board] = found
    if before is None:
        after[moving] = boards[moving]
    return after
