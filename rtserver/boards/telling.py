"""Telling who shows a board: noted here and of other nodes, told to those who come into its room."""

import msgspec

from rooms.board.messages import BoardViewportMoved
from rooms.lesson.model import Milliseconds
from rooms.model import RoomId
from rooms.versions import SINCE
from rtserver.hub.connection import Connection
from rtserver.hub.live_project import LiveProject
from rtserver.hub.outbox import Lane
from rtserver.hub.packets import Push
from rtserver.lesson.telling import ATTENTION

VIEWPORT = "board_viewport"
"""The push, and what nodes tell each other by the same name."""


def note_viewport(live: LiveProject, moved: BoardViewportMoved, now: Milliseconds) -> None:
    """A teacher says which part of a board they see."""
    showings = live.boards.showings
    board = None if showings.goes_on(moved.board, moved.member, now) else live.state.board(moved.board)
    if board is not None:
        here = (connection.who.member for connection in live.in_room(board.room))
        showings.begin(board.id, moved.member, board.room, here, now)


def hear_viewport(live: LiveProject, payload: object, now: Milliseconds) -> None:
    """The same, of a teacher who is connected to another node."""
    note_viewport(live, msgspec.convert(payload, BoardViewportMoved), now)


def ask_to_look(live: LiveProject, connection: Connection, room: RoomId, now: Milliseconds) -> None:
    """Somebody has come into a room: they are asked to look at what is shown there."""
    if not SINCE.knows_push(connection.version, ATTENTION):
        return
    attention = live.boards.showings.take_unasked(room, connection.who.member, now)
    if attention is not None:
        connection.push(Push(ATTENTION, attention), Lane.VOLATILE)
