"""Each command through `handle`, over real streams: what it is answered, and the races of joining."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from rooms.board.messages import BoardListCommand
from rooms.errors import ErrorCode
from rooms.messages import (
    HISTORY_PAGE_MAX,
    PUSHES,
    AnyCommand,
    Done,
    ProjectJoined,
    RoomJoined,
)
from rooms.model import Role
from rooms.ports import LogUnavailable
from rtserver.hub import dialects, dispatch
from rtserver.hub.limits import Budget
from rtserver.wire import WIRE_RESULTS, WireCommand
from tests.rtserver.hub.support import Classroom, Seat, command, examples, fresh, packet


@pytest.fixture
async def teacher(classroom: Classroom) -> Seat:
    seat = classroom.sit(classroom.claire)
    await seat.join(classroom.hall)
    return seat


@pytest.fixture
async def pupil(classroom: Classroom) -> Seat:
    await classroom.open(classroom.hall)
    seat = classroom.sit(await classroom.add("pupil"))
    await seat.join(classroom.hall)
    return seat


def forget(classroom: Classroom) -> None:
    """Nothing is at hand any more: the next join asks the database, as the first one after a restart does."""
    classroom.live.views.forget_names()
    for room in classroom.live.rooms.values():
        room.stream._events.reset(room.stream.position.seq)


# --- Every command ---


class Lesson:
    """What the commands are tried upon."""

    def __init__(self, classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
        self.classroom = classroom
        self.teacher = teacher
        self.pupil = pupil
        self.hall = classroom.hall

    @property
    def state(self) -> Any:
        return self.classroom.live.state

    async def posted(self, seat: Seat, text: str = "hello") -> int:
        accepted = await seat.ask("chat.post", room=self.hall, text=text)
        return int(accepted.seq)

    async def board(self) -> str:
        """A board besides the first one of the class room."""
        await self.teacher.ask("board.add", room=self.hall, name="Oder")
        return str(list(self.state.boards)[-1])

    def boards(self) -> list[tuple[str, str]]:
        """The class room's, by id and name."""
        return [(board.id, board.name) for board in self.state.boards_of(self.hall)]

    async def message(self, seq: int) -> Any:
        return await self.classroom.store.message(f"room:{self.hall}", seq)


Exercise = Callable[[Lesson], Awaitable[Any]]
EXERCISES: dict[str, Exercise] = {}


def exercise(tag: str) -> Callable[[Exercise], Exercise]:
    """The function tries the command `tag`, asserts what follows, and returns its result."""

    def note(function: Exercise) -> Exercise:
        EXERCISES[tag] = function
        return function

    return note


@exercise("project.set_phase")
async def _set_phase(lesson: Lesson) -> Any:
    result = await lesson.teacher.ask("project.set_phase", phase="archived")
    assert lesson.state.phase == "archived"
    return result


@exercise("class.add")
async def _class_add(lesson: Lesson) -> Any:
    fields = {"name": "3C", "school": "Liceo", "country": "IT", "timezone": "Europe/Rome", "languages": ("it",)}
    result = await lesson.teacher.ask("class.add", **fields)
    added = list(lesson.state.classes)[-1]
    assert added.startswith("c_")
    assert lesson.state.classes[added].school == "Liceo"
    return result


@exercise("member.add")
async def _member_add(lesson: Lesson) -> Any:
    fields = {"role": "pupil", "class_id": lesson.classroom.french, "roster_name": "Léa B.", "alias": "Léa"}
    result = await lesson.teacher.ask("member.add", **fields)
    added = list(lesson.state.members)[-1]
    assert added.startswith("m_")
    assert lesson.state.members[added].role is Role.PUPIL
    names = await lesson.classroom.store.identities([added])
    assert names[added].roster_name == "Léa B."
    return result


@exercise("member.remove")
async def _member_remove(lesson: Lesson) -> Any:
    result = await lesson.teacher.ask("member.remove", member=lesson.pupil.member)
    assert lesson.state.members[lesson.pupil.member].removed
    return result


@exercise("member.set_capability")
async def _set_capability(lesson: Lesson) -> Any:
    fields = {"member": lesson.pupil.member, "capability": "post", "allowed": False}
    result = await lesson.teacher.ask("member.set_capability", **fields)
    assert "post" not in lesson.state.members[lesson.pupil.member].capabilities
    return result


