"""Reactions, replies, mentions, pins and corrected languages as official clients live them, refusals included."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from rooms.chat.model import OWN_REACTIONS_MAX, REACTIONS, REACTIONS_MAX
from tests.wire.classroom import Classroom, new_nonce
from tests.wire.clients import KINDS, NPM_WEBSOCKET, PYTHON_POLLING, PYTHON_WEBSOCKET, Client, Kind, everywhere
from tests.wire.server import Server

every_kind = pytest.mark.parametrize("kind", KINDS, ids=str)
two_kinds = pytest.mark.parametrize("kind", [NPM_WEBSOCKET, PYTHON_POLLING], ids=str)
"""For what does not depend on how it travels: a library and a parser of each."""


async def do(client: Client, command: str, room: str, message: int, **fields: Any) -> int:
    """Carry out a command upon a message; its seq."""
    ack = await client.call(f"chat.{command}", room=room, message=message, nonce=new_nonce(), **fields)
    return int(ack["seq"])


async def refused(client: Client, command: str, room: str, message: int, **fields: Any) -> str:
    """The code with which it is refused."""
    return await client.refusal(f"chat.{command}", room=room, message=message, nonce=new_nonce(), **fields)


THUMB = {"reaction": "👍", "on": True}


@every_kind
async def test_what_a_class_does_with_a_message(classroom: Classroom, kind: Kind) -> None:
    """Everybody sees the same, whether they were there, joined later, or leaf back to it."""
    room = classroom.room
    teacher = await classroom.enter(classroom.claire)
    pupil = await classroom.enter(classroom.jan, kind)
    first = await classroom.post(teacher, f"Kto ma pytanie, <@{classroom.jan}>?")
    answer = (await pupil.call("chat.post", room=room, text="Ja!", reply=first, nonce=new_nonce()))["seq"]
    await do(pupil, "react", room, first, reaction="❤️", on=True)
    await do(teacher, "react", room, answer, **THUMB)
    await do(pupil, "react", room, answer, **THUMB)
    await do(teacher, "react", room, answer, reaction="👍", on=False)
    await do(teacher, "pin", room, first, pinned=True)
    await do(pupil, "set_language", room, answer, language="pl")
    last = await do(teacher, "set_language", room, first, language="pl")

    await everywhere([teacher, pupil], room, last)
    messages = pupil.view(room).messages
    assert teacher.view(room).messages == messages
    assert messages[first] | {"text": ""} == {
        "id": first,
        "at": messages[first]["at"],
        "actor": classroom.claire,
        "text": "",
        "nonce": messages[first]["nonce"],
        "edited_at": None,
        "deleted": False,
        "reply": None,
        "mentions": [classroom.jan],
        "language": "pl",
        "reactions": [{"reaction": "❤️", "members": [classroom.jan]}],
        "pinned": True,
        "files": [],
    }
    assert messages[answer]["reply"] == first
    assert messages[answer]["reactions"] == [{"reaction": "👍", "members": [classroom.jan]}]
    newcomer = await classroom.connect(classroom.zoe, kind)
    await newcomer.join_project()
    snapshot = (await newcomer.join(room))["snapshot"]
    assert snapshot["pins"] == [messages[first]]
    assert newcomer.view(room).messages == messages
    page = await newcomer.call("chat.history", room=room, before=last + 1)
    assert page == {"messages": [messages[first], messages[answer]], "more": False}


@pytest.mark.one_driver
@two_kinds
async def test_a_deleted_message_takes_everything_along(classroom: Classroom, kind: Kind) -> None:
    """For who is there, who joins, and who reads the log from before it."""
    room = classroom.room
    teacher = await classroom.enter(classroom.ewa, kind)
    behind = await classroom.enter(classroom.zoe)
    start = behind.view(room).position
    message = await classroom.post(teacher, f"secret <@{classroom.leo}>")
    answer = (await teacher.call("chat.post", room=room, text="…", reply=message, nonce=new_nonce()))["seq"]
    await do(teacher, "react", room, message, **THUMB)
    await do(teacher, "pin", room, message, pinned=True)
    last = await do(teacher, "delete", room, message)

    await everywhere([teacher, behind], room, last)
    gone = teacher.view(room).messages[message]
    assert (gone["text"], gone["mentions"], gone["reactions"], gone["pinned"]) == ("", [], [], False)
    assert behind.view(room).messages == teacher.view(room).messages
    newcomer = await classroom.connect(classroom.leo, kind)
    await newcomer.join_project()
    snapshot = (await newcomer.join(room))["snapshot"]
    assert snapshot["pins"] == []
    assert snapshot["messages"] == [gone, teacher.view(room).messages[answer]]
    again = await newcomer.call("room.join", room=room, position=start)
    assert [event["body"] for event in again["events"]] == [
        {"kind": "chat.posted", "text": ""},
        {"kind": "chat.posted", "text": "…", "reply": message},
        {"kind": "chat.reacted", "message": message, "reaction": "", "on": True},
        {"kind": "chat.pinned", "message": message, "pinned": True},
        {"kind": "chat.deleted", "message": message},
    ]
    for command, fields in (
        ("react", THUMB),
        ("pin", {"pinned": True}),
        ("set_language", {"language": "fr"}),
    ):
        assert await refused(teacher, command, room, message, **fields) == "message_deleted"
    late = {"room": room, "text": "late", "reply": message, "nonce": new_nonce()}
    assert await teacher.refusal("chat.post", **late) == "message_deleted"


@pytest.mark.one_driver
@two_kinds
async def test_what_pupils_may_not(classroom: Classroom, kind: Kind) -> None:
    """Pin, correct others' languages, react with what is not on the list, to what is not there, or in a closed room."""
    room = classroom.room
    teacher = await classroom.enter(classroom.claire, kind)
    pupil = await classroom.enter(classroom.jan, kind)
    message = await classroom.post(teacher, "Bonjour à tous")
    own = await classroom.post(pupil, "Cześć")
    assert await refused(pupil, "pin", room, own, pinned=True) == "teachers_only"
    assert await refused(pupil, "set_language", room, message, language="pl") == "not_your_message"
    assert await refused(pupil, "set_language", room, own, language="polski!") == "language_unknown"
    assert await refused(pupil, "react", room, message, reaction="👎", on=True) == "invalid"
    assert await refused(pupil, "react", room, 99, **THUMB) == "unknown_message"
    await teacher.call("room.set_lock", room=room, capability="react", locked=True, nonce=new_nonce())
    await pupil.push("rights", lambda told: told["denied"]["react"] == "room_locked")
    assert await refused(pupil, "react", room, message, **THUMB) == "room_locked"
    await classroom.post(pupil, "but I may write")
    await teacher.call("room.set_open", room=room, open=False, nonce=new_nonce())
    assert await refused(pupil, "react", room, message, **THUMB) == "room_closed"
    await do(teacher, "react", room, message, **THUMB)
    await teacher.call("member.set_room_ban", member=classroom.jan, room=room, banned=True, nonce=new_nonce())
    await pupil.push("expelled")
    for command, fields in (("react", THUMB), ("pin", {"pinned": True}), ("set_language", {"language": "pl"})):
        assert await refused(pupil, command, room, own, **fields) == "room_banned"


