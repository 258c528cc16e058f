"""An outbox with a transport whose other side reads when the test says so: order, bounds, drops and ends."""

import base64
from collections import defaultdict
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from rtserver.hub import outbox as outbox_module
from rtserver.hub.frames import Opcode
from rtserver.hub.outbox import (
    BEHIND_LOOK_INTERVAL,
    FLUSH_DEADLINE,
    LATEST_MAX,
    Flusher,
    Lane,
    NewestOf,
    Outbox,
    OutboxLimits,
    Outgoing,
)
from rtserver.metrics.figures import Figures
from tests.rtserver.hub.fakes import FakeLoop, FakeTransport, Waiting

DURABLE_MAX, VOLATILE_MAX = 2000, 1000
WINDOW = 0.004


def message(text: str) -> Outgoing:
    return Outgoing(Opcode.TEXT, text.encode())


class Wire:
    """An outbox, and what became of it."""

    def __init__(self, loop: FakeLoop, limits: tuple[int, int] = (DURABLE_MAX, VOLATILE_MAX)) -> None:
        self.loop = loop
        self.flusher = Flusher(WINDOW)
        self.cuts = 0
        self.slow = 0
        self.transport = FakeTransport()
        self.outbox = Outbox(self.flusher, OutboxLimits(*limits), self._cut)
        self.outbox.on_slow = self._on_slow

    def _cut(self) -> None:
        self.cuts += 1
        self.outbox.close()
        self.transport.abort()

    def _on_slow(self) -> None:
        self.slow += 1

    def websocket(self, room: int | None = None) -> "Wire":
        """Go on by WebSocket; `room`: see `FakeTransport`."""
        self.transport = FakeTransport(room)
        self.outbox.attach(self.transport)
        return self

    def fill(self) -> int:
        """Make the transport be behind, by one message; its size as a frame."""
        filler = message("f" * 100)
        self.outbox.send(filler, Lane.DURABLE)
        self.loop.turn()
        assert self.transport.get_write_buffer_size() > 0
        return len(filler.frame)

    def send(self, *texts: str, lane: Lane = Lane.DURABLE, newest_of: NewestOf | None = None) -> None:
        for text in texts:
            self.outbox.send(message(text), lane, newest_of)

    def signal(self, *texts: str, newest_of: str | None = None, room: str = "hall") -> None:
        key = None if newest_of is None else (room, newest_of)
        self.send(*texts, lane=Lane.VOLATILE, newest_of=key)

    def catch_up(self) -> None:
        """The other side reads everything, and the flusher looks."""
        self.transport.drain()
        self.loop.advance(2 * BEHIND_LOOK_INTERVAL)

    def poll(self) -> Waiting:
        return Waiting(self.outbox.polled())


@pytest.fixture
def loop() -> Iterator[FakeLoop]:
    with pytest.MonkeyPatch.context() as patch:
        yield FakeLoop.under(patch, outbox_module)


@pytest.fixture
def wire(loop: FakeLoop) -> Wire:
    return Wire(loop)


def texts_of(poll: Waiting) -> list[str]:
    assert poll.is_done, "the poll waits"
    return [str(outgoing.encode()) for outgoing in poll.result]


class TestOutgoing:
    @pytest.mark.parametrize("encoded", ["2", "4é", '42["a"]', b"", b"\x00\xff"])
    def test_of_an_encoded_packet(self, encoded: str | bytes) -> None:
        """It is what it was, as a frame and as it is polled."""
        outgoing = Outgoing.of(encoded)
        assert outgoing.encode() == encoded
        assert outgoing.is_text is isinstance(encoded, str)
        transport = FakeTransport()
        transport.write(outgoing.frame)
        raw = encoded.encode() if isinstance(encoded, str) else encoded
        assert transport.frames() == [(Opcode.TEXT if isinstance(encoded, str) else Opcode.BINARY, raw)]

    def test_binary_in_a_payload(self) -> None:
        """Base64 with a `b` in front; text as it is."""
        assert Outgoing.of(b"\x00\xff").encode(b64=True) == "b" + base64.b64encode(b"\x00\xff").decode()
        assert Outgoing.of("4x").encode(b64=True) == "4x"