@exercise("member.set_room_ban")
async def _set_room_ban(lesson: Lesson) -> Any:
    fields = {"member": lesson.pupil.member, "room": lesson.hall, "banned": True}
    result = await lesson.teacher.ask("member.set_room_ban", **fields)
    assert lesson.state.members[lesson.pupil.member].banned_rooms == {lesson.hall}
    return result


@exercise("room.add")
async def _room_add(lesson: Lesson) -> Any:
    result = await lesson.teacher.ask("room.add", name="Group 1")
    added = list(lesson.state.rooms)[-1]
    assert added.startswith("r_")
    assert lesson.state.rooms[added].name == "Group 1"
    return result


@exercise("room.set_open")
async def _room_set_open(lesson: Lesson) -> Any:
    result = await lesson.teacher.ask("room.set_open", room=lesson.hall, open=False)
    assert not lesson.state.rooms[lesson.hall].open
    return result


@exercise("room.set_lock")
async def _room_set_lock(lesson: Lesson) -> Any:
    result = await lesson.teacher.ask("room.set_lock", room=lesson.hall, capability="post", locked=True)
    assert lesson.state.rooms[lesson.hall].locked == {"post"}
    return result


@exercise("board.add")
async def _board_add(lesson: Lesson) -> Any:
    result = await lesson.teacher.ask("board.add", room=lesson.hall, name="Oder")
    (_, (added, name)) = lesson.boards()
    assert added.startswith("b_")
    assert name == "Oder"
    (event,) = lesson.pupil.outbox.payloads("event")[-1:]
    assert event["body"] == {"kind": "board.added", "board": added, "room": lesson.hall, "name": "Oder"}
    return result


@exercise("board.rename")
async def _board_rename(lesson: Lesson) -> Any:
    result = await lesson.teacher.ask("board.rename", board=lesson.hall, name="Loire")
    assert lesson.boards() == [(lesson.hall, "Loire")]
    return result


@exercise("board.move")
async def _board_move(lesson: Lesson) -> Any:
    board = await lesson.board()
    result = await lesson.teacher.ask("board.move", board=board, before=lesson.hall)
    assert lesson.boards() == [(board, "Oder"), (lesson.hall, "")]
    return result


@exercise("board.remove")
async def _board_remove(lesson: Lesson) -> Any:
    board = await lesson.board()
    result = await lesson.teacher.ask("board.remove", board=lesson.hall)
    assert lesson.boards() == [(board, "Oder")]
    return result


@exercise("chat.post")
async def _chat_post(lesson: Lesson) -> Any:
    result = await lesson.pupil.ask("chat.post", room=lesson.hall, text="hello")
    assert (await lesson.message(result.seq)).text == "hello"
    (event,) = lesson.teacher.outbox.payloads("event")[-1:]
    assert (event["actor"], event["body"]["text"]) == (lesson.pupil.member, "hello")
    return result


@exercise("chat.edit")
async def _chat_edit(lesson: Lesson) -> Any:
    seq = await lesson.posted(lesson.pupil)
    result = await lesson.pupil.ask("chat.edit", room=lesson.hall, message=seq, text="edited")
    assert (await lesson.message(seq)).text == "edited"
    return result


@exercise("chat.delete")
async def _chat_delete(lesson: Lesson) -> Any:
    seq = await lesson.posted(lesson.pupil)
    result = await lesson.teacher.ask("chat.delete", room=lesson.hall, message=seq)
    assert (await lesson.message(seq)).deleted
    return result


@exercise("project.join")
async def _project_join(lesson: Lesson) -> Any:
    seat = lesson.classroom.sit(lesson.pupil.member)
    result = await seat.ask("project.join")
    assert result.me == lesson.pupil.member
    assert result.snapshot.id == lesson.classroom.project
    assert {room.kind for room in result.snapshot.rooms} == {"class-room"}
    assert result.events is None
    assert result.position == lesson.classroom.live.stream.position
    assert result.server_time == lesson.classroom.on.clock()
    assert {named.member for named in result.roster.names} == set(lesson.state.members)
    assert {here.member for here in result.presence} == {lesson.teacher.member, lesson.pupil.member}
    assert seat.connection.follows_project
    return result


@exercise("project.roster")
async def _project_roster(lesson: Lesson) -> Any:
    result = await lesson.pupil.ask("project.roster")
    names = {named.member: named.name for named in result.names}
    assert names[lesson.classroom.claire] == "Claire Martin", "of one's own class"
    assert names[lesson.classroom.ewa] == "p. Ewa"
    return result


