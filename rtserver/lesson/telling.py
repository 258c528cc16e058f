"""Telling what is in no log, here and by way of other nodes: that all are asked to look, and how many have voted."""

from collections.abc import Iterable

import msgspec

from rooms.audience import hidden_event, room_to_read
from rooms.lesson.messages import LESSON_PUSHES, Attention, PollProgress
from rooms.lesson.model import Milliseconds
from rooms.messages import ProjectView
from rooms.model import MemberId, RoomId
from rooms.permissions import Action
from rooms.stream import Event
from rooms.versions import SINCE
from rtserver.hub.live_project import LiveProject
from rtserver.hub.outbox import Lane
from rtserver.hub.packets import Push
from rtserver.lesson.ballots import Ballots

ATTENTION, PROGRESS = "attention", "poll_progress"
"""The pushes, and what nodes tell each other by the same names."""


def may_read(live: LiveProject, member: MemberId, room: RoomId) -> bool:
    """Whether a member may know what goes on in a room."""
    return live.denial(member, room, Action.READ_ROOM) is None


def view_for(live: LiveProject, view: ProjectView, member: MemberId) -> ProjectView:
    """The project as its audience sees it, without the polls of rooms that this member may not read."""
    seen = tuple(poll for poll in view.polls if may_read(live, member, poll.room))
    return view if len(seen) == len(view.polls) else msgspec.structs.replace(view, polls=seen)


def events_for(live: LiveProject, events: Iterable[Event], member: MemberId) -> tuple[Event, ...]:
    """Events of the project as its audience sees them, those of rooms that this member may not read hidden."""
    return tuple(
        event if room is None or may_read(live, member, room) else hidden_event(event)
        for event, room in ((event, room_to_read(event.body)) for event in events)
    )


def tell_attention(live: LiveProject, attention: Attention, now: Milliseconds) -> None:
    """Ask everybody to look."""
    live.lesson.called(now)
    _tell(live, Push(ATTENTION, attention), attention.room)


async def tell_progress(live: LiveProject, ballots: Ballots, now: Milliseconds) -> None:
    """Tell how many have voted in the polls in which somebody has lately, if it is time. Raises `LogUnavailable`."""
    due = live.lesson.take_due(now)
    polls = [poll for poll in live.state.lesson.open_polls() if poll.id in due]
    if not polls:
        return
    votes = await ballots.progress(live.state.id, [poll.id for poll in polls])
    for poll in polls:
        current = live.state.lesson.poll(poll.room, poll.id)
        if current is not None and current.is_open:
            _tell(live, Push(PROGRESS, PollProgress(poll.room, poll.id, votes.get(poll.id, 0))), poll.room)


def hear(live: LiveProject, name: str, payload: object, now: Milliseconds) -> None:
    """Another node tells something of the lesson."""
    if name not in LESSON_PUSHES:
        return  # of a newer version
    told: Attention | PollProgress = msgspec.convert(payload, LESSON_PUSHES[name])
    if isinstance(told, Attention):
        live.lesson.called(now)
    _tell_here(live, Push(name, told), told.room)


def _tell(live: LiveProject, push: Push, room: RoomId) -> None:
    live.elsewhere.signal(live.stream.name, push, None, Lane.VOLATILE)  # first: they have a longer way
    _tell_here(live, push, room)


def _tell_here(live: LiveProject, push: Push, room: RoomId) -> None:
    for connection in live.connections.values():
        is_told = connection.follows_project and SINCE.knows_push(connection.version, push.name)
        if is_told and may_read(live, connection.who.member, room):
            connection.push(push, Lane.VOLATILE)
