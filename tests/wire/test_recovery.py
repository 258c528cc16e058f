"""Coming back: by position after a drop, from a snapshot when that cannot be, with what was written offline."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.wire.classroom import Classroom, new_nonce
from tests.wire.clients import KINDS, WITHIN, Kind, everywhere
from tests.wire.server import Server

every_kind = pytest.mark.parametrize("kind", KINDS, ids=str)

RECOVERY_EVENTS_MAX = 40
"""As the shared server is set."""

QUEUED = 200
"""Messages written offline."""


@every_kind
async def test_what_was_missed_comes_after_a_drop(classroom: Classroom, kind: Kind) -> None:
    """A client whose transport was lost presents its session and gets exactly what it missed."""
    teacher = await classroom.enter(classroom.claire)
    pupil = await classroom.enter(classroom.leo, kind)
    seen = await classroom.post(teacher, "before the drop")
    await pupil.reached(classroom.room, seen)
    position = pupil.view(classroom.room).position
    pupil.drop()
    await pupil.disconnected()
    missed = [await classroom.post(teacher, f"missed {number}") for number in range(5)]
    edit = {"room": classroom.room, "message": missed[0], "text": "missed and changed", "nonce": new_nonce()}
    await teacher.call("chat.edit", **edit)
    await pupil.connected(times=2)
    answer = await pupil.join(classroom.room, position)
    assert answer["snapshot"] is None
    assert [event["seq"] for event in answer["events"]] == [*missed, missed[-1] + 1]
    last = await classroom.post(pupil, "back again")
    await everywhere([teacher, pupil], classroom.room, last)
    assert pupil.view(classroom.room).messages == teacher.view(classroom.room).messages
    assert len(pupil.pushes("session")) == 1


@every_kind
async def test_nothing_is_missed_when_the_line_drops_again_and_again(classroom: Classroom, kind: Kind) -> None:
    """Events go on while a client drops and resumes by itself: no gap, no doubled event."""
    teacher = await classroom.enter(classroom.claire)
    pupil = await classroom.enter(classroom.jan, kind)
    room = classroom.room

    def resume() -> None:
        pupil.send_join("room.join", f"room:{room}", {"room": room}, pupil.view(room).position)

    pupil.on_connected = resume
    pupil.keeps_unsent = False
    last = 0
    for drop in range(1, 5):
        acks = [
            teacher.send("chat.post", {"room": room, "text": f"line {drop}.{number}", "nonce": new_nonce()})
            for number in range(30)
        ]
        await acks[10]
        pupil.drop()
        last = max(answer["ok"]["seq"] for answer in await asyncio.gather(*acks))
        await pupil.connected(times=drop + 1)
    view = await pupil.reached(room, last)
    await teacher.reached(room, last)
    assert len(view.applied) == 120 or len(view.starts) > 1
    theirs = teacher.view(room).messages
    assert {seq: theirs[seq] for seq in view.messages} == view.messages
    assert sorted(view.messages)[-50:] == sorted(theirs)[-50:]


@every_kind
async def test_a_snapshot_comes_when_the_position_is_of_no_use(classroom: Classroom, kind: Kind) -> None:
    """Another epoch, beyond the head, too far behind: a snapshot, and the events go on from there."""
    teacher = await classroom.enter(classroom.ewa, kind)
    room = classroom.room
    start = teacher.view(room).position
    assert start is not None
    acks = [
        teacher.send("chat.post", {"room": room, "text": f"number {number}", "nonce": new_nonce()})
        for number in range(RECOVERY_EVENTS_MAX + 1)
    ]
    await asyncio.gather(*acks)
    pupil = await classroom.connect(classroom.ola, kind)
    head = RECOVERY_EVENTS_MAX + 1
    for position in (
        {"epoch": "another", "seq": head},
        {"epoch": start["epoch"], "seq": head + 1},
        {"epoch": start["epoch"], "seq": 0},
        {"epoch": "", "seq": 0},
    ):
        answer = await pupil.join(room, position)
        assert answer["events"] is None
        assert answer["position"] == {"epoch": start["epoch"], "seq": head}
        assert [message["text"] for message in answer["snapshot"]["messages"]] == [f"number {n}" for n in range(head)]
    view = pupil.view(room)
    view.position = {"epoch": start["epoch"], "seq": 1}
    answer = await pupil.join(room, view.position)
    assert len(answer["events"]) == RECOVERY_EVENTS_MAX
    assert (await pupil.join(room, view.position))["events"] == []
    last = await classroom.post(teacher, "and on")
    await pupil.reached(room, last)


@every_kind
async def test_the_project_is_followed_by_position_too(classroom: Classroom, kind: Kind) -> None:
    """What happened to the project meanwhile comes after a drop, what a pupil may not see as its place only."""
    teacher = await classroom.enter(classroom.claire)
    pupil = await classroom.enter(classroom.zoe, kind)
    stream = f"project:{classroom.project}"
    pupil.drop()
    await pupil.disconnected()
    await teacher.call("room.set_lock", room=classroom.room, capability="post", locked=True, nonce=new_nonce())
    await teacher.call("room.add", name="Group 1", nonce=new_nonce())
    await pupil.connected(times=2)
    answer = await pupil.join_project(pupil.views[stream].position)
    assert [event["body"]["kind"] for event in answer["events"]] == ["room.lock_set", "room.added"]
    whole = await pupil.join_project({**answer["position"], "seq": 0})
    kinds = [event["body"]["kind"] for event in whole["events"]]
    assert kinds.count("hidden") == 1
    pupil.views[stream].violations.clear()  # it was asked to start again from nothing


async def test_two_hundred_messages_written_offline_go_through(
    own_server: Callable[..., Server], open_room: Callable[..., Any]
) -> None:
    """With the limits as they come, all of an offline queue arrives, once, in order, also over polling."""
    classroom = await open_room(own_server())
    room = classroom.room
    teacher = await classroom.enter(classroom.claire)
    members = (classroom.leo, classroom.zoe, classroom.jan, classroom.ola) * 2
    for kind, member in zip(KINDS, members, strict=True):
        client = await classroom.enter(member, kind)
        client.offline()
        await client.disconnected()
        client.send_join("room.join", f"room:{room}", {"room": room}, client.view(room).position)
        texts = [f"{kind} wrote {number} offline" for number in range(QUEUED)]
        acks = [client.send("chat.post", {"room": room, "text": text, "nonce": new_nonce()}) for text in texts]
        client.online()
        async with asyncio.timeout(2 * WITHIN):
            answers = await asyncio.gather(*acks)
        assert all("ok" in answer for answer in answers), next(a for a in answers if "ok" not in a)
        seqs = [answer["ok"]["seq"] for answer in answers]
        assert seqs == list(range(seqs[0], seqs[0] + QUEUED))
        await everywhere([teacher, client], room, seqs[-1])
        for view in (teacher.view(room), client.view(room)):
            assert [view.messages[seq]["text"] for seq in seqs] == texts
        assert len(client.entries("connected")) == 2