class TestDirect:
    def test_one_write_a_turn(self, wire: Wire, loop: FakeLoop) -> None:
        """Whatever the number of frames, on both lanes, in the order in which they were sent."""
        wire.websocket()
        for number in range(5):
            wire.send(f"d{number}")
            wire.signal(f"v{number}")
        assert wire.transport.writes == []
        loop.turn()
        assert len(wire.transport.writes) == 1
        assert wire.transport.texts() == [f"{lane}{number}" for number in range(5) for lane in "dv"]
        wire.send("next turn")
        loop.turn()
        assert len(wire.transport.writes) == 2
        loop.turn()
        assert len(wire.transport.writes) == 2, "nothing was sent"

    def test_many_outboxes_one_turn(self, loop: FakeLoop) -> None:
        """Each is written once."""
        flusher = Flusher()
        transports = [FakeTransport() for _ in range(3)]
        outboxes = [Outbox(flusher, OutboxLimits(1000, 1000), lambda: None) for _ in transports]
        for outbox, transport in zip(outboxes, transports, strict=True):
            outbox.attach(transport)
        for text in ("a", "b"):
            for outbox in outboxes:
                outbox.send(message(text), Lane.DURABLE)
        loop.turn()
        assert [(len(one.writes), one.texts()) for one in transports] == [(1, ["a", "b"])] * 3

    def test_late(self, wire: Wire, loop: FakeLoop) -> None:
        """What is marked for the end of the window leaves then, with what was sent meanwhile, in order."""
        wire.websocket()
        pending = wire.outbox.pending
        assert pending == []
        wire.flusher.mark_late(wire.outbox)
        pending.append(message("hot").frame)
        loop.advance(WINDOW / 2)
        wire.send("ack")
        assert wire.transport.writes == []
        loop.advance(WINDOW)
        assert wire.transport.texts() == ["hot", "ack"]
        assert len(wire.transport.writes) == 1

    def test_late_and_gone(self, wire: Wire, loop: FakeLoop) -> None:
        """Who ends within the window is not written to any more."""
        wire.websocket()
        assert wire.outbox.pending is not None
        wire.flusher.mark_late(wire.outbox)
        wire.outbox.pending.append(message("hot").frame)
        wire.outbox.abort()
        loop.advance(WINDOW)
        assert wire.transport.writes == []

    def test_a_transport_that_fails(self, loop: FakeLoop) -> None:
        """As asyncio's TLS transport does when it was closed twice: the others get their frames all the same."""

        class Broken(FakeTransport):
            def write(self, data: bytes) -> None:
                raise AttributeError

        flusher = Flusher()
        transports = [FakeTransport(), Broken(), FakeTransport()]
        outboxes = [Outbox(flusher, OutboxLimits(1000, 1000), lambda: None) for _ in transports]
        for outbox, transport in zip(outboxes, transports, strict=True):
            outbox.attach(transport)
            outbox.send(message("a"), Lane.DURABLE)
        with capture_logs() as logs:
            loop.turn()
        assert [entry["log_level"] for entry in logs] == ["error"]
        assert [outbox.is_finished for outbox in outboxes] == [False, True, False]
        for outbox in outboxes:
            outbox.send(message("b"), Lane.DURABLE)
        loop.turn()
        assert [transports[at].texts() for at in (0, 2)] == [["a", "b"]] * 2


