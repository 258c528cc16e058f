"""A project that somebody is connected to: its stream, who is present, its connections, and its rooms' audiences."""

import asyncio
from collections.abc import Iterable

from rooms.audience import as_seen, hidden_event, hidden_rooms, room_to_read
from rooms.board.model import Board, BoardState
from rooms.chat.state import ChatState
from rooms.errors import ErrorCode, Refused
from rooms.events import MemberRemoved
from rooms.groups.state import groups_from, origin_of
from rooms.lesson.model import CallEnding
from rooms.messages import MemberPresence, PresenceChanged, Rights, RoomExpelled
from rooms.model import Member, MemberId, RoomId
from rooms.permissions import PUBLISH_ACTIONS, Action, Standing, denial
from rooms.presence import ConnectionId, Presence
from rooms.project import ProjectState
from rooms.stream import Event, StreamName, room_stream
from rtserver.boards.live_board import LiveBoard
from rtserver.boards.live_boards import LiveBoards
from rtserver.calls.class_call import ClassCall
from rtserver.calls.live_call import LiveCall
from rtserver.chat.read_marks import RoomMarks
from rtserver.hub.connection import Connection
from rtserver.hub.elsewhere import Elsewhere, Nobody
from rtserver.hub.fanout import Heat, Recipients
from rtserver.hub.limits import MemberLimits
from rtserver.hub.outbox import Flusher, Lane, NewestOf, Outbox
from rtserver.hub.packets import Push
from rtserver.hub.views import Views
from rtserver.lesson.live import LiveLesson
from rtserver.live_stream import Clock, LiveStream
from signaling.holds import CallState, along
from signaling.rights import MediaRights, media_rights

TOLD_RIGHTS = {
    "post": Action.POST,
    "signal": Action.SIGNAL,
    "react": Action.REACT,
    "pin": Action.PIN,
    "save_chat": Action.SAVE_CHAT,
    "delete_others": Action.DELETE_OTHERS,
    "open_room": Action.OPEN_ROOM,
    "lead": Action.LEAD_LESSON,
    "vote": Action.VOTE,
}
"""The rights that a client is told of, so that it need not know the rules."""

TOLD_CALL_RIGHTS = {
    "join_call": Action.JOIN_CALL,
    "join_as_class_camera": Action.JOIN_AS_CLASS_CAMERA,
    "publish_audio": Action.PUBLISH_AUDIO,
    "publish_video": Action.PUBLISH_VIDEO,
    "publish_screen": Action.PUBLISH_SCREEN,
    "raise_hand": Action.RAISE_HAND,
    "moderate_call": Action.MODERATE_CALL,
}
"""Those in the call of a room."""


class LiveRoom:
    """The chat of a room and how far it was read, what teachers decided in its call, and who is connected to it."""

    def __init__(
        self,
        stream: LiveStream[ChatState],
        decisions: LiveStream[CallState] | None = None,
        marks: RoomMarks | None = None,
    ) -> None:
        """`decisions`: None where there are no calls; `marks`: as they were stored."""
        self.stream = stream
        self.decisions = decisions
        self.marks = marks or RoomMarks()
        self.connections: dict[str, Connection] = {}
        self.recipients = Recipients()
        self.heat = Heat()

    def add(self, connection: Connection) -> None:
        """The connection is in the room."""
        self.connections[connection.id] = connection
        self.recipients.add(connection.id, connection.codec, connection.outbox)

    def remove(self, connection: Connection) -> None:
        """It is not any more."""
        self.connections.pop(connection.id, None)
        self.recipients.remove(connection.id)