@exercise("room.join")
async def _room_join(lesson: Lesson) -> Any:
    await lesson.posted(lesson.teacher)
    seat = lesson.classroom.sit(lesson.pupil.member)
    result = await seat.ask("room.join", room=lesson.hall)
    assert [message.text for message in result.snapshot.messages] == ["hello"]
    assert (result.room, result.events, result.position.seq) == (lesson.hall, None, 1)
    assert result.rights.denied["post"] is None
    assert seat.connection.rooms == {lesson.hall}
    return result


@exercise("room.leave")
async def _room_leave(lesson: Lesson) -> Any:
    result = await lesson.pupil.ask("room.leave", room=lesson.hall)
    assert lesson.pupil.connection.rooms == set()
    assert await lesson.pupil.ask("room.leave", room=lesson.hall) == Done(), "twice is once"
    return result


@exercise("room.signal")
async def _room_signal(lesson: Lesson) -> Any:
    result = await lesson.pupil.ask("room.signal", room=lesson.hall, topic="typing", data="on")
    assert [signal["member"] for signal in lesson.teacher.outbox.payloads("signal")] == [lesson.pupil.member]
    assert lesson.teacher.outbox.newest_of[-1] is None, "each one counts"
    await lesson.pupil.ask("room.signal", room=lesson.hall, topic="cursor", data="1,2", latest=True)
    assert lesson.teacher.outbox.newest_of[-1] == (lesson.hall, lesson.pupil.member, "cursor")
    return result


@exercise("chat.history")
async def _chat_history(lesson: Lesson) -> Any:
    await lesson.classroom.chat(lesson.teacher, 5)
    result = await lesson.pupil.ask("chat.history", room=lesson.hall, before=5, limit=2)
    assert ([message.id for message in result.messages], result.more) == ([3, 4], True)
    rest = await lesson.pupil.ask("chat.history", room=lesson.hall, before=3, limit=2)
    assert ([message.id for message in rest.messages], rest.more) == ([1, 2], False)
    return result


@exercise("invitation.create")
async def _invitation_create(lesson: Lesson) -> Any:
    result = await lesson.teacher.ask("invitation.create", member=lesson.pupil.member)
    token = result.url.partition("#")[2]
    session, _ = await lesson.classroom.on.auth.redeem_invitation(token)
    assert session.member == result.member == lesson.pupil.member
    return result


@exercise("session.end")
async def _session_end(lesson: Lesson) -> Any:
    auth = lesson.classroom.on.auth
    ticket, _ = await auth.issue_ticket(lesson.classroom.project, lesson.pupil.member)
    session, token = await auth.redeem_ticket(ticket, lesson.classroom.project)
    one, two = (lesson.classroom.sit(lesson.pupil.member, session.id) for _ in range(2))
    result = await one.ask("session.end")
    assert await auth.session(token) is None
    for seat in (one, two):
        assert seat.outbox.payloads("bye")[0]["code"] == "session_ended"
    assert not lesson.pupil.connection.is_closed, "another session of the same member"
    return result


def test_every_command_has_a_handler_and_an_exercise() -> None:
    """A new command needs both; those of calls and boards are exercised in their folders."""
    assert set(dispatch.HANDLERS) == set(WireCommand.__args__) == set(dialects.COMMANDS.values())
    here = (*AnyCommand.__args__, *BoardListCommand.__args__)
    assert set(EXERCISES) == {str(kind.__struct_config__.tag) for kind in here}
    assert all(tag == kind.__struct_config__.tag for tag, kind in dialects.COMMANDS.items())


