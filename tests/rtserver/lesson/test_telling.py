"""Telling how many have voted, here and by way of other nodes."""

import msgspec

from rooms.lesson.messages import Attention, BoardArea, Part
from rtserver.lesson.telling import hear, tell_attention, tell_progress
from tests.rtserver.hub.support import Classroom, Seat
from tests.rtserver.lesson.test_commands import ask, opened


async def test_progress(classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
    """At most once a second, how many there are, to all who may read the room."""
    poll = await opened(classroom, teacher)
    live, ballots, clock = classroom.live, classroom.tools.ballots, classroom.on.clock
    of = {"room": classroom.hall, "poll": poll}
    await ask(pupil, "poll.vote", **of, choice=0)
    await tell_progress(live, ballots, clock())
    await ask(teacher, "poll.vote", **of, choice=0)
    await tell_progress(live, ballots, clock())
    assert pupil.outbox.payloads("poll_progress") == [{**of, "votes": 1}]
    clock.advance(1_000)
    await tell_progress(live, ballots, clock())
    assert pupil.outbox.payloads("poll_progress")[1:] == teacher.outbox.payloads("poll_progress")[1:]
    assert pupil.outbox.payloads("poll_progress")[1:] == [{**of, "votes": 2}]


async def test_no_progress_of_a_closed_poll(classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
    """The result was told already."""
    poll = await opened(classroom, teacher)
    of = {"room": classroom.hall, "poll": poll}
    await ask(pupil, "poll.vote", **of, choice=0)
    await ask(teacher, "poll.close", **of)
    await tell_progress(classroom.live, classroom.tools.ballots, classroom.on.clock())
    assert pupil.outbox.payloads("poll_progress") == []


async def test_an_older_client(classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
    """Is not sent what it does not know, nor is who does not follow the project."""
    pupil.connection.version = 2
    stranger = classroom.sit(await classroom.add("pupil"))
    tell_attention(classroom.live, Attention(classroom.hall, Part.CHAT, teacher.member), classroom.on.clock())
    assert pupil.outbox.payloads("attention") == stranger.outbox.payloads("attention") == []
    assert len(teacher.outbox.payloads("attention")) == 1


async def test_what_another_node_tells(classroom: Classroom, teacher: Seat, pupil: Seat, other: Seat) -> None:
    """It reaches those who may read the room, and counts as a call for attention here too; what is new is left out."""
    await ask(teacher, "member.set_room_ban", member=other.member, room=classroom.hall, banned=True)
    live, now = classroom.live, classroom.on.clock()
    area = BoardArea(0, 0, 300, 200)
    attention = msgspec.to_builtins(Attention(classroom.hall, Part.BOARD, "ewa", classroom.hall, area))
    hear(live, "attention", attention, now)
    hear(live, "poll_progress", {"room": classroom.hall, "poll": "q1", "votes": 7}, now)
    hear(live, "of_a_newer_version", {"room": classroom.hall}, now)
    assert pupil.outbox.payloads("attention") == [attention]
    assert pupil.outbox.payloads("poll_progress") == [{"room": classroom.hall, "poll": "q1", "votes": 7}]
    assert other.outbox.pushes("attention", "poll_progress", "of_a_newer_version") == []
    assert not live.lesson.may_call(now)
