"""Whole calls: real clients on a real server, with a media engine that notes what it is told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from media.engine import EngineUnavailable, OfferRefused, Role
from rtserver.hub.limits import DEVICES_IN_CALLS, OFFERS_RATE
from signaling.messages import SDP_CHARACTERS_MAX
from tests.wire.caller import Caller, beside_call, enter_call
from tests.wire.classroom import Classroom, new_nonce
from tests.wire.clients import NPM_POLLING, NPM_WEBSOCKET, PYTHON_POLLING, PYTHON_WEBSOCKET, Kind
from tests.wire.in_process import InProcessServer

KINDS = (NPM_WEBSOCKET, NPM_POLLING, PYTHON_WEBSOCKET, PYTHON_POLLING)
every_kind = pytest.mark.parametrize("kind", KINDS, ids=str)

SETTINGS: dict[str, Any] = {
    "database_poll_interval": 0.2,
    "presence_interval": 0.05,
    "presence_grace": 30.0,
    "teacher_grace": 60.0,
    "commands_burst": 5_000,
    "member_commands_burst": 5_000,
    "log_level": "warning",
}
SOON = 0.3
"""Seconds of grace for tests that wait for its end."""

OFFERS_BURST = OFFERS_RATE.burst

RECONNECTS_MAX = 15
"""Of a loop that is to be refused in the end: some would do, but for a machine that is slow."""


@pytest.fixture
async def new_server(tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """Makes and starts a server with settings of its own."""
    servers: list[InProcessServer] = []

    async def make(**settings: Any) -> InProcessServer:
        servers.append(InProcessServer(tmp_path, **{**SETTINGS, **settings}))
        return await servers[-1].start()

    yield make
    for server in servers:
        await server.stop()


@pytest.fixture
async def lesson(new_server: Callable[..., Any], open_room: Callable[..., Any]) -> Classroom:
    """A class room, open, nobody in it yet."""
    return await open_room(await new_server())


def engine_of(classroom: Classroom) -> Any:
    return classroom.server.engine  # type: ignore[attr-defined]


def may_send(classroom: Classroom) -> dict[str, set[str]]:
    """What the engine has been told that each may send."""
    found: dict[str, set[str]] = engine_of(classroom).may_send(classroom.room)
    return found


class TestWholeCalls:
    @every_kind
    async def test_from_the_first_to_the_last(self, lesson: Classroom, kind: Kind) -> None:
        """Everybody in the room knows who is in, who sends what, whose hand is up; the engine knows who may."""
        teacher = await enter_call(lesson, "claire")
        watching = await beside_call(lesson, "zoe", kind)
        leo = await enter_call(lesson, "leo", kind)
        jan = await enter_call(lesson, "jan", PYTHON_WEBSOCKET)
        everybody = (teacher, leo, jan, watching)
        for one in everybody:
            await one.sees(teacher.me, leo.me, jan.me)
            assert one.participants[leo.me]["member"] == lesson.leo
            assert one.head["mode"] == "sfu"
        await leo.call("publish", medium="audio")
        await leo.call("publish", medium="video", muted=True)
        assert may_send(lesson) == {teacher.me: set(), leo.me: {"audio"}, jan.me: set()}
        await leo.call("mute", medium="video", muted=False)
        await leo.call("set_bandwidth", bandwidth="one-camera", automatic=True)
        await leo.call("report_quality", quality="poor")
        await leo.call("watch", participant=teacher.me)
        planned = {each.name: each for each in engine_of(lesson).plans[lesson.room]}
        assert (planned[leo.me].reception.value, planned[leo.me].large) == ("one-camera", teacher.me)
        assert may_send(lesson)[leo.me] == {"audio", "video"}
        for raising in (leo, jan):
            await raising.call("hand", raised=True)
        await teacher.call("hand", raised=False, participant=leo.me)
        await leo.call("unpublish", medium="audio")
        for one in everybody:
            await one.until(lambda one=one: one.head["hands"] == [jan.me], "the hands")
            await one.until(lambda one=one: one.tracks(leo.me) == {"video": (False, False)}, "the tracks")
            seen = one.participants[leo.me]
            assert (seen["bandwidth"], seen["automatic"], seen["quality"]) == ("one-camera", True, "poor")
        await teacher.call("ask", participant=jan.me, medium="video")
        asked = await jan.client.push("call_asked")
        assert asked == {"room": lesson.room, "medium": "video", "by": teacher.me}
        assert leo.pushes("call_asked") == []
        await leo.call("leave")
        await leo.call("leave")
        await jan.client.call("room.leave", room=lesson.room)
        for one in (teacher, watching):
            await one.sees(teacher.me)
        await teacher.call("leave")
        await watching.sees()
        assert lesson.room not in engine_of(lesson).plans

    async def test_who_comes_into_the_room(self, lesson: Classroom) -> None:
        """Is told of the call that goes on, and of none when there is none."""
        before = await beside_call(lesson, "ewa")
        caller = await enter_call(lesson, "claire")
        after = await beside_call(lesson, "leo", PYTHON_POLLING)
        view = await after.client.push("call")
        assert [each["id"] for each in view["participants"]] == [caller.me]
        await before.sees(caller.me)
        assert before.pushes("call") == []

    async def test_a_class_camera(self, lesson: Classroom) -> None:
        """Only a teacher's device shows a class; it is a participant beside its teacher."""
        teacher = await enter_call(lesson, "claire")
        camera = await enter_call(lesson, "claire", PYTHON_WEBSOCKET, kind="class-camera")
        pupil = await beside_call(lesson, "leo")
        assert await pupil.refusal("join", kind="class-camera") == "teachers_only"
        await pupil.join()
        assert {each.name for each in engine_of(lesson).plans[lesson.room] if each.is_class_camera} == {camera.me}
        assert camera.me != teacher.me

    async def test_two_rooms(self, lesson: Classroom) -> None:
        """Have two calls; nobody acts in the one from the other."""
        claire, ewa = await enter_call(lesson, "claire"), await beside_call(lesson, "ewa")
        await ewa.client.join(lesson.staff_room)
        ewa.room = lesson.staff_room
        await ewa.join()
        for room in (lesson.room, lesson.staff_room):
            fields = {"room": room, "to": claire.me, "type": "offer", "sdp": "v=0"}
            code = await ewa.client.refusal("call.describe", **fields)
            assert code == ("not_in_call" if room == lesson.room else "unknown_participant")
        assert await ewa.refusal("ask", participant=claire.me, medium="audio") == "unknown_participant"
        assert await ewa.refusal("watch", participant=claire.me) == "unknown_participant"
        assert claire.pushes("call_description") == claire.pushes("call_asked") == []

    async def test_outside(self, lesson: Classroom) -> None:
        """Who is not in the room, or not in its call, does nothing there."""
        await enter_call(lesson, "claire")
        stranger = Caller(await lesson.connect(lesson.leo), lesson.room)
        assert await stranger.refusal("join") == "not_joined"
        await stranger.client.join(lesson.room)
        commands: dict[str, dict[str, Any]] = {
            "publish": {"medium": "audio"},
            "mute": {"medium": "audio", "muted": True},
            "hand": {"raised": True},
            "offer": {"role": "publish", "sdp": "v=0"},
            "slots_seen": {"revision": 1},
            "ice_servers": {},
            "settled": {},
        }
        for name, fields in commands.items():
            assert await stranger.refusal(name, **fields) == "not_in_call"
        stranger.room = lesson.staff_room
        assert await stranger.refusal("join") == "unknown_room"
        assert engine_of(lesson).offers == []


