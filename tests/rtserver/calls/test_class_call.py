"""Pupils in groups: what teachers decided in the call of their class holds in that of their group, and back."""

from typing import Any

import pytest

from rooms.errors import ErrorCode
from rooms.events import CallRemoved
from rooms.messages import Accepted
from rooms.ports import LogUnavailable
from rooms.stream import Decision
from rtserver.calls.class_call import ClassCall
from tests.rtserver.hub.support import Classroom, Seat, fresh


class InGroups:
    """A pupil in a group, another in a second one, and a teacher who is in both rooms."""

    def __init__(self, classroom: Classroom, teacher: Seat, pupil: Seat, other: Seat) -> None:
        self.classroom, self.teacher, self.pupil, self.other = classroom, teacher, pupil, other
        self.hall = classroom.hall
        self.mine = self.others = ""
        self.names: dict[str, str] = {}

    async def form(self) -> None:
        groups = [{"room": None, "name": each.member, "members": [each.member]} for each in (self.pupil, self.other)]
        await self.teacher.ask("groups.form", room=self.hall, groups=groups)
        self.mine, self.others = list(self.classroom.live.state.rooms)[-2:]
        for seat, room in ((self.pupil, self.mine), (self.other, self.others)):
            await seat.join(room)
            await self.teacher.join(room)

    async def join_call(self, seat: Seat, room: str) -> None:
        self.names[seat.member] = (await seat.ask("call.join", room=room)).me

    def may_send(self, seat: Seat, room: str) -> set[str]:
        found: set[str] = self.classroom.engine.may_send(room)[self.names[seat.member]]
        return found

    async def publish(self, seat: Seat, room: str) -> Any:
        return await seat.ask("call.publish", room=room, medium="audio")

    async def hold(self, room: str, seat: Seat, held: bool = True) -> None:
        fields = {"member": seat.member, "medium": "audio", "held": held}
        assert isinstance(await self.teacher.ask("call.hold", room=room, **fields), Accepted)

    async def hold_all(self, room: str, held: bool = True) -> None:
        assert isinstance(await self.teacher.ask("call.hold_pupils", room=room, medium="audio", held=held), Accepted)

    async def remove(self, room: str, seat: Seat, removed: bool = True) -> None:
        answer = await self.teacher.ask("call.remove", room=room, member=seat.member, removed=removed)
        assert isinstance(answer, Accepted)

    async def leave_the_hall(self) -> None:
        """Nobody here is in the class room any more, as on a process that serves other people."""
        for seat in (self.teacher, self.pupil, self.other):
            await seat.ask("room.leave", room=self.hall)
        assert self.hall not in self.classroom.live.rooms


@pytest.fixture
def groups(classroom: Classroom, teacher: Seat, pupil: Seat, other: Seat) -> InGroups:
    return InGroups(classroom, teacher, pupil, other)


async def test_held_before_the_groups(groups: InGroups, pupil: Seat, other: Seat) -> None:
    """Is held there, says so, and is let go by a teacher who sees it."""
    await groups.hold(groups.hall, pupil)
    await groups.form()
    rights = groups.classroom.live.rights(pupil.member, groups.mine).denied
    assert rights["publish_audio"] is ErrorCode.CALL_HELD
    await groups.join_call(pupil, groups.mine)
    await groups.join_call(other, groups.others)
    for seat, room in ((pupil, groups.mine), (other, groups.others)):
        await groups.publish(seat, room)
    assert groups.may_send(pupil, groups.mine) == set()
    assert groups.may_send(other, groups.others) == {"audio"}
    await groups.hold(groups.mine, pupil, False)
    await groups.publish(pupil, groups.mine)
    assert groups.may_send(pupil, groups.mine) == {"audio"}
    assert groups.classroom.live.rights(pupil.member, groups.hall).denied["publish_audio"] is None


async def test_removed_before_the_groups(groups: InGroups, pupil: Seat) -> None:
    """Does not come into the call of the group until let in there, which lets in again everywhere."""
    await groups.remove(groups.hall, pupil)
    await groups.form()
    assert await pupil.refusal("call.join", room=groups.mine) is ErrorCode.CALL_REMOVED
    await groups.remove(groups.mine, pupil, False)
    await groups.join_call(pupil, groups.mine)
    assert groups.classroom.live.rights(pupil.member, groups.hall).denied["join_call"] is None


async def test_decided_in_the_class_meanwhile(groups: InGroups, teacher: Seat, pupil: Seat, other: Seat) -> None:
    """Holds in all groups at once, whatever was on there, and they are told."""
    await groups.form()
    for seat, room in ((pupil, groups.mine), (other, groups.others)):
        await groups.join_call(seat, room)
        await groups.publish(seat, room)
    pupil.outbox.clear()
    await groups.hold_all(groups.hall)
    assert groups.may_send(pupil, groups.mine) == groups.may_send(other, groups.others) == set()
    told = {rights["room"]: rights["denied"]["publish_audio"] for rights in pupil.outbox.payloads("rights")}
    assert told == {groups.hall: "call_held", groups.mine: "call_held"}
    assert pupil.outbox.payloads("call_changed")[-1]["pupils_held"] == ["audio"]
    await groups.hold_all(groups.mine, False)
    await groups.publish(pupil, groups.mine)
    assert groups.may_send(pupil, groups.mine) == {"audio"}
    assert await other.refusal("call.publish", room=groups.others, medium="audio") is ErrorCode.CALL_HELD
    await groups.remove(groups.hall, pupil)
    assert pupil.outbox.payloads("call_left") == [{"room": groups.mine, "code": "call_removed"}]