@pytest.mark.one_driver
async def test_forged_mentions(classroom: Classroom) -> None:
    """Members of other projects, the banned and made-up ids stay text; only who can read the room is called."""
    room = classroom.room
    teacher = await classroom.enter(classroom.claire)
    await teacher.call("member.set_room_ban", member=classroom.jan, room=room, banned=True, nonce=new_nonce())
    text = f"<@m_ofanotherproject> <@{classroom.jan}> <@{classroom.zoe}> <@system> <@{'x' * 64}>"
    message = await classroom.post(teacher, text)
    seen = (await teacher.reached(room, message)).messages[message]
    assert (seen["text"], seen["mentions"]) == (text, [classroom.zoe])
    in_staff_room = await classroom.connect(classroom.ewa)
    await in_staff_room.join_project()
    await in_staff_room.join(classroom.staff_room)
    fields = {"room": classroom.staff_room, "text": f"<@{classroom.zoe}> <@{classroom.claire}>", "nonce": new_nonce()}
    last = (await in_staff_room.call("chat.post", **fields))["seq"]
    view = await in_staff_room.reached(classroom.staff_room, last)
    assert view.messages[last]["mentions"] == [classroom.claire]


@pytest.mark.one_driver
@two_kinds
async def test_resends(classroom: Classroom, kind: Kind) -> None:
    """A reaction and a pin that are sent twice count once, also when they were taken back in between."""
    room = classroom.room
    teacher = await classroom.enter(classroom.claire, kind)
    message = await classroom.post(teacher, "Bonjour")
    put = {"room": room, "message": message, "reaction": "🎉", "on": True, "nonce": new_nonce()}
    first, second = await asyncio.gather(teacher.send("chat.react", put), teacher.send("chat.react", put))
    assert first == second
    taken = await do(teacher, "react", room, message, reaction="🎉", on=False)
    assert await teacher.call("chat.react", **put) == first["ok"]
    pin = {"room": room, "message": message, "pinned": True, "nonce": new_nonce()}
    pinned = await teacher.call("chat.pin", **pin)
    assert pinned == await teacher.call("chat.pin", **pin) == {"seq": taken + 1}
    assert (await do(teacher, "pin", room, message, pinned=True)) == taken + 1
    view = await teacher.reached(room, taken + 1)
    assert (view.messages[message]["reactions"], view.messages[message]["pinned"]) == ([], True)


