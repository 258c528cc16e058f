"""What commands about reading and searching do: a table of small handlers, as `hub.dispatch` has one for the rest."""

from collections.abc import Iterator

from rooms.chat.messages import ChatRead, ChatSearch, SearchPage
from rooms.errors import ErrorCode, Refused
from rooms.messages import Command, Done
from rooms.model import MemberId, Role, RoomId
from rooms.permissions import Action, require
from rooms.stream import room_stream
from rtserver.hub.asked import Asked, Handler
from rtserver.hub.live_project import LiveProject


def class_languages(live: LiveProject) -> Iterator[str]:
    """The languages of a project's classes (BCP 47)."""
    for school_class in live.state.classes.values():
        yield from school_class.languages


def _read(asked: Asked, command: ChatRead) -> None:
    """It is told, and written, some moments later. Visitors read along, but nobody waits for them."""
    room = asked.joined_room(command.room)
    member, message = asked.actor, min(command.message, room.stream.position.seq)
    if asked.live.member(member).role is not Role.VISITOR and room.marks.read(member, message):
        asked.tools.marks.note(room.stream.name, member, message)
    asked.answer(Done())


async def _search(asked: Asked, command: ChatSearch) -> None:
    live, actor = asked.live, asked.actor
    for named in {command.room, command.before.room if command.before else None} - {None}:
        require(live.standing(actor, named), Action.READ_ROOM)
    before = None if command.before is None else (room_stream(command.before.room), command.before.message)
    rooms = [command.room] if command.room is not None else _readable_rooms(live, actor)
    streams = [room_stream(room) for room in rooms]
    found = await asked.tools.search.search(streams, command.text, before, command.limit)
    if found is None:
        raise Refused(ErrorCode.UNKNOWN_MESSAGE)
    # What was found while they were put out of a room is not for them any more.
    hits = tuple(hit for hit in found.hits if live.denial(actor, hit.room, Action.READ_ROOM) is None)
    asked.answer(SearchPage(hits, found.more))


def _readable_rooms(live: LiveProject, member: MemberId) -> list[RoomId]:
    return [room for room in live.state.rooms if live.denial(member, room, Action.READ_ROOM) is None]


HANDLERS: dict[type[Command], Handler] = {ChatRead: _read, ChatSearch: _search}
"""What carries out each command."""