class TestMesh:
    async def test_two_teachers(self, lesson: Classroom) -> None:
        """Talk directly: what they say of it goes from the one to the other, and the engine has nothing to do."""
        claire = await enter_call(lesson, "claire")
        ewa = await enter_call(lesson, "ewa", PYTHON_WEBSOCKET)
        assert ewa.head["mode"] == "mesh"
        await claire.call("publish", medium="audio")
        await claire.call("describe", to=ewa.me, type="offer", sdp="v=0 claire")
        await ewa.call("describe", to=claire.me, type="answer", sdp="v=0 ewa")
        await claire.call("candidate", to=ewa.me, candidate="candidate:1", mid="0", line=0)
        await claire.call("candidate", to=ewa.me, candidate="")
        described = {"room": lesson.room, "sender": claire.me, "type": "offer", "sdp": "v=0 claire"}
        assert await ewa.client.push("call_description") == described
        assert (await claire.client.push("call_description"))["sdp"] == "v=0 ewa"
        candidate = {"room": lesson.room, "sender": claire.me, "candidate": "candidate:1", "mid": "0", "line": 0}
        assert await ewa.client.push("call_candidate") == candidate
        await ewa.client.push("call_candidate", lambda last: last["candidate"] == "")
        assert await claire.refusal("offer", role="publish", sdp="v=0") == "offer_refused"
        assert await claire.refusal("describe", to=claire.me, type="offer", sdp="v=0") == "unknown_participant"
        assert engine_of(lesson).history == []

    async def test_a_pupil_comes(self, lesson: Classroom) -> None:
        """The mesh is kept until everybody has sessions with the server; the pupil never sees an address."""
        claire, ewa = await enter_call(lesson, "claire"), await enter_call(lesson, "ewa")
        leo = await enter_call(lesson, "leo", NPM_POLLING)
        assert set(may_send(lesson)) == {claire.me, ewa.me, leo.me}
        for one in (claire, ewa, leo):
            await one.until(lambda one=one: one.head["mode"] == "sfu" and one.head["settling"], "the switch")
        await claire.call("candidate", to=ewa.me, candidate="candidate:1")
        for one, to in ((claire, leo), (leo, claire)):
            assert await one.refusal("describe", to=to.me, type="offer", sdp="v=0") == "unknown_participant"
        for one in (claire, ewa, leo):
            await one.call("settled")
        for one in (claire, ewa, leo):
            await one.until(lambda one=one: not one.head["settling"], "the end of the mesh")
        assert await claire.refusal("candidate", to=ewa.me, candidate="candidate:1") == "unknown_participant"
        await leo.call("leave")
        await claire.sees(claire.me, ewa.me)
        assert claire.head["mode"] == "sfu", "once sfu, always sfu"
        assert leo.pushes("call_description") == leo.pushes("call_candidate") == []

    async def test_never(self, new_server: Callable[..., Any], open_room: Callable[..., Any]) -> None:
        """With mesh_participants_max = 0."""
        classroom = await open_room(await new_server(mesh_participants_max=0))
        claire, ewa = await enter_call(classroom, "claire"), await enter_call(classroom, "ewa")
        assert ewa.head["mode"] == "sfu"
        assert set(may_send(classroom)) == {claire.me, ewa.me}

    async def test_a_flood_of_candidates(self, lesson: Classroom) -> None:
        """Is refused when it is too much, and keeps nobody from writing."""
        claire, ewa = await enter_call(lesson, "claire"), await enter_call(lesson, "ewa")
        fields = {"room": lesson.room, "to": ewa.me, "candidate": "candidate:1"}
        answers = await asyncio.gather(*(claire.client.send("call.candidate", fields) for _ in range(300)))
        codes = [answer["error"]["code"] for answer in answers if "error" in answer]
        assert set(codes) == {"too_many_requests"}
        assert 0 < len(codes) <= 100
        await lesson.post(claire.client, "still here")

    async def test_too_long(self, lesson: Classroom) -> None:
        """A megabyte of candidate, or of description, is not passed on, and harms nobody."""
        claire, ewa = await enter_call(lesson, "claire"), await enter_call(lesson, "ewa")
        long = "x" * (SDP_CHARACTERS_MAX + 1)
        assert await claire.refusal("candidate", to=ewa.me, candidate=long) == "invalid"
        assert await claire.refusal("describe", to=ewa.me, type="offer", sdp=long) == "invalid"
        assert await claire.refusal("candidate", to=ewa.me, candidate="x" * 900_000) == "too_large"
        assert await claire.refusal("offer", role="publish", sdp="") == "invalid"
        await claire.call("candidate", to=ewa.me, candidate="candidate:1")
        await ewa.client.push("call_candidate")
        assert len(ewa.pushes("call_candidate")) == 1
        assert ewa.pushes("call_description") == []


