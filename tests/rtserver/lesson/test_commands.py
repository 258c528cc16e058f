"""A lesson's commands, over a real database: who may, what is told to whom, and what is written where."""

from typing import Any

from sqlalchemy import text

from rooms.errors import ErrorCode, Refused
from rooms.lesson.model import Ballot, Timer
from rooms.messages import Accepted, Done
from tests.rtserver.hub.support import Classroom, Seat, settle

QUESTION = {"question": "How far is the sea?", "choices": ["10 km", "100 km", "1000 km"]}


async def ask(seat: Seat, tag: str, **fields: Any) -> Any:
    """The result; a refusal fails the test."""
    outcome = await seat.ask(tag, **fields)
    assert not isinstance(outcome, Refused), outcome
    return outcome


async def opened(classroom: Classroom, teacher: Seat, room: str | None = None) -> str:
    """A new poll, and its id."""
    room = room or classroom.hall
    await ask(teacher, "poll.open", room=room, **QUESTION)
    return classroom.live.state.lesson.polls[room].id


def bodies(seat: Seat) -> list[dict[str, Any]]:
    """What was told of the lesson, and what was hidden."""
    told = [event["body"] for event in seat.outbox.payloads("event")]
    return [body for body in told if body["kind"].startswith(("timer.", "poll.", "call.", "lesson.", "hidden"))]


async def votes(classroom: Classroom) -> int:
    async with classroom.on.database.read() as connection:
        return int((await connection.execute(text("SELECT count(*) FROM poll_votes"))).scalar_one())


