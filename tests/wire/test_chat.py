"""Chat as every kind of client lives it: post, edit, delete, history, resend."""

import asyncio

import pytest

from tests.wire.classroom import Classroom, new_nonce
from tests.wire.clients import KINDS, Kind, everywhere

every_kind = pytest.mark.parametrize("kind", KINDS, ids=str)


@every_kind
async def test_what_one_posts_reaches_the_other_and_oneself_with_the_nonce(classroom: Classroom, kind: Kind) -> None:
    """A message arrives once at everybody; its author finds it, with the nonce, before or with the ack."""
    teacher = await classroom.enter(classroom.claire)
    pupil = await classroom.enter(classroom.jan, kind)
    nonce = new_nonce()
    seq = await classroom.post(pupil, "Cześć, tu klasa 7a! 🇵🇱", nonce)
    ack = next(place for place, entry in enumerate(pupil.journal) if entry.value == {"ok": {"seq": seq}})
    own = [entry.value for entry in pupil.journal[:ack] if entry.kind == "push" and entry.name == "event"]
    assert [event["nonce"] for event in own] == [nonce]
    assert own[0]["seq"] == seq
    assert own[0]["actor"] == classroom.jan
    await everywhere([teacher, pupil], classroom.room, seq)
    assert teacher.view(classroom.room).messages == pupil.view(classroom.room).messages
    assert teacher.view(classroom.room).texts == ["Cześć, tu klasa 7a! 🇵🇱"]


@every_kind
async def test_edit_and_delete_of_own_and_by_a_teacher(classroom: Classroom, kind: Kind) -> None:
    """A pupil edits and withdraws own messages, a teacher withdraws a pupil's; nobody edits another's."""
    teacher = await classroom.enter(classroom.ewa, kind)
    pupil = await classroom.enter(classroom.leo, kind)
    first = await classroom.post(pupil, "bonjour a tous")
    second = await classroom.post(pupil, "une betise de ma part")
    theirs = await classroom.post(teacher, "dzień dobry wszystkim")
    room = classroom.room
    await pupil.call("chat.edit", room=room, message=first, text="Bonjour à tous", nonce=new_nonce())
    await pupil.call("chat.delete", room=room, message=second, nonce=new_nonce())
    third = await classroom.post(pupil, "encore une betise")
    last = await teacher.call("chat.delete", room=room, message=third, nonce=new_nonce())
    changed = {"room": room, "text": "modified text", "nonce": new_nonce()}
    assert await teacher.refusal("chat.edit", message=first, **changed) == "not_your_message"
    assert await pupil.refusal("chat.edit", message=theirs, **changed) == "not_your_message"
    assert await pupil.refusal("chat.delete", room=room, message=theirs, nonce=new_nonce()) == "not_your_message"
    assert await pupil.refusal("chat.edit", message=second, **changed) == "message_deleted"
    await everywhere([teacher, pupil], room, last["seq"])
    for client in (teacher, pupil):
        messages = client.view(room).messages
        assert [messages[seq]["text"] for seq in (first, second, theirs, third)] == [
            "Bonjour à tous",
            "",
            "dzień dobry wszystkim",
            "",
        ]
        assert messages[first]["edited_at"] is not None
        assert messages[second]["deleted"]
        assert messages[third]["deleted"]
    newcomer = await classroom.enter(classroom.zoe, kind)
    assert newcomer.view(room).messages == pupil.view(room).messages


@every_kind
async def test_history_comes_by_pages(classroom: Classroom, kind: Kind) -> None:
    """What lies before the first screen comes page by page, without hole or overlap."""
    teacher = await classroom.enter(classroom.claire, kind)
    wanted = [f"message number {number}" for number in range(130)]
    acks = [teacher.send("chat.post", {"room": classroom.room, "text": text, "nonce": new_nonce()}) for text in wanted]
    await asyncio.gather(*acks)
    pupil = await classroom.enter(classroom.ola, kind)
    view = pupil.view(classroom.room)
    assert view.texts == wanted[-50:]
    found = view.texts
    oldest = min(view.messages)
    more = True
    pages = 0
    while more:
        page = await pupil.call("chat.history", room=classroom.room, before=oldest, limit=30)
        found = [message["text"] for message in page["messages"]] + found
        oldest, more = page["messages"][0]["id"], page["more"]
        pages += 1
    assert found == wanted
    assert pages == 3