BAD: tuple[tuple[str, dict[str, Any]], ...] = (
    ("join", {"kind": "camera"}),
    ("join", {"resume": ""}),
    ("join", {"member": "m_somebody"}),
    ("publish", {"medium": "smell"}),
    ("publish", {"medium": "audio", "muted": "no"}),
    ("mute", {"medium": "audio"}),
    ("hand", {"raised": 1}),
    ("hand", {"raised": True, "participant": ""}),
    ("set_bandwidth", {"bandwidth": "half"}),
    ("report_quality", {"quality": 5}),
    ("watch", {}),
    ("slots_seen", {"revision": -1}),
    ("slots_seen", {"revision": 2**53}),
    ("offer", {"role": "both", "sdp": "v=0"}),
    ("offer", {"role": "publish", "sdp": None}),
    ("describe", {"to": "pt_1", "type": "rollback", "sdp": "v=0"}),
    ("describe", {"to": "pt_1", "type": "offer", "sdp": "v=0", "sender": "pt_2"}),
    ("candidate", {"to": "pt_1", "candidate": "x", "line": 65}),
    ("candidate", {"to": "pt_1", "candidate": "x", "mid": "m" * 65}),
    ("hold", {"member": "m_1", "medium": "audio", "held": True}),
    ("remove", {"member": "", "removed": True, "nonce": "nonce-0001"}),
)


async def test_bad_commands(lesson: Classroom) -> None:
    """Nothing is guessed, and nobody is told anything."""
    claire = await enter_call(lesson, "claire")
    ewa = await enter_call(lesson, "ewa")
    await claire.sees(claire.me, ewa.me)
    told = len(claire.client.journal)
    for name, fields in BAD:
        assert await ewa.refusal(name, **fields) == "invalid", (name, fields)
    await lesson.post(ewa.client, "still here")
    await claire.client.reached(lesson.room, 1)
    assert [entry for entry in claire.client.journal[told:] if entry.name.startswith("call")] == []


