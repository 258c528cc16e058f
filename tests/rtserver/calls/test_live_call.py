"""One call: who is told what, in which order, and what the engine knows at that moment."""

from typing import Any

import pytest

from media.engine import Role
from rooms.errors import ErrorCode
from rtserver.hub.outbox import Lane
from rtserver.hub.packets import Push
from signaling.messages import CallRebuild
from tests.rtserver.hub.support import GRACE, TEACHER_GRACE, Classroom, Seat


@pytest.fixture
async def names(classroom: Classroom, teacher: Seat, pupil: Seat, other: Seat) -> dict[str, str]:
    """The participants, by their connections."""
    found = {}
    for seat in (teacher, pupil, other):
        found[seat.connection.id] = (await seat.ask("call.join", room=classroom.hall)).me
        assert seat.connection.calls == {classroom.hall: classroom.live.calls[classroom.hall]}
    for seat in (teacher, pupil, other):
        seat.outbox.clear()
    return found


@pytest.fixture
def live(classroom: Classroom, names: dict[str, str]) -> Any:
    return classroom.live.calls[classroom.hall]


async def test_the_engine_is_told_first(
    classroom: Classroom, teacher: Seat, pupil: Seat, names: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a client hears of a removal, its packets are not forwarded any more."""
    known: list[set[str]] = []
    send = pupil.outbox.send

    def look(*arguments: Any) -> None:
        known.append(set(classroom.engine.may_send(classroom.hall)))
        send(*arguments)

    monkeypatch.setattr(pupil.outbox, "send", look)
    await teacher.ask("member.remove", member=pupil.member)
    assert known
    assert all(names[pupil.connection.id] not in participants for participants in known)


async def test_no_plan_without_news(classroom: Classroom, pupil: Seat, live: Any) -> None:
    """What concerns the engine nothing is not told it; nor is the room told what is so already."""
    plans = len(classroom.engine.history)
    await pupil.ask("call.report_quality", room=classroom.hall, quality="good")
    assert len(classroom.engine.history) == plans
    count = len(pupil.outbox.payloads("call_changed"))
    await pupil.ask("call.report_quality", room=classroom.hall, quality="good")
    live.refresh()
    live.advance()
    assert len(pupil.outbox.payloads("call_changed")) == count == 1


async def test_the_end(classroom: Classroom, teacher: Seat, pupil: Seat, other: Seat, live: Any) -> None:
    """When the last one has left, the engine ends the call, and the project forgets it."""
    for seat in (teacher, pupil):
        await seat.ask("call.leave", room=classroom.hall)
    assert not live.is_over
    await other.ask("call.leave", room=classroom.hall)
    assert live.is_over
    assert live.view() is None
    assert classroom.engine.plans == {}
    classroom.live.tell_presence()
    assert classroom.live.calls == {}


async def test_grace(classroom: Classroom, pupil: Seat, live: Any, names: dict[str, str]) -> None:
    """Who dropped goes on sending until the grace time is over."""
    name = names[pupil.connection.id]
    await pupil.ask("call.publish", room=classroom.hall, medium="audio")
    classroom.live.disconnect(pupil.connection)
    assert pupil.connection.calls == {}
    classroom.on.clock.advance(GRACE - 1)
    classroom.live.tell_presence()
    assert classroom.engine.may_send(classroom.hall)[name] == {"audio"}
    classroom.on.clock.advance(1)
    classroom.live.tell_presence()
    assert name not in classroom.engine.may_send(classroom.hall)


async def test_slots_of_who_is_away(classroom: Classroom, pupil: Seat, live: Any, names: dict[str, str]) -> None:
    """The newest are told on coming back; those of somebody who has left are forgotten."""
    name = names[pupil.connection.id]
    resume = live.roster._participants[name].resume
    classroom.live.disconnect(pupil.connection)
    for revision in (3, 4):
        classroom.engine.assign(classroom.hall, name, revision, "pt_x")
    back = classroom.sit(pupil.member)
    await back.join(classroom.hall)
    assert (await back.ask("call.join", room=classroom.hall, resume=resume)).resumed
    assert [told["revision"] for told in back.outbox.payloads("call_slots")] == [4]
    await back.ask("call.leave", room=classroom.hall)
    assert live._slots == {}


async def test_rebuilding(classroom: Classroom, teacher: Seat, pupil: Seat, live: Any, names: dict[str, str]) -> None:
    """Is asked of everybody once; of who is away, on coming back."""
    name = names[pupil.connection.id]
    resume = live.roster._participants[name].resume
    classroom.live.disconnect(pupil.connection)
    classroom.engine.lose(classroom.hall)
    assert teacher.outbox.payloads("call_rebuild") == [{"room": classroom.hall}]
    assert teacher.outbox.payloads("call_speaking") == [{"room": classroom.hall, "speakers": []}]
    back = classroom.sit(pupil.member)
    await back.join(classroom.hall)
    for _ in range(2):
        await back.ask("call.join", room=classroom.hall, resume=resume)
    assert len(back.outbox.payloads("call_rebuild")) == 1
    classroom.engine.lose_session(classroom.hall, name, Role.PUBLISH)
    assert len(back.outbox.payloads("call_rebuild")) == 1


async def test_speakers_are_volatile(classroom: Classroom, teacher: Seat, names: dict[str, str]) -> None:
    """Of those that a slow line has not taken yet only the newest counts."""
    classroom.engine.speak(classroom.hall, *names.values())
    assert teacher.outbox.frames[-1][1] is Lane.VOLATILE
    assert teacher.outbox.newest_of[-1] == (classroom.hall, "call_speaking")


async def test_sending_to_who_is_gone(live: Any, classroom: Classroom) -> None:
    """Does nothing, nor does telling them what they missed."""
    live.send("nobody", Push("call_rebuild", CallRebuild(classroom.hall)))
    gone = classroom.sit(classroom.ewa)
    live.catch_up(gone.connection)
    assert gone.outbox.frames == []


async def test_leaving_the_room(classroom: Classroom, pupil: Seat, live: Any, names: dict[str, str]) -> None:
    """Is leaving its call."""
    await pupil.ask("room.leave", room=classroom.hall)
    assert names[pupil.connection.id] not in classroom.engine.may_send(classroom.hall)
    assert pupil.connection.calls == {}


async def test_a_bye(classroom: Classroom, pupil: Seat, live: Any, names: dict[str, str]) -> None:
    """Ends it at once: there is no line that could come back."""
    pupil.connection.say_bye(ErrorCode.SESSION_ENDED)
    assert names[pupil.connection.id] not in classroom.engine.may_send(classroom.hall)


async def test_the_end_for_everybody(
    classroom: Classroom, teacher: Seat, pupil: Seat, live: Any, names: dict[str, str]
) -> None:
    """Who dropped and comes back after it does not begin another call; nothing of the ended one is held."""
    resume = live.roster._participants[names[pupil.connection.id]].resume
    classroom.live.disconnect(pupil.connection)
    await teacher.ask("call.end", room=classroom.hall)
    assert live.is_over
    assert teacher.connection.calls == {}
    assert classroom.engine.plans == {}
    back = classroom.sit(pupil.member)
    await back.join(classroom.hall)
    assert await back.refusal("call.join", room=classroom.hall, resume=resume) is ErrorCode.CALL_ENDED
    classroom.live.tell_presence()
    assert classroom.live.calls == {}
    assert not (await back.ask("call.join", room=classroom.hall)).resumed


async def test_a_call_that_a_pupil_starts(classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
    """Everybody is told when no teacher is here any more, and when one is back: with media, as in any other call."""
    started = await pupil.ask("call.join", room=classroom.hall)
    await pupil.ask("call.publish", room=classroom.hall, medium="audio")
    assert not started.call.paused
    classroom.live.disconnect(teacher.connection)
    for grace in (GRACE, TEACHER_GRACE):
        classroom.on.clock.advance(grace)
        classroom.live.tell_presence()
    told = pupil.outbox.payloads("call_changed")[-1]
    assert (told["paused"], told["changed"][0]["tracks"][0]["stopped"]) == (True, True)
    assert classroom.engine.may_send(classroom.hall)[started.me] == set()
    again = await pupil.ask("call.join", room=classroom.hall)
    assert again.call.paused, "who comes back is told so at once"
    back = classroom.sit(classroom.claire)
    await back.join(classroom.hall)
    classroom.live.tell_presence()
    assert not pupil.outbox.payloads("call_changed")[-1]["paused"]
    assert classroom.engine.may_send(classroom.hall)[started.me] == {"audio"}
