"""A project that somebody is connected to: its stream, who is present, its connections, and its rooms' audiences."""

from collections.abc import Iterable

from rooms.audience import as_seen, hidden_rooms
from rooms.chat import ChatState
from rooms.errors import ErrorCode, Refused
from rooms.events import MemberRemoved
from rooms.messages import MemberPresence, PresenceChanged, Rights, RoomExpelled
from rooms.model import Member, MemberId, RoomId
from rooms.permissions import Action, Standing, denial
from rooms.presence import Presence
from rooms.project import ProjectState
from rooms.stream import Event, room_stream
from rtserver.hub.connection import Connection
from rtserver.hub.fanout import Heat, Recipients
from rtserver.hub.limits import MemberLimits
from rtserver.hub.outbox import Flusher, NewestOf
from rtserver.hub.packets import Push
from rtserver.hub.views import Views
from rtserver.owners import Clock, LiveStream

TOLD_RIGHTS = {
    "post": Action.POST,
    "signal": Action.SIGNAL,
    "delete_others": Action.DELETE_OTHERS,
    "open_room": Action.OPEN_ROOM,
}
"""The rights that a client is told of, so that it need not know the rules."""


class LiveRoom:
    """The chat of a room and the connections that are in it."""

    def __init__(self, stream: LiveStream[ChatState]) -> None:
        self.stream = stream
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
        self, stream: LiveStream[ProjectState], presence: Presence, clock: Clock, flusher: Flusher | None = None
    ) -> None:
        self.stream = stream
        self.presence = presence
        self.views = Views(stream)
        self.connections: dict[str, Connection] = {}
        self.rooms: dict[RoomId, LiveRoom] = {}
        self.limits: dict[MemberId, MemberLimits] = {}
        """Of members who have been connected: a member who comes back does not begin anew."""
        self._clock = clock
        self._flusher = flusher or Flusher()
        self._verdicts: dict[tuple[MemberId, RoomId, Action], ErrorCode | None] = {}
        """What the permissions said, as long as all that they depend on is as it was: `_verdicts_of`."""
        self._verdicts_of: tuple[ProjectState, bool] | None = None
        self._teacher_was_present = presence.teacher_present(clock())

    @property
    def state(self) -> ProjectState:
        """The project as of the last commit."""
        return self.stream.state

    def teacher_present(self) -> bool:
        """Whether pupils may write, as far as a teacher's presence goes."""
        return self.presence.teacher_present(self._clock())

    def member(self, member: MemberId) -> Member:
        """A member who belongs to the project now. Raises `Refused`."""
        found = self.state.members.get(member)
        if found is None or found.removed:
            raise Refused(ErrorCode.NOT_A_MEMBER)
        return found

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
        state, teacher_present = self.state, self.teacher_present()
        asked_of = self._verdicts_of
        if asked_of is None or asked_of[0] is not state or asked_of[1] is not teacher_present:
            self._verdicts.clear()
            self._verdicts_of = (state, teacher_present)
        key = (member, room, action)
        try:
            return self._verdicts[key]
        except KeyError:
            verdict = denial(state.standing(member, teacher_present, room), action)
            if room in state.rooms:  # not of those that a client makes up, which have no end
                self._verdicts[key] = verdict
            return verdict

    def rights(self, member: MemberId, room: RoomId) -> Rights:
        """What a member may do in a room now."""
        standing = self.standing(member, room)
        return Rights(room, {name: denial(standing, action) for name, action in TOLD_RIGHTS.items()})

    # --- Fan-out ---

    def tell_project(self, events: list[Event]) -> None:
        """Send committed events of the project's stream to those who follow it, then what follows from them."""
        followers = [connection for connection in self.connections.values() if connection.follows_project]
        for event in events:
            for_staff, for_others = event_push(event, to_staff=True), event_push(event, to_staff=False)
            for connection in followers:
                push = for_staff if connection.who.is_staff else for_others
                connection.push_event(push, self.stream.name)
            if isinstance(event.body, MemberRemoved):
                self.presence.forget(event.body.member)  # also one who dropped and is only remembered as a teacher
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
        live = self.rooms[room]
        is_hot = live.heat.rises(self._clock())
        mark = self._flusher.mark_late if is_hot and self._flusher.window else self._flusher.mark
        live.recipients.signal(push, sender.outbox, newest_of, mark)

    def tell_presence(self) -> None:
        """Let grace times pass, tell who came or left, and what a teacher's coming or going changes."""
        self.presence.advance(self._clock())
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

    def present(self, to_staff: bool) -> tuple[MemberPresence, ...]:
        """Who is here, and where, as one audience sees it."""
        return self.presence.snapshot(hidden_rooms(self.state, to_staff))

    # --- Rules that hold on open sockets ---

    def enforce(self) -> None:
        """After a change of the project or of a teacher's presence: end, expel, and tell the new rights."""
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

    def _enforce_in_room(self, connection: Connection, room: RoomId) -> None:
        code = denial(self.standing(connection.who.member, room), Action.READ_ROOM)
        if code is not None:
            self.leave_room(connection, room)
            connection.push(Push("expelled", RoomExpelled(room, code)))
            return
        rights = self.rights(connection.who.member, room)
        if connection.rights.get(room) != rights.denied:
            connection.rights[room] = rights.denied
            connection.push(Push("rights", rights))

    def enter_room(self, connection: Connection, room: RoomId, live: LiveRoom) -> None:
        """The connection is in the room from now on and receives its events."""
        live.add(connection)
        connection.rooms.add(room)
        self.presence.enter(connection.id, room)

    def leave_room(self, connection: Connection, room: RoomId) -> None:
        """The connection is no longer in the room."""
        connection.rooms.discard(room)
        connection.rights.pop(room, None)
        connection.outbox.forget(room)
        self.presence.leave(connection.id, room)
        self._take_out(connection, room)

    def disconnect(self, connection: Connection) -> None:
        """The connection is gone; its member stays present for the grace time."""
        self.presence.drop(connection.id, self._clock())
        self.connections.pop(connection.id, None)
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

    def connections_of(self, member: MemberId) -> list[Connection]:
        """The open sockets of a member, oldest first."""
        devices = (self.connections.get(device) for device in self.presence.devices_of(member))
        return [one for one in devices if one is not None and not one.is_closed]

    def is_idle(self) -> bool:
        """True when nobody is connected or in grace, nor a teacher remembered: it can be forgotten."""
        return not self.connections and self.presence.is_empty() and not self.teacher_present()


def event_push(event: Event, to_staff: bool) -> Push:
    """The push of an event, or of its hidden place, for one of the two audiences."""
    return Push("event", as_seen(event, to_staff))


def seen_events(events: Iterable[Event], is_staff: bool) -> tuple[Event, ...]:
    """Events of a project's stream as one audience sees them."""
    return tuple(as_seen(event, is_staff) for event in events)