class TestSessions:
    async def test_offers(self, lesson: Classroom) -> None:
        """Go to the engine as the participant of the connection, and come back with its answer."""
        leo, _ = await beside_call(lesson, "leo", NPM_POLLING), await enter_call(lesson, "claire")
        joined = await leo.join()
        assert (joined["video_slots"], joined["audio_slots"], joined["resumed"]) == (9, 5, False)
        assert joined["ice"]["servers"] == []
        answer = await leo.call("offer", role="subscribe", sdp="v=0 leo")
        assert answer == {"sdp": "answer to v=0 leo"}
        assert engine_of(lesson).offers == [(lesson.room, leo.me, Role.SUBSCRIBE, "v=0 leo")]

    async def test_refused_offers(self, lesson: Classroom) -> None:
        """The maker of a client is told why; an engine that is down may be asked again."""
        await enter_call(lesson, "claire")
        leo = await enter_call(lesson, "leo")
        engine = engine_of(lesson)
        engine.fault = OfferRefused("no m-line " * 100)
        answer = await leo.client.send("call.offer", {"room": lesson.room, "role": "publish", "sdp": "v=0"})
        assert answer["error"]["code"] == "offer_refused"
        assert "no m-line" in answer["error"]["message"]
        assert len(answer["error"]["message"]) < 400
        engine.fault = EngineUnavailable("restarting")
        answer = await leo.client.send("call.offer", {"room": lesson.room, "role": "publish", "sdp": "v=0"})
        assert (answer["error"]["code"], answer["error"]["retry"]) == ("unavailable", True)

    async def test_an_engine_that_takes_its_time(self, lesson: Classroom) -> None:
        """Does not hold up what the same client writes meanwhile."""
        await enter_call(lesson, "claire")
        leo = await enter_call(lesson, "leo")
        engine = engine_of(lesson)
        engine.pause()
        answer = leo.client.send("call.offer", {"room": lesson.room, "role": "publish", "sdp": "v=0"})
        await engine.until_offered(1)
        await lesson.post(leo.client, "in the meantime")
        assert not answer.done()
        engine.resume()
        assert "ok" in await answer

    async def test_too_many_offers(self, lesson: Classroom) -> None:
        """Some at once; whoever reconnects in a loop does not get more than a member's three devices would."""
        await enter_call(lesson, "claire")
        leo = await enter_call(lesson, "leo", PYTHON_WEBSOCKET)
        begun = asyncio.get_running_loop().time()

        async def refused(count: int) -> list[str]:
            fields = {"room": lesson.room, "role": "publish", "sdp": "v=0"}
            answers = await asyncio.gather(*(leo.client.send("call.offer", fields) for _ in range(count)))
            return [answer["error"]["code"] for answer in answers if "error" in answer]

        codes = await refused(2 * OFFERS_BURST)
        assert set(codes) == {"too_many_requests"}
        assert len(codes) <= OFFERS_BURST
        await lesson.post(leo.client, "but I may write")
        for times in range(2, 2 + RECONNECTS_MAX):
            leo.client.drop()
            await leo.come_back(times)
            if await refused(OFFERS_BURST):
                break
        else:
            raise AssertionError("a new connection each time would do")
        lasted = asyncio.get_running_loop().time() - begun
        at_most = DEVICES_IN_CALLS * (OFFERS_BURST + OFFERS_RATE.per_second * lasted)
        assert len(engine_of(lesson).offers) <= at_most + 1

    async def test_credentials(self, new_server: Callable[..., Any], open_room: Callable[..., Any]) -> None:
        """Of the TURN server, for this member; new ones whenever they are needed."""
        settings = {"turn_urls": ["turns:turn.example.eu:443?transport=tcp"], "turn_secret": "s" * 32}
        classroom = await open_room(await new_server(**settings, stun_urls=["stun:turn.example.eu"], relay_only=True))
        caller = await beside_call(classroom, "claire")
        ice = (await caller.join())["ice"]
        assert ice["relay_only"]
        stun, turn = ice["servers"]
        assert (stun["urls"], stun["username"]) == (["stun:turn.example.eu"], None)
        expires_at, _, name = turn["username"].partition(":")
        assert name.startswith(f"{classroom.claire}.")
        assert int(expires_at) * 1000 == ice["expires_at"]
        assert (await caller.call("ice_servers"))["servers"][1]["username"].endswith(name)


class TestEngineEvents:
    async def test_slots_and_speakers(self, lesson: Classroom) -> None:
        """Slots go to the one whose they are, who confirms them; speakers to everybody in the call."""
        claire = await enter_call(lesson, "claire")
        leo, jan = await enter_call(lesson, "leo", PYTHON_POLLING), await enter_call(lesson, "jan")
        beside = await beside_call(lesson, "zoe")
        engine = engine_of(lesson)
        engine.assign(lesson.room, leo.me, 3, claire.me, jan.me)
        told = await leo.client.push("call_slots")
        assert (told["room"], told["revision"]) == (lesson.room, 3)
        slot = {"mid": "0", "participant": claire.me, "medium": "video", "after": 90_000}
        assert told["slots"] == [slot, {**slot, "mid": "1", "participant": jan.me}]
        await leo.call("slots_seen", revision=3)
        assert engine.seen == [(lesson.room, leo.me, 3)]
        engine.speak(lesson.room, jan.me, leo.me)
        for one in (claire, leo, jan):
            spoken = await one.client.push("call_speaking")
            assert spoken == {"room": lesson.room, "speakers": [jan.me, leo.me]}
        assert claire.pushes("call_slots") == jan.pushes("call_slots") == []
        assert beside.pushes("call_speaking") == beside.pushes("call_slots") == []

    async def test_lost_sessions(self, lesson: Classroom) -> None:
        """Everybody is told at once to make them anew; who is away, on coming back."""
        claire, leo = await enter_call(lesson, "claire"), await enter_call(lesson, "leo", PYTHON_WEBSOCKET)
        jan = await enter_call(lesson, "jan")
        leo.client.offline()
        await claire.until(lambda: claire.is_away(leo.me), "leo to be away")
        engine = engine_of(lesson)
        engine.assign(lesson.room, leo.me, 3, claire.me)
        engine.lose(lesson.room)
        for one in (claire, jan):
            assert await one.client.push("call_rebuild") == {"room": lesson.room}
        leo.client.online()
        assert (await leo.come_back())["resumed"]
        await leo.client.push("call_rebuild")
        assert leo.pushes("call_slots") == [], "those are lost, too"
        engine.lose_session(lesson.room, jan.me, Role.PUBLISH)
        await lesson.post(claire.client, "nothing follows from that")
        assert len(jan.pushes("call_rebuild")) == 1

    async def test_of_calls_and_participants_that_are_gone(self, lesson: Classroom) -> None:
        """Mean nothing any more."""
        claire, leo = await enter_call(lesson, "claire"), await enter_call(lesson, "leo")
        engine = engine_of(lesson)
        gone = leo.me
        await leo.call("leave")
        engine.assign(lesson.room, gone, 3, claire.me)
        engine.speak("another room", claire.me)
        await lesson.post(leo.client, "after it")
        assert leo.pushes("call_slots") == claire.pushes("call_speaking") == []


