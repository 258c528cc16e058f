"""Groups on open sockets: who is in another group is put out at once, and no way back in leads to its room."""

from typing import Any

import pytest

from tests.wire.classroom import Classroom, new_nonce
from tests.wire.clients import NPM_POLLING, NPM_WEBSOCKET, PYTHON_WEBSOCKET, Client, Kind

pytestmark = pytest.mark.one_driver

three_kinds = pytest.mark.parametrize("kind", [NPM_WEBSOCKET, NPM_POLLING, PYTHON_WEBSOCKET], ids=str)


async def _form(teacher: Client, classroom: Classroom, *groups: dict[str, Any], nonce: str | None = None) -> int:
    """Form groups; the seq of the last event."""
    fields = {"room": classroom.room, "groups": list(groups), "nonce": nonce or new_nonce()}
    return int((await teacher.call("groups.form", **fields))["seq"])


def _new(name: str, *members: str) -> dict[str, Any]:
    """A group in a room of its own."""
    return {"room": None, "name": name, "members": list(members)}


def _in(room: str, *members: str) -> dict[str, Any]:
    """A group in a room that there is."""
    return {"room": room, "name": None, "members": list(members)}


async def _formed(client: Client, after: int = 0) -> dict[str, list[str]]:
    """What a client is told of the next groups: the members by room."""
    event = await client.push("event", lambda event: event["body"]["kind"] == "groups.formed", after=after)
    return {group["room"]: group["members"] for group in event["body"]["groups"]}


async def _post(client: Client, room: str, text: str) -> int:
    accepted = await client.call("chat.post", room=room, text=text, nonce=new_nonce())
    return int(accepted["seq"])


async def _found(client: Client, text: str) -> list[str]:
    """The rooms in which a search over all rooms finds something."""
    hits = (await client.call("chat.search", room=None, text=text))["hits"]
    return [hit["room"] for hit in hits]


async def _is_shut_out(client: Client, room: str) -> None:
    """By no command does this client get to read the room."""
    position = {"epoch": "any", "seq": 0}
    assert await client.refusal("room.join", room=room) == "other_group"
    assert await client.refusal("room.join", room=room, position=position) == "other_group"
    assert await client.refusal("chat.history", room=room, before=100) == "other_group"
    assert await client.refusal("chat.search", room=room, text="otter") == "other_group"
    assert await client.refusal("chat.post", room=room, text="otter", nonce=new_nonce()) == "other_group"
    assert await client.refusal("board.join", board=room) == "other_group"
    assert room not in await _found(client, "otter")


@three_kinds
async def test_a_lesson_in_groups(classroom: Classroom, kind: Kind) -> None:
    """Formed, arranged anew, ended: each pupil writes and reads with their own group, and nowhere else."""
    teacher = await classroom.enter(classroom.claire)
    leo = await classroom.enter(classroom.leo, kind)
    jan = await classroom.enter(classroom.jan)
    late = await classroom.enter(classroom.ola)
    guest = await classroom.enter(classroom.visitor)

    await _form(teacher, classroom, _new("Oder", classroom.leo, classroom.zoe), _new("Loire", classroom.jan))
    told = await _formed(leo)
    one, other = told
    assert told == {one: [classroom.leo, classroom.zoe], other: [classroom.jan]}
    await leo.join(one)
    await jan.join(other)
    await _post(leo, one, "an otter in the Oder")
    await _post(jan, other, "an otter in the Loire")
    assert await _found(leo, "otter") == [one]
    assert await _found(jan, "otter") == [other]
    assert set(await _found(teacher, "otter")) == {one, other}
    await _is_shut_out(leo, other)
    for outsider in (late, guest):
        await _is_shut_out(outsider, one)

    seen = len(jan.journal)
    await _form(teacher, classroom, _in(one, classroom.zoe), _in(other, classroom.jan, classroom.leo))
    assert await leo.push("expelled") == {"room": one, "code": "other_group"}
    assert await _formed(jan, seen) == {one: [classroom.zoe], other: [classroom.jan, classroom.leo]}
    await teacher.join(one)
    unheard = await _post(teacher, one, "otters sleep by day")
    await teacher.reached(one, unheard)
    await _is_shut_out(leo, one)
    leo.drop()
    await leo.connected(times=2)
    assert await leo.refusal("room.join", room=one, position=leo.view(one).position) == "other_group"
    assert leo.view(one).seq < unheard
    await leo.join(other)
    await _post(leo, other, "here I am, otter")

    await teacher.call("groups.end", nonce=new_nonce())
    await jan.push("event", lambda event: event["body"] == {"kind": "groups.ended"})
    assert await leo.refusal("chat.post", room=other, text="still here", nonce=new_nonce()) == "room_closed"
    texts = [message["text"] for message in (await leo.call("chat.history", room=other, before=100))["messages"]]
    assert texts == ["an otter in the Loire", "here I am, otter"]
    await _is_shut_out(leo, one)
    await _is_shut_out(late, other)


async def test_arranged_while_away(classroom: Classroom) -> None:
    """Who is moved during a drop does not come back into the group that they were in."""
    teacher = await classroom.enter(classroom.claire)
    pupil = await classroom.enter(classroom.leo)
    await _form(teacher, classroom, _new("Oder", classroom.leo), _new("Loire", classroom.zoe))
    one, other = await _formed(pupil)
    await pupil.join(one)
    pupil.offline()
    await pupil.disconnected()
    await _form(teacher, classroom, _in(one), _in(other, classroom.zoe, classroom.leo))
    pupil.online()
    await pupil.connected(times=2)
    assert await pupil.refusal("room.join", room=one, position=pupil.view(one).position) == "other_group"
    await pupil.join(other)


async def test_sent_twice(classroom: Classroom) -> None:
    """A resend of the same command, as after a lost answer, gets the first one's answer and makes no rooms."""
    teacher = await classroom.enter(classroom.claire)
    nonce = new_nonce()
    group = {**_new("Gruppe 1", classroom.leo), "number": 1}
    first = await _form(teacher, classroom, group, nonce=nonce)
    assert await _form(teacher, classroom, group, nonce=nonce) == first
    rooms = (await teacher.join_project())["snapshot"]["rooms"]
    made = [room for room in rooms if room["kind"] == "group-room"]
    assert [(room["group"], room["name"], room["group_number"]) for room in made] == [([classroom.leo], "Gruppe 1", 1)]


async def test_forged_by_a_pupil(classroom: Classroom) -> None:
    """Pupils neither form groups nor end those that there are."""
    pupil = await classroom.enter(classroom.leo)
    fields = {"room": classroom.room, "groups": [_new("Oder", classroom.leo)]}
    assert await pupil.refusal("groups.form", **fields, nonce=new_nonce()) == "teachers_only"
    assert await pupil.refusal("groups.end", nonce=new_nonce()) == "teachers_only"
