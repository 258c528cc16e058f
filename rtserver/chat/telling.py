"""Telling how far members have read, together and once a second, and whom a message calls, at once."""

from functools import partial

import msgspec
from msgspec import Struct

from rooms.chat.messages import Mentioned, ReadMarks
from rooms.chat.model import Message, MessageId, Milliseconds, ReadMark
from rooms.model import MemberId, Role, RoomId
from rooms.permissions import Action
from rooms.stream import StreamName, room_stream
from rooms.versions import SINCE
from rtserver.hub.live_project import LiveProject
from rtserver.hub.outbox import Lane
from rtserver.hub.packets import Push

READ_MARKS = "read_marks"
"""The push, and what nodes tell each other by the same name: each tells those who are connected to it by itself."""

MENTIONED = "mentioned"
"""The same."""


class Call(Struct, frozen=True):
    """What nodes tell each other: whom a message calls."""

    room: RoomId
    message: MessageId
    members: tuple[MemberId, ...]


def marks_of(live: LiveProject, room: RoomId) -> tuple[ReadMark, ...]:
    """How far each has read in a room that somebody is in."""
    return live.rooms[room].marks.view(partial(_is_counted, live, room))


def tell_marks(live: LiveProject, now: Milliseconds) -> None:
    """Tell what has moved in each room, if it is time."""
    for room in live.rooms:
        _tell_in_room(live, room, now)


def hear_marks(live: LiveProject, payload: object) -> None:
    """Another node tells how far its members have read."""
    told = msgspec.convert(payload, ReadMarks)
    if told.room in live.rooms:
        live.rooms[told.room].marks.hear(mark for mark in told.marks if live.is_member(mark.member))


def tell_mentions(live: LiveProject, room: RoomId, message: Message | None) -> None:
    """A message was posted by way of this node: tell whom it calls, wherever they are connected."""
    if message is None or not message.mentions:
        return
    call = Call(room, message.id, message.mentions)
    if live.presence.nodes():
        live.elsewhere.signal(live.stream.name, Push(MENTIONED, call), None, Lane.VOLATILE)
    _tell_called(live, call)


def hear_mentions(live: LiveProject, payload: object) -> None:
    """Another node tells whom a message calls."""
    _tell_called(live, msgspec.convert(payload, Call))


def forget_marks(live: LiveProject, member: MemberId) -> list[StreamName]:
    """A member was removed; in which rooms there may be a mark of them on disk."""
    for room in live.rooms.values():
        room.marks.forget(member)
    return [room_stream(room) for room in live.state.rooms]


def _tell_in_room(live: LiveProject, room: RoomId, now: Milliseconds) -> None:
    marks, is_elsewhere = live.rooms[room].marks, live.presence.is_elsewhere(room)
    due = marks.take_due(now, partial(_is_counted, live, room), is_elsewhere=is_elsewhere)
    if due is None:
        return
    if due.elsewhere:
        push = Push(READ_MARKS, ReadMarks(room, due.elsewhere))
        live.signal_elsewhere(room, room_stream(room), push, None)
    if due.here:
        push = Push(READ_MARKS, ReadMarks(room, due.here))
        for connection in live.rooms[room].connections.values():
            if SINCE.knows_push(connection.version, READ_MARKS):
                connection.push(push, Lane.VOLATILE)


def _tell_called(live: LiveProject, call: Call) -> None:
    """Those who are in the room get the message itself."""
    push = Push(MENTIONED, Mentioned(call.room, call.message))
    for connection in live.connections.values():
        member = connection.who.member
        is_told = connection.follows_project and SINCE.knows_push(connection.version, MENTIONED)
        if member not in call.members or call.room in connection.rooms or not is_told:
            continue
        if live.denial(member, call.room, Action.READ_ROOM) is None:
            connection.push(push, Lane.VOLATILE)


def _is_counted(live: LiveProject, room: RoomId, member: MemberId) -> bool:
    """Guests read along, but nobody waits for them; who was removed, or put out, does not read any more."""
    found = live.state.members.get(member)
    return found is not None and found.role is not Role.VISITOR and live.denial(member, room, Action.READ_ROOM) is None