class TestComingBack:
    @every_kind
    async def test_a_dropped_line(self, lesson: Classroom, kind: Kind) -> None:
        """Media goes on meanwhile; who comes back is who they were, and hears what they have missed."""
        teacher = await enter_call(lesson, "claire")
        leo = await enter_call(lesson, "leo", kind)
        await leo.call("publish", medium="audio")
        await leo.call("hand", raised=True)
        me, plans = leo.me, len(engine_of(lesson).history)
        leo.client.offline()
        await teacher.until(lambda: teacher.is_away(me), "leo to be away")
        engine_of(lesson).assign(lesson.room, me, 7, teacher.me)
        leo.client.online()
        joined = await leo.come_back()
        assert (joined["resumed"], joined["me"]) == (True, me)
        assert (await leo.client.push("call_slots"))["revision"] == 7
        await teacher.until(lambda: not teacher.is_away(me), "leo to be back")
        assert teacher.head["hands"] == [me]
        assert may_send(lesson)[me] == {"audio"}
        assert len(engine_of(lesson).history) == plans, "the engine did not notice"

    async def test_too_late(self, new_server: Callable[..., Any], open_room: Callable[..., Any]) -> None:
        """After the grace time another participant comes."""
        classroom = await open_room(await new_server(presence_grace=SOON))
        teacher, leo = await enter_call(classroom, "claire"), await enter_call(classroom, "leo")
        me = leo.me
        leo.client.offline()
        await teacher.sees(teacher.me)
        assert me not in may_send(classroom)
        leo.client.online()
        assert not (await leo.come_back())["resumed"]
        assert leo.me != me

    async def test_in_another_window(self, lesson: Classroom) -> None:
        """The participant goes on there, and the first window is told."""
        await enter_call(lesson, "claire")
        first = await enter_call(lesson, "leo")
        second = await beside_call(lesson, "leo", PYTHON_WEBSOCKET)
        assert (await second.join(resume=first.resume))["me"] == first.me
        assert await first.client.push("call_left") == {"room": lesson.room, "code": "call_elsewhere"}
        assert await first.refusal("publish", medium="audio") == "not_in_call"
        first.client.offline()
        await second.call("publish", medium="audio")
        assert may_send(lesson)[second.me] == {"audio"}

    async def test_in_place_of_somebody_else(self, lesson: Classroom) -> None:
        """What resumes one member resumes no other."""
        teacher, leo = await enter_call(lesson, "claire"), await enter_call(lesson, "leo")
        thief = await beside_call(lesson, "zoe")
        assert not (await thief.join(resume=leo.resume))["resumed"]
        await teacher.sees(teacher.me, leo.me, thief.me)

    async def test_a_restart(self, lesson: Classroom) -> None:
        """Everybody joins anew by themselves; what the teacher decided holds."""
        server: Any = lesson.server
        teacher = await enter_call(lesson, "claire")
        held, removed = await enter_call(lesson, "leo", NPM_POLLING), await enter_call(lesson, "zoe")
        await teacher.decide("hold", member=lesson.leo, medium="audio", held=True)
        await teacher.decide("hold_pupils", medium="video", held=True)
        await teacher.decide("remove", member=lesson.zoe, removed=True)
        await removed.client.push("call_left")
        await server.stop()
        await server.start()
        for one in (teacher, held):
            assert not (await one.come_back())["resumed"]
        await removed.client.connected(times=2)
        rights = (await removed.client.resume(lesson.room))["rights"]["denied"]
        assert (rights["join_call"], rights["publish_video"]) == ("call_removed", "call_held")
        assert await removed.refusal("join") == "call_removed"
        await teacher.sees(teacher.me, held.me)
        assert teacher.head["pupils_held"] == ["video"]
        assert teacher.participants[held.me]["held"] == ["audio", "video"]
        assert await held.refusal("publish", medium="audio") == "call_held"
        await held.call("publish", medium="audio", muted=True)
        assert may_send(lesson) == {teacher.me: set(), held.me: set()}


