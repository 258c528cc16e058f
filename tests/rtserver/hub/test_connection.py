"""A connection: what it is sent, in which order, and in which order its commands are taken."""

import asyncio
import json

import msgpack
import pytest
from structlog.testing import capture_logs

from rooms.errors import ErrorCode, Refused
from rooms.events import ChatPosted, Hidden
from rooms.messages import Accepted
from rooms.stream import Event
from rtserver.hub.connection import Connection
from rtserver.hub.outbox import Lane
from rtserver.hub.packets import Codec, Push
from tests.rtserver.hub.support import FakeOutbox, connection_of

STREAM = "room:r1"


@pytest.fixture
def outbox() -> FakeOutbox:
    return FakeOutbox()


@pytest.fixture
def connection(outbox: FakeOutbox) -> Connection:
    return connection_of(outbox=outbox)


def event(seq: int, stream: str = STREAM) -> Push:
    return Push("event", Event(stream, seq, 0, "anna", None, ChatPosted(str(seq))))


def seqs(outbox: FakeOutbox) -> list[int]:
    return [payload["seq"] for payload in outbox.payloads("event")]


class TestSending:
    def test_lanes(self, connection: Connection, outbox: FakeOutbox) -> None:
        """Durable unless it is said otherwise."""
        connection.push(Push("event", 1))
        connection.push(Push("signal", 2), Lane.VOLATILE)
        assert [lane for _, lane in outbox.frames] == [Lane.DURABLE, Lane.VOLATILE]

    def test_codec_of_the_socket(self, outbox: FakeOutbox) -> None:
        """Pushes, acks and the farewell are all encoded for it."""
        connection = connection_of(outbox=outbox, codec=Codec.MSGPACK)
        connection.push(Push("signal", "x"))
        connection.acknowledge(4, Accepted(9))
        connection.say_bye(ErrorCode.SESSION_ENDED)
        sent = [msgpack.loads(frame) for frame, _ in outbox.frames if isinstance(frame, bytes)]
        assert [packet["type"] for packet in sent] == [2, 3, 2, 1]
        assert sent[1] == {"type": 3, "nsp": "/", "id": 4, "data": [{"ok": {"seq": 9}}]}


class TestHolding:
    def test_nothing_is_held_without_a_join(self, connection: Connection, outbox: FakeOutbox) -> None:
        """Events go straight out."""
        connection.push_event(event(1), STREAM)
        assert seqs(outbox) == [1]

    def test_release_sends_what_is_newer(self, connection: Connection, outbox: FakeOutbox) -> None:
        """What the log had already is not sent twice, what came meanwhile is not lost."""
        connection.hold(STREAM)
        for seq in range(5, 10):
            connection.push_event(event(seq), STREAM)
        assert outbox.frames == []
        connection.release(STREAM, sent=7)
        connection.push_event(event(10), STREAM)
        assert seqs(outbox) == [8, 9, 10]

    def test_streams_are_held_apart(self, connection: Connection, outbox: FakeOutbox) -> None:
        """Joining a room does not stop the project."""
        connection.hold(STREAM)
        connection.push_event(event(1, "project:p1"), "project:p1")
        connection.push_event(event(1), STREAM)
        connection.push(Push("presence", {}))
        assert [name for name, _ in outbox.pushes()] == ["event", "presence"]
        connection.release("project:p1", sent=0)
        connection.release(STREAM, sent=0)
        assert len(outbox.pushes("event")) == 2

    def test_hidden_events_are_counted_too(self, connection: Connection, outbox: FakeOutbox) -> None:
        """They have a place in the numbering."""
        connection.hold("project:p1")
        hidden = Event("project:p1", 4, 0, "", None, Hidden())
        connection.push_event(Push("event", hidden), "project:p1")
        connection.release("project:p1", sent=3)
        assert seqs(outbox) == [4]

    def test_a_second_join_starts_anew(self, connection: Connection, outbox: FakeOutbox) -> None:
        """What the first one held is in what the second one reads."""
        connection.hold(STREAM)
        connection.push_event(event(1), STREAM)
        connection.hold(STREAM)
        connection.push_event(event(2), STREAM)
        connection.release(STREAM, sent=1)
        assert seqs(outbox) == [2]

    def test_a_join_that_failed(self, connection: Connection, outbox: FakeOutbox) -> None:
        """What was held is forgotten; nothing is held any more."""
        connection.hold(STREAM)
        connection.push_event(event(1), STREAM)
        connection.drop_held(STREAM)
        connection.push_event(event(2), STREAM)
        assert seqs(outbox) == [2]

    def test_release_without_hold(self, connection: Connection, outbox: FakeOutbox) -> None:
        """Nothing."""
        connection.release(STREAM, sent=0)
        connection.drop_held(STREAM)
        assert outbox.frames == []


