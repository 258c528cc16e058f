"""Telling how far members have read, in a class without sockets; between nodes: `tests.wire.test_reading`."""

import asyncio
from typing import Any

from rooms.errors import Refused
from rtserver.chat.read_marks import TELL_INTERVAL_MS
from rtserver.chat.telling import MENTIONED, READ_MARKS, forget_marks, hear_marks, hear_mentions, marks_of, tell_marks
from tests.rtserver.hub.support import Classroom, Seat, command


async def read(seat: Seat, room: str, message: int) -> None:
    assert not isinstance(await seat.ask("chat.read", room=room, message=message), Refused)


def tell(classroom: Classroom, after: int = TELL_INTERVAL_MS) -> None:
    classroom.on.clock.advance(after)
    tell_marks(classroom.live, classroom.on.clock())


async def test_what_has_moved_is_told_to_the_room(classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
    """To all who are in it, the reader included, together and once a second."""
    await classroom.chat(teacher, 3)
    await read(teacher, classroom.hall, 2)
    await read(pupil, classroom.hall, 3)
    tell(classroom)
    marks = sorted(({"member": teacher.member, "message": 2}, {"member": pupil.member, "message": 3}), key=by_member)
    for seat in (teacher, pupil):
        assert seat.outbox.payloads(READ_MARKS) == [{"room": classroom.hall, "marks": marks}]
    await read(teacher, classroom.hall, 3)
    tell(classroom, after=TELL_INTERVAL_MS - 1)
    assert len(pupil.outbox.payloads(READ_MARKS)) == 1
    tell(classroom, after=1)
    assert pupil.outbox.payloads(READ_MARKS)[1]["marks"] == [{"member": teacher.member, "message": 3}]
    tell(classroom)
    assert len(pupil.outbox.payloads(READ_MARKS)) == 2


def by_member(mark: dict[str, Any]) -> str:
    return str(mark["member"])


async def test_an_older_client_is_not_told(classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
    """It does not know the push."""
    pupil.connection.version = 2
    await classroom.chat(teacher, 1)
    await read(teacher, classroom.hall, 1)
    tell(classroom)
    assert pupil.outbox.payloads(READ_MARKS) == []
    assert len(teacher.outbox.payloads(READ_MARKS)) == 1


async def test_who_joins_gets_all_of_them(classroom: Classroom, teacher: Seat, other: Seat) -> None:
    """With a snapshot as well as with events, those from the disk included."""
    await classroom.chat(teacher, 2)
    await read(teacher, classroom.hall, 2)
    for seat in (teacher, other):
        await seat.ask("room.leave", room=classroom.hall)
    assert classroom.hall not in classroom.live.rooms
    await classroom.tools.marks.save()
    joined = await other.ask("room.join", room=classroom.hall)
    assert [(mark.member, mark.message) for mark in joined.snapshot.marks] == [(teacher.member, 2)]
    assert joined.marks == ()
    again = await other.ask("room.join", room=classroom.hall, position=joined.position)
    assert again.snapshot is None
    assert again.marks == joined.snapshot.marks


async def test_who_does_not_count(classroom: Classroom, teacher: Seat, pupil: Seat, other: Seat) -> None:
    """Who was removed, or put out of the room, does not read any more."""
    await classroom.chat(teacher, 1)
    for seat in (teacher, pupil, other):
        await read(seat, classroom.hall, 1)
    assert {mark.member for mark in marks_of(classroom.live, classroom.hall)} == {
        teacher.member,
        pupil.member,
        other.member,
    }
    await teacher.ask("member.set_room_ban", member=pupil.member, room=classroom.hall, banned=True)
    await classroom.on.administration.remove_member(classroom.project, other.member)
    assert [mark.member for mark in marks_of(classroom.live, classroom.hall)] == [teacher.member]
    streams = forget_marks(classroom.live, other.member)
    assert streams == [f"room:{room}" for room in classroom.live.state.rooms]
    left = classroom.live.rooms[classroom.hall].marks.view(lambda _member: True)
    assert {mark.member for mark in left} == {teacher.member, pupil.member}


async def test_what_another_node_tells(classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
    """It is told here with the next ones; of strangers, and of rooms that nobody is in here, nothing is kept."""
    await classroom.chat(teacher, 1)
    marks = [{"member": pupil.member, "message": 1}, {"member": "m_stranger", "message": 1}]
    hear_marks(classroom.live, {"room": classroom.hall, "marks": marks})
    hear_marks(classroom.live, {"room": "r_elsewhere", "marks": marks})
    tell(classroom)
    assert teacher.outbox.payloads(READ_MARKS) == [{"room": classroom.hall, "marks": marks[:1]}]
    assert classroom.tools.marks._unsaved == {}


async def call(seat: Seat, room: str, member: str) -> int:
    accepted = await seat.ask("chat.post", room=room, text=f"<@{member}> look")
    return int(accepted.seq)


async def test_who_is_called_in_another_room_is_told(classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
    """Not who has the room open, who gets the message itself, nor anybody else."""
    for seat in (teacher, pupil):
        await seat.ask("project.join")
    first = await call(teacher, classroom.hall, pupil.member)
    assert pupil.outbox.payloads(MENTIONED) == []
    await pupil.ask("room.leave", room=classroom.hall)
    second = await call(teacher, classroom.hall, pupil.member)
    assert pupil.outbox.payloads(MENTIONED) == [{"room": classroom.hall, "message": second}]
    assert second > first
    await classroom.chat(teacher, 1)
    await call(teacher, classroom.hall, teacher.member)
    assert len(pupil.outbox.payloads(MENTIONED)) == 1
    assert teacher.outbox.payloads(MENTIONED) == []


async def test_a_resend_calls_nobody_again(classroom: Classroom, teacher: Seat, pupil: Seat, other: Seat) -> None:
    """However often it comes; also from somebody who may not write any more, and beside the first one."""
    for seat in (teacher, pupil, other):
        await seat.ask("project.join")
    await other.ask("room.leave", room=classroom.hall)
    post = command("chat.post", room=classroom.hall, text=f"<@{other.member}> look", nonce="nonce-of-a-call")
    first, beside = await asyncio.gather(pupil.begin(post), pupil.begin(post))
    assert first == beside
    assert len(other.outbox.payloads(MENTIONED)) == 1
    await classroom.open(classroom.hall, is_open=False)
    assert await pupil.begin(post) == first
    assert len(other.outbox.payloads(MENTIONED)) == 1


async def test_who_may_not_read_is_told_of_no_call(classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
    """Even when another node still thought so."""
    for seat in (teacher, pupil):
        await seat.ask("project.join")
    await pupil.ask("room.leave", room=classroom.hall)
    told = {"room": classroom.hall, "message": 7, "members": [pupil.member]}
    hear_mentions(classroom.live, told)
    assert pupil.outbox.payloads(MENTIONED) == [{"room": classroom.hall, "message": 7}]
    await teacher.ask("member.set_room_ban", member=pupil.member, room=classroom.hall, banned=True)
    hear_mentions(classroom.live, told)
    assert len(pupil.outbox.payloads(MENTIONED)) == 1


async def test_an_older_client_is_told_of_no_call(classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
    for seat in (teacher, pupil):
        await seat.ask("project.join")
    await pupil.ask("room.leave", room=classroom.hall)
    pupil.connection.version = 2
    await call(teacher, classroom.hall, pupil.member)
    assert pupil.outbox.payloads(MENTIONED) == []