class LiveProject:
    """Everything this process knows of a project while members are connected."""

    def __init__(
        self,
        stream: LiveStream[ProjectState],
        presence: Presence,
        clock: Clock,
        flusher: Flusher | None = None,
    ) -> None:
        self.stream = stream
        self.presence = presence
        self.views = Views(stream)
        self.connections: dict[str, Connection] = {}
        self.rooms: dict[RoomId, LiveRoom] = {}
        self.calls: dict[RoomId, LiveCall] = {}
        """Those that somebody is in; `tell_presence` forgets the others."""
        self.class_call = ClassCall()
        self.boards = LiveBoards()
        self.lesson = LiveLesson()
        self.limits: dict[MemberId, MemberLimits] = {}
        """Of members who have been connected: a member who comes back does not begin anew."""
        self._clock = clock
        self._flusher = flusher or Flusher()
        self._verdicts: dict[tuple[MemberId, RoomId, Action], ErrorCode | None] = {}
        """What the permissions said, as long as all that they depend on is as it was: `_verdicts_of`."""
        self._media_rights: dict[tuple[MemberId, RoomId], MediaRights] = {}
        """The same for calls."""
        self._verdicts_of: tuple[ProjectState, bool] | None = None
        self._teacher_was_present = presence.teacher_present(clock())
        self.elsewhere: Elsewhere = Nobody()
        """The other nodes that serve the project; the hub says when there may be some."""

    @property
    def state(self) -> ProjectState:
        """The project as of the last commit."""
        return self.stream.state

    def teacher_present(self) -> bool:
        """Whether pupils may write, as far as a teacher's presence goes."""
        return self.presence.teacher_present(self._clock())

    def is_member(self, member: MemberId) -> bool:
        """Whether a member belongs to the project, as far as this process knows."""
        found = self.state.members.get(member)
        return found is not None and not found.removed

    def member(self, member: MemberId) -> Member:
        """A member who belongs to the project now. Raises `Refused`."""
        if not self.is_member(member):
            raise Refused(ErrorCode.NOT_A_MEMBER)
        return self.state.members[member]

    def standing(
        self,
        actor: MemberId,
        room: RoomId | None = None,
        subject: Member | None = None,
        state: ProjectState | None = None,
    ) -> Standing:
        """What the permissions of a member depend on now; `state`: on this state of the project instead."""
        return (state or self.state).standing(actor, self.teacher_present(), room, subject)

    def denial(self, member: MemberId, room: RoomId, action: Action) -> ErrorCode | None:
        """Why a member may not do something in a room now, or None; asked again only when something has changed."""
        self._forget_verdicts()
        key = (member, room, action)
        try:
            return self._verdicts[key]
        except KeyError:
            verdict = denial(self.standing(member, room), action)
            if room in self.state.rooms:  # not of those that a client makes up, which have no end
                self._verdicts[key] = verdict
            return verdict

    def media_rights(self, member: MemberId, room: RoomId) -> MediaRights:
        """What a member may do in the call of a room now; kept like `denial`'s answers."""
        self._forget_verdicts()
        key = (member, room)
        found = self._media_rights.get(key)
        if found is None:
            found = self._media_rights[key] = media_rights(self.standing(member, room))
        return found

    def _forget_verdicts(self) -> None:
        """Forget what the permissions said of another state, or when a teacher was (not) here."""
        state, teacher_present = self.state, self.teacher_present()
        asked_of = self._verdicts_of
        if asked_of is None or asked_of[0] is not state or asked_of[1] is not teacher_present:
            self._verdicts.clear()
            self._media_rights.clear()
            self._verdicts_of = (state, teacher_present)

    def rights(self, member: MemberId, room: RoomId) -> Rights:
        """What a member may do in a room now."""
        standing = self.standing(member, room)
        denied = {name: denial(standing, action) for name, action in TOLD_RIGHTS.items()}
        live = self.rooms.get(room)
        if live is None or live.decisions is None:
            denied.update(dict.fromkeys(TOLD_CALL_RIGHTS, ErrorCode.UNKNOWN_COMMAND))
        else:
            denied.update((name, denial(standing, action)) for name, action in TOLD_CALL_RIGHTS.items())
            _deny_as_decided(denied, self.member(member), self.decided(room, live.decisions.state))
        return Rights(room, denied)

    # --- Fan-out ---

    def tell_project(self, events: list[Event]) -> None:
        """Send committed events of the project's stream to those who follow it, then what follows from them.

        Only media is faster: whoever hears of a removal must not be heard or seen any more.
        """
        for event in events:
            if isinstance(event.body, MemberRemoved):
                self.presence.forget(event.body.member)  # also one who dropped and is only remembered as a teacher
        self._refresh_calls()
        followers = [connection for connection in self.connections.values() if connection.follows_project]
        for event in events:
            for_staff, for_others = (event_push(event, self.state, to_staff) for to_staff in (True, False))
            room = room_to_read(event.body)
            for connection in followers:
                push = for_staff if connection.who.is_staff else for_others
                if room is not None and self.denial(connection.who.member, room, Action.READ_ROOM) is not None:
                    push = Push("event", hidden_event(event))
                connection.push_event(push, self.stream.name)
        self.enforce()

    def tell_room(self, room: RoomId, events: list[Event]) -> None:
        """Send committed events of a room's stream to those who are in it."""
        live = self.rooms.get(room)
        if live is None:
            return
        name = room_stream(room)
        for event in events:
            push = Push("event", event)
            for connection in live.connections.values():
                connection.push_event(push, name)

    def signal(self, room: RoomId, sender: Connection, push: Push, newest_of: NewestOf | None = None) -> None:
        """Send something volatile to the others in a room. `newest_of`: see `Outbox.send`."""
        self.signal_elsewhere(room, room_stream(room), push, newest_of)  # first: they have a longer way
        self.signal_here(room, push, newest_of, sender.outbox)

    def signal_here(
        self, room: RoomId, push: Push, newest_of: NewestOf | None = None, skipped: Outbox | None = None
    ) -> None:
        """The same to those who are connected to this process, but for the one who sent it."""
        live = self.rooms.get(room)
        if live is None:
            return
        is_hot = live.heat.rises(self._clock())
        mark = self._flusher.mark_late if is_hot and self._flusher.window else self._flusher.mark
        live.recipients.signal(push, skipped, newest_of, mark)

    def signal_elsewhere(
        self, room: RoomId, stream: StreamName, push: Push, newest_of: NewestOf | None, lane: Lane = Lane.VOLATILE
    ) -> None:
        """Send something that is not logged to those who are in the room, or on its board, by way of other nodes."""
        if self.presence.is_elsewhere(room):
            self.elsewhere.signal(stream, push, newest_of, lane)

    def call_ending(self, room: RoomId) -> CallEnding:
        """How often the call of a room was ended for everybody."""
        return self.state.lesson.call_ending(room)

    def call_decided(self, room: RoomId) -> None:
        """What teachers decided in the call of a room has changed, and so in those of the groups that came from it."""
        for concerned in (room, *groups_from(self.state.grouping, room)):
            if concerned in self.calls:
                self.calls[concerned].refresh()
            for connection in self.in_room(concerned):
                self._tell_rights(connection, concerned)

    def decided(self, room: RoomId, own: CallState) -> CallState:
        """What holds in the call of a room, in whose stream `own` stands."""
        if origin_of(self.state.grouping, room) is None:
            return own
        of_class = self.decisions_of_class(room)
        group = self.state.rooms[room].group or frozenset()
        return along(own, None if of_class is None else of_class.state, group)

    def decisions_of_class(self, room: RoomId) -> LiveStream[CallState] | None:
        """The stream of the call from which the group in a room came; None: no group is there, or it is missing."""
        if origin_of(self.state.grouping, room) is None or self.class_call_missing() is not None:
            return None
        return self.class_call.decisions(self.state.grouping)

    def class_call_missing(self) -> RoomId | None:
        """The room whose decisions have to be loaded first, as groups came from it and nobody here is there."""
        room = self.class_call.missing(self.state.grouping)
        live = None if room is None else self.rooms.get(room)
        if live is None or live.decisions is None:
            return room
        self.class_call.keep(live.decisions)
        return None

    def new_board(self, board: Board, stream: LiveStream[BoardState]) -> LiveBoard:
        """A board that nobody follows yet; `boards` keeps it once somebody does."""
        return LiveBoard(board, stream, self, self._clock, self._flusher)

    def tell_call(self, connection: Connection, room: RoomId) -> None:
        """Tell somebody who has entered a room of the call that goes on there."""
        call = self.calls.get(room)
        view = None if call is None else call.view()
        if view is not None:
            connection.push(Push("call", view))

    async def refresh(self) -> None:
        """Returns when what other processes had decided before is known here: about members, rooms, and in calls."""
        of_class = self.class_call.decisions(self.state.grouping)
        decisions = {id(stream): stream for stream in (of_class, *(live.decisions for live in self.rooms.values()))}
        streams = [stream for stream in decisions.values() if stream is not None]
        await asyncio.gather(self.stream.refresh(), *(stream.refresh() for stream in streams))

    def tell_presence(self) -> None:
        """Let grace times pass, tell who came or left, and what a teacher's coming or going changes."""
        self.presence.advance(self._clock())
        self.elsewhere.report()
        for_others = self.presence.changes_without(hidden_rooms(self.state, to_staff=False))
        for changes, to_staff in ((self.presence.take_changes(), True), (for_others, False)):
            if not changes:
                continue
            push = Push("presence", PresenceChanged(changes))
            for connection in self.connections.values():
                if connection.follows_project and connection.who.is_staff is to_staff:
                    connection.push(push)
        present = self.teacher_present()
        if present is not self._teacher_was_present:
            self._teacher_was_present = present
            self.enforce()
        for call in list(self.calls.values()):
            call.advance()
            if call.is_over:
                del self.calls[call.room]
                call.over()
        self.boards.advance()

    def present(self, to_staff: bool) -> tuple[MemberPresence, ...]:
        """Who is here, and where, as one audience sees it."""
        return self.presence.snapshot(hidden_rooms(self.state, to_staff))

    # --- Rules that hold on open sockets ---

    def enforce(self) -> None:
        """After a change of the project or of a teacher's presence: end, expel, and tell the new rights."""
        self._refresh_calls()
        for connection in list(self.connections.values()):
            member = self.state.members.get(connection.who.member)
            if member is None or member.removed:
                connection.say_bye(ErrorCode.NOT_A_MEMBER)
                continue
            if denial(self.standing(member.id), Action.ENTER_PROJECT) is not None:
                connection.say_bye(ErrorCode.PROJECT_NOT_STARTED)
                continue
            for room in sorted(connection.rooms):
                self._enforce_in_room(connection, room)
            self.boards.enforce(connection)

    def _refresh_calls(self) -> None:
        for call in list(self.calls.values()):
            call.refresh()

    def _enforce_in_room(self, connection: Connection, room: RoomId) -> None:
        code = denial(self.standing(connection.who.member, room), Action.READ_ROOM)
        if code is not None:
            self.leave_room(connection, room)
            connection.push(Push("expelled", RoomExpelled(room, code)))
        else:
            self._tell_rights(connection, room)

    def _tell_rights(self, connection: Connection, room: RoomId) -> None:
        """When they are others than those that were told last."""
        rights = self.rights(connection.who.member, room)
        if connection.rights.get(room) != rights.denied:
            connection.rights[room] = rights.denied
            connection.push(Push("rights", rights))

    def enter_room(self, connection: Connection, room: RoomId, live: LiveRoom) -> None:
        """The connection is in the room from now on and receives its events."""
        live.add(connection)
        connection.rooms.add(room)
        self.presence.enter(connection.id, room)
        self.elsewhere.entered(connection, room)

    def leave_room(self, connection: Connection, room: RoomId) -> None:
        """The connection is no longer in the room."""
        connection.rooms.discard(room)
        connection.rights.pop(room, None)
        connection.outbox.forget(room)
        if room in connection.calls:
            connection.calls[room].leave(connection)
        self.boards.leave_room(connection, room)
        self.presence.leave(connection.id, room)
        self._take_out(connection, room)

    def disconnect(self, connection: Connection) -> None:
        """The connection is gone; its member stays present, and in calls, for the grace time."""
        self.presence.drop(connection.id, self._clock())
        self.connections.pop(connection.id, None)
        for call in list(connection.calls.values()):
            call.drop(connection)
        self.boards.disconnect(connection)
        for room in sorted(connection.rooms):
            self._take_out(connection, room)
        connection.rooms.clear()

    def _take_out(self, connection: Connection, room: RoomId) -> None:
        """Take a connection out of a room's audience; a room without one is forgotten."""
        live = self.rooms.get(room)
        if live is not None:
            live.remove(connection)
            if not live.connections:
                del self.rooms[room]

    def in_room(self, room: RoomId) -> Iterable[Connection]:
        """The connections that are in a room."""
        live = self.rooms.get(room)
        return () if live is None else tuple(live.connections.values())

    def devices_of(self, member: MemberId) -> list[ConnectionId]:
        """The devices of a member that are connected, to whichever node, oldest first."""
        devices = self.presence.connected_devices_of(member)
        ending = {device for device in devices if device in self.connections and self.connections[device].is_closed}
        return [device for device in devices if device not in ending]

    def send_away(self, device: ConnectionId, code: ErrorCode) -> None:
        """End the connection of a device for good, to whichever node it is connected."""
        if device in self.connections:
            self.connections[device].say_bye(code)
        else:
            self.elsewhere.send_away(device, code)
            self.presence.drop(device, self._clock())

    def end_earlier(self, connection: Connection) -> None:
        """End the earlier connections of the page that has just come back: nobody listens there any more."""
        for device in self.presence.succeed(connection.id, self._clock()):
            if device in self.connections:
                self.connections[device].send_away()

    def is_idle(self) -> bool:
        """True when nobody is connected or in grace, nor a teacher remembered: it can be forgotten."""
        return not (self.connections or self.calls) and self.presence.is_idle(self._clock())


def _deny_as_decided(denied: dict[str, ErrorCode | None], member: Member, decided: CallState) -> None:
    """What teachers decided, where the permissions have no reason of their own."""
    if decided.is_removed(member):
        denied["join_call"] = denied["join_call"] or ErrorCode.CALL_REMOVED
    for medium in decided.held_of(member):
        name = PUBLISH_ACTIONS[medium].value
        denied[name] = denied[name] or ErrorCode.CALL_HELD


def event_push(event: Event, state: ProjectState, to_staff: bool) -> Push:
    """The push of an event, or of its hidden place, for one of the two audiences."""
    return Push("event", as_seen(event, state, to_staff))


def seen_events(events: Iterable[Event], state: ProjectState, is_staff: bool) -> tuple[Event, ...]:
    """Events of a project's stream as one audience sees them."""
    return tuple(as_seen(event, state, is_staff) for event in events)