class TestAcknowledging:
    def test_result(self, connection: Connection, outbox: FakeOutbox) -> None:
        """`{"ok": result}`."""
        connection.acknowledge(0, Accepted(3))
        assert outbox.texts() == ['30[{"ok":{"seq":3}}]']

    def test_refusal(self, connection: Connection, outbox: FakeOutbox) -> None:
        """`{"error": {code, message, retry}}`, the detail behind the sentence."""
        connection.acknowledge(7, Refused(ErrorCode.TOO_LARGE, "at most 5 bytes"))
        error = outbox.acks()[7]["error"]
        assert error == {
            "code": "too_large",
            "message": "This is too long. Send it in smaller parts. (at most 5 bytes)",
            "retry": False,
        }

    def test_nobody_asked(self, connection: Connection, outbox: FakeOutbox) -> None:
        """A result is not told, a refusal is: as a `problem`."""
        connection.acknowledge(None, Accepted(3))
        assert outbox.frames == []
        connection.acknowledge(None, Refused(ErrorCode.TOO_MANY_REQUESTS))
        ((name, problem),) = outbox.pushes()
        assert (name, problem["code"], problem["retry"]) == ("problem", "too_many_requests", True)

    def test_acks_are_durable(self, connection: Connection, outbox: FakeOutbox) -> None:
        """A client waits for them."""
        connection.acknowledge(1, Accepted(3))
        assert outbox.frames[0][1] is Lane.DURABLE


class TestEnding:
    def test_bye(self, connection: Connection, outbox: FakeOutbox) -> None:
        """The reason, then DISCONNECT, then the end: a Socket.IO client does not come back."""
        connection.push(Push("event", 1))
        connection.say_bye(ErrorCode.NOT_A_MEMBER)
        assert [text[0] for text in outbox.texts()] == ["2", "2", "1"]
        name, bye = json.loads(outbox.texts()[1][1:])
        assert (name, bye) == (
            "bye",
            {"code": "not_a_member", "message": "You are not a member of this project."},
        )
        assert (outbox.is_finished, outbox.is_aborted, connection.is_closed) == (True, False, True)

    def test_bye_once(self, connection: Connection, outbox: FakeOutbox) -> None:
        """The first reason counts."""
        connection.say_bye(ErrorCode.NOT_A_MEMBER)
        connection.say_bye(ErrorCode.SESSION_ENDED)
        assert len(outbox.pushes("bye")) == 1

    def test_send_away(self, connection: Connection, outbox: FakeOutbox) -> None:
        """Without a word: the client comes back and resumes."""
        connection.send_away()
        assert outbox.frames == []
        assert (outbox.is_finished, connection.is_closed) == (True, True)

    def test_closed_sends_nothing(self, connection: Connection, outbox: FakeOutbox) -> None:
        """Neither pushes nor acks nor what was held."""
        connection.hold(STREAM)
        connection.push_event(event(1), STREAM)
        connection.close()
        connection.release(STREAM, sent=0)
        connection.push(Push("event", 1))
        connection.push_event(event(2), STREAM)
        connection.acknowledge(1, Accepted(1))
        connection.acknowledge(None, Refused(ErrorCode.INVALID))
        assert outbox.frames == []


class Work:
    """Commands that are noted as they are handled; some take until they are told."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.done: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}

    def quick(self, name: str) -> None:
        self.connection.take(lambda: self.done.append(name))

    def slow(self, name: str, error: Exception | None = None) -> None:
        gate = self.gates[name] = asyncio.Event()

        async def taking() -> None:
            self.done.append(f"{name} begins")
            await gate.wait()
            self.done.append(f"{name} ends")
            if error is not None:
                raise error

        self.connection.take(taking)

    async def turns(self) -> None:
        """Let everything run that can."""
        for _ in range(10):
            await asyncio.sleep(0)


class TestTaking:
    @pytest.fixture
    def work(self, connection: Connection) -> Work:
        return Work(connection)

    async def test_at_once(self, work: Work) -> None:
        """What does not wait is done when `take` returns."""
        work.quick("a")
        work.quick("b")
        assert work.done == ["a", "b"]

    async def test_a_slow_one_in_front(self, work: Work) -> None:
        """Those behind it wait, in order; what they do is not done before it is over."""
        work.slow("join")
        for name in ("a", "b"):
            work.quick(name)
        work.slow("second join")
        work.quick("c")
        await work.turns()
        assert work.done == ["join begins"]
        work.gates["join"].set()
        await work.turns()
        assert work.done == ["join begins", "join ends", "a", "b", "second join begins"]
        work.gates["second join"].set()
        await work.turns()
        assert work.done[-2:] == ["second join ends", "c"]

    async def test_a_slow_one_that_fails(self, work: Work) -> None:
        """It is logged; those behind it go on."""
        work.slow("join", ZeroDivisionError("a bug"))
        work.quick("a")
        with capture_logs() as logs:
            await work.turns()
            work.gates["join"].set()
            await work.turns()
        assert work.done[-1] == "a"
        assert [entry["event"] for entry in logs] == ["command.failed"]

    async def test_closed_takes_nothing(self, work: Work, connection: Connection) -> None:
        """Neither what comes later nor what waits."""
        work.slow("join")
        work.quick("a")
        await work.turns()
        connection.close()
        work.quick("b")
        work.gates["join"].set()
        await work.turns()
        work.quick("c")
        assert work.done == ["join begins", "join ends"]

    async def test_a_command_that_ends_the_connection(self, work: Work, connection: Connection) -> None:
        """Those behind it are not taken."""
        work.slow("join")
        await work.turns()
        connection.take(lambda: connection.say_bye(ErrorCode.SESSION_ENDED))
        work.quick("late")
        work.gates["join"].set()
        await work.turns()
        assert "late" not in work.done