class TestBehind:
    def test_frames_go_on_into_the_buffer(self, wire: Wire, loop: FakeLoop) -> None:
        """As long as the bounds allow, at once, and in order."""
        wire.websocket(room=10)
        wire.fill()
        assert wire.outbox.pending is None
        wire.send("a")
        wire.signal("b")
        wire.send("c")
        wire.catch_up()
        assert wire.transport.texts() == ["f" * 100, "a", "b", "c"]

    def test_back_to_one_write_a_turn(self, wire: Wire, loop: FakeLoop) -> None:
        """When the transport has taken everything, and not before."""
        wire.websocket(room=10)
        wire.fill()
        loop.advance(10 * BEHIND_LOOK_INTERVAL)
        assert wire.outbox.pending is None
        wire.catch_up()
        assert wire.outbox.pending == []
        writes = len(wire.transport.writes)
        wire.send("a", "b")
        loop.turn()
        assert len(wire.transport.writes) == writes + 1
        assert loop.timers == 0, "nobody is behind, and the flusher looks on"

    def test_volatile_is_dropped_at_the_bound(self, wire: Wire) -> None:
        """Behind by more than the volatile bound: signals go, messages stay; in time again: signals go on."""
        wire.websocket(room=10)
        wire.fill()
        wire.send("x" * (VOLATILE_MAX - 200))
        wire.signal("fits")
        assert wire.outbox.dropped == 0
        wire.signal("y" * 200)
        wire.send("z" * 300)
        wire.signal("n")
        assert wire.outbox.dropped == 2
        wire.catch_up()
        wire.signal("again")
        wire.loop.turn()
        assert [text[0] for text in wire.transport.texts()] == ["f", "x", "f", "z", "a"]
        assert (wire.slow, wire.cuts) == (0, 0)

    def test_exactly_at_the_bound(self, wire: Wire) -> None:
        """The bound itself is allowed, one byte more is not."""
        wire.websocket(room=0)
        wire.fill()
        rest = VOLATILE_MAX - wire.outbox.waiting()
        head = len(message("x" * 200).frame) - 200
        wire.signal("x" * (rest - head + 1))
        assert wire.outbox.dropped == 1
        wire.signal("x" * (rest - head))
        assert wire.outbox.dropped == 1
        assert wire.outbox.waiting() == VOLATILE_MAX

    def test_durable_over_the_bound_is_slow(self, wire: Wire) -> None:
        """Told once, cut once, nothing is taken any more."""
        wire.websocket(room=10)
        wire.fill()
        wire.send("x" * (DURABLE_MAX - 200))
        assert (wire.slow, wire.cuts) == (0, 0)
        wire.send("y" * 200)
        wire.send("z" * 200)
        wire.signal("v")
        assert (wire.slow, wire.cuts) == (1, 1)
        assert wire.outbox.is_finished
        wire.loop.advance(1)
        assert (wire.slow, wire.cuts) == (1, 1)

    def test_slow_within_one_turn(self, wire: Wire, loop: FakeLoop) -> None:
        """A transport that takes nothing of one turn's frames, which are more than the bound."""
        wire.websocket(room=0)
        wire.send(*["x" * 100] * 30)
        loop.turn()
        assert (wire.slow, wire.cuts) == (1, 1)

    def test_too_much_within_one_turn(self, wire: Wire, loop: FakeLoop, monkeypatch: pytest.MonkeyPatch) -> None:
        """Large answers to what came in one write: it is cut before they are all collected, whatever its line takes."""
        monkeypatch.setattr(outbox_module, "LARGE_FRAME", 500)
        wire.websocket()
        wire.send(*["x" * 600] * 3)
        assert (wire.slow, wire.cuts) == (0, 0)
        wire.send("y" * 600)
        assert (wire.slow, wire.cuts) == (1, 1)
        assert wire.outbox.is_finished
        wire.send("z" * 600)
        loop.turn()
        assert (wire.slow, wire.cuts, wire.transport.writes) == (1, 1, [])

    def test_no_signal_is_too_much(self, wire: Wire, loop: FakeLoop, monkeypatch: pytest.MonkeyPatch) -> None:
        """Large signals of one turn, which a line takes or does not: they never make a socket slow."""
        monkeypatch.setattr(outbox_module, "LARGE_FRAME", 500)
        wire.websocket()
        wire.signal(*["v" * 600] * 4)
        loop.turn()
        assert (wire.slow, wire.cuts, wire.outbox.is_finished) == (0, 0, False)

    def test_a_volatile_frame_never_makes_a_socket_slow(self, wire: Wire) -> None:
        """Whatever its size."""
        wire.websocket(room=0)
        wire.fill()
        wire.signal("x" * (10 * DURABLE_MAX))
        assert (wire.slow, wire.cuts, wire.outbox.dropped) == (0, 0, 1)

    def test_what_was_read_makes_room(self, wire: Wire) -> None:
        """The bound is on what waits, not on what was ever sent."""
        wire.websocket(room=0)
        for _ in range(20):
            wire.send("x" * (DURABLE_MAX - 100))
            wire.loop.turn()
            wire.transport.drain(DURABLE_MAX)
            wire.loop.advance(2 * BEHIND_LOOK_INTERVAL)
        assert (wire.slow, wire.outbox.waiting()) == (0, 0)

    def test_only_the_newest_waits(self, wire: Wire) -> None:
        """Over the bound, one signal of each kind is kept, the newest, and sent when the socket has caught up."""
        wire.websocket(room=0)
        wire.fill()
        wire.send("x" * VOLATILE_MAX)
        for number in range(5):
            wire.signal(f"anna {number}", newest_of="anna")
            wire.signal(f"bert {number}", newest_of="bert")
            wire.signal(f"other {number}")
        assert wire.outbox.dropped == 4 + 4 + 5
        wire.catch_up()
        wire.loop.turn()
        assert wire.transport.texts()[2:] == ["anna 4", "bert 4"]
        assert len(wire.transport.writes) == 3

    def test_a_newer_one_that_fits_replaces_what_was_kept(self, wire: Wire) -> None:
        """The older one is never sent behind it."""
        wire.websocket(room=0)
        wire.fill()
        wire.send("x" * VOLATILE_MAX)
        wire.signal("old", newest_of="anna")
        wire.transport.drain(VOLATILE_MAX)
        wire.signal("new", newest_of="anna")
        wire.catch_up()
        wire.loop.turn()
        assert wire.transport.texts()[2:] == ["new"]
        assert wire.outbox.dropped == 1

    def test_of_a_room_that_was_left_nothing_is_kept(self, wire: Wire) -> None:
        """The same member's of another room is, and one that counts in both is kept for each."""
        wire.websocket(room=0)
        wire.fill()
        wire.send("x" * VOLATILE_MAX)
        wire.outbox.forget("hall")
        wire.signal("in the hall", newest_of="anna")
        wire.signal("in the attic", newest_of="anna", room="attic")
        wire.outbox.forget("hall")
        wire.catch_up()
        wire.loop.turn()
        assert wire.transport.texts()[2:] == ["in the attic"]

    def test_how_many_newest_ones_are_kept(self, wire: Wire) -> None:
        """So many, and no more: a bound on bytes alone would not be one on what is kept beside it."""
        wire.websocket(room=0)
        wire.fill()
        wire.send("x" * VOLATILE_MAX)
        for number in range(LATEST_MAX + 10):
            wire.signal("s", newest_of=f"key {number}")
        assert wire.outbox.dropped == 10
        wire.signal("t", newest_of="key 3")
        assert wire.outbox.dropped == 11
        wire.catch_up()
        wire.loop.turn()
        assert len(wire.transport.texts()) == 2 + LATEST_MAX

    def test_kept_signals_are_let_go_of_with_the_socket(self, wire: Wire) -> None:
        """It ends while it is behind: nothing is sent, nobody looks any more."""
        wire.websocket(room=0)
        wire.fill()
        wire.send("x" * VOLATILE_MAX)
        wire.signal("old", newest_of="anna")
        wire.outbox.abort()
        wire.loop.advance(1)
        assert wire.transport.taken == b""
        assert wire.loop.timers == 0

    def test_a_transport_that_fails(self, loop: FakeLoop) -> None:
        """While it is looked at: the others that are behind are looked at all the same."""

        class Broken(FakeTransport):
            is_broken = False

            def get_write_buffer_size(self) -> int:
                if self.is_broken:
                    raise AttributeError
                return super().get_write_buffer_size()

        flusher = Flusher()
        broken, good = Broken(0), FakeTransport(0)
        outboxes = [Outbox(flusher, OutboxLimits(1000, 1000), lambda: None) for _ in range(2)]
        for outbox, transport in zip(outboxes, (broken, good), strict=True):
            outbox.attach(transport)
            outbox.send(message("a"), Lane.DURABLE)
        loop.turn()
        broken.is_broken = True
        with capture_logs() as logs:
            loop.advance(BEHIND_LOOK_INTERVAL * 1.5)
        assert [entry["event"] for entry in logs] == ["outbox.failed"]
        assert outboxes[0].is_finished
        good.drain()
        loop.advance(BEHIND_LOOK_INTERVAL)
        assert outboxes[1].pending == []


