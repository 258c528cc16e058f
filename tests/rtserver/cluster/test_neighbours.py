"""Two hubs that serve one project: each hears of those who are connected to the other."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from rooms.errors import ErrorCode
from rooms.ports import LogUnavailable
from rooms.presence import DeviceReport
from rtserver.broker.memory import MemoryBroker, MemoryBus
from rtserver.broker.port import BrokerUnavailable
from rtserver.calls import switchboard
from rtserver.calls.settings import call_settings
from rtserver.calls.switchboard import Switchboard
from rtserver.cluster import messages
from rtserver.cluster.gathering import ASKED_KEPT, SPREAD
from rtserver.cluster.neighbours import Neighbours
from rtserver.cluster.project_line import ASK_AGAIN_MS, ASK_INTERVAL_MS, project_channel
from rtserver.cluster.streams import StreamRelay
from rtserver.hub.asked import Tools
from rtserver.hub.connection import Connection
from rtserver.hub.hub import Hub
from rtserver.hub.live_project import LiveProject
from rtserver.hub.lookout import STOOD_STILL, boot_time
from rtserver.hub.server import HubServer
from rtserver.owners import Owners
from rtserver.teacher_marks import TeacherMarks
from tests.media_engine import FakeEngine
from tests.rooms.board.drawing import fields
from tests.rtserver.hub.support import (
    GRACE,
    TEACHER_GRACE,
    Classroom,
    FakeOutbox,
    open_classroom,
    packet,
)
from tests.rtserver.hub.test_hub import FakeServer, World

TURNS = 20
"""Turns of the loop in which messages go to and fro, and nothing is read from a disk."""

SETTINGS = {
    "connections_per_member": 2,
    "member_commands_rate": 1,
    "member_commands_burst": 8,
    "presence_grace": GRACE / 1000,
    "teacher_grace": TEACHER_GRACE / 1000,
}


class Node(World):
    """A hub with a broker, and owners of its own."""

    def __init__(self, classroom: Classroom, broker: MemoryBroker) -> None:
        on, given = classroom.on, classroom.tools
        self.broker = broker
        self.owners = Owners(classroom.store, classroom.store, on.clock, relay=StreamRelay(broker))
        self.classroom = classroom
        self.auth = on.auth
        self.marks = TeacherMarks(on.database)
        self.server = FakeServer()
        self.engine = FakeEngine()
        self.switchboard = Switchboard(call_settings(on.settings), self.engine, on.clock, broker)
        tools: Tools = msgspec.structs.replace(given, owners=self.owners, switchboard=self.switchboard)
        self.hub = Hub(on.settings, tools, self.marks, broker)
        self.hub.attach(cast(HubServer, self.server))

    @property
    def live(self) -> LiveProject:
        return self.hub._projects[self.classroom.project]

    @property
    def neighbours(self) -> Neighbours:
        return self.hub._neighbours[self.classroom.project]

    async def join(self, sid: str, member: str, *rooms: str) -> FakeOutbox:
        """Connect, follow the project, and enter rooms."""
        outbox = await self.enter(sid, member)
        await self.ask(sid, 1, "project.join")
        for ack, room in enumerate(rooms, 2):
            assert "ok" in await self.ask(sid, ack, "room.join", room=room)
        await self.tick()
        outbox.clear()
        return outbox

    async def tick(self) -> None:
        """The hub's recurring look at who is here, and what follows from it elsewhere."""
        await self.hub._tell_presence()
        await turns()


class Pair:
    """Two nodes of one bus, and a class."""

    def __init__(self, classroom: Classroom, bus: MemoryBus) -> None:
        self.classroom = classroom
        self.bus = bus
        self.one = Node(classroom, bus.broker("one-1"))
        self.two = Node(classroom, bus.broker("two-2"))

    async def tick(self) -> None:
        for node in (self.one, self.two, self.one, self.two):
            await node.tick()


async def turns() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


@pytest.fixture
async def pair(tmp_path: Path, template: Path) -> AsyncIterator[Pair]:
    async with open_classroom(tmp_path, template, **SETTINGS) as classroom:
        pair = Pair(classroom, MemoryBus())
        for node in (pair.one, pair.two):
            await node.broker.start(node.hub)
            await node.switchboard.start()
        await classroom.open(classroom.hall)
        yield pair
        for node in (pair.one, pair.two):
            await node.chores()
            await node.hub.lookout.settled()
            await node.switchboard.stop()
            await node.owners.close()


def here(node: Node) -> dict[str, tuple[str, ...]]:
    """Who is present, as a node tells its staff."""
    return {one.member: one.rooms or () for one in node.live.present(to_staff=True)}


