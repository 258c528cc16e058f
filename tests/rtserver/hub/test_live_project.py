"""A live project: who is sent what, what holds on open sockets, and presence, with the time passed in."""

from typing import Any

import pytest

from rooms.errors import ErrorCode, Refused
from rooms.events import RoomAdded
from rooms.model import RoomKind
from rooms.presence import Presence
from rooms.stream import Decision
from rtserver.hub.live_project import LiveProject
from rtserver.hub.outbox import Lane, Outgoing
from tests.rtserver.hub.support import GRACE, TEACHER_GRACE, Classroom, FakeOutbox, Seat


@pytest.fixture
async def teacher(classroom: Classroom) -> Seat:
    seat = classroom.sit(classroom.claire)
    await seat.join(classroom.hall)
    return seat


@pytest.fixture
async def pupil(classroom: Classroom) -> Seat:
    seat = classroom.sit(await classroom.add("pupil"))
    await seat.join(classroom.hall)
    return seat


def clear(*seats: Seat) -> None:
    for seat in seats:
        seat.outbox.clear()


def denied(payload: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = payload["denied"]
    return found


class TestFanOut:
    async def test_events_per_audience(self, classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
        """What a pupil may not know of is a place in the numbering, without time, actor and nonce."""
        clear(teacher, pupil)
        await classroom.system(lambda _: Decision((RoomAdded("r9", RoomKind.STAFF_ROOM, "secret"),)))
        ((_, seen), (_, hidden)) = teacher.outbox.pushes("event") + pupil.outbox.pushes("event")
        assert seen["body"] == {"kind": "room.added", "room": "r9", "room_kind": "staff-room", "name": "secret"}
        assert hidden == {**seen, "at": 0, "actor": "", "nonce": None, "body": {"kind": "hidden"}}
        assert "secret" not in "".join(pupil.outbox.texts())

    async def test_boards_of_the_staff_room(self, classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
        """A pupil is not told of any, whatever happens to them."""
        clear(teacher, pupil)
        await teacher.ask("board.add", room=classroom.staff_room, name="Marks")
        board = list(classroom.live.state.boards)[-1]
        await teacher.ask("board.rename", board=board, name="Plans")
        await teacher.ask("board.move", board=board, before=classroom.staff_room)
        await teacher.ask("board.remove", board=board)
        seen = [event["body"]["kind"] for event in teacher.outbox.payloads("event")]
        assert seen == ["board.added", "board.renamed", "board.moved", "board.removed"]
        assert [event["body"] for event in pupil.outbox.payloads("event")] == [{"kind": "hidden"}] * 4

    async def test_the_same_bytes_for_each_audience(self, classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
        """Encoded once, whatever the number of readers."""
        others = [classroom.sit(await classroom.add("pupil")) for _ in range(2)]
        for seat in others:
            await seat.join(classroom.hall)
        clear(teacher, pupil, *others)
        await classroom.add("visitor")
        sent = [seat.outbox.sent[0] for seat in (pupil, *others)]
        assert len({id(one) for one in sent}) == 1
        clear(teacher, pupil, *others)
        await teacher.ask("chat.post", room=classroom.hall, text="hello")
        sent = [seat.outbox.sent[0] for seat in (teacher, pupil, *others)]
        assert len({id(one) for one in sent}) == 1
        assert {lane for seat in others for _, lane in seat.outbox.frames} == {Lane.DURABLE}

    async def test_only_followers_of_the_project(self, classroom: Classroom, teacher: Seat) -> None:
        """Who has not joined it yet reads it when joining."""
        early = classroom.sit(await classroom.add("pupil"))
        clear(teacher)
        await classroom.add("pupil")
        assert early.outbox.frames == []
        assert len(teacher.outbox.pushes("event")) == 1

    async def test_only_those_in_the_room(self, classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
        """Another room's chat does not leak."""
        await teacher.join(classroom.staff_room)
        clear(teacher, pupil)
        await teacher.ask("chat.post", room=classroom.staff_room, text="confidential")
        assert len(teacher.outbox.pushes("event")) == 1
        assert pupil.outbox.frames == []

    async def test_a_room_that_nobody_is_in(self, classroom: Classroom) -> None:
        """Nothing happens."""
        classroom.live.tell_room("nowhere", [])

    async def test_signals_go_to_the_others(self, classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
        """Volatile, not to the sender; one's own other device counts as another."""
        second = classroom.sit(classroom.claire)
        await second.join(classroom.hall)
        clear(teacher, pupil, second)
        await teacher.ask("room.signal", room=classroom.hall, topic="typing", data="on")
        expected = {"room": classroom.hall, "member": classroom.claire, "topic": "typing", "data": "on"}
        for seat in (pupil, second):
            assert seat.outbox.payloads("signal") == [expected]
            assert seat.outbox.frames[0][1] is Lane.VOLATILE
        assert teacher.outbox.pushes() == []


class TestRights:
    async def test_told_when_they_change(self, classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
        """Opening the room lets the pupil write; the teacher could all along."""
        clear(teacher, pupil)
        await classroom.open(classroom.hall)
        (rights,) = pupil.outbox.payloads("rights")
        assert rights["room"] == classroom.hall
        assert denied(rights) == {
            "post": None,
            "signal": None,
            "react": None,
            "pin": "teachers_only",
            "save_chat": "teachers_only",
            "delete_others": "not_your_message",
            "open_room": "teachers_only",
            "lead": "teachers_only",
            "vote": None,
            "join_call": None,
            "publish_audio": None,
            "publish_video": None,
            "publish_screen": "capability_off",
            "join_as_class_camera": "teachers_only",
            "raise_hand": None,
            "moderate_call": "teachers_only",
        }
        assert teacher.outbox.pushes("rights") == []

    async def test_not_told_when_they_stay(self, classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
        """Other things happen in a project."""
        await classroom.open(classroom.hall)
        clear(teacher, pupil)
        await classroom.add("pupil")
        await teacher.ask("room.add", name="Group 1")
        await teacher.ask("room.set_lock", room=classroom.hall, capability="draw", locked=True)
        assert pupil.outbox.pushes("rights") + teacher.outbox.pushes("rights") == []

    async def test_of_one_person(self, classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
        """Muted: told to that pupil on every device, and to nobody else."""
        await classroom.open(classroom.hall)
        other = classroom.sit(await classroom.add("pupil"))
        again = classroom.sit(pupil.member)
        for seat in (other, again):
            await seat.join(classroom.hall)
        clear(teacher, pupil, other, again)
        await teacher.ask("member.set_capability", member=pupil.member, capability="post", allowed=False)
        for seat in (pupil, again):
            (rights,) = seat.outbox.payloads("rights")
            assert denied(rights)["post"] == "capability_off"
        assert other.outbox.pushes("rights") == []

    @pytest.mark.parametrize(("phase", "code"), [("archived", "project_archived"), ("active", None)])
    async def test_phase(self, classroom: Classroom, teacher: Seat, phase: str, code: str | None) -> None:
        """An archived project is read-only for teachers too."""
        await classroom.set_phase(phase)
        told = [denied(rights)["post"] for rights in teacher.outbox.payloads("rights")]
        assert told == ([code] if code else [])


class TestEnforcing:
    async def test_a_ban_expels(self, classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
        """Out of that room on every device, and only of that one."""
        group = (await teacher.ask("room.add", name="Group 1"), list(classroom.live.state.rooms)[-1])[1]
        again = classroom.sit(pupil.member)
        await pupil.join(group)
        await again.join(classroom.hall)
        clear(teacher, pupil, again)
        await teacher.ask("member.set_room_ban", member=pupil.member, room=classroom.hall, banned=True)
        for seat in (pupil, again):
            assert seat.outbox.payloads("expelled") == [{"room": classroom.hall, "code": "room_banned"}]
            assert seat.outbox.pushes("rights") == []
            assert not seat.outbox.is_finished
        assert (pupil.connection.rooms, again.connection.rooms) == ({group}, set())
        clear(pupil)
        await teacher.ask("chat.post", room=classroom.hall, text="now without them")
        assert pupil.outbox.frames == []

    async def test_a_ban_that_ends_lets_in_again(self, classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
        """Not by itself: the client joins."""
        for banned in (True, False):
            await teacher.ask("member.set_room_ban", member=pupil.member, room=classroom.hall, banned=banned)
        assert pupil.connection.rooms == set()
        await pupil.join(classroom.hall)
        assert pupil.connection.rooms == {classroom.hall}

    async def test_another_group_expels(self, classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
        """Who is moved to another group is out of the one before on every device, and hears nothing more of it."""
        first = {"room": None, "name": "Oder", "members": [pupil.member]}
        await teacher.ask("groups.form", room=classroom.hall, groups=[first])
        (oder,) = list(classroom.live.state.rooms)[-1:]
        again = classroom.sit(pupil.member)
        for seat in (teacher, pupil, again):
            await seat.join(oder)
        second = {"room": None, "name": "Loire", "members": [pupil.member]}
        clear(teacher, pupil, again)
        emptied: dict[str, object] = {"room": oder, "name": None, "members": []}
        await teacher.ask("groups.form", room=classroom.hall, groups=[emptied, second])
        for seat in (pupil, again):
            assert seat.outbox.payloads("expelled") == [{"room": oder, "code": "other_group"}]
        assert teacher.outbox.pushes("expelled") == []
        clear(pupil)
        await teacher.ask("chat.post", room=oder, text="now without them")
        assert pupil.outbox.frames == []

    async def test_closing_expels_visitors(self, classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
        """Guests see a lesson, not the room after it; pupils stay and read."""
        await classroom.open(classroom.hall)
        visitor = classroom.sit(await classroom.add("visitor"))
        await visitor.join(classroom.hall)
        clear(teacher, pupil, visitor)
        await classroom.open(classroom.hall, False)
        assert visitor.outbox.payloads("expelled") == [{"room": classroom.hall, "code": "room_closed"}]
        assert pupil.outbox.pushes("expelled") == []
        assert denied(pupil.outbox.payloads("rights")[0])["post"] == "room_closed"

    async def test_removal_says_bye(self, classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
        """On every device, after the event that says so, and the person is gone from the people list at once."""
        again = classroom.sit(pupil.member)
        classroom.live.tell_presence()
        clear(teacher, pupil)
        await teacher.ask("member.remove", member=pupil.member)
        for seat in (pupil, again):
            assert seat.outbox.payloads("bye")[0]["code"] == "not_a_member"
            assert (seat.outbox.is_finished, seat.connection.is_closed) == (True, True)
        assert [name for name, _ in pupil.outbox.pushes()] == ["event", "bye"]
        classroom.live.tell_presence()
        assert teacher.outbox.payloads("presence") == [{"changes": [{"member": pupil.member, "rooms": None}]}]

    async def test_after_removal_nothing_is_sent(self, classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
        """Though the transport may take a moment to end."""
        await teacher.ask("member.remove", member=pupil.member)
        clear(pupil)
        await teacher.ask("chat.post", room=classroom.hall, text="they are gone")
        await classroom.add("pupil")
        assert pupil.outbox.frames == []

    async def test_back_to_draft(self, classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
        """Only teachers stay."""
        await classroom.set_phase("draft")
        assert pupil.outbox.payloads("bye")[0]["code"] == "project_not_started"
        assert not teacher.connection.is_closed

    async def test_unknown_member(self, classroom: Classroom, pupil: Seat) -> None:
        """Neither one that there never was, nor one that was removed."""
        await classroom.on.administration.remove_member(classroom.project, pupil.member)
        for member in ("nobody", pupil.member):
            with pytest.raises(Refused) as caught:
                classroom.live.member(member)
            assert caught.value.code is ErrorCode.NOT_A_MEMBER


class TestPresence:
    async def test_diffs(self, classroom: Classroom, teacher: Seat) -> None:
        """What changed since the last one, to those who follow the project, and nothing when nothing changed."""
        live = classroom.live
        live.tell_presence()
        clear(teacher)
        early = classroom.sit(await classroom.add("pupil"))
        clear(teacher)
        live.tell_presence()
        live.tell_presence()
        assert teacher.outbox.payloads("presence") == [{"changes": [{"member": early.member, "rooms": []}]}]
        assert early.outbox.frames == []
        clear(teacher)
        await early.join(classroom.hall)
        live.tell_presence()
        assert teacher.outbox.payloads("presence") == [
            {"changes": [{"member": early.member, "rooms": [classroom.hall]}]}
        ]

    async def test_a_dropped_socket_leaves_after_the_grace_time(
        self, classroom: Classroom, teacher: Seat, pupil: Seat
    ) -> None:
        """And not when it is back by then."""
        live, clock = classroom.live, classroom.on.clock
        live.tell_presence()
        clear(teacher)
        live.disconnect(pupil.connection)
        clock.advance(GRACE - 1)
        live.tell_presence()
        assert teacher.outbox.pushes("presence") == []
        clock.advance(1)
        live.tell_presence()
        assert teacher.outbox.payloads("presence") == [{"changes": [{"member": pupil.member, "rooms": None}]}]

    async def test_teacher_grace(self, classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
        """The last teacher drops: pupils go on for a while, then they are told to wait, then a teacher is back."""
        live, clock = classroom.live, classroom.on.clock
        await classroom.open(classroom.hall)
        live.tell_presence()
        clear(pupil)
        live.disconnect(teacher.connection)
        clock.advance(TEACHER_GRACE - 1)
        live.tell_presence()
        assert pupil.outbox.pushes("rights") == []
        assert not isinstance(await pupil.ask("chat.post", room=classroom.hall, text="still here"), Refused)
        clock.advance(1)
        assert await pupil.refusal("chat.post", room=classroom.hall, text="alone") is ErrorCode.NO_TEACHER_PRESENT
        live.tell_presence()
        assert [denied(rights)["post"] for rights in pupil.outbox.payloads("rights")] == ["no_teacher_present"]
        clear(pupil)
        classroom.sit(classroom.ewa)
        live.tell_presence()
        assert [denied(rights)["post"] for rights in pupil.outbox.payloads("rights")] == [None]

    async def test_a_teacher_who_was_removed_counts_no_longer(
        self, classroom: Classroom, teacher: Seat, pupil: Seat
    ) -> None:
        """Without grace, also when their connection had dropped before."""
        live = classroom.live
        other = classroom.sit(await classroom.add("teacher"))
        live.disconnect(other.connection)
        live.disconnect(teacher.connection)
        classroom.on.clock.advance(TEACHER_GRACE // 2)
        await classroom.on.administration.remove_member(classroom.project, other.member)
        assert live.teacher_present(), "Claire has dropped a moment ago"
        classroom.on.clock.advance(TEACHER_GRACE // 2)
        assert not live.teacher_present()

    async def test_a_removed_only_teacher_is_not_remembered(self, classroom: Classroom, pupil: Seat) -> None:
        """Dropped, then removed within the grace time."""
        seat = classroom.sit(await classroom.add("teacher"))
        classroom.live.disconnect(seat.connection)
        assert classroom.live.teacher_present()
        await classroom.on.administration.remove_member(classroom.project, seat.member)
        assert not classroom.live.teacher_present()

    async def test_a_teacher_of_before_the_restart(self, classroom: Classroom) -> None:
        """The mark on disk counts as long as the grace time; being there, it need not be kept in memory."""
        clock = classroom.on.clock
        marked = clock() - TEACHER_GRACE + 1
        live = LiveProject(classroom.live.stream, Presence(GRACE, TEACHER_GRACE, marked), clock)
        assert live.teacher_present()
        assert live.is_idle()
        clock.advance(1)
        assert not live.teacher_present()
        live.tell_presence()
        assert live.is_idle()


class TestConnections:
    async def test_of_a_member(self, classroom: Classroom, pupil: Seat) -> None:
        """The open ones, oldest first."""
        second, third = classroom.sit(pupil.member), classroom.sit(pupil.member)
        second.connection.close()
        assert classroom.live.devices_of(pupil.member) == [pupil.connection.id, third.connection.id]

    async def test_a_room_ends_with_its_last_connection(self, classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
        """Its stream is let go of; leaving and dropping are alike."""
        await pupil.ask("room.leave", room=classroom.hall)
        assert list(classroom.live.rooms) == [classroom.hall]
        classroom.live.disconnect(teacher.connection)
        assert classroom.live.rooms == {}
        assert teacher.connection.rooms == set()

    async def test_idle(self, classroom: Classroom, pupil: Seat) -> None:
        """When nobody is connected, in grace, or remembered as the teacher."""
        live, clock = classroom.live, classroom.on.clock
        assert not live.is_idle()
        live.disconnect(pupil.connection)
        assert not live.is_idle()
        clock.advance(GRACE)
        live.tell_presence()
        assert live.is_idle()

    async def test_the_outbox_of_a_test_is_strict(self) -> None:
        """The stand-in itself: what is sent after the end is a failure."""
        outbox = FakeOutbox()
        outbox.finish()
        with pytest.raises(AssertionError):
            outbox.send(Outgoing.of("4x"), Lane.DURABLE)


class TestCalls:
    async def test_who_enters_the_room(self, classroom: Classroom, teacher: Seat) -> None:
        """Is told of the call right behind the answer, when there is one."""
        before = classroom.sit(classroom.ewa)
        await before.join(classroom.hall)
        await teacher.ask("call.join", room=classroom.hall)
        after = classroom.sit(classroom.ewa)
        await after.ask("room.join", room=classroom.hall)
        assert before.outbox.payloads("call") == []
        assert [one["member"] for one in after.outbox.payloads("call")[0]["participants"]] == [classroom.claire]

    async def test_a_project_with_a_call(self, classroom: Classroom, teacher: Seat) -> None:
        """Is not forgotten while somebody is away from it."""
        await teacher.ask("call.join", room=classroom.hall)
        classroom.live.disconnect(teacher.connection)
        assert classroom.live.calls
        classroom.live.presence.forget(classroom.claire)
        assert not classroom.live.is_idle()
        classroom.on.clock.advance(GRACE)
        classroom.live.tell_presence()
        assert classroom.live.is_idle()

    async def test_rights_are_asked_for_once(self, classroom: Classroom, pupil: Seat) -> None:
        """As long as nothing that they depend on has changed."""
        first = classroom.live.media_rights(pupil.member, classroom.hall)
        assert classroom.live.media_rights(pupil.member, classroom.hall) is first
        assert first.join is ErrorCode.ROOM_CLOSED
        await classroom.open(classroom.hall)
        assert classroom.live.media_rights(pupil.member, classroom.hall).join is ErrorCode.NO_TEACHER_PRESENT
        classroom.sit(classroom.claire)
        assert classroom.live.media_rights(pupil.member, classroom.hall).join is None

    async def test_what_teachers_decided(self, classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
        """Is told with the rights, to who is in the room and to who comes; the room's own reasons come first."""
        await classroom.open(classroom.hall)
        clear(teacher, pupil)
        hold = {"member": pupil.member, "medium": "audio", "held": True}
        await teacher.ask("call.hold", room=classroom.hall, **hold)
        await teacher.ask("call.remove", room=classroom.hall, member=pupil.member, removed=True)
        first, second = (denied(told) for told in pupil.outbox.payloads("rights"))
        assert (first["publish_audio"], first["publish_video"], first["join_call"]) == ("call_held", None, None)
        assert second["join_call"] == "call_removed"
        assert teacher.outbox.pushes("rights") == []
        late = classroom.sit(pupil.member)
        rights = (await late.ask("room.join", room=classroom.hall)).rights
        assert rights.denied["join_call"] is ErrorCode.CALL_REMOVED
        await classroom.open(classroom.hall, False)
        assert denied(pupil.outbox.payloads("rights")[-1])["join_call"] == "room_closed"

    async def test_without_calls(self, classroom: Classroom, teacher: Seat) -> None:
        """Nobody has a right to them."""
        classroom.live.rooms[classroom.hall].decisions = None
        told = classroom.live.rights(classroom.claire, classroom.hall).denied
        assert told["join_call"] is told["moderate_call"] is ErrorCode.UNKNOWN_COMMAND
        assert told["post"] is None
        assert list(classroom.live.in_room("nowhere")) == []