class TestPolling:
    def test_what_waits_is_polled(self, wire: Wire) -> None:
        """In order, all at once, of both lanes."""
        wire.send("a")
        wire.signal("b")
        wire.outbox.send(Outgoing(Opcode.BINARY, b"c"), Lane.DURABLE)
        poll = wire.poll()
        assert [outgoing.encode(b64=True) for outgoing in poll.result] == ["a", "b", "bYw=="]
        assert wire.outbox.waiting() == 0

    def test_a_poll_that_waits(self, wire: Wire) -> None:
        """Gets what comes first, and what comes in the same turn."""
        poll = wire.poll()
        assert not poll.is_done
        wire.send("a", "b")
        assert poll.go_on()
        assert texts_of(poll) == ["a", "b"]

    def test_a_poll_that_is_given_up(self, wire: Wire) -> None:
        """Nothing is lost: the next one gets it."""
        poll = wire.poll()
        wire.send("a")
        poll.cancel()
        wire.send("b")
        assert texts_of(wire.poll()) == ["a", "b"]

    def test_bounds(self, wire: Wire) -> None:
        """As over a WebSocket: signals are dropped, also those of which the newest counts; then it is slow."""
        wire.send("x" * (VOLATILE_MAX - 100))
        wire.signal("y" * 200)
        wire.signal("y" * 200, newest_of="anna")
        assert (wire.outbox.dropped, wire.slow) == (2, 0)
        wire.send("z" * 200)
        wire.send("z" * (DURABLE_MAX - VOLATILE_MAX))
        assert (wire.slow, wire.cuts) == (1, 1)

    def test_what_was_polled_makes_room(self, wire: Wire) -> None:
        """The bound is on what waits."""
        for _ in range(20):
            wire.send("x" * (DURABLE_MAX - 100))
            assert len(wire.poll().result) == 1
        assert wire.slow == 0