async def test_timer(classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
    """It counts from the server's time, is told to all wherever they are, and to whoever comes later."""
    elsewhere = classroom.sit(await classroom.add("pupil"))
    await elsewhere.join()
    now = classroom.on.clock()
    await ask(teacher, "timer.set", room=classroom.hall, seconds=300)
    told = {"kind": "timer.set", "ends_at": now + 300_000, "seconds": 300}
    assert bodies(pupil) == bodies(elsewhere) == [told]
    late = classroom.sit(await classroom.add("pupil"))
    joined = await ask(late, "project.join")
    assert joined.snapshot.timer == Timer(now + 300_000, 300)
    assert joined.server_time == now
    assert await pupil.refusal("timer.set", room=classroom.hall, seconds=None) is ErrorCode.TEACHERS_ONLY


async def test_a_poll(classroom: Classroom, teacher: Seat, pupil: Seat, other: Seat) -> None:
    """Votes are stored, told to nobody, counted at the end, and gone with it."""
    poll = await opened(classroom, teacher)
    of = {"room": classroom.hall, "poll": poll}
    for choice in (0, 2):
        assert await ask(pupil, "poll.vote", **of, choice=choice) == Done()
    assert await ask(other, "poll.vote", **of, choice=2) == Done()
    assert await ask(teacher, "poll.vote", **of, choice=1) == Done()
    assert await ask(teacher, "poll.vote", **of, choice=None) == Done()
    assert await votes(classroom) == 2
    assert [body["kind"] for body in bodies(teacher)] == ["poll.opened"]
    assert (await pupil.refusal("poll.close", **of)) is ErrorCode.TEACHERS_ONLY
    await ask(teacher, "poll.close", **of)
    assert bodies(other)[1:] == [{"kind": "poll.closed", **of, "counts": [0, 0, 2]}]
    assert await votes(classroom) == 0
    assert await pupil.refusal("poll.vote", **of, choice=1) is ErrorCode.POLL_CLOSED
    await ask(teacher, "poll.put_away", **of)
    assert classroom.live.state.lesson.polls == {}


async def test_nothing_of_a_vote_is_in_the_log(classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
    """Neither an event nor a used nonce, by which one could tell who has voted when."""
    poll = await opened(classroom, teacher)
    before = classroom.live.stream.position
    await ask(pupil, "poll.vote", room=classroom.hall, poll=poll, choice=1, nonce="nonce-vote")
    await settle(classroom.live.stream)
    assert classroom.live.stream.position == before
    async with classroom.on.database.read() as connection:
        found = await connection.execute(text("SELECT count(*) FROM nonces WHERE nonce = 'nonce-vote'"))
        assert found.scalar_one() == 0


async def test_closing_twice(classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
    """A resend gets the first one's answer, also when the poll was put away meanwhile; another's is harmless."""
    poll = await opened(classroom, teacher)
    of = {"room": classroom.hall, "poll": poll}
    await ask(pupil, "poll.vote", **of, choice=1)
    first = await ask(teacher, "poll.close", **of, nonce="nonce-close")
    assert await ask(teacher, "poll.close", **of, nonce="nonce-close") == first
    assert isinstance(await ask(teacher, "poll.close", **of), Accepted)
    await ask(teacher, "poll.put_away", **of)
    assert await ask(teacher, "poll.close", **of, nonce="nonce-close") == first
    assert [body["kind"] for body in bodies(pupil)] == ["poll.opened", "poll.closed", "poll.put_away"]


async def test_closing_again_after_an_interruption(classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
    """The process was killed between counting and telling: what was counted then is told now."""
    poll = await opened(classroom, teacher)
    of = {"room": classroom.hall, "poll": poll}
    await ask(pupil, "poll.vote", **of, choice=1)
    live = classroom.live
    await classroom.tools.ballots.close(live.state.id, live.state.lesson.polls[classroom.hall], set(live.state.members))
    assert await pupil.refusal("poll.vote", **of, choice=2) is ErrorCode.POLL_CLOSED
    await ask(teacher, "poll.close", **of)
    assert bodies(pupil)[-1]["counts"] == [0, 1, 0]


async def test_a_removed_member_has_no_vote(classroom: Classroom, teacher: Seat, pupil: Seat, other: Seat) -> None:
    """Whether it was deleted already or not."""
    poll = await opened(classroom, teacher)
    of = {"room": classroom.hall, "poll": poll}
    for seat in (pupil, other):
        await ask(seat, "poll.vote", **of, choice=1)
    await ask(teacher, "member.remove", member=other.member)
    assert await votes(classroom) == 2  # it is the hub that has them forgotten: here, nobody does
    await ask(teacher, "poll.close", **of)
    assert bodies(pupil)[-1]["counts"] == [0, 1, 0]


async def test_forged_votes(classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
    """For what there is not, and from where one may not be."""
    poll = await opened(classroom, teacher)
    hidden = await opened(classroom, teacher, classroom.staff_room)
    refusals = [
        await pupil.refusal("poll.vote", room=classroom.hall, poll=poll, choice=3),
        await pupil.refusal("poll.vote", room=classroom.hall, poll=hidden, choice=0),
        await pupil.refusal("poll.vote", room=classroom.staff_room, poll=hidden, choice=0),
        await pupil.refusal("poll.vote", room="elsewhere", poll=poll, choice=0),
    ]
    wanted = [ErrorCode.INVALID, ErrorCode.POLL_CLOSED, ErrorCode.UNKNOWN_ROOM, ErrorCode.UNKNOWN_ROOM]
    assert refusals == wanted
    assert await votes(classroom) == 0


async def test_who_comes_back_finds_their_vote(classroom: Classroom, teacher: Seat, pupil: Seat, other: Seat) -> None:
    """With a snapshot and with what was missed; only their own, and how many there are."""
    poll = await opened(classroom, teacher)
    position = classroom.live.stream.position
    await ask(pupil, "poll.vote", room=classroom.hall, poll=poll, choice=2)
    again = classroom.sit(pupil.member)
    for fields in ({}, {"position": {"epoch": position.epoch, "seq": position.seq}}):
        joined = await ask(again, "project.join", **fields)
        assert joined.ballots == (Ballot(classroom.hall, poll, 1, 2),)
    joined = await ask(other, "project.join")
    assert joined.ballots == (Ballot(classroom.hall, poll, 1, None),)
    assert [found.id for found in joined.snapshot.polls] == [poll]
    await ask(teacher, "poll.close", room=classroom.hall, poll=poll)
    assert (await ask(other, "project.join")).ballots == ()


async def test_who_may_not_read_the_room(classroom: Classroom, teacher: Seat, pupil: Seat, other: Seat) -> None:
    """Whoever was put out of it is told neither the question nor the result, live or later."""
    start = classroom.live.stream.position
    await ask(teacher, "member.set_room_ban", member=other.member, room=classroom.hall, banned=True)
    poll = await opened(classroom, teacher)
    await opened(classroom, teacher, classroom.staff_room)
    assert [body["kind"] for body in bodies(pupil)] == ["poll.opened", "hidden"]
    assert [body["kind"] for body in bodies(other)] == ["hidden", "hidden"]
    joined = await ask(other, "project.join")
    assert (joined.snapshot.polls, joined.ballots) == ((), ())
    resumed = await ask(other, "project.join", position={"epoch": start.epoch, "seq": start.seq})
    assert [type(event.body).__name__ for event in resumed.events] == ["RoomBanSet", "Hidden", "Hidden"]
    assert [event.seq for event in resumed.events] == [start.seq + 1, start.seq + 2, start.seq + 3]
    assert [found.id for found in (await ask(pupil, "project.join")).snapshot.polls] == [poll]


async def test_attention(classroom: Classroom, teacher: Seat, pupil: Seat, other: Seat) -> None:
    """All who may read the room are asked, whichever room they are in; not again within three seconds."""
    elsewhere = classroom.sit(await classroom.add("pupil"))
    await elsewhere.join()
    await ask(teacher, "member.set_room_ban", member=other.member, room=classroom.hall, banned=True)
    assert await ask(teacher, "attention.call", room=classroom.hall, part="board") == Done()
    told = {"room": classroom.hall, "part": "board", "by": teacher.member}
    for seat in (teacher, pupil, elsewhere):
        assert seat.outbox.payloads("attention") == [told]
    assert other.outbox.payloads("attention") == []
    assert await teacher.refusal("attention.call", room=classroom.hall, part="chat") is ErrorCode.TOO_MANY_REQUESTS
    assert await pupil.refusal("attention.call", room=classroom.hall, part="chat") is ErrorCode.TEACHERS_ONLY
    classroom.on.clock.advance(3_000)
    await ask(teacher, "attention.call", room=classroom.hall, part="teacher")
    assert len(pupil.outbox.payloads("attention")) == 2


async def test_attention_to_a_place_on_a_board(classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
    """All are told which board, and which part of it; a board of another room, and one that is no part, are refused."""
    hall, view = classroom.hall, {"x": 1.0, "y": 2.0, "width": 300.0, "height": 200.0}
    await ask(teacher, "board.add", room=hall, name="Rivers")
    rivers = classroom.live.state.boards_of(hall)[-1].id
    for wrong, code in (
        ({"part": "board", "board": classroom.staff_room}, ErrorCode.UNKNOWN_BOARD),
        ({"part": "board", "board": "nothing"}, ErrorCode.UNKNOWN_BOARD),
        ({"part": "chat", "board": rivers}, ErrorCode.INVALID),
        ({"part": "board", "view": view}, ErrorCode.INVALID),
    ):
        assert await teacher.refusal("attention.call", room=hall, **wrong) is code
    assert pupil.outbox.payloads("attention") == []
    assert await ask(teacher, "attention.call", room=hall, part="board", board=rivers, view=view) == Done()
    told = {"room": hall, "part": "board", "by": teacher.member, "board": rivers, "view": view}
    assert pupil.outbox.payloads("attention") == [told]


async def test_the_end_of_a_lesson(classroom: Classroom, teacher: Seat, pupil: Seat, other: Seat) -> None:
    """Everything stops, votes are counted and gone, all are out of the call, nobody writes, and all may read."""
    poll = await opened(classroom, teacher)
    of = {"room": classroom.hall, "poll": poll}
    await ask(pupil, "poll.vote", **of, choice=1)
    await ask(teacher, "timer.set", room=classroom.hall, seconds=600)
    for seat in (teacher, pupil):
        await ask(seat, "call.join", room=classroom.hall)
    assert await pupil.refusal("lesson.end", room=classroom.hall) is ErrorCode.TEACHERS_ONLY
    assert await votes(classroom) == 1, "who may not end it counts nothing either"
    first = await ask(teacher, "lesson.end", room=classroom.hall, nonce="nonce-lesson-end")
    assert bodies(other)[-4:] == [
        {"kind": "poll.closed", **of, "counts": [0, 1, 0]},
        {"kind": "timer.set", "ends_at": None, "seconds": None},
        {"kind": "call.ended", "room": classroom.hall, "by": teacher.member},
        {"kind": "lesson.ended", "room": classroom.hall},
    ]
    assert await votes(classroom) == 0
    for seat in (teacher, pupil):
        (left,) = seat.outbox.payloads("call_left")
        assert (left["code"], left["by"]) == ("call_ended", teacher.member)
    assert await pupil.refusal("chat.post", room=classroom.hall, text="?") is ErrorCode.ROOM_CLOSED
    assert await pupil.refusal("call.join", room=classroom.hall) is ErrorCode.ROOM_CLOSED
    seen = (await ask(other, "project.join")).snapshot.rooms
    assert [room.lesson_over for room in seen if room.id == classroom.hall] == [True]
    await ask(other, "chat.history", room=classroom.hall, before=1)
    assert await ask(teacher, "lesson.end", room=classroom.hall, nonce="nonce-lesson-end") == first


async def test_an_interrupted_end(classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
    """The process was killed after the votes were counted: nothing has ended, and asked again it ends as counted."""
    poll = await opened(classroom, teacher)
    await ask(pupil, "poll.vote", room=classroom.hall, poll=poll, choice=1)
    live = classroom.live
    await classroom.tools.ballots.close(live.state.id, live.state.lesson.polls[classroom.hall], set(live.state.members))
    assert live.state.rooms[classroom.hall].open
    await ask(teacher, "lesson.end", room=classroom.hall)
    assert live.state.lesson.polls[classroom.hall].counts == (0, 1, 0)
    assert not live.state.rooms[classroom.hall].open


async def test_an_end_that_is_sent_again(classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
    """Its answer was lost, the room was opened anew: the poll of the next lesson can be voted in."""
    first = await ask(teacher, "lesson.end", room=classroom.hall, nonce="nonce-lesson-end")
    await ask(teacher, "room.set_open", room=classroom.hall, open=True)
    poll = await opened(classroom, teacher)
    assert await ask(teacher, "lesson.end", room=classroom.hall, nonce="nonce-lesson-end") == first
    assert await ask(pupil, "poll.vote", room=classroom.hall, poll=poll, choice=1) == Done()
    assert await votes(classroom) == 1
