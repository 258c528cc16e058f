"""Reading and searching by commands: who may, what is found, and what it is worth."""

from typing import Any

import pytest

from rooms.chat.messages import SearchPage
from rooms.errors import ErrorCode, Refused
from rooms.messages import Done
from rtserver.chat.commands import class_languages
from rtserver.hub import dispatch
from rtserver.hub.limits import Budget
from tests.rtserver.hub.support import Classroom, Seat, packet


def code(outcome: Any) -> ErrorCode:
    assert isinstance(outcome, Refused), outcome
    return outcome.code


def texts(outcome: Any) -> list[str]:
    assert isinstance(outcome, SearchPage), outcome
    return [hit.message.text for hit in outcome.hits]


async def say(seat: Seat, room: str, text: str) -> int:
    outcome = await seat.ask("chat.post", room=room, text=text)
    assert not isinstance(outcome, Refused), outcome
    return int(outcome.seq)


def marks(classroom: Classroom) -> dict[str, int]:
    room = classroom.live.rooms[classroom.hall]
    return {mark.member: mark.message for mark in room.marks.view(lambda _member: True)}


# --- Reading ---


async def test_reading(classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
    """It is kept, here at once and on disk with the next ones, and moves forward only."""
    first = await say(teacher, classroom.hall, "hello")
    last = await say(teacher, classroom.hall, "and welcome")
    for message in (last, first):
        assert await pupil.ask("chat.read", room=classroom.hall, message=message) == Done()
    assert marks(classroom) == {pupil.member: last}
    await classroom.tools.marks.save()
    stored = await classroom.tools.marks.load(f"room:{classroom.hall}")
    assert stored == {pupil.member: last}


async def test_nobody_reads_ahead(classroom: Classroom, teacher: Seat) -> None:
    """A mark ends where the room does."""
    last = await say(teacher, classroom.hall, "hello")
    await teacher.ask("chat.read", room=classroom.hall, message=10**12)
    assert marks(classroom) == {teacher.member: last}


async def test_who_may_not_read_says_nothing(classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
    """Neither of rooms one does not know of, nor of those one is not in."""
    assert code(await pupil.ask("chat.read", room=classroom.staff_room, message=1)) is ErrorCode.UNKNOWN_ROOM
    assert code(await teacher.ask("chat.read", room=classroom.staff_room, message=1)) is ErrorCode.NOT_JOINED
    assert code(await teacher.ask("chat.read", room="r_none", message=1)) is ErrorCode.UNKNOWN_ROOM


async def test_guests_are_not_waited_for(classroom: Classroom, teacher: Seat) -> None:
    """They may read, and leave no mark."""
    guest = classroom.sit(await classroom.add("visitor"))
    await guest.join(classroom.hall)
    last = await say(teacher, classroom.hall, "hello")
    assert await guest.ask("chat.read", room=classroom.hall, message=last) == Done()
    assert marks(classroom) == {}


# --- Searching ---


async def test_one_room_or_all(classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
    """All of those that this member may read now: the staff room is found by staff only."""
    await teacher.join(classroom.staff_room)
    await say(teacher, classroom.staff_room, "the river, among us")
    await say(pupil, classroom.hall, "the river")
    assert texts(await teacher.ask("chat.search", room=None, text="river")) == ["the river", "the river, among us"]
    assert texts(await pupil.ask("chat.search", room=None, text="river")) == ["the river"]
    assert texts(await teacher.ask("chat.search", room=classroom.staff_room, text="river")) == ["the river, among us"]
    outcome = await pupil.ask("chat.search", room=classroom.staff_room, text="river")
    assert code(outcome) is ErrorCode.UNKNOWN_ROOM
    place = {"room": classroom.staff_room, "message": 1}
    assert code(await pupil.ask("chat.search", room=None, text="river", before=place)) is ErrorCode.UNKNOWN_ROOM


async def test_a_room_one_is_kept_out_of(
    classroom: Classroom, teacher: Seat, pupil: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it is found from the moment on, also when it happens while it is searched."""
    await say(teacher, classroom.hall, "river")
    member = classroom.live.state.members[pupil.member]
    search = classroom.tools.search.search

    async def ban_meanwhile(*asked: Any) -> Any:
        found = await search(*asked)
        outcome = await teacher.ask("member.set_room_ban", member=member.id, room=classroom.hall, banned=True)
        assert not isinstance(outcome, Refused), outcome
        return found

    monkeypatch.setattr(classroom.tools.search, "search", ban_meanwhile)
    assert texts(await pupil.ask("chat.search", room=classroom.hall, text="river")) == []
    monkeypatch.undo()
    assert texts(await pupil.ask("chat.search", room=None, text="river")) == []
    assert code(await pupil.ask("chat.search", room=classroom.hall, text="river")) is ErrorCode.ROOM_BANNED


async def test_a_room_need_not_be_joined(classroom: Classroom, teacher: Seat) -> None:
    """Whoever may read it may search it, as with its history."""
    await say(teacher, classroom.hall, "river")
    colleague = classroom.sit(classroom.ewa)
    assert texts(await colleague.ask("chat.search", room=classroom.hall, text="river")) == ["river"]


async def test_pages(classroom: Classroom, teacher: Seat) -> None:
    """The place of the last hit leads to the next page; a place that is not there is said to be none."""
    for number in range(5):
        await say(teacher, classroom.hall, f"river {number}")
    first = await teacher.ask("chat.search", room=None, text="river", limit=3)
    assert texts(first) == ["river 4", "river 3", "river 2"]
    assert first.more
    assert [hit.before for hit in first.hits] == [hit.message.id - 1 for hit in first.hits]
    place = {"room": first.hits[-1].room, "message": first.hits[-1].message.id}
    second = await teacher.ask("chat.search", room=None, text="river", limit=3, before=place)
    assert texts(second) == ["river 1", "river 0"]
    assert not second.more
    nowhere = {"room": classroom.hall, "message": 10**9}
    outcome = await teacher.ask("chat.search", room=None, text="river", before=nowhere)
    assert code(outcome) is ErrorCode.UNKNOWN_MESSAGE


async def test_signs_only(classroom: Classroom, teacher: Seat) -> None:
    """Nothing is found, and nothing breaks."""
    await say(teacher, classroom.hall, "river")
    assert await teacher.ask("chat.search", room=None, text="*" * 100) == SearchPage((), False)


def test_a_budget_of_its_own() -> None:
    """Who types a word after the other still posts; the server is not kept busy by one child."""
    assert dispatch.budget_of(packet("chat.search", room=None, text="river")) is Budget.SEARCHES
    assert dispatch.budget_of(packet("chat.read", room="r1", message=1)) is Budget.COMMANDS


# --- Languages ---


async def test_a_message_has_its_language(classroom: Classroom, teacher: Seat) -> None:
    """One of those of the classes, as soon as the model is there; an edit has its own."""
    assert set(class_languages(classroom.live)) == {"fr", "pl"}
    await classroom.tools.languages.start()
    first = await say(teacher, classroom.hall, "Bonjour à tous, nous habitons à Lyon")
    await say(teacher, classroom.hall, "The weather is very nice here today")
    found = [message.language for message in classroom.live.rooms[classroom.hall].stream.state.messages]
    assert found == ["fr", None]
    await teacher.ask("chat.edit", room=classroom.hall, message=first, text="Dzień dobry wszystkim, mieszkamy w Lyonie")
    assert classroom.live.rooms[classroom.hall].stream.state.messages[0].language == "pl"


@pytest.mark.parametrize("text", ["ok", "👍"])
async def test_a_message_without_one(classroom: Classroom, teacher: Seat, text: str) -> None:
    """Short ones have none."""
    await classroom.tools.languages.start()
    await say(teacher, classroom.hall, text)
    assert classroom.live.rooms[classroom.hall].stream.state.messages[-1].language is None