class TestRules:
    """What a teacher decides takes effect in the engine before the teacher is told that it is done."""

    async def sending(self, lesson: Classroom) -> tuple[Caller, Caller, Caller]:
        """A teacher, and two pupils who are seen and heard."""
        teacher = await enter_call(lesson, "claire")
        pupils = await enter_call(lesson, "leo", NPM_POLLING), await enter_call(lesson, "jan", PYTHON_WEBSOCKET)
        for pupil in pupils:
            for medium in ("audio", "video"):
                await pupil.call("publish", medium=medium)
        return teacher, *pupils

    async def test_hold(self, lesson: Classroom) -> None:
        """Through reconnects and on other devices, until the teacher lets go; then the pupil switches on."""
        teacher, leo, jan = await self.sending(lesson)
        await teacher.decide("hold", member=lesson.leo, medium="audio", held=True)
        assert may_send(lesson)[leo.me] == {"video"}
        assert may_send(lesson)[jan.me] == {"audio", "video"}
        await jan.until(lambda: jan.tracks(leo.me)["audio"] == (True, True), "the hold")
        assert await leo.refusal("mute", medium="audio", muted=False) == "call_held"
        leo.client.drop()
        await leo.come_back()
        assert await leo.refusal("publish", medium="audio") == "call_held"
        second = await enter_call(lesson, "leo")
        assert await second.refusal("publish", medium="audio") == "call_held"
        await teacher.decide("hold", member=lesson.leo, medium="audio", held=False)
        assert may_send(lesson)[leo.me] == {"video"}, "nobody opens the microphone of somebody else"
        await leo.call("mute", medium="audio", muted=False)
        assert may_send(lesson)[leo.me] == {"audio", "video"}

    async def test_hold_all_pupils(self, lesson: Classroom) -> None:
        """Those who come later too; single ones are let go."""
        teacher, leo, jan = await self.sending(lesson)
        await teacher.call("publish", medium="audio")
        await teacher.decide("hold_pupils", medium="audio", held=True)
        assert may_send(lesson) == {teacher.me: {"audio"}, leo.me: {"video"}, jan.me: {"video"}}
        zoe = await enter_call(lesson, "zoe")
        assert await zoe.refusal("publish", medium="audio") == "call_held"
        await teacher.decide("hold", member=lesson.zoe, medium="audio", held=False)
        await zoe.call("publish", medium="audio")
        assert may_send(lesson)[zoe.me] == {"audio"}

    async def test_mute_once(self, lesson: Classroom) -> None:
        """A teacher may mute another, who may unmute again; nobody unmutes others, and pupils nobody."""
        teacher, leo, jan = await self.sending(lesson)
        await teacher.call("mute", medium="audio", muted=True, participant=leo.me)
        assert may_send(lesson)[leo.me] == {"video"}
        fields = {"medium": "audio", "muted": False, "participant": leo.me}
        assert await teacher.refusal("mute", **fields) == "invalid"
        assert await jan.refusal("mute", **{**fields, "muted": True}) == "teachers_only"
        await leo.call("mute", medium="audio", muted=False)
        assert may_send(lesson)[leo.me] == {"audio", "video"}

    async def test_pupils_decide_nothing(self, lesson: Classroom) -> None:
        """Nor do teachers upon each other."""
        teacher, leo, jan = await self.sending(lesson)
        hold = {"member": lesson.jan, "medium": "audio", "held": True, "nonce": new_nonce()}
        assert await leo.refusal("hold", **hold) == "teachers_only"
        assert await leo.refusal("hold_pupils", medium="audio", held=True, nonce=new_nonce()) == "teachers_only"
        assert await leo.refusal("remove", member=lesson.jan, removed=True, nonce=new_nonce()) == "teachers_only"
        assert await leo.refusal("ask", participant=jan.me, medium="audio") == "teachers_only"
        hold = {"member": lesson.ewa, "medium": "audio", "held": True, "nonce": new_nonce()}
        assert await teacher.refusal("hold", **hold) == "not_for_teachers"
        assert may_send(lesson)[jan.me] == {"audio", "video"}

    async def test_out_of_the_call(self, lesson: Classroom) -> None:
        """Removed at once, on each device, and not let in again before the teacher says so."""
        teacher, leo, jan = await self.sending(lesson)
        second = await enter_call(lesson, "leo")
        away = await enter_call(lesson, "leo", PYTHON_WEBSOCKET)
        away.client.offline()
        await jan.until(lambda: jan.is_away(away.me), "a third device to be away")
        nonce = new_nonce()
        for _ in range(2):
            await teacher.call("remove", member=lesson.leo, removed=True, nonce=nonce)
        assert set(may_send(lesson)) == {teacher.me, jan.me}
        for one in (leo, second):
            assert await one.client.push("call_left") == {"room": lesson.room, "code": "call_removed"}
        await jan.sees(teacher.me, jan.me)
        assert await leo.refusal("join", resume=leo.resume) == "call_removed"
        assert await leo.refusal("offer", role="publish", sdp="v=0") == "not_in_call"
        await lesson.post(leo.client, "but I may write")
        await teacher.decide("remove", member=lesson.leo, removed=False)
        await leo.join()

    async def test_into_groups(self, lesson: Classroom) -> None:
        """Who is held or out in the call of the class is so in that of their group, until let go there."""
        teacher, leo, jan = await self.sending(lesson)
        await teacher.decide("hold", member=lesson.leo, medium="audio", held=True)
        await teacher.decide("remove", member=lesson.jan, removed=True)
        group = {"room": None, "name": "Oder", "members": [lesson.leo, lesson.jan]}
        await teacher.client.call("groups.form", room=lesson.room, groups=[group], nonce=new_nonce())
        formed = await leo.client.push("event", lambda event: event["body"]["kind"] == "groups.formed")
        there = formed["body"]["groups"][0]["room"]
        of_group = []
        for one in (teacher, leo, jan):
            await one.client.join(there)
            of_group.append(Caller(one.client, there))
        teacher_there, leo_there, jan_there = of_group
        for one in (teacher_there, leo_there):
            await one.join()
        assert await jan_there.refusal("join") == "call_removed"
        assert await leo_there.refusal("publish", medium="audio") == "call_held"
        let_go = {"member": lesson.leo, "medium": "audio", "held": False, "nonce": new_nonce()}
        assert await leo_there.refusal("hold", **let_go) == "teachers_only"
        for _ in range(2):
            await teacher_there.call("hold", **let_go)
        await leo_there.call("publish", medium="audio")
        assert engine_of(lesson).may_send(there)[leo_there.me] == {"audio"}
        await teacher_there.decide("remove", member=lesson.leo, removed=True)
        assert leo_there.me not in engine_of(lesson).may_send(there)
        assert await leo.refusal("join") == "call_removed", "the call of the class is no way around it"

    async def test_nobody_there_yet(self, lesson: Classroom) -> None:
        """A teacher decides before the call begins, and after it has ended."""
        teacher = await beside_call(lesson, "claire")
        await teacher.decide("remove", member=lesson.leo, removed=True)
        leo = await beside_call(lesson, "leo")
        assert await leo.refusal("join") == "call_removed"

    @pytest.mark.parametrize(
        ("command", "change", "code"),
        [
            ("room.set_lock", {"capability": "publish-audio", "locked": True}, "room_locked"),
            ("member.set_capability", {"capability": "publish-audio", "allowed": False}, "capability_off"),
        ],
    )
    async def test_rights(self, lesson: Classroom, command: str, change: dict[str, Any], code: str) -> None:
        """A lock or a capability stops the medium, and lasts."""
        teacher, leo, _ = await self.sending(lesson)
        where = {"member": lesson.leo} if command == "member.set_capability" else {"room": lesson.room}
        await teacher.client.call(command, **where, **change, nonce=new_nonce())
        assert may_send(lesson)[leo.me] == {"video"}
        leo.client.drop()
        await leo.come_back()
        assert await leo.refusal("mute", medium="audio", muted=False) == code
        assert leo.tracks(leo.me)["audio"] == (True, True)
        undone = {key: not value if isinstance(value, bool) else value for key, value in change.items()}
        await teacher.client.call(command, **where, **undone, nonce=new_nonce())
        await leo.call("mute", medium="audio", muted=False)
        assert may_send(lesson)[leo.me] == {"audio", "video"}

    async def test_the_room_is_closed(self, lesson: Classroom) -> None:
        """Pupils are out of the call; teachers go on."""
        teacher, leo, jan = await self.sending(lesson)
        await teacher.client.call("room.set_open", room=lesson.room, open=False, nonce=new_nonce())
        assert set(may_send(lesson)) == {teacher.me}
        for one in (leo, jan):
            assert (await one.client.push("call_left"))["code"] == "room_closed"
            assert await one.refusal("join", resume=one.resume) == "room_closed"
        await teacher.sees(teacher.me)

    async def test_the_end_for_everybody(self, lesson: Classroom) -> None:
        """At once, teachers too; who dropped before it does not come back to a call; then a new one may begin."""
        teacher, leo, jan = await self.sending(lesson)
        jan.client.offline()
        await leo.until(lambda: leo.is_away(jan.me), "one of them to be away")
        assert await leo.refusal("end", nonce=new_nonce()) == "teachers_only"
        nonce = new_nonce()
        for _ in range(2):
            await teacher.call("end", nonce=nonce)
        assert may_send(lesson) == {}
        for one in (teacher, leo):
            left = {"room": lesson.room, "code": "call_ended", "by": lesson.claire}
            assert await one.client.push("call_left") == left
            await one.sees()
        jan.client.online()
        await jan.client.connected(times=2)
        await jan.client.resume(lesson.room)
        assert await jan.refusal("join", resume=jan.resume) == "call_ended"
        await leo.join()
        await jan.join()
        await leo.sees(leo.me, jan.me)

    async def test_a_ban_and_a_removal(self, lesson: Classroom) -> None:
        """Out of the room or the project is out of its call, in the same moment."""
        teacher, leo, jan = await self.sending(lesson)
        ban = {"member": lesson.leo, "room": lesson.room, "banned": True}
        await teacher.client.call("member.set_room_ban", **ban, nonce=new_nonce())
        assert set(may_send(lesson)) == {teacher.me, jan.me}
        assert (await leo.client.push("call_left"))["code"] == "room_banned"
        assert await leo.refusal("join") == "room_banned"
        await teacher.client.call("member.remove", member=lesson.jan, nonce=new_nonce())
        assert set(may_send(lesson)) == {teacher.me}
        assert (await jan.client.push("bye"))["code"] == "not_a_member"
        await teacher.sees(teacher.me)

    async def test_the_project_is_archived(self, lesson: Classroom) -> None:
        """The call is over, for teachers too."""
        teacher, leo, jan = await self.sending(lesson)
        await teacher.client.call("project.set_phase", phase="archived", nonce=new_nonce())
        assert may_send(lesson) == {}
        for one in (teacher, leo, jan):
            assert (await one.client.push("call_left"))["code"] == "project_archived"
            await one.sees()

    async def test_signing_out(self, lesson: Classroom) -> None:
        """Ends it at once, without the time that a dropped line has."""
        teacher, leo, jan = await self.sending(lesson)
        await leo.client.call("session.end")
        await teacher.sees(teacher.me, jan.me)
        assert set(may_send(lesson)) == {teacher.me, jan.me}

    async def test_no_teacher(self, new_server: Callable[..., Any], open_room: Callable[..., Any]) -> None:
        """Pupils' media waits without one, and goes on when one is back: nobody has to do anything."""
        classroom = await open_room(await new_server(teacher_grace=SOON))
        teacher, leo, jan = await self.sending(classroom)
        teacher.client.offline()
        engine = engine_of(classroom)
        await asyncio.wait_for(engine.until_planned(classroom.room, leo.me, set()), 10)
        await leo.until(lambda: leo.head["paused"] and leo.tracks(jan.me)["audio"] == (False, True), "the pause")
        zoe = await beside_call(classroom, "zoe")
        assert await zoe.refusal("join") == "no_teacher_present"
        leo.client.drop()
        assert (await leo.come_back())["resumed"]
        assert may_send(classroom)[leo.me] == set()
        teacher.client.online()
        await asyncio.wait_for(engine.until_planned(classroom.room, leo.me, {"audio", "video"}), 10)
        await leo.until(lambda: not leo.head["paused"], "the end of the pause")