@pytest.mark.parametrize("tag", sorted(EXERCISES))
async def test_command(tag: str, classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
    """It does what it says, and is answered with what the protocol says; all that is sent can be encoded."""
    result = await EXERCISES[tag](Lesson(classroom, teacher, pupil))
    assert type(result) is WIRE_RESULTS[dialects.COMMANDS[tag]]
    for seat in (teacher, pupil):
        for name, payload in seat.outbox.pushes():
            msgspec.convert(payload, PUSHES[name])


# --- Limits ---


class TestBudgets:
    def test_volatile(self) -> None:
        """Signals have a budget of their own, and so has what calls need while they are set up."""
        budgets = {name: dispatch.budget_of(packet(name, **_any(name))) for name in (*dialects.COMMANDS, "nope")}
        assert {name: budget for name, budget in budgets.items() if budget is not Budget.COMMANDS} == {
            "room.signal": Budget.SIGNALS,
            "call.describe": Budget.RELAYS,
            "call.candidate": Budget.RELAYS,
            "call.offer": Budget.OFFERS,
            "rehearsal.offer": Budget.OFFERS,
            "board.cursor": Budget.BOARD_SIGNALS,
            "board.stroke": Budget.BOARD_SIGNALS,
            "board.viewport": Budget.BOARD_SIGNALS,
            "chat.search": Budget.SEARCHES,
        }

    def test_bytes(self) -> None:
        """Only of what everybody gets, and what may be large, bytes are counted."""
        budgets = {name: dispatch.byte_budget_of(packet(name, **_any(name))) for name in (*dialects.COMMANDS, "nope")}
        counted = {name: budget for name, budget in budgets.items() if budget}
        assert counted == {"board.change": Budget.BOARD_BYTES, "board.stroke": Budget.BOARD_BYTES}


def _any(name: str) -> dict[str, Any]:
    """Some valid fields."""
    if name not in dialects.COMMANDS:
        return {}
    return {key: value for key, value in examples(dialects.COMMANDS[name])[0].items() if key != "command"}


# --- Refusals ---


class TestRefusals:
    @pytest.mark.parametrize(
        ("tag", "fields"),
        [
            ("chat.post", {"text": "x"}),
            ("chat.edit", {"message": 1, "text": "x"}),
            ("chat.delete", {"message": 1}),
            ("room.signal", {"topic": "typing", "data": ""}),
        ],
    )
    async def test_not_joined(self, classroom: Classroom, teacher: Seat, tag: str, fields: dict[str, Any]) -> None:
        """Who may read the room has to be in it, on this connection; who may not hears nothing of it."""
        elsewhere = classroom.sit(classroom.claire)
        assert await elsewhere.refusal(tag, room=classroom.hall, **fields) is ErrorCode.NOT_JOINED
        assert await teacher.refusal(tag, room=classroom.staff_room, **fields) is ErrorCode.NOT_JOINED
        assert await teacher.refusal(tag, room="r_of_another_project", **fields) is ErrorCode.UNKNOWN_ROOM
        pupil = classroom.sit(await classroom.add("pupil"))
        assert await pupil.refusal(tag, room=classroom.staff_room, **fields) is ErrorCode.UNKNOWN_ROOM

    @pytest.mark.parametrize("tag", ["room.join", "chat.history"])
    async def test_a_room_that_one_may_not_read(self, classroom: Classroom, pupil: Seat, tag: str) -> None:
        """The staff room, and one of another project."""
        fields = {"before": 5} if tag == "chat.history" else {}
        assert await pupil.refusal(tag, room=classroom.staff_room, **fields) is ErrorCode.UNKNOWN_ROOM
        assert await pupil.refusal(tag, room="r_elsewhere", **fields) is ErrorCode.UNKNOWN_ROOM

    @pytest.mark.parametrize(
        ("tag", "fields"),
        [
            ("project.set_phase", {"phase": "draft"}),
            ("room.add", {"name": "x"}),
            ("room.set_open", {"room": "HALL", "open": False}),
            ("room.set_lock", {"room": "HALL", "capability": "post", "locked": True}),
            ("member.remove", {"member": "CLAIRE"}),
            ("member.set_capability", {"member": "CLAIRE", "capability": "post", "allowed": False}),
            ("member.set_room_ban", {"member": "CLAIRE", "room": "HALL", "banned": True}),
            ("invitation.create", {"member": "CLAIRE"}),
        ],
    )
    async def test_pupils_do_not_lead(self, classroom: Classroom, pupil: Seat, tag: str, fields: Any) -> None:
        """Each command asks the permissions."""
        names = {"HALL": classroom.hall, "CLAIRE": classroom.claire}
        code = await pupil.refusal(tag, **{key: names.get(str(value), value) for key, value in fields.items()})
        assert code in {ErrorCode.TEACHERS_ONLY, ErrorCode.FOUNDERS_ONLY}

    async def test_signals_ask_the_permissions(self, classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
        """A muted pupil does not even type."""
        await teacher.ask("member.set_capability", member=pupil.member, capability="post", allowed=False)
        teacher.outbox.clear()
        code = await pupil.refusal("room.signal", room=classroom.hall, topic="typing", data="")
        assert code is ErrorCode.CAPABILITY_OFF
        assert teacher.outbox.pushes("signal") == []

    async def test_invitation_for_somebody_unknown(self, teacher: Seat) -> None:
        """No link."""
        assert await teacher.refusal("invitation.create", member="nobody") is ErrorCode.UNKNOWN_MEMBER

    async def test_the_store_fails(self, classroom: Classroom, teacher: Seat) -> None:
        """A code that is worth another try; nothing of the driver's words."""
        classroom.store.fault = LogUnavailable("disk I/O error")
        outcome = await teacher.ask("chat.history", room=classroom.hall, before=5)
        assert (outcome.code, outcome.retry, outcome.detail) == (ErrorCode.UNAVAILABLE, True, None)

    @pytest.mark.parametrize("tag", ["project.roster", "room.leave"], ids=["awaited", "at once"])
    async def test_a_bug(self, classroom: Classroom, teacher: Seat, tag: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Logged with its context, answered without details."""

        def broken(*_arguments: object) -> None:
            raise ZeroDivisionError("the details")

        forget(classroom)
        monkeypatch.setattr(classroom.live, "leave_room", broken)
        classroom.store.fault = ZeroDivisionError("the details")
        with capture_logs() as logs:
            outcome = await teacher.ask(tag, **({"room": classroom.hall} if tag == "room.leave" else {}))
        assert (outcome.code, outcome.detail) == (ErrorCode.INTERNAL, None)
        assert [(entry["event"], entry["connection"]) for entry in logs] == [("command.failed", teacher.connection.id)]
        classroom.store.fault = None

    async def test_permission_is_asked_when_it_is_decided(
        self, classroom: Classroom, teacher: Seat, pupil: Seat
    ) -> None:
        """A post that was sent before the room was closed, and is decided after it, is refused."""
        stream = await classroom.on.owners.room(classroom.hall)
        classroom.store.pause()
        stream.nudge()  # the stream is busy reading while the post arrives
        await classroom.store.arrival()
        post = pupil.begin(command("chat.post", room=classroom.hall, text="too late"))
        await classroom.open(classroom.hall, False)
        classroom.store.resume()
        assert (await post).code is ErrorCode.ROOM_CLOSED


class TestResending:
    async def test_what_was_made_is_made_once(self, classroom: Classroom, teacher: Seat) -> None:
        """The same id for the resend: it is the same command."""
        nonce = fresh()
        first = await teacher.ask("room.add", name="Group 1", nonce=nonce)
        assert await teacher.ask("room.add", name="Group 1", nonce=nonce) == first
        assert [room.name for room in classroom.live.state.rooms.values()].count("Group 1") == 1

    async def test_post_from_another_device(self, classroom: Classroom, teacher: Seat) -> None:
        """The nonce is the member's, not the connection's."""
        nonce = fresh()
        second = classroom.sit(classroom.claire)
        await second.join(classroom.hall)
        first = await teacher.ask("chat.post", room=classroom.hall, text="once", nonce=nonce)
        assert await second.ask("chat.post", room=classroom.hall, text="once", nonce=nonce) == first
        assert len(second.outbox.pushes("event")) == 1


# --- Joining ---


class TestJoiningAProject:
    async def test_events_instead_of_a_snapshot(self, classroom: Classroom, pupil: Seat) -> None:
        """What was missed, as this member may see it."""
        before = classroom.live.stream.position
        await classroom.add("pupil")
        seat = classroom.sit(pupil.member)
        joined = await seat.ask("project.join", position={"epoch": before.epoch, "seq": before.seq})
        assert joined.snapshot is None
        assert [event.body.__struct_config__.tag for event in joined.events] == ["member.added"]
        assert joined.position.seq == before.seq + 1

    async def test_hidden_events_are_hidden_here_too(self, classroom: Classroom, pupil: Seat) -> None:
        """The opening of the project made the staff room."""
        epoch = classroom.live.stream.position.epoch
        seats = {True: classroom.sit(classroom.claire), False: classroom.sit(pupil.member)}
        for is_staff, seat in seats.items():
            joined = await seat.ask("project.join", position={"epoch": epoch, "seq": 0})
            tags = [event.body.__struct_config__.tag for event in joined.events]
            assert ("hidden" in tags) is not is_staff
            assert [event.seq for event in joined.events] == list(range(1, joined.position.seq + 1))

    async def test_boards_of_the_staff_room_are_hidden_here_too(self, classroom: Classroom, pupil: Seat) -> None:
        """Also that of a board which is gone when the pupil comes back."""
        before, teacher = classroom.live.stream.position, classroom.sit(classroom.claire)
        await teacher.ask("board.add", room=classroom.staff_room, name="Marks")
        board = list(classroom.live.state.boards)[-1]
        await teacher.ask("board.rename", board=board, name="Plans")
        await teacher.ask("board.move", board=board, before=classroom.staff_room)
        await teacher.ask("board.remove", board=board)
        kinds = ["board.added", "board.renamed", "board.moved", "board.removed"]
        for member, expected in ((classroom.claire, kinds), (pupil.member, ["hidden"] * 4)):
            seat = classroom.sit(member)
            joined = await seat.ask("project.join", position={"epoch": before.epoch, "seq": before.seq})
            assert [event.body.__struct_config__.tag for event in joined.events] == expected

    async def test_what_happens_while_it_is_read(self, classroom: Classroom, teacher: Seat) -> None:
        """Neither lost nor sent twice: the snapshot holds it or an event follows."""
        forget(classroom)
        classroom.store.pause()
        seat = classroom.sit(classroom.ewa)
        joining = seat.begin(command("project.join"))
        await classroom.store.arrival()
        await teacher.ask("room.add", name="Group 1")
        assert seat.outbox.frames == []
        classroom.store.resume()
        joined = await joining
        await classroom.finished()
        await teacher.ask("room.add", name="Group 2")
        assert joined.position.seq == classroom.live.stream.position.seq - 1
        assert joined.snapshot.rooms[-1].name == "Group 1"
        assert [event["body"]["name"] for event in seat.outbox.payloads("event")] == ["Group 2"]

    async def test_what_happens_while_the_tail_is_read(self, classroom: Classroom, teacher: Seat) -> None:
        """The same with a position: events up to one number in the answer, the later ones behind it."""
        position = classroom.live.stream.position
        await teacher.ask("room.add", name="Group 1")
        classroom.store.pause()
        seat = classroom.sit(classroom.ewa)
        joining = seat.begin(command("project.join", position=msgspec.to_builtins(position)))
        await classroom.store.arrival()
        await teacher.ask("room.add", name="Group 2")
        classroom.store.resume()
        joined = await joining
        await classroom.finished()
        seqs = [event.seq for event in joined.events] + [event["seq"] for event in seat.outbox.payloads("event")]
        assert seqs == [position.seq + 1, position.seq + 2]
        assert joined.position.seq == joined.events[-1].seq

    async def test_removed_meanwhile(self, classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
        """No snapshot for somebody who is no member any more."""
        forget(classroom)
        classroom.store.pause()
        seat = classroom.sit(pupil.member)
        joining = seat.begin(command("project.join"))
        await classroom.store.arrival()
        await teacher.ask("member.remove", member=pupil.member)
        classroom.store.resume()
        assert (await joining).code is ErrorCode.NOT_A_MEMBER
        assert seat.outbox.payloads("bye")[0]["code"] == "not_a_member"

    async def test_a_join_that_fails(self, classroom: Classroom, teacher: Seat) -> None:
        """The member does not follow the project, and nothing piles up for a join that never ends."""
        seat = classroom.sit(classroom.ewa)
        forget(classroom)
        classroom.store.fault = LogUnavailable("broken by the test")
        assert await seat.refusal("project.join") is ErrorCode.UNAVAILABLE
        classroom.store.fault = None
        assert not seat.connection.follows_project
        await teacher.ask("room.add", name="Group 1")
        assert seat.outbox.pushes("event") == []
        joined = await seat.ask("project.join")
        assert isinstance(joined, ProjectJoined)
        await teacher.ask("room.add", name="Group 2")
        assert len(seat.outbox.pushes("event")) == 1

    async def test_a_crowd_asks_for_names_once(
        self, classroom: Classroom, pupil: Seat, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """However many join at once; who comes later is answered at once; each sees the names that are theirs."""
        looks: list[int] = []
        identities = classroom.store.identities

        async def counted(members: Any) -> Any:
            looks.append(len(members))
            return await identities(members)

        monkeypatch.setattr(classroom.store, "identities", counted)
        polish = await classroom.add("pupil", classroom.polish)
        classroom.store.pause()
        seats = [classroom.sit(member) for member in (classroom.claire, classroom.ewa, polish, pupil.member)]
        joining = [seat.begin(command("project.join")) for seat in seats]
        await classroom.store.arrival()
        classroom.store.resume()
        joined = await asyncio.gather(*joining)
        assert looks == [4]
        late = classroom.sit(classroom.claire).begin(command("project.join"))
        assert late.done()
        names = [{named.member: named.name for named in one.roster.names} for one in (*joined, late.result())]
        roster, alias = "pupil (roster)", "pupil (alias)"
        assert [each[pupil.member] for each in names] == [roster, alias, alias, roster, roster]
        assert [each[polish] for each in names] == [alias, roster, roster, alias, alias]

    async def test_somebody_new_is_in_the_next_roster(self, classroom: Classroom, teacher: Seat) -> None:
        """What was kept is dropped with every change of the project."""
        member = await classroom.add("pupil")
        names = {named.member: named.name for named in (await teacher.ask("project.roster")).names}
        assert names[member] == "pupil (roster)"

    async def test_views_of_two_audiences(self, classroom: Classroom, pupil: Seat) -> None:
        """Kept for each: pupils get neither the staff room nor who is in it, whoever joined before them."""
        staff = classroom.sit(classroom.claire)
        await staff.join(classroom.staff_room)
        for _ in range(2):
            for member, expected in ((classroom.claire, True), (pupil.member, False), (classroom.ewa, True)):
                joined = await classroom.sit(member).ask("project.join")
                assert (classroom.staff_room in str(joined.presence)) is expected
                assert (classroom.staff_room in {room.id for room in joined.snapshot.rooms}) is expected


class TestJoiningARoom:
    async def test_events_instead_of_a_snapshot(self, classroom: Classroom, teacher: Seat) -> None:
        """What was missed since the position."""
        await classroom.chat(teacher, 3)
        epoch = (await classroom.on.owners.room(classroom.hall)).position.epoch
        seat = classroom.sit(classroom.ewa)
        joined = await seat.ask("room.join", room=classroom.hall, position={"epoch": epoch, "seq": 1})
        assert isinstance(joined, RoomJoined)
        assert joined.snapshot is None
        assert [event.seq for event in joined.events or ()] == [2, 3]

    async def test_what_happens_while_it_is_read(self, classroom: Classroom, teacher: Seat) -> None:
        """Neither lost nor sent twice."""
        await classroom.chat(teacher, 3)
        epoch = (await classroom.on.owners.room(classroom.hall)).position.epoch
        forget(classroom)
        classroom.store.pause()
        seat = classroom.sit(classroom.ewa)
        joining = seat.begin(command("room.join", room=classroom.hall, position={"epoch": epoch, "seq": 1}))
        await classroom.store.arrival()
        await classroom.chat(teacher, 3)
        classroom.store.resume()
        joined = await joining
        await classroom.finished()
        await classroom.chat(teacher, 1)
        seqs = [event.seq for event in joined.events] + [event["seq"] for event in seat.outbox.payloads("event")]
        assert seqs == [2, 3, 4, 5, 6, 7]

    @pytest.fixture
    async def visitor(self, classroom: Classroom, teacher: Seat) -> Seat:
        await classroom.open(classroom.hall)
        await classroom.chat(teacher, 3)
        return classroom.sit(await classroom.add("visitor"))

    async def test_closed_to_the_visitor_while_the_tail_is_read(
        self, classroom: Classroom, teacher: Seat, visitor: Seat
    ) -> None:
        """Refused, out of the room, nothing of it told, then or later."""
        epoch = (await classroom.on.owners.room(classroom.hall)).position.epoch
        forget(classroom)
        classroom.store.pause()
        joining = visitor.begin(command("room.join", room=classroom.hall, position={"epoch": epoch, "seq": 1}))
        await classroom.store.arrival()
        await classroom.open(classroom.hall, False)
        classroom.store.resume()
        assert (await joining).code is ErrorCode.ROOM_CLOSED
        await classroom.finished()
        await classroom.chat(teacher, 1)
        assert visitor.connection.rooms == set()
        assert visitor.outbox.pushes("event") == []
        assert list(classroom.live.rooms[classroom.hall].connections) == [teacher.connection.id]

    async def test_closed_to_the_visitor_while_the_room_is_loaded(
        self, classroom: Classroom, teacher: Seat, visitor: Seat
    ) -> None:
        """The first of the room: its stream is not in memory yet."""
        await teacher.ask("room.leave", room=classroom.hall)
        classroom.store.pause()
        joining = visitor.begin(command("room.join", room=classroom.hall))
        await classroom.store.arrival()
        await classroom.open(classroom.hall, False)
        classroom.store.resume()
        assert (await joining).code is ErrorCode.ROOM_CLOSED
        await classroom.finished()
        assert classroom.live.rooms == {}

    async def test_removed_while_the_room_is_loaded(self, classroom: Classroom, teacher: Seat) -> None:
        """Nobody joins who is no member any more."""
        member = await classroom.add("pupil")
        seat = classroom.sit(member)
        await teacher.ask("room.leave", room=classroom.hall)
        classroom.store.pause()
        joining = seat.begin(command("room.join", room=classroom.hall))
        await classroom.store.arrival()
        await teacher.ask("member.remove", member=member)
        classroom.store.resume()
        assert (await joining).code is ErrorCode.NOT_A_MEMBER
        await classroom.finished()
        assert classroom.live.rooms == {}

    async def test_dropped_while_the_room_is_loaded(self, classroom: Classroom, teacher: Seat) -> None:
        """A socket that is gone does not stay in the room for ever."""
        seat = classroom.sit(classroom.ewa)
        await teacher.ask("room.leave", room=classroom.hall)
        classroom.store.pause()
        seat.begin(command("room.join", room=classroom.hall))
        await classroom.store.arrival()
        seat.connection.close()
        classroom.live.disconnect(seat.connection)
        classroom.store.resume()
        await classroom.finished()
        assert classroom.live.rooms == {}
        assert seat.connection.rooms == set()

    async def test_dropped_while_the_tail_is_read(self, classroom: Classroom, teacher: Seat) -> None:
        """The same when it had entered already."""
        await classroom.chat(teacher, 3)
        epoch = (await classroom.on.owners.room(classroom.hall)).position.epoch
        seat = classroom.sit(classroom.ewa)
        forget(classroom)
        classroom.store.pause()
        seat.begin(command("room.join", room=classroom.hall, position={"epoch": epoch, "seq": 1}))
        await classroom.store.arrival()
        seat.connection.close()
        classroom.live.disconnect(seat.connection)
        classroom.store.resume()
        await classroom.finished()
        assert list(classroom.live.rooms[classroom.hall].connections) == [teacher.connection.id]

    async def test_two_join_an_unloaded_room_at_once(self, classroom: Classroom, teacher: Seat) -> None:
        """They are in the same room."""
        await teacher.ask("room.leave", room=classroom.hall)
        classroom.store.pause()
        seats = [classroom.sit(classroom.claire), classroom.sit(classroom.ewa)]
        joining = [seat.begin(command("room.join", room=classroom.hall)) for seat in seats]
        await classroom.store.arrival()
        classroom.store.resume()
        await asyncio.gather(*joining)
        await classroom.chat(seats[0], 1)
        assert [len(seat.outbox.pushes("event")) for seat in seats] == [1, 1]

    async def test_a_join_that_fails(self, classroom: Classroom, teacher: Seat) -> None:
        """Not in the room, and nothing piles up for a join that never ends; the next try works."""
        await classroom.chat(teacher, 3)
        epoch = (await classroom.on.owners.room(classroom.hall)).position.epoch
        seat = classroom.sit(classroom.ewa)
        position = {"epoch": epoch, "seq": 1}
        forget(classroom)
        classroom.store.fault = LogUnavailable("broken by the test")
        assert await seat.refusal("room.join", room=classroom.hall, position=position) is ErrorCode.UNAVAILABLE
        classroom.store.fault = None
        assert seat.connection.rooms == set()
        await classroom.chat(teacher, 1)
        assert seat.outbox.frames == []
        joined = await seat.ask("room.join", room=classroom.hall, position=position)
        assert [event.seq for event in joined.events] == [2, 3, 4]

    async def test_joining_twice(self, classroom: Classroom, teacher: Seat) -> None:
        """As after a lost answer: still one of each event."""
        again = await teacher.ask("room.join", room=classroom.hall)
        assert isinstance(again, RoomJoined)
        await classroom.chat(teacher, 2)
        assert len(teacher.outbox.pushes("event")) == 2

    async def test_rights_that_were_answered_are_not_pushed(self, classroom: Classroom) -> None:
        """Only what differs from them is."""
        seat = classroom.sit(classroom.claire)
        await seat.join(classroom.hall)
        classroom.live.enforce()
        assert seat.outbox.pushes("rights") == []


def test_history_pages_are_bounded() -> None:
    """No client asks for everything at once."""
    with pytest.raises(msgspec.ValidationError):
        command("chat.history", room="r1", before=5, limit=HISTORY_PAGE_MAX + 1)