class TestUpgrade:
    def test_what_waits_goes_first(self, wire: Wire, loop: FakeLoop) -> None:
        """Then what is sent in the same turn, in one write."""
        wire.send("a", "b")
        wire.websocket()
        wire.send("c")
        loop.turn()
        assert wire.transport.texts() == ["a", "b", "c"]
        assert len(wire.transport.writes) == 1

    def test_what_was_polled_is_not_sent_again(self, wire: Wire, loop: FakeLoop) -> None:
        """Half of a burst went by polling."""
        wire.send("a")
        assert texts_of(wire.poll()) == ["a"]
        wire.send("b")
        wire.websocket()
        loop.turn()
        assert wire.transport.texts() == ["b"]


class TestEnding:
    def test_finish_delivers_what_is_there(self, wire: Wire, loop: FakeLoop) -> None:
        """At once, then the close frame; nothing after it."""
        wire.websocket()
        wire.send("last")
        wire.outbox.finish()
        assert wire.outbox.is_finished
        wire.send("too late")
        wire.signal("too late")
        wire.outbox.finish()
        loop.turn()
        assert wire.transport.frames() == [(Opcode.TEXT, b"last"), (Opcode.CLOSE, b"\x03\xe8")]
        loop.advance(FLUSH_DEADLINE * 0.9)
        assert wire.cuts == 0
        loop.advance(FLUSH_DEADLINE * 0.2)
        assert wire.cuts == 1

    def test_finish_of_one_that_is_behind(self, wire: Wire, loop: FakeLoop) -> None:
        """The close frame is the last in the buffer; who does not read is cut after the deadline."""
        wire.websocket(room=0)
        wire.fill()
        wire.send("last")
        wire.outbox.finish()
        loop.advance(FLUSH_DEADLINE / 2)
        wire.transport.drain()
        assert [opcode for opcode, _ in wire.transport.frames()] == [Opcode.TEXT, Opcode.TEXT, Opcode.CLOSE]
        loop.advance(FLUSH_DEADLINE)
        assert wire.cuts == 1

    def test_finish_of_one_that_polls(self, wire: Wire, loop: FakeLoop) -> None:
        """The next poll gets the last frames, the one after it the end; it is cut after the deadline."""
        wire.send("last")
        wire.outbox.finish()
        wire.send("too late")
        assert texts_of(wire.poll()) == ["last"]
        assert texts_of(wire.poll()) == []
        loop.advance(FLUSH_DEADLINE)
        assert wire.cuts == 1

    def test_finish_while_a_poll_waits(self, wire: Wire, loop: FakeLoop) -> None:
        """It is answered when the socket is cut, at the latest."""
        poll = wire.poll()
        wire.outbox.finish()
        loop.advance(FLUSH_DEADLINE)
        assert wire.cuts == 1
        assert poll.go_on()
        assert texts_of(poll) == []

    def test_finish_in_the_middle_of_an_upgrade(self, wire: Wire) -> None:
        """Who comes with its WebSocket then gets the last frames, and the end."""
        wire.send("last")
        wire.outbox.finish()
        wire.websocket()
        assert wire.transport.frames() == [(Opcode.TEXT, b"last"), (Opcode.CLOSE, b"\x03\xe8")]
        wire.send("too late")
        wire.loop.turn()
        assert len(wire.transport.frames()) == 2

    def test_abort_cuts_at_once(self, wire: Wire, loop: FakeLoop) -> None:
        """What is there is dropped."""
        wire.websocket()
        wire.send("never")
        wire.outbox.abort()
        assert wire.cuts == 1
        loop.turn()
        assert wire.transport.writes == []

    def test_close_takes_nothing(self, wire: Wire, loop: FakeLoop) -> None:
        """It went by itself: no error, nothing is written, nobody is cut."""
        wire.websocket()
        wire.send("never")
        wire.outbox.close()
        wire.send("late")
        wire.outbox.finish()
        loop.advance(1)
        assert (wire.transport.writes, wire.cuts, wire.slow) == ([], 0, 0)

    def test_close_ends_a_poll(self, wire: Wire) -> None:
        """One that waits, and those that come."""
        poll = wire.poll()
        wire.outbox.close()
        assert poll.go_on()
        assert texts_of(poll) == []
        assert texts_of(wire.poll()) == []