class TestWatching:
    async def test_figures(self, lesson: Classroom) -> None:
        """A key of the project sees its calls, one of the organisation the workers, others nothing."""
        await enter_call(lesson, "claire")
        leo = await enter_call(lesson, "leo")
        url = f"{lesson.server.url}/api/v1"
        mine, of_project, foreign = [
            (await lesson.auth.create_key("key", organisation, project))[1]
            for organisation, project in (("wire", None), ("wire", lesson.project), ("other", None))
        ]
        async with aiohttp.ClientSession() as http:

            async def get(path: str, key: str) -> tuple[int, Any]:
                async with http.get(url + path, headers={"Authorization": f"Bearer {key}"}) as response:
                    return response.status, await response.json()

            for key in (mine, of_project):
                status, body = await get(f"/projects/{lesson.project}/calls", key)
                assert status == HTTPStatus.OK
                (call,) = body["calls"]
                assert leo.me in {each["id"] for each in call["call"]["participants"]}
            assert (await get(f"/projects/{lesson.project}/calls", foreign))[0] == HTTPStatus.NOT_FOUND
            assert (await get("/media", of_project))[0] == HTTPStatus.FORBIDDEN
            status, body = await get("/media", mine)
            assert (status, len(body["workers"])) == (HTTPStatus.OK, 1)
            async with http.get(f"{lesson.server.url}/readyz") as response:
                assert (await response.json())["parts"] == {"database": "ok", "media": "ok"}
            engine_of(lesson).fault = EngineUnavailable("restarting")
            assert (await get("/media", mine))[0] == HTTPStatus.SERVICE_UNAVAILABLE
            async with http.get(f"{lesson.server.url}/readyz") as response:
                assert (await response.json())["parts"] == {"database": "ok", "media": "failed"}

    async def test_a_server_without_calls(self, new_server: Callable[..., Any], open_room: Callable[..., Any]) -> None:
        """Says so in the rights, and knows no command of calls."""
        classroom = await open_room(await new_server(media=False))
        caller = await beside_call(classroom, "claire")
        rights = (await caller.client.join(classroom.room))["rights"]["denied"]
        assert rights["join_call"] == rights["publish_audio"] == "unknown_command"
        assert rights["post"] is None
        assert await caller.refusal("join") == "unknown_command"