@pytest.mark.one_driver
async def test_the_eleventh_pin_and_the_twenty_first_reaction(classroom: Classroom) -> None:
    """Are refused; who lets something go may go on. An old message is pinned like any other."""
    room = classroom.room
    teacher = await classroom.enter(classroom.claire)
    texts = [f"message {number}" for number in range(60)]
    acks = [teacher.send("chat.post", {"room": room, "text": text, "nonce": new_nonce()}) for text in texts]
    ids = [answer["ok"]["seq"] for answer in await asyncio.gather(*acks)]
    for message in ids[:10]:
        await do(teacher, "pin", room, message, pinned=True)
    assert await refused(teacher, "pin", room, ids[30], pinned=True) == "too_many"
    await do(teacher, "pin", room, ids[4], pinned=False)
    await do(teacher, "pin", room, ids[30], pinned=True)
    newcomer = await classroom.connect(classroom.jan)
    await newcomer.join_project()
    snapshot = (await newcomer.join(room))["snapshot"]
    pinned = [*ids[:4], *ids[5:10], ids[30]]
    assert [(pin["id"], pin["text"]) for pin in snapshot["pins"]] == [(one, texts[ids.index(one)]) for one in pinned]
    assert min(message["id"] for message in snapshot["messages"]) > ids[9]
    others = [await classroom.enter(member) for member in (classroom.zoe, classroom.ewa)]
    people = (teacher, *others, newcomer)
    for number, reaction in enumerate(REACTIONS[:REACTIONS_MAX]):
        await do(people[number // OWN_REACTIONS_MAX], "react", room, ids[0], reaction=reaction, on=True)
    assert await refused(teacher, "react", room, ids[0], reaction=REACTIONS[-3], on=True) == "too_many"
    assert await refused(newcomer, "react", room, ids[0], reaction=REACTIONS[REACTIONS_MAX], on=True) == "too_many"
    await do(newcomer, "react", room, ids[0], reaction=REACTIONS[3], on=True)


@pytest.mark.one_driver
async def test_a_child_that_hammers_reactions(own_server: Callable[..., Server], open_room: Callable[..., Any]) -> None:
    """Is told to wait, as with any command; what was taken is taken, and others go on."""
    classroom = await open_room(own_server(commands_burst=20, commands_rate=5))
    room = classroom.room
    teacher = await classroom.enter(classroom.claire, PYTHON_WEBSOCKET)
    pupil = await classroom.enter(classroom.jan)
    message = await classroom.post(teacher, "Qui est là ?")
    fields = {"room": room, "message": message, "reaction": "👍"}
    sent = [pupil.send("chat.react", {**fields, "on": number % 2 == 0, "nonce": new_nonce()}) for number in range(100)]
    answers = await asyncio.gather(*sent)
    assert {answer["error"]["code"] for answer in answers if "error" in answer} == {"too_many_requests"}
    last = await do(teacher, "react", room, message, reaction="🎉", on=True)
    await everywhere([teacher, pupil], room, last)
    assert teacher.view(room).messages == pupil.view(room).messages


@pytest.mark.one_driver
async def test_an_older_client_beside_a_newer_one(classroom: Classroom) -> None:
    """A client of version 2 does not know the commands and the fields, and passes over the events."""
    room = classroom.room
    old = classroom.client({**await classroom.ticket(classroom.claire), "version": 2}, NPM_WEBSOCKET)
    await old.connected()
    await old.join_project()
    await old.join(room)
    new = await classroom.enter(classroom.ewa)
    message = await classroom.post(old, "said in version 2")
    for command, fields in (
        ("react", THUMB),
        ("pin", {"pinned": True}),
        ("set_language", {"language": "fr"}),
    ):
        assert await refused(old, command, room, message, **fields) == "unknown_command"
    reply = {"room": room, "text": "a", "reply": message, "nonce": new_nonce()}
    assert await old.refusal("chat.post", **reply) == "invalid"
    assert await old.refusal("chat.history", room=room, before=9, after=1) == "invalid"
    await do(new, "react", room, message, **THUMB)
    await do(new, "pin", room, message, pinned=True)
    last = await classroom.post(old, "and on")
    await everywhere([old, new], room, last)
    assert old.view(room).violations == new.view(room).violations == []


@pytest.mark.one_driver
@two_kinds
async def test_reading_forward(classroom: Classroom, kind: Kind) -> None:
    """From a message on, page by page, up to where one has the rest."""
    room = classroom.room
    teacher = await classroom.enter(classroom.claire, kind)
    texts = [f"message {number}" for number in range(25)]
    acks = [teacher.send("chat.post", {"room": room, "text": text, "nonce": new_nonce()}) for text in texts]
    ids = [answer["ok"]["seq"] for answer in await asyncio.gather(*acks)]
    found, after, more = [], ids[4], True
    while more:
        page = await teacher.call("chat.history", room=room, before=ids[20], after=after, limit=6)
        found += [message["text"] for message in page["messages"]]
        after, more = page["messages"][-1]["id"], page["more"]
    assert found == texts[5:20]
    empty = await teacher.call("chat.history", room=room, before=ids[5], after=ids[4])
    assert empty == {"messages": [], "more": False}
