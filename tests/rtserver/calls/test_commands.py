"""Each command about calls through `handle`, over real streams and rules, with an engine that notes what it is told."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from media.engine import EngineUnavailable, OfferRefused, Role
from rooms.errors import ErrorCode
from rooms.messages import Accepted, Command
from rtserver.calls import commands, offers
from rtserver.calls.settings import call_settings
from rtserver.calls.switchboard import Switchboard
from rtserver.wire import WIRE_PUSHES
from signaling.messages import CALL_RESULTS, CallCommand, CallJoined
from tests.rtserver.hub.support import Classroom, Seat


class InCall:
    """A teacher and two pupils in the call of the class room."""

    def __init__(self, classroom: Classroom, teacher: Seat, pupil: Seat, other: Seat) -> None:
        self.classroom = classroom
        self.engine = classroom.engine
        self.room = classroom.hall
        self.teacher = teacher
        self.pupil = pupil
        self.other = other
        self.names: dict[str, str] = {}

    async def join(self, *seats: Seat) -> None:
        for seat in seats:
            joined = await seat.ask("call.join", room=self.room)
            assert isinstance(joined, CallJoined), joined
            self.names[seat.connection.id] = joined.me

    def name(self, seat: Seat) -> str:
        return self.names[seat.connection.id]

    def may_send(self, seat: Seat) -> set[str]:
        return self.engine.may_send(self.room)[self.name(seat)]

    async def ask(self, seat: Seat, tag: str, **fields: Any) -> Any:
        return await seat.ask(tag, room=self.room, **fields)

    def seen(self, seat: Seat) -> Any:
        """A participant as the others were told last."""
        for change in reversed(self.other.outbox.payloads("call_changed")):
            for one in change["changed"]:
                if one["id"] == self.name(seat):
                    return one
        raise AssertionError("nobody was told")


@pytest.fixture
async def call(classroom: Classroom, teacher: Seat, pupil: Seat, other: Seat) -> InCall:
    made = InCall(classroom, teacher, pupil, other)
    await made.join(teacher, pupil, other)
    for seat in (teacher, pupil, other):
        seat.outbox.clear()
    return made


@pytest.fixture
async def mesh(classroom: Classroom, teacher: Seat, pupil: Seat) -> InCall:
    """Two teachers, who talk directly."""
    second = classroom.sit(classroom.ewa)
    await second.join(classroom.hall)
    made = InCall(classroom, teacher, pupil, second)
    await made.join(teacher, second)
    return made


Exercise = Callable[[InCall], Awaitable[Any]]
EXERCISES: dict[str, Exercise] = {}


def exercise(tag: str) -> Callable[[Exercise], Exercise]:
    """The function tries the command `tag`, asserts what follows, and returns its result."""

    def note(function: Exercise) -> Exercise:
        EXERCISES[tag] = function
        return function

    return note


@exercise("call.hold")
async def _hold(call: InCall) -> Any:
    await call.ask(call.pupil, "call.publish", medium="audio")
    result = await call.ask(call.teacher, "call.hold", member=call.pupil.member, medium="audio", held=True)
    assert call.may_send(call.pupil) == set()
    assert call.seen(call.pupil)["held"] == ["audio"]
    return result


@exercise("call.hold_pupils")
async def _hold_pupils(call: InCall) -> Any:
    await call.ask(call.pupil, "call.publish", medium="video")
    result = await call.ask(call.teacher, "call.hold_pupils", medium="video", held=True)
    assert call.may_send(call.pupil) == set()
    return result


@exercise("call.remove")
async def _remove(call: InCall) -> Any:
    result = await call.ask(call.teacher, "call.remove", member=call.pupil.member, removed=True)
    assert call.name(call.pupil) not in call.engine.may_send(call.room)
    assert call.pupil.outbox.payloads("call_left") == [{"room": call.room, "code": "call_removed"}]
    return result


@exercise("call.end")
async def _end(call: InCall) -> Any:
    for seat in (call.teacher, call.pupil):
        await call.ask(seat, "call.publish", medium="audio")
    result = await call.ask(call.teacher, "call.end")
    for seat in (call.teacher, call.pupil, call.other):
        left = {"room": call.room, "code": "call_ended", "by": call.teacher.member}
        assert seat.outbox.payloads("call_left") == [left]
        assert seat.outbox.payloads("call_changed")[-1]["left"] == list(call.names.values())
    assert call.engine.plans == {}
    joined = await call.ask(call.pupil, "call.join")
    assert [one.id for one in joined.call.participants] == [joined.me], "a new call"
    return result


@exercise("call.join")
async def _join(call: InCall) -> Any:
    second = call.classroom.sit(call.pupil.member)
    await second.join(call.room)
    result = await call.ask(second, "call.join")
    assert {one.id for one in result.call.participants} == {*call.names.values(), result.me}
    assert (result.video_slots, result.audio_slots, result.ice.servers) == (9, 5, ())
    return result


@exercise("call.leave")
async def _leave(call: InCall) -> Any:
    result = await call.ask(call.pupil, "call.leave")
    assert call.other.outbox.payloads("call_changed")[-1]["left"] == [call.name(call.pupil)]
    assert call.name(call.pupil) not in call.engine.may_send(call.room)
    assert await call.ask(call.pupil, "call.leave") == result, "twice is once"
    return result


@exercise("call.publish")
async def _publish(call: InCall) -> Any:
    result = await call.ask(call.pupil, "call.publish", medium="audio")
    assert call.may_send(call.pupil) == {"audio"}
    assert call.seen(call.pupil)["tracks"] == [{"medium": "audio", "muted": False, "stopped": False}]
    return result


@exercise("call.unpublish")
async def _unpublish(call: InCall) -> Any:
    await call.ask(call.pupil, "call.publish", medium="audio")
    result = await call.ask(call.pupil, "call.unpublish", medium="audio")
    assert call.may_send(call.pupil) == set()
    return result


@exercise("call.mute")
async def _mute(call: InCall) -> Any:
    await call.ask(call.pupil, "call.publish", medium="audio")
    result = await call.ask(call.pupil, "call.mute", medium="audio", muted=True)
    assert call.may_send(call.pupil) == set()
    return result


@exercise("call.ask")
async def _ask(call: InCall) -> Any:
    result = await call.ask(call.teacher, "call.ask", participant=call.name(call.pupil), medium="audio")
    asked = {"room": call.room, "medium": "audio", "by": call.name(call.teacher)}
    assert call.pupil.outbox.payloads("call_asked") == [asked]
    return result


@exercise("call.hand")
async def _hand(call: InCall) -> Any:
    result = await call.ask(call.pupil, "call.hand", raised=True)
    assert call.other.outbox.payloads("call_changed")[-1]["hands"] == [call.name(call.pupil)]
    return result


@exercise("call.set_bandwidth")
async def _set_bandwidth(call: InCall) -> Any:
    result = await call.ask(call.pupil, "call.set_bandwidth", bandwidth="audio-only", automatic=True)
    (planned,) = [one for one in call.engine.plans[call.room] if one.name == call.name(call.pupil)]
    assert planned.reception.value == "audio-only"
    return result


@exercise("call.report_quality")
async def _report_quality(call: InCall) -> Any:
    result = await call.ask(call.pupil, "call.report_quality", quality="fair")
    assert call.seen(call.pupil)["quality"] == "fair"
    return result


@exercise("call.watch")
async def _watch(call: InCall) -> Any:
    result = await call.ask(call.pupil, "call.watch", participant=call.name(call.teacher))
    (planned,) = [one for one in call.engine.plans[call.room] if one.name == call.name(call.pupil)]
    assert planned.large == call.name(call.teacher)
    return result


@exercise("call.offer")
async def _offer(call: InCall) -> Any:
    result = await call.ask(call.pupil, "call.offer", role="publish", sdp="v=0")
    assert call.engine.offers == [(call.room, call.name(call.pupil), Role.PUBLISH, "v=0")]
    assert result.sdp == "answer to v=0"
    return result


@exercise("call.settled")
async def _settled(call: InCall) -> Any:
    return await call.ask(call.pupil, "call.settled")


@exercise("call.use_server")
async def _use_server(call: InCall) -> Any:
    return await call.ask(call.pupil, "call.use_server")


@exercise("call.slots_seen")
async def _slots_seen(call: InCall) -> Any:
    result = await call.ask(call.pupil, "call.slots_seen", revision=4)
    assert call.engine.seen == [(call.room, call.name(call.pupil), 4)]
    return result


@exercise("call.ice_servers")
async def _ice_servers(call: InCall) -> Any:
    return await call.ask(call.pupil, "call.ice_servers")


IN_A_MESH: dict[str, tuple[dict[str, Any], str]] = {
    "call.describe": ({"type": "offer", "sdp": "v=0"}, "call_description"),
    "call.candidate": ({"candidate": "candidate:1", "mid": "0", "line": 0}, "call_candidate"),
}
"""What is passed on from one to another, and as what."""


def test_every_command_has_a_handler_and_an_exercise() -> None:
    """A new command needs both."""
    kinds = {str(kind.__struct_config__.tag): kind for kind in CallCommand.__args__}
    assert set(commands.COMMANDS) == set(kinds.values())
    assert set(EXERCISES) | set(IN_A_MESH) == set(kinds)


def _kind(tag: str) -> type[Command]:
    return next(kind for kind in CallCommand.__args__ if kind.__struct_config__.tag == tag)


@pytest.mark.parametrize("tag", sorted(EXERCISES))
async def test_command(tag: str, call: InCall) -> None:
    """It does what it says, and is answered with what the protocol says; all that is sent can be encoded."""
    result = await EXERCISES[tag](call)
    assert type(result) is CALL_RESULTS[_kind(tag)]
    for seat in (call.teacher, call.pupil, call.other):
        for name, payload in seat.outbox.pushes():
            msgspec.convert(payload, WIRE_PUSHES[name])


async def test_a_mesh_that_does_not_come_about(mesh: InCall) -> None:
    """Goes by the server: both are told, and planned there."""
    await mesh.ask(mesh.teacher, "call.use_server")
    for seat in (mesh.teacher, mesh.other):
        assert seat.outbox.payloads("call_changed")[-1]["mode"] == "sfu"
    assert {planned.name for planned in mesh.engine.plans[mesh.room]} == {
        mesh.name(mesh.teacher),
        mesh.name(mesh.other),
    }


@pytest.mark.parametrize("tag", sorted(IN_A_MESH))
async def test_passing_on(tag: str, mesh: InCall) -> None:
    """To the other one only, as whom it comes from."""
    fields, push = IN_A_MESH[tag]
    result = await mesh.ask(mesh.teacher, tag, to=mesh.name(mesh.other), **fields)
    assert type(result) is CALL_RESULTS[_kind(tag)]
    expected = {"room": mesh.room, "sender": mesh.name(mesh.teacher), **fields}
    assert mesh.other.outbox.payloads(push) == [expected]
    assert mesh.teacher.outbox.payloads(push) == mesh.pupil.outbox.payloads(push) == []


class TestRefusals:
    @pytest.mark.parametrize("tag", sorted({*EXERCISES, *IN_A_MESH} - {"call.join", "call.leave"}))
    async def test_without_a_call(self, tag: str, classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
        """There is nothing to do; teachers may decide for one that comes."""
        fields: dict[str, Any] = {
            "call.hold": {"member": pupil.member, "medium": "audio", "held": True},
            "call.hold_pupils": {"medium": "audio", "held": True},
            "call.remove": {"member": pupil.member, "removed": True},
            "call.end": {},
            "call.publish": {"medium": "audio"},
            "call.unpublish": {"medium": "audio"},
            "call.mute": {"medium": "audio", "muted": True},
            "call.ask": {"participant": "pt_1", "medium": "audio"},
            "call.hand": {"raised": True},
            "call.set_bandwidth": {"bandwidth": "full"},
            "call.report_quality": {"quality": "good"},
            "call.watch": {"participant": None},
            "call.offer": {"role": "publish", "sdp": "v=0"},
            "call.slots_seen": {"revision": 1},
            "call.describe": {"to": "pt_1", "type": "offer", "sdp": "v=0"},
            "call.candidate": {"to": "pt_1", "candidate": ""},
        }
        outcome = await teacher.ask(tag, room=classroom.hall, **fields.get(tag, {}))
        if CALL_RESULTS[_kind(tag)] is Accepted:
            assert isinstance(outcome, Accepted)
        else:
            assert outcome.code is ErrorCode.NOT_IN_CALL

    async def test_another_room(self, call: InCall) -> None:
        """One that was not joined, or may not be read."""
        assert await call.teacher.refusal("call.join", room=call.classroom.staff_room) is ErrorCode.NOT_JOINED
        assert await call.pupil.refusal("call.join", room=call.classroom.staff_room) is ErrorCode.UNKNOWN_ROOM

    async def test_offers(self, call: InCall) -> None:
        """The engine's reasons, in our words."""
        fields = {"room": call.room, "role": "publish", "sdp": "v=0"}
        for fault, code in (
            (OfferRefused("x"), ErrorCode.OFFER_REFUSED),
            (EngineUnavailable("x"), ErrorCode.UNAVAILABLE),
            (ZeroDivisionError(), ErrorCode.INTERNAL),
        ):
            call.engine.fault = fault
            assert await call.pupil.refusal("call.offer", **fields) is code

    async def test_an_engine_that_never_answers(self, call: InCall, monkeypatch: pytest.MonkeyPatch) -> None:
        """Is not waited for for ever."""
        monkeypatch.setattr(offers, "ANSWER_DEADLINE", 0.01)
        call.engine.pause()
        code = await call.pupil.refusal("call.offer", room=call.room, role="publish", sdp="v=0")
        assert code is ErrorCode.UNAVAILABLE

    async def test_in_a_mesh(self, mesh: InCall) -> None:
        """There are no sessions with the server."""
        refused = await mesh.ask(mesh.teacher, "call.offer", role="publish", sdp="v=0")
        assert (refused.code, mesh.engine.offers) == (ErrorCode.OFFER_REFUSED, [])

    async def test_calls_are_off(self, classroom: Classroom) -> None:
        """The server knows no such command."""
        off = Switchboard(call_settings(classroom.on.settings), None, classroom.on.clock)
        classroom.tools = msgspec.structs.replace(classroom.tools, switchboard=off)
        teacher = classroom.sit(classroom.claire)
        await teacher.join(classroom.hall)
        assert await teacher.refusal("call.join", room=classroom.hall) is ErrorCode.UNKNOWN_COMMAND


class TestOpening:
    async def test_two_at_once(self, call: InCall, classroom: Classroom) -> None:
        """Come into the same call."""
        assert len(call.engine.plans) == 1
        assert len(set(call.names.values())) == 3

    async def test_a_resend(self, call: InCall) -> None:
        """Of what a teacher decided is answered with the first one's ack."""
        fields = {"member": call.pupil.member, "medium": "audio", "held": True, "nonce": "nonce-again"}
        first, again = [await call.ask(call.teacher, "call.hold", **fields) for _ in range(2)]
        assert first == again == Accepted(1)