async def test_decided_in_a_group(groups: InGroups, teacher: Seat, pupil: Seat, other: Seat) -> None:
    """No way leads around it: not the call of the class, nor another group, nor the end of the groups."""
    await groups.form()
    await groups.hold(groups.others, other)
    await groups.remove(groups.mine, pupil)
    for room in (groups.hall, groups.mine):
        assert await pupil.refusal("call.join", room=room) is ErrorCode.CALL_REMOVED
    moved = [{"room": room, "name": None, "members": members} for room, members in (
        (groups.mine, [other.member]), (groups.others, [pupil.member])
    )]  # fmt: skip
    await teacher.ask("groups.form", room=groups.hall, groups=moved)
    await pupil.join(groups.others)
    await other.join(groups.mine)
    assert await pupil.refusal("call.join", room=groups.others) is ErrorCode.CALL_REMOVED
    await groups.join_call(other, groups.mine)
    await groups.publish(other, groups.mine)
    assert groups.may_send(other, groups.mine) == set()
    await teacher.ask("groups.end")
    assert await pupil.refusal("call.join", room=groups.hall) is ErrorCode.CALL_REMOVED
    await groups.remove(groups.hall, pupil, False)
    await groups.join_call(pupil, groups.hall)


async def test_a_whole_group(groups: InGroups, teacher: Seat, pupil: Seat, other: Seat) -> None:
    """Is muted by itself, and after the groups the class is as it was."""
    await groups.form()
    await groups.hold_all(groups.mine)
    await groups.join_call(pupil, groups.mine)
    assert await pupil.refusal("call.publish", room=groups.mine, medium="audio") is ErrorCode.CALL_HELD
    assert groups.may_send(pupil, groups.mine) == set()
    assert groups.classroom.live.rights(other.member, groups.others).denied["publish_audio"] is None
    await teacher.ask("groups.end")
    for seat in (pupil, other):
        assert groups.classroom.live.rights(seat.member, groups.hall).denied["publish_audio"] is None


async def test_pupils_decide_nothing(groups: InGroups, pupil: Seat, other: Seat) -> None:
    """Neither by way of their group nor of that of others."""
    await groups.hold(groups.hall, pupil)
    await groups.form()
    fields = {"member": pupil.member, "medium": "audio", "held": False}
    assert await pupil.refusal("call.hold", room=groups.mine, **fields) is ErrorCode.TEACHERS_ONLY
    for held in (True, False):
        code = await pupil.refusal("call.hold_pupils", room=groups.mine, medium="audio", held=held)
        assert code is ErrorCode.TEACHERS_ONLY
    removing = {"member": pupil.member, "removed": True}
    assert await other.refusal("call.remove", room=groups.mine, **removing) is ErrorCode.OTHER_GROUP
    upon_teacher = {"member": groups.classroom.ewa, "removed": True}
    assert await groups.teacher.refusal("call.remove", room=groups.mine, **upon_teacher) is ErrorCode.NOT_FOR_TEACHERS
    assert groups.classroom.live.rights(pupil.member, groups.mine).denied["publish_audio"] is ErrorCode.CALL_HELD


async def test_a_process_that_serves_no_one_in_the_class_room(groups: InGroups, teacher: Seat, pupil: Seat) -> None:
    """Reads what was decided there before anybody joins a group's call, and hears what is decided elsewhere."""
    live, owners = groups.classroom.live, groups.classroom.on.owners
    await groups.remove(groups.hall, pupil)
    await groups.form()
    await groups.leave_the_hall()
    live.class_call = ClassCall()
    assert live.class_call_missing() == groups.hall
    assert live.rights(pupil.member, groups.mine).denied["publish_audio"] is ErrorCode.CALL_HELD
    assert await pupil.refusal("call.join", room=groups.mine) is ErrorCode.CALL_REMOVED
    assert live.class_call_missing() is None
    stream = await owners.call(groups.hall)
    await stream.submit(teacher.member, fresh(), lambda _: Decision((CallRemoved(pupil.member, False),)))
    await groups.join_call(pupil, groups.mine)
    await stream.submit(teacher.member, fresh(), lambda _: Decision((CallRemoved(pupil.member, True),)))
    assert pupil.outbox.payloads("call_left") == [{"room": groups.mine, "code": "call_removed"}]


async def test_it_cannot_be_read(groups: InGroups, teacher: Seat, pupil: Seat) -> None:
    """Nobody comes into a group's call, and who is in it is held, until it can."""
    live, store = groups.classroom.live, groups.classroom.store
    await groups.form()
    await groups.join_call(pupil, groups.mine)
    await groups.publish(pupil, groups.mine)
    await groups.leave_the_hall()
    live.class_call = ClassCall()
    store.fault = LogUnavailable("away")
    live.calls[groups.mine].refresh()
    assert groups.may_send(pupil, groups.mine) == set()
    assert await teacher.refusal("call.join", room=groups.mine) is ErrorCode.UNAVAILABLE
    store.fault = None
    await groups.publish(pupil, groups.mine)
    assert groups.may_send(pupil, groups.mine) == {"audio"}


async def test_kept_as_long_as_there_are_groups(groups: InGroups, teacher: Seat) -> None:
    """And of the room that they came from last."""
    live = groups.classroom.live
    await groups.form()
    assert live.class_call_missing() is None
    kept = live.class_call.decisions(live.state.grouping)
    assert kept is not None
    assert kept.name == f"call:{groups.hall}"
    await live.refresh()
    await teacher.ask("groups.end")
    assert live.class_call.decisions(live.state.grouping) is None
    assert live.class_call_missing() is None