sizes = st.integers(1, 300)
steps = st.one_of(
    st.tuples(st.just("durable"), sizes),
    st.tuples(st.just("volatile"), sizes),
    st.tuples(st.just("newest"), st.tuples(st.sampled_from(["anna", "bert"]), sizes)),
    st.tuples(st.just("turn"), st.none()),
    st.tuples(st.just("pass"), st.sampled_from([WINDOW, BEHIND_LOOK_INTERVAL])),
    st.tuples(st.just("poll"), st.none()),
    st.tuples(st.just("drain"), st.integers(1, 900)),
    st.tuples(st.just("late"), sizes),
)
lives = st.tuples(st.lists(steps, max_size=15), st.lists(steps, max_size=50))


class Model:
    """Sends what a test says, and keeps what has to come of it."""

    def __init__(self, loop: FakeLoop) -> None:
        self.wire = Wire(loop, (10**6, VOLATILE_MAX))
        self.sent: list[str] = []
        self.got: list[str] = []
        self.waits: Waiting | None = None
        self.is_websocket = False

    def text(self, kind: str, size: int) -> str:
        self.sent.append(f"{len(self.sent)} {kind} ".ljust(size, "."))
        return self.sent[-1]

    def do(self, step: str, how: object) -> None:
        wire = self.wire
        match step, how:
            case "durable", int(size):
                wire.send(self.text("durable", size))
            case "volatile", int(size):
                wire.signal(self.text("volatile", size))
            case "newest", (str(key), int(size)):
                wire.signal(self.text(key, size), newest_of=key)
            case "turn", _:
                wire.loop.turn()
            case "pass", float(seconds):
                wire.loop.advance(seconds)
            case "poll", _ if not self.is_websocket:
                if self.waits is None:
                    self.waits = wire.poll()
            case "drain", int(size) if self.is_websocket:
                wire.transport.drain(size)
            case "late", int(size) if wire.outbox.pending == []:  # as the fan-out does in a hot room
                wire.flusher.mark_late(wire.outbox)
                wire.outbox.pending.append(message(self.text("volatile", size)).frame)
        self.read_poll()

    def read_poll(self) -> None:
        if self.waits is not None and self.waits.go_on():
            self.got += texts_of(self.waits)
            self.waits = None

    def upgrade(self, room: int) -> None:
        """As `HubSocket` does it: the poll that waits is answered first."""
        if self.waits is not None:
            self.wire.send(self.text("durable", 1))
            self.read_poll()
        self.is_websocket = True
        self.wire.websocket(room)

    def end(self) -> None:
        self.wire.catch_up()
        self.wire.loop.advance(1)
        self.got += self.wire.transport.texts()