class TestWhoIsHere:
    async def test_both_tell_of_all(self, pair: Pair) -> None:
        """Whoever came first; with the rooms they are in."""
        hall, claire, ewa = pair.classroom.hall, pair.classroom.claire, pair.classroom.ewa
        await pair.one.join("a", claire, hall)
        outbox = await pair.two.join("b", ewa)
        await pair.tick()
        assert here(pair.one) == here(pair.two) == {claire: (hall,), ewa: ()}
        outbox.clear()
        await pair.one.ask("a", 9, "room.leave", room=hall)
        await pair.tick()
        assert here(pair.two) == {claire: (), ewa: ()}
        assert outbox.payloads("presence") == [{"changes": [{"member": claire, "rooms": []}]}]

    async def test_who_comes_later_asks(self, pair: Pair) -> None:
        """What a node has told before another was there is kept by the broker."""
        await pair.one.join("a", pair.classroom.claire, pair.classroom.hall)
        await pair.two.enter("b", pair.classroom.ewa)
        await turns()
        assert here(pair.two)[pair.classroom.claire] == (pair.classroom.hall,)

    async def test_something_newer_than_the_answer(self, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
        """What a node says while the broker is asked is not undone by what it had put there before."""
        await pair.one.join("a", pair.classroom.claire, pair.classroom.hall)
        asked, answer = pair.two.broker.values, asyncio.Event()

        async def slowly(key: str) -> dict[str, bytes]:
            kept = await asked(key)
            await answer.wait()
            return kept

        monkeypatch.setattr(pair.two.broker, "values", slowly)
        await pair.two.enter("b", pair.classroom.ewa)
        await turns()
        await pair.one.ask("a", 9, "room.leave", room=pair.classroom.hall)
        await pair.one.tick()
        answer.set()
        await turns()
        assert here(pair.two)[pair.classroom.claire] == ()

    async def test_a_broker_that_does_not_answer(self, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nobody waits for it; who is here is known when they say so next."""

        async def fail(_key: str) -> dict[str, bytes]:
            raise BrokerUnavailable("broken by the test")

        monkeypatch.setattr(pair.two.broker, "values", fail)
        await pair.one.join("a", pair.classroom.claire)
        await pair.two.enter("b", pair.classroom.ewa)
        await pair.one.ask("a", 9, "room.join", room=pair.classroom.hall)
        await pair.tick()
        assert here(pair.two)[pair.classroom.claire] == (pair.classroom.hall,)

    async def test_a_node_that_is_lost(self, pair: Pair) -> None:
        """Its members have the grace time, and come back to another node without having been away."""
        outbox = await pair.two.join("b", pair.classroom.ewa, pair.classroom.hall)
        await pair.one.join("a", pair.classroom.claire, pair.classroom.hall)
        await pair.tick()
        outbox.clear()
        await pair.one.broker.stop()
        pair.classroom.on.clock.advance(GRACE - 1)
        await pair.two.tick()
        assert here(pair.two).keys() == {pair.classroom.claire, pair.classroom.ewa}
        await pair.two.join("c", pair.classroom.claire, pair.classroom.hall)
        pair.classroom.on.clock.advance(1)
        await pair.two.tick()
        assert here(pair.two)[pair.classroom.claire] == (pair.classroom.hall,)
        changes = [change for told in outbox.payloads("presence") for change in told["changes"]]
        assert all(change["rooms"] == [pair.classroom.hall] for change in changes)

    async def test_who_does_not_come_back_is_gone(self, pair: Pair) -> None:
        await pair.two.join("b", pair.classroom.ewa)
        await pair.one.join("a", pair.classroom.claire)
        await pair.tick()
        pair.two.hub.broker_lost()
        pair.classroom.on.clock.advance(GRACE)
        await pair.two.tick()
        assert here(pair.two).keys() == {pair.classroom.ewa}

    async def test_a_removed_member_is_gone_everywhere(self, pair: Pair) -> None:
        """At once, on every device; what another node says that does not know it yet is not believed."""
        member = await pair.classroom.add("pupil")
        await pair.one.join("a", pair.classroom.claire)
        outbox = await pair.two.join("b", member, pair.classroom.hall)
        await pair.tick()
        late = pair.two.broker.kept[project_channel(pair.classroom.project)]
        assert "ok" in await pair.one.ask("a", 9, "member.remove", member=member)
        await pair.one.chores()
        await turns()
        assert outbox.payloads("bye")[0]["code"] == "not_a_member"
        pair.bus.post("two-2", project_channel(pair.classroom.project), late)
        await turns()
        assert member not in here(pair.one)

    async def test_a_project_that_nobody_has_open_is_let_go_of(self, pair: Pair) -> None:
        """Also while somebody is connected elsewhere; the other node hears that nobody is here."""
        await pair.one.join("a", pair.classroom.claire)
        pupil = await pair.classroom.add("pupil")
        await pair.two.join("b", pupil)
        await pair.two.leave("b")
        await pair.two.tick()
        pair.classroom.on.clock.advance(GRACE)
        await pair.two.tick()
        assert pair.two.hub._projects == {}
        assert pair.two.broker.kept == {}
        await pair.one.tick()
        assert here(pair.one).keys() == {pair.classroom.claire}


class TestWhatWasMissed:
    """It does not stay so: each node asks again now and then."""

    async def test_a_report_of_a_node_that_is_not_there(self, pair: Pair) -> None:
        """A teacher on it is here no longer than the grace time."""
        pupil = await pair.classroom.add("pupil")
        await pair.two.join("b", pupil, pair.classroom.hall)
        ghost = DeviceReport("c-ghost", pair.classroom.claire, True, ())
        channel = project_channel(pair.classroom.project)
        pair.bus.post("one-1", channel, messages.encode(messages.Present("gone-9", (ghost,))))
        await turns()
        assert pair.two.live.teacher_present()
        pair.classroom.on.clock.advance(ASK_INTERVAL_MS)
        await pair.two.tick()
        pair.classroom.on.clock.advance(TEACHER_GRACE)
        await pair.two.tick()
        assert not pair.two.live.teacher_present()
        assert here(pair.two).keys() == {pupil}

    async def test_an_answer_that_did_not_come(self, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
        """Is asked for again, soon."""
        await pair.one.join("a", pair.classroom.claire, pair.classroom.hall)
        asked, is_slow = pair.two.broker.values, True

        async def values(key: str) -> dict[str, bytes]:
            if is_slow:
                raise BrokerUnavailable("too slow")
            return await asked(key)

        monkeypatch.setattr(pair.two.broker, "values", values)
        await pair.two.join("b", pair.classroom.ewa)
        assert pair.classroom.claire not in here(pair.two)
        is_slow = False
        pair.classroom.on.clock.advance(ASK_AGAIN_MS)
        await pair.two.tick()
        assert here(pair.two)[pair.classroom.claire] == (pair.classroom.hall,)

    async def test_a_call_of_a_node_that_is_not_there(self, pair: Pair) -> None:
        """Nobody is taken there for ever."""
        channel = project_channel(pair.classroom.project)
        yours = await pair.two.join("b", pair.classroom.ewa)
        pair.bus.post("one-1", channel, messages.encode(messages.Present("gone-9", (), (pair.classroom.hall,))))
        await turns()
        pair.classroom.on.clock.advance(ASK_INTERVAL_MS)
        await pair.two.tick()
        await pair.two.ask("b", 5, "room.join", room=pair.classroom.hall)
        assert yours.payloads("moving") == []


class TestTeachers:
    async def test_a_teacher_elsewhere_lets_pupils_write(self, pair: Pair) -> None:
        pupil = await pair.classroom.add("pupil")
        await pair.two.join("b", pupil, pair.classroom.hall)
        refused = await pair.two.ask("b", 8, "chat.post", room=pair.classroom.hall, text="Anybody?")
        assert refused["error"]["code"] == "no_teacher_present"
        await pair.one.join("a", pair.classroom.claire)
        await pair.tick()
        assert "ok" in await pair.two.ask("b", 9, "chat.post", room=pair.classroom.hall, text="There you are")

    async def test_who_has_gone_pauses_them(self, pair: Pair) -> None:
        """After the teachers' grace time, counted from when the other node said so."""
        pupil = await pair.classroom.add("pupil")
        outbox = await pair.two.join("b", pupil, pair.classroom.hall)
        await pair.one.join("a", pair.classroom.claire)
        await pair.tick()
        await pair.one.leave("a")
        await pair.tick()
        assert pair.two.live.teacher_present()
        outbox.clear()
        pair.classroom.on.clock.advance(TEACHER_GRACE)
        await pair.tick()
        assert not pair.two.live.teacher_present()
        assert outbox.payloads("rights")[-1]["denied"]["post"] == "no_teacher_present"

    async def test_without_the_broker_the_database_says_so(self, pair: Pair) -> None:
        """As long as the other node marks it; what clocks those marks were made by does not matter."""
        pupil = await pair.classroom.add("pupil")
        await pair.two.join("b", pupil, pair.classroom.hall)
        pair.two.hub.broker_lost()
        await pair.two.hub.lookout.look_around()
        assert not pair.two.live.teacher_present()
        for at in (1, 2):  # a clock that is years behind
            await TeacherMarks(pair.classroom.on.database).mark({pair.classroom.project: at})
            await pair.two.hub.lookout.look_around()
        assert pair.two.live.teacher_present()
        pair.classroom.on.clock.advance(TEACHER_GRACE)
        await pair.two.hub.lookout.look_around()
        assert not pair.two.live.teacher_present()


class TestSignals:
    async def test_to_those_in_the_room_elsewhere(self, pair: Pair) -> None:
        """Once, and not back; the latest of a member is marked as such there, too."""
        hall, claire, ewa = pair.classroom.hall, pair.classroom.claire, pair.classroom.ewa
        mine = await pair.one.join("a", claire, hall)
        yours = await pair.two.join("b", ewa, hall)
        outside = await pair.two.join("c", await pair.classroom.add("pupil"))
        await pair.tick()
        yours.clear()
        signal = {"room": hall, "topic": "typing", "data": "…", "latest": True}
        assert "ok" in await pair.one.ask("a", 9, "room.signal", **signal)
        await turns()
        expected = {"room": hall, "member": claire, "topic": "typing", "data": "…"}
        assert yours.payloads("signal") == [expected]
        assert yours.newest_of[-1] == (hall, claire, "typing")
        assert mine.payloads("signal") == outside.payloads("signal") == []

    async def test_to_whom_a_message_calls_elsewhere(self, pair: Pair) -> None:
        """Wherever in the project they are, and nobody of their node is in that room."""
        hall, claire, ewa = pair.classroom.hall, pair.classroom.claire, pair.classroom.ewa
        await pair.one.join("a", claire, hall)
        called, other = await pair.two.join("b", ewa), await pair.two.join("c", await pair.classroom.add("pupil"))
        await pair.tick()
        answer = await pair.one.ask("a", 9, "chat.post", room=hall, text=f"<@{ewa}> Salut", nonce="nonce-of-a-call")
        await turns()
        assert called.payloads("mentioned") == [{"room": hall, "message": answer["ok"]["seq"]}]
        assert other.payloads("mentioned") == []

    async def test_nothing_is_published_when_nobody_is_there(self, pair: Pair) -> None:
        """As it is nearly always: the balancer brings a project's members together."""
        hall = pair.classroom.hall
        await pair.one.join("a", pair.classroom.claire, hall)
        await pair.two.join("b", pair.classroom.ewa)
        await pair.tick()
        heard: list[bytes] = []
        pair.two.broker.subscribe(project_channel(pair.classroom.project), heard.append)
        await pair.one.ask("a", 9, "room.signal", room=hall, topic="typing", data="")
        await turns()
        assert heard == []

    async def test_on_boards(self, pair: Pair) -> None:
        """Cursors, and what must not be dropped."""
        hall = pair.classroom.hall
        await pair.one.join("a", pair.classroom.claire, hall)
        yours = await pair.two.join("b", pair.classroom.ewa, hall)
        for node, sid in ((pair.one, "a"), (pair.two, "b")):
            assert "ok" in await node.ask(sid, 5, "board.join", board=hall)
        await pair.tick()
        yours.clear()
        assert "ok" in await pair.one.ask(
            "a", 6, "board.cursor", board=hall, x=1.0, y=2.0, tool="pointer", pressed=False
        )
        view = {"x": 0.0, "y": 0.0, "width": 100.0, "height": 50.0}
        assert "ok" in await pair.one.ask("a", 7, "board.bring", board=hall, **view)
        await turns()
        assert [cursor["member"] for cursor in yours.payloads("board_cursor")] == [pair.classroom.claire]
        assert yours.payloads("board_brought") == [{"board": hall, "member": pair.classroom.claire, **view}]

    async def test_a_board_that_is_shown(self, pair: Pair) -> None:
        """By a teacher on one node; whoever comes later, to the other one, is asked to look."""
        hall = pair.classroom.hall
        await pair.one.join("a", pair.classroom.claire, hall)
        await pair.two.join("b", pair.classroom.ewa, hall)
        assert "ok" in await pair.one.ask("a", 5, "board.join", board=hall)
        await pair.tick()
        view = {"x": 0.0, "y": 0.0, "width": 100.0, "height": 50.0}
        assert "ok" in await pair.one.ask("a", 6, "board.viewport", board=hall, **view)
        await turns()
        late = await pair.two.enter("c", await pair.classroom.add("pupil"))
        await pair.two.ask("c", 1, "project.join")
        await pair.two.ask("c", 2, "room.join", room=hall)
        asked = {"room": hall, "part": "board", "by": pair.classroom.claire, "board": hall}
        assert late.payloads("attention") == [asked]

    async def test_events_of_a_board(self, pair: Pair) -> None:
        """They go the way of the log, and are there at once."""
        hall = pair.classroom.hall
        await pair.one.join("a", pair.classroom.claire, hall)
        yours = await pair.two.join("b", pair.classroom.ewa, hall)
        for node, sid in ((pair.one, "a"), (pair.two, "b")):
            assert "ok" in await node.ask(sid, 5, "board.join", board=hall)
        change = {"base": 0, "element": fields("rectangle", "e1")}
        assert "ok" in await pair.one.ask("a", 6, "board.change", board=hall, changes=[change])
        await yours.until(lambda: yours.payloads("event") != [])
        (event,) = yours.payloads("event")
        assert event["body"]["elements"][0]["element"]["id"] == "e1"


class TestDevicesAndSessions:
    async def test_too_many_devices(self, pair: Pair) -> None:
        """Counted over all nodes; the oldest goes, wherever it is."""
        claire = pair.classroom.claire
        oldest = await pair.one.join("a", claire)
        await pair.one.join("b", claire)
        await pair.tick()
        await pair.two.enter("c", pair.classroom.ewa)  # the node knows the project
        await turns()
        await pair.two.enter("d", claire)
        await turns()
        assert oldest.payloads("bye")[0]["code"] == "too_many_devices"
        assert oldest.is_finished
        assert not pair.two.server.outboxes["d"].is_finished
        assert not pair.one.server.outboxes["b"].is_finished

    async def test_limits_are_shared(self, pair: Pair) -> None:
        """Half as much on each of two nodes; all of it again on the one that is left."""
        pupil = await pair.classroom.add("pupil")
        await pair.one.enter("a", pupil)
        await pair.two.enter("b", pupil)
        await pair.tick()
        allowed = SETTINGS["member_commands_burst"]

        async def taken(node: Node, sid: str) -> int:
            answers: list[Any] = [
                await node.ask(sid, ack, "room.leave", room="r") for ack in range(100, 100 + int(allowed) + 1)
            ]
            return sum("ok" in answer for answer in answers)

        assert await taken(pair.one, "a") == await taken(pair.two, "b") == allowed / 2
        await pair.two.leave("b")
        await pair.tick()
        pair.classroom.on.clock.advance(60_000)
        pair.one.server.outboxes["a"].clear()
        assert await taken(pair.one, "a") == allowed

    async def test_signing_out_ends_the_session_elsewhere(self, pair: Pair) -> None:
        """At once, before anybody looks into the database by turns."""
        token = await pair.one.token(pair.classroom.claire)
        auth = {"version": 1, "session": token}
        await pair.one.connect("a", auth)
        yours = await pair.two.connect("b", auth)
        await turns()
        assert "ok" in await pair.one.ask("a", 1, "session.end")
        await turns()
        await pair.two.chores()
        assert yours.payloads("bye")[0]["code"] == "session_ended"

    async def test_somebody_who_was_not_found(self, pair: Pair) -> None:
        """Who has gone meanwhile need not be sent away."""
        await pair.one.join("a", pair.classroom.claire)
        pair.one.neighbours.heard_send_away("unknown", ErrorCode.TOO_MANY_DEVICES)
        assert not pair.one.server.outboxes["a"].is_finished


class TestCalls:
    """A call lives on one node: whoever is elsewhere is taken there."""

    async def in_the_hall(self, pair: Pair) -> tuple[FakeOutbox, FakeOutbox]:
        """Claire on one node and Ewa on the other, both in the room."""
        hall = pair.classroom.hall
        mine = await pair.one.join("a", pair.classroom.claire, hall)
        yours = await pair.two.join("b", pair.classroom.ewa, hall)
        await pair.tick()
        yours.clear()
        return mine, yours

    async def test_who_is_in_the_room_elsewhere_is_taken_there(self, pair: Pair) -> None:
        """Within half a second; who does not go is sent away later."""
        mine, yours = await self.in_the_hall(pair)
        assert "ok" in await pair.one.ask("a", 9, "call.join", room=pair.classroom.hall)
        await pair.one.tick()
        ((told,),) = [yours.payloads("moving")]
        assert told["node"] == "one"
        assert 0 <= told["after_ms"] <= SPREAD * 1000
        assert mine.payloads("moving") == []
        await pair.tick()
        assert len(yours.payloads("moving")) == 1

    async def test_who_comes_into_the_room_later(self, pair: Pair) -> None:
        mine = await pair.one.join("a", pair.classroom.claire, pair.classroom.hall)
        assert "ok" in await pair.one.ask("a", 9, "call.join", room=pair.classroom.hall)
        await pair.one.tick()
        yours = await pair.two.enter("b", pair.classroom.ewa)
        await turns()
        assert yours.payloads("moving") == []
        await pair.two.ask("b", 1, "project.join")
        await pair.two.ask("b", 2, "room.join", room=pair.classroom.hall)
        assert [told["node"] for told in yours.payloads("moving")] == ["one"]
        assert mine.payloads("moving") == []

    async def test_who_joins_before_that_was_heard(self, pair: Pair) -> None:
        """Is told to come again, and where; the same is said to whoever begins at the same moment: one of the two."""
        outboxes = await self.in_the_hall(pair)
        answers = await asyncio.gather(
            pair.one.ask("a", 9, "call.join", room=pair.classroom.hall),
            pair.two.ask("b", 9, "call.join", room=pair.classroom.hall),
        )
        first, second = sorted(range(2), key=lambda place: "ok" not in answers[place])
        assert "ok" in answers[first]
        error = answers[second]["error"]
        assert (error["code"], error["retry"]) == ("call_on_other_server", True)
        assert outboxes[second].payloads("moving") == [{"after_ms": 0, "node": ("one", "two")[first]}]
        assert (pair.one, pair.two)[second].live.calls == {}

    async def test_who_asked_for_the_node_and_is_not_there(self, pair: Pair) -> None:
        """The balancer does not do as it is asked: they are not sent to and fro, and are told why there is no call."""
        hall = pair.classroom.hall
        await pair.one.join("a", pair.classroom.claire, hall)
        assert "ok" in await pair.one.ask("a", 9, "call.join", room=hall)
        pair.two.asked_node = "one"
        yours = await pair.two.join("b", pair.classroom.ewa, hall)
        await pair.tick()
        answer = await pair.two.ask("b", 9, "call.join", room=hall)
        assert answer["error"]["code"] == "call_out_of_reach"
        assert yours.payloads("moving") == []

    async def test_a_client_that_does_not_know_how_to_move(self, pair: Pair) -> None:
        """It stays where it is."""
        hall = pair.classroom.hall
        await pair.one.join("a", pair.classroom.claire, hall)
        assert "ok" in await pair.one.ask("a", 9, "call.join", room=hall)
        yours = await pair.two.connect("b", {"version": 1, "session": await pair.two.token(pair.classroom.ewa)})
        await pair.two.ask("b", 2, "room.join", room=hall)
        await pair.tick()
        assert yours.payloads("moving") == []
        assert (await pair.two.ask("b", 9, "call.join", room=hall))["error"]["code"] == "call_out_of_reach"

    async def test_who_is_in_a_call_here_stays(self, pair: Pair) -> None:
        """Nobody is taken from one call to another."""
        await self.in_the_hall(pair)
        group = await pair.one.ask("a", 20, "room.add", name="Group")
        assert "ok" in group
        await turns()
        room = next(room.id for room in pair.one.live.state.rooms.values() if room.name == "Group")
        for node, sid in ((pair.one, "a"), (pair.two, "b")):
            assert "ok" in await node.ask(sid, 21, "room.join", room=room)
        assert "ok" in await pair.two.ask("b", 22, "call.join", room=room)
        assert "ok" in await pair.one.ask("a", 23, "call.join", room=pair.classroom.hall)
        await pair.tick()
        assert pair.two.server.outboxes["b"].payloads("moving") == []
        assert pair.one.server.outboxes["a"].payloads("moving") == []

    async def test_a_call_that_is_over_may_begin_elsewhere(self, pair: Pair) -> None:
        hall = pair.classroom.hall
        await pair.one.join("a", pair.classroom.claire, hall)
        assert "ok" in await pair.one.ask("a", 9, "call.join", room=hall)
        assert "ok" in await pair.one.ask("a", 10, "call.leave", room=hall)
        await pair.one.tick()
        await pair.two.join("b", pair.classroom.ewa, hall)
        await pair.tick()
        assert "ok" in await pair.two.ask("b", 9, "call.join", room=hall)

    async def test_a_node_that_is_left_hands_its_calls_over(self, pair: Pair) -> None:
        """Whoever comes to another one goes on there, and nobody is sent back."""
        await self.in_the_hall(pair)
        hall = pair.classroom.hall
        assert "ok" in await pair.one.ask("a", 9, "call.join", room=hall)
        pair.one.switchboard.hand_over()
        await pair.tick()
        pair.two.server.outboxes["b"].clear()
        assert "ok" in await pair.two.ask("b", 9, "call.join", room=hall)
        await pair.tick()
        assert pair.two.server.outboxes["b"].payloads("moving") == []

    async def test_without_the_broker_calls_go_on(self, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
        async def fail(_key: str) -> str:
            raise BrokerUnavailable("broken by the test")

        monkeypatch.setattr(pair.one.broker, "claim", fail)
        await self.in_the_hall(pair)
        assert "ok" in await pair.one.ask("a", 9, "call.join", room=pair.classroom.hall)

    async def test_a_node_that_is_lost_carries_no_call(self, pair: Pair) -> None:
        await self.in_the_hall(pair)
        hall = pair.classroom.hall
        assert "ok" in await pair.one.ask("a", 9, "call.join", room=hall)
        await pair.one.broker.stop()
        assert "ok" in await pair.two.ask("b", 9, "call.join", room=hall)

    async def test_who_is_on_the_way_is_not_told_otherwise(self, pair: Pair) -> None:
        """A click on "join" between `moving` and going."""
        _, yours = await self.in_the_hall(pair)
        assert "ok" in await pair.one.ask("a", 9, "call.join", room=pair.classroom.hall)
        await pair.one.tick()
        assert len(yours.payloads("moving")) == 1
        answer = await pair.two.ask("b", 9, "call.join", room=pair.classroom.hall)
        assert answer["error"]["code"] == "call_on_other_server"
        assert len(yours.payloads("moving")) == 1

    async def test_who_may_not_join_does_not_say_where_the_call_is(self, pair: Pair) -> None:
        pupil = await pair.classroom.add("pupil")
        await pair.two.join("b", pupil, pair.classroom.hall)  # no teacher is here
        assert "error" in await pair.two.ask("b", 9, "call.join", room=pair.classroom.hall)
        assert pair.bus.claims == {}

    async def test_who_goes_meanwhile_does_not_keep_the_call_there(
        self, pair: Pair, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The claim is given back when no call was begun."""
        await self.in_the_hall(pair)
        claim, has_asked, answer = pair.two.broker.claim, asyncio.Event(), asyncio.Event()

        async def slowly(key: str) -> str:
            holder = await claim(key)
            has_asked.set()
            await answer.wait()
            return holder

        monkeypatch.setattr(pair.two.broker, "claim", slowly)
        pair.two.hub.received("b", packet("call.join", 9, room=pair.classroom.hall))
        await has_asked.wait()
        await pair.two.leave("b")
        answer.set()
        await turns()
        assert pair.bus.claims == {}
        assert "ok" in await pair.one.ask("a", 9, "call.join", room=pair.classroom.hall)

    async def test_who_asked_for_a_node_that_was_away(self, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
        """May be sent there a while later."""
        hall = pair.classroom.hall
        pair.two.asked_node = "one"
        yours = await pair.two.join("b", pair.classroom.ewa, hall)
        await pair.one.join("a", pair.classroom.claire, hall)
        assert "ok" in await pair.one.ask("a", 9, "call.join", room=hall)
        assert (await pair.two.ask("b", 9, "call.join", room=hall))["error"]["code"] == "call_out_of_reach"
        monkeypatch.setattr(Connection, "age", lambda _: ASKED_KEPT)
        assert (await pair.two.ask("b", 10, "call.join", room=hall))["error"]["code"] == "call_on_other_server"
        assert yours.payloads("moving") == [{"after_ms": 0, "node": "one"}]

    @pytest.mark.parametrize(("age", "told"), [(0.0, []), (ASKED_KEPT, ["one"])])
    async def test_who_was_taken_elsewhere_before(
        self, pair: Pair, monkeypatch: pytest.MonkeyPatch, age: float, told: list[str]
    ) -> None:
        """Is taken to the next call as well, but not at once."""
        hall = pair.classroom.hall
        pair.two.asked_node = "two"
        yours = await pair.two.join("b", pair.classroom.ewa, hall)
        await pair.one.join("a", pair.classroom.claire, hall)
        monkeypatch.setattr(Connection, "age", lambda _: age)
        assert "ok" in await pair.one.ask("a", 9, "call.join", room=hall)
        await pair.tick()
        assert [moving["node"] for moving in yours.payloads("moving")] == told

    async def test_who_is_in_two_rooms_with_calls_is_not_sent_to_and_fro(self, pair: Pair) -> None:
        """They stay where one of the calls is."""
        hall = pair.classroom.hall
        await pair.one.join("a", pair.classroom.claire, hall)
        assert "ok" in await pair.one.ask("a", 9, "call.join", room=hall)
        assert "ok" in await pair.one.ask("a", 10, "room.add", name="Group")
        await turns()
        group = next(room.id for room in pair.one.live.state.rooms.values() if room.name == "Group")
        await pair.two.join("b", pair.classroom.ewa, group)
        assert "ok" in await pair.two.ask("b", 9, "call.join", room=group)
        in_both = await pair.two.join("c", pair.classroom.claire, group, hall)
        await pair.tick()
        assert in_both.payloads("moving") == []
        assert "ok" in await pair.two.ask("b", 10, "call.leave", room=group)
        await pair.tick()
        await pair.one.ask("a", 11, "room.join", room=group)  # so that there is something to report
        await pair.tick()
        assert [moving["node"] for moving in in_both.payloads("moving")] == ["one"]

    async def test_a_claim_that_was_not_answered_in_time(self, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
        """The broker was slow once, and not away: it is asked again, and two calls become one."""
        mine, yours = await self.in_the_hall(pair)
        hall = pair.classroom.hall
        assert "ok" in await pair.one.ask("a", 9, "call.join", room=hall)
        claim, is_slow = pair.two.broker.claim, asyncio.Event()
        is_slow.set()

        async def answer(key: str) -> str:
            if is_slow.is_set():
                raise BrokerUnavailable("broken by the test")
            return await claim(key)

        monkeypatch.setattr(pair.two.broker, "claim", answer)
        monkeypatch.setattr(switchboard, "CLAIM_AGAIN", 0.0)
        assert "ok" in await pair.two.ask("b", 9, "call.join", room=hall)
        await turns()
        assert yours.payloads("moving") == []
        is_slow.clear()
        await yours.until(lambda: yours.payloads("moving") != [])
        assert yours.payloads("moving") == [{"after_ms": 0, "node": "one"}]
        assert mine.payloads("moving") == []

    async def test_two_calls_of_one_room_become_one(self, pair: Pair) -> None:
        """When a node has lost the broker and another began the call: who holds the claim keeps it."""
        mine, yours = await self.in_the_hall(pair)
        hall = pair.classroom.hall
        assert "ok" in await pair.one.ask("a", 9, "call.join", room=hall)
        pair.bus.claims.clear()  # as when its sign of life was missed
        assert "ok" in await pair.two.ask("b", 9, "call.join", room=hall)
        pair.one.hub.broker_connected()
        await pair.one.chores()
        assert mine.payloads("moving") == [{"after_ms": 0, "node": "two"}]
        assert yours.payloads("moving") == []
        await pair.tick()
        assert yours.payloads("moving") == []

    async def test_a_call_that_was_begun_without_the_broker_is_claimed_later(self, pair: Pair) -> None:
        await self.in_the_hall(pair)
        hall = pair.classroom.hall
        assert "ok" in await pair.one.ask("a", 9, "call.join", room=hall)
        pair.bus.claims.clear()
        pair.one.hub.broker_connected()
        await pair.one.chores()
        assert list(pair.bus.claims.values()) == ["one-1"]

    async def test_who_cannot_go_where_the_call_is_is_out_of_it(self, pair: Pair) -> None:
        """A client of version 1 is told so."""
        hall = pair.classroom.hall
        old = await pair.one.connect("a", {"version": 1, "session": await pair.one.token(pair.classroom.claire)})
        await pair.one.ask("a", 2, "room.join", room=hall)
        assert "ok" in await pair.one.ask("a", 9, "call.join", room=hall)
        pair.bus.claims["call:" + hall] = "two-2"
        await pair.one.switchboard.reclaim()
        assert [left["code"] for left in old.payloads("call_left")] == ["call_out_of_reach"]

    async def test_the_end_for_everybody_is_told_where_the_call_is(self, pair: Pair) -> None:
        """A teacher who is connected to another node ends it there; then it may begin anywhere."""
        mine, _ = await self.in_the_hall(pair)
        hall = pair.classroom.hall
        assert "ok" in await pair.one.ask("a", 9, "call.join", room=hall)
        assert "ok" in await pair.two.ask("b", 9, "call.end", room=hall)
        await mine.until(lambda: mine.payloads("call_left") != [])
        assert mine.payloads("call_left") == [{"room": hall, "code": "call_ended", "by": pair.classroom.ewa}]
        await pair.tick()
        assert pair.bus.claims == {}
        assert "ok" in await pair.two.ask("b", 10, "call.join", room=hall)


class TestAfterStandingStill:
    """What clients had sent before they heard of a kick waits until it is heard here."""

    async def test_a_kick_holds(self, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
        hall, pupil = pair.classroom.hall, await pair.classroom.add("pupil")
        outbox = await pair.one.join("a", pupil, hall)
        await pair.two.join("b", pair.classroom.ewa, hall)
        await pair.tick()
        deaf = pair.bus.nodes.pop("one-1")  # it stands still, and hears nothing
        assert "ok" in await pair.two.ask("b", 9, "member.remove", member=pupil)
        pair.bus.nodes["one-1"] = deaf
        monkeypatch.setattr(pair.one.hub.lookout, "_ticked_at", boot_time() - STOOD_STILL - 1)
        for ack in (20, 21):
            pair.one.hub.received("a", packet("chat.post", ack, room=hall, text="after the kick"))
        await outbox.until(lambda: outbox.is_finished)
        assert outbox.payloads("bye")[0]["code"] == "not_a_member"
        assert outbox.acks().get(20) is None
        room = await pair.two.owners.room(hall)
        await room.refresh()
        assert room.position.seq == 0

    async def test_who_may_goes_on(self, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
        """In order, also when the database cannot be asked."""
        hall = pair.classroom.hall
        outbox = await pair.one.join("a", pair.classroom.claire, hall)

        async def fail() -> None:
            raise LogUnavailable("broken by the test")

        for ack, breaks in ((20, False), (30, True)):
            if breaks:
                monkeypatch.setattr(pair.one.owners, "nudge_behind", fail)
            monkeypatch.setattr(pair.one.hub.lookout, "_ticked_at", boot_time() - STOOD_STILL - 1)
            for number in range(3):
                pair.one.hub.received("a", packet("chat.post", ack + number, room=hall, text=f"{ack} {number}"))
            await outbox.until(lambda ack=ack: ack + 2 in outbox.acks())  # type: ignore[misc]
            assert [outbox.acks()[ack + number]["ok"]["seq"] for number in range(3)] == [
                (ack // 10 - 2) * 3 + number + 1 for number in range(3)
            ]
        assert not pair.one.hub.lookout.has_stood_still()