@every_kind
async def test_a_resend_gets_the_first_ack_and_makes_one_event(classroom: Classroom, kind: Kind) -> None:
    """The same nonce, later or while the first is in flight: the same ack, one message."""
    await classroom.enter(classroom.claire)
    pupil = await classroom.enter(classroom.zoe, kind)
    fields = {"room": classroom.room, "text": "sent twice at once", "nonce": new_nonce()}
    first, second = pupil.send("chat.post", fields), pupil.send("chat.post", fields)
    answers = await asyncio.gather(first, second, pupil.send("chat.post", {**fields, "nonce": new_nonce()}))
    assert answers[0] == answers[1]
    assert answers[2]["ok"]["seq"] == answers[0]["ok"]["seq"] + 1
    assert await pupil.call("chat.post", **fields) == answers[0]["ok"]
    assert await pupil.call("chat.post", **{**fields, "text": "another text, same nonce"}) == answers[0]["ok"]
    tablet = await classroom.enter(classroom.zoe)
    again = {**fields, "nonce": new_nonce()}
    from_two = await asyncio.gather(pupil.send("chat.post", again), tablet.send("chat.post", again))
    assert from_two[0] == from_two[1]
    last = await classroom.post(pupil, "and one more")
    view = await pupil.reached(classroom.room, last)
    assert view.texts == ["sent twice at once"] * 3 + ["and one more"]


@every_kind
async def test_names_rooms_and_presence_of_a_project(classroom: Classroom, kind: Kind) -> None:
    """A pupil gets the project without the staff room, names by audience, and who is here."""
    teacher = await classroom.connect(classroom.ewa, kind)
    joined = await teacher.join_project()
    assert {room["id"] for room in joined["snapshot"]["rooms"]} == {classroom.room, classroom.staff_room}
    pupil = await classroom.connect(classroom.leo, kind)
    seen = await pupil.join_project()
    assert [room["id"] for room in seen["snapshot"]["rooms"]] == [classroom.room]
    names = {named["member"]: named["name"] for named in seen["roster"]["names"]}
    assert names[classroom.zoe] == "Zoe"
    assert names[classroom.jan] == "J"
    assert seen["me"] == classroom.leo
    await teacher.push("presence", lambda diff: any(c["member"] == classroom.leo for c in diff["changes"]))
    assert await pupil.refusal("room.join", room=classroom.staff_room) == "unknown_room"


@every_kind
async def test_signals_reach_the_others_and_are_not_kept(classroom: Classroom, kind: Kind) -> None:
    """Something volatile goes to the others in the room, with the member that the connection says."""
    teacher = await classroom.enter(classroom.claire, kind)
    pupil = await classroom.enter(classroom.jan, kind)
    room = classroom.room
    assert await pupil.call("room.signal", room=room, topic="typing", data="…") == {}
    assert await teacher.push("signal") == {"room": room, "member": classroom.jan, "topic": "typing", "data": "…"}
    last = await classroom.post(teacher, "I see you typing")
    await pupil.reached(room, last)
    assert last == 1
    assert pupil.pushes("signal") == []
    await pupil.call("room.leave", room=room)
    assert await pupil.refusal("room.signal", room=room, topic="typing", data="") == "not_joined"
    unheard = await classroom.post(teacher, "you have left")
    assert await pupil.refusal("chat.post", room=room, text="not in it", nonce=new_nonce()) == "not_joined"
    assert pupil.view(room).seq < unheard
    assert [event["seq"] for event in (await pupil.resume(room))["events"]] == [unheard]
