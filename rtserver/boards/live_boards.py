"""The boards of a live project that somebody follows."""

from collections.abc import Iterator

from rooms.board.model import BoardId
from rooms.model import RoomId
from rooms.stream import Event
from rtserver.boards.live_board import LiveBoard
from rtserver.boards.showing import Showings
from rtserver.cluster.messages import Signal
from rtserver.hub.connection import Connection
from rtserver.hub.packets import Push

KEPT_DESERTED_MAX = 4
"""Boards that nobody follows and that are kept a while, the last ones left: who comes and goes costs no reading."""


class LiveBoards:
    """By id; one that nobody follows any more is forgotten after a while."""

    def __init__(self) -> None:
        self._boards: dict[BoardId, LiveBoard] = {}
        self.showings = Showings()

    def __iter__(self) -> Iterator[LiveBoard]:
        return iter(list(self._boards.values()))

    def get(self, board: BoardId) -> LiveBoard | None:
        """The board, when somebody follows it, or has a moment ago."""
        return self._boards.get(board)

    def enter(self, connection: Connection, board: LiveBoard) -> LiveBoard:
        """A connection follows a board; the one of that name, should somebody else have been first."""
        live = self._boards.setdefault(board.id, board)
        live.enter(connection)
        return live

    def leave(self, connection: Connection, board: BoardId) -> None:
        """It does not any more, if it did."""
        connection.boards.discard(board)
        live = self._boards.get(board)
        if live is not None:
            live.leave(connection)
            self._forget_deserted()

    def leave_room(self, connection: Connection, room: RoomId) -> None:
        """A connection is no longer in a room, nor on its boards."""
        for board in list(connection.boards):
            live = self._boards.get(board)
            if live is None or live.room == room:
                self.leave(connection, board)

    def disconnect(self, connection: Connection) -> None:
        """A connection is gone."""
        for board in list(connection.boards):
            self.leave(connection, board)

    def tell(self, board: BoardId, events: list[Event]) -> None:
        """Send committed events of a board's stream to those who follow it."""
        live = self._boards.get(board)
        if live is not None:
            live.tell(events)

    def reset(self, board: BoardId) -> None:
        """The log was replaced: who follows the board comes back and starts anew."""
        live = self._boards.get(board)
        if live is not None:
            for connection in list(live.connections.values()):
                connection.send_away()

    def enforce(self, connection: Connection) -> None:
        """After a change of the project or of a teacher's presence."""
        for board in list(connection.boards):
            live = self._boards.get(board)
            if live is None or not live.is_listed:
                self.leave(connection, board)
            else:
                live.tell_rights((connection,))

    def heard_signal(self, board: BoardId, push: Push, signal: Signal) -> None:
        """What somebody has sent by way of another node to those who follow a board."""
        live = self._boards.get(board)
        if live is None:
            return
        if signal.is_durable:
            live.push_here(push)
        else:
            live.signal_here(push, signal.newest_of)

    def advance(self) -> None:
        """Let time pass."""
        for live in self._boards.values():
            live.advance()
        self._forget_deserted()

    def _forget_deserted(self) -> None:
        """Forget those that were left long ago, have left their room's list, or are too many."""
        deserted = sorted((live for live in self if live.is_deserted), key=lambda live: live.deserted_at, reverse=True)
        for place, live in enumerate(deserted):
            if place >= KEPT_DESERTED_MAX or live.is_stale or not live.is_listed:
                del self._boards[live.id]
