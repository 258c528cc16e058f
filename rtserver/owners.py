"""The live streams of this process: each is found or made here, and has one owner, a `LiveStream`."""

from typing import Any
from weakref import WeakValueDictionary

from rooms.board.model import BoardId, BoardState
from rooms.board.rules import BoardRules
from rooms.chat.model import MessageId
from rooms.chat.rules import ChatRules
from rooms.chat.state import ChatState, recall
from rooms.errors import ErrorCode, Refused
from rooms.model import ProjectId, RoomId
from rooms.ports import ChatArchive, Log
from rooms.project import ProjectRules, ProjectState
from rooms.stream import Rules, StreamName, board_stream, call_stream, project_stream, room_stream
from rtserver.boards.weights import event_bytes, state_bytes
from rtserver.cluster.streams import StreamRelay
from rtserver.listener import Listener
from rtserver.live_stream import Clock, LiveStream, RecallMessage, State
from rtserver.recent_events import RecentEvents
from rtserver.snapshots import Snapshots
from signaling.holds import CallRules, CallState

CALL_LOG_KEEP = 1_000
"""Events of a call's stream kept behind its snapshot: only other processes read them, within seconds."""

RECENT_BOARD_BYTES_MAX = 524_288
"""Bytes of elements in the events of a board that are at hand: some minutes of drawing. What is more is slower to read
than a snapshot."""


class Owners:
    """Finds the one owner of a stream in this process; a stream that nobody uses is forgotten."""

    def __init__(
        self,
        store: Log,
        archive: ChatArchive,
        clock: Clock,
        chat_log_keep: int | None = None,
        board_log_keep: int | None = None,
        board_log_bytes: int | None = None,
        relay: StreamRelay | None = None,
    ) -> None:
        """`chat_log_keep`, `board_log_keep`: events of a room or board kept behind its snapshot; None keeps all.

        `board_log_bytes`: bytes that those of a board may take. `relay`: to and from other processes, if there are any.
        """
        self._relay = relay
        self._store = store
        self._archive = archive
        self._clock = clock
        self._chat_keep = chat_log_keep
        self._board_keep = board_log_keep
        self._board_keep_bytes = board_log_bytes
        self._listeners: list[Listener] = []
        self._projects: WeakValueDictionary[ProjectId, LiveStream[ProjectState]] = WeakValueDictionary()
        self._rooms: WeakValueDictionary[RoomId, LiveStream[ChatState]] = WeakValueDictionary()
        self._calls: WeakValueDictionary[RoomId, LiveStream[CallState]] = WeakValueDictionary()
        self._boards: WeakValueDictionary[BoardId, LiveStream[BoardState]] = WeakValueDictionary()

    def listen(self, listener: Listener) -> None:
        """Tell `listener` of every commit from now on."""
        self._listeners.append(listener)

    async def project(self, project: ProjectId) -> LiveStream[ProjectState]:
        """The stream of a project. Raises `Refused` with UNKNOWN_PROJECT, or `LogUnavailable`."""
        live = self._projects.get(project)
        if live is None:
            name = project_stream(project)
            if name not in await self._store.heads([name]):
                raise Refused(ErrorCode.UNKNOWN_PROJECT)
            live = await self.new_project(project)
        await live.ready()
        if live.state.title is None:
            raise Refused(ErrorCode.UNKNOWN_PROJECT)
        return live

    async def new_project(self, project: ProjectId) -> LiveStream[ProjectState]:
        """The stream of a project that may not have been opened yet."""
        live = self._projects.get(project)
        if live is None:
            live = self._projects[project] = self._new(project_stream(project), ProjectRules())
        await live.ready()
        return live

    async def room(self, room: RoomId) -> LiveStream[ChatState]:
        """The chat stream of a room. The caller has seen that the room is in the project."""
        live = self._rooms.get(room)
        if live is None:
            name, rules = room_stream(room), ChatRules()
            snapshots = Snapshots(name, rules, self._store, self._chat_keep)
            live = self._rooms[room] = self._new(name, rules, snapshots, recall_message=self._recall)
        await live.ready()
        return live

    async def call(self, room: RoomId) -> LiveStream[CallState]:
        """What teachers decided in the call of a room; as `room`."""
        live = self._calls.get(room)
        if live is None:
            name, rules = call_stream(room), CallRules()
            snapshots = Snapshots(name, rules, self._store, CALL_LOG_KEEP)
            live = self._calls[room] = self._new(name, rules, snapshots)
        await live.ready()
        return live

    async def board(self, board: BoardId) -> LiveStream[BoardState]:
        """The stream of a board. The caller has seen that the board is in the project."""
        live = self._boards.get(board)
        if live is None:
            name, rules = board_stream(board), BoardRules()
            snapshots = Snapshots(name, rules, self._store, self._board_keep, self._board_keep_bytes, state_bytes)
            # Who stands further back gets a snapshot, which all share.
            recent = RecentEvents(RECENT_BOARD_BYTES_MAX, event_bytes, is_filled_up=False)
            live = self._boards[board] = self._new(name, rules, snapshots, recent=recent)
        await live.ready()
        return live

    async def nudge_behind(self) -> None:
        """Look, in one query, which live streams others have appended to, and have those read the log."""
        live = {stream.name: (stream, stream.position) for stream in self._streams()}
        if not live:
            return
        for name, head in (await self._store.heads(list(live))).items():
            stream, asked_at = live[name]
            # It may have gone on while it was asked; only what the log has not, or has no more, is to be looked for.
            if head.position.epoch != stream.position.epoch or not (
                asked_at.seq <= head.position.seq <= stream.position.seq
            ):
                stream.nudge()

    async def close(self) -> None:
        """Returns when all that the streams have under way is done, so that the store can be closed."""
        for stream in self._streams():
            await stream.idle()

    def _new(
        self,
        name: StreamName,
        rules: Rules[State],
        snapshots: Snapshots[State] | None = None,
        recall_message: RecallMessage[State] | None = None,
        recent: RecentEvents | None = None,
    ) -> LiveStream[State]:
        """A stream that is told, and tells, of what is appended in other processes."""
        announce = None if self._relay is None else self._relay.announce
        live = LiveStream(
            name, rules, self._store, self._clock, self._listeners, recall_message, snapshots, recent, announce
        )
        if self._relay is not None:
            self._relay.follow(live)
        return live

    def _streams(self) -> list[LiveStream[Any]]:
        return [*self._projects.values(), *self._rooms.values(), *self._calls.values(), *self._boards.values()]

    async def _recall(self, state: ChatState, stream: StreamName, wanted: set[MessageId]) -> ChatState:
        found = [await self._archive.message(stream, message) for message in sorted(wanted)]
        return recall(state, tuple(message for message in found if message is not None))