@settings(max_examples=300, deadline=None, database=None, derandomize=True, print_blob=False)
@given(lives, st.integers(0, 1200))
def test_any_life(life: tuple[list[tuple[str, object]], list[tuple[str, object]]], room: int) -> None:
    """Polling, then WebSocket, behind and in time again: durable frames all arrive, once, and in order.

    Signals may be missing, and are counted then; those which arrive are in order among themselves and with the durable
    ones, but for those of which the newest counts: these come later at worst, never an older one behind a newer.
    """
    with pytest.MonkeyPatch.context() as patch:
        model = Model(FakeLoop.under(patch, outbox_module))
        before, after = life
        for step, how in before:
            model.do(step, how)
        model.upgrade(room)
        for step, how in after:
            model.do(step, how)
        model.end()
    assert len(set(model.got)) == len(model.got), "something came twice"
    kinds = defaultdict(list)
    for text in model.got:
        kinds[text.split()[1]].append(text)
    durable = [text for text in model.sent if text.split()[1] == "durable"]
    assert kinds["durable"] == durable
    place = {text: at for at, text in enumerate(model.sent)}
    in_order = [place[text] for text in model.got if text.split()[1] in ("durable", "volatile")]
    assert in_order == sorted(in_order)
    for key in ("anna", "bert"):
        places = [place[text] for text in kinds[key]]
        assert places == sorted(places)
    assert len(model.sent) - len(model.got) == model.wire.outbox.dropped
    assert (model.wire.slow, model.wire.cuts) == (0, 0)


@settings(max_examples=100, deadline=None, database=None, derandomize=True, print_blob=False)
@given(st.lists(steps, max_size=60), st.integers(0, 1200))
def test_the_newest_arrives(life: list[tuple[str, object]], room: int) -> None:
    """Over a WebSocket, the last signal of each kind is never dropped, however far behind the socket was."""
    with pytest.MonkeyPatch.context() as patch:
        model = Model(FakeLoop.under(patch, outbox_module))
        model.upgrade(room)
        for step, how in life:
            model.do(step, how)
        model.end()
    for key in ("anna", "bert"):
        sent = [text for text in model.sent if text.split()[1] == key]
        assert not sent or sent[-1] in model.got


class TestFigures:
    """What is counted, in this process's figures."""

    @pytest.fixture
    def figures(self, monkeypatch: pytest.MonkeyPatch) -> Figures:
        figures = Figures()
        monkeypatch.setattr(outbox_module, "FIGURES", figures)
        return figures

    def test_frames(self, wire: Wire, loop: FakeLoop, figures: Figures) -> None:
        """Each once, however many leave in one write: polled, by WebSocket, or by the one in place of the other."""
        wire.send("polled")
        texts_of(wire.poll())
        wire.send("waiting")
        wire.websocket()
        wire.send("a", "b")
        loop.turn()
        assert figures.frames == 4
        wire.websocket(room=0)
        wire.fill()
        wire.send("behind")
        assert figures.frames == 6

    def test_drops_and_slow_closes(self, wire: Wire, loop: FakeLoop, figures: Figures) -> None:
        """Signals for a socket that is behind, and the socket that is cut."""
        wire.websocket(room=0)
        wire.fill()
        for number in range(30):
            wire.signal(f"{number:0100}")
        assert figures.dropped == wire.outbox.dropped > 0
        assert figures.slow_closes == 0
        while not wire.outbox.is_finished:
            wire.send("d" * 100)
        assert figures.slow_closes == 1

    def test_how_long_a_fan_out_takes(self, loop: FakeLoop, figures: Figures, monkeypatch: pytest.MonkeyPatch) -> None:
        """From the commit until the turn's frames were written; of one that nobody was told of nothing is counted."""
        moments = iter((10.0, 10.5, 11.25, 20.0))
        monkeypatch.setattr(outbox_module, "perf_counter", lambda: next(moments))
        flusher = Flusher()
        outbox = Outbox(flusher, OutboxLimits(10_000, 10_000), lambda: None)
        outbox.attach(FakeTransport())
        flusher.committed()
        flusher.committed()
        outbox.send(message("news"), Lane.DURABLE)
        loop.turn()
        assert sum(figures.fanout.counts) == 2
        assert figures.fanout.total == pytest.approx(1.25 + 0.75)
        flusher.committed()
        loop.turn()
        assert sum(figures.fanout.counts) == 2
