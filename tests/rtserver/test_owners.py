"""`rtserver.owners` over the real log on SQLite.

The log is slowed down and broken where a test says so; nothing else is a stand-in. Two `Process`es share one file.
"""

import asyncio
import random
import sqlite3
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies

from rooms import project
from rooms.board.model import BoardElement, BoardPolicy, BoardState
from rooms.board.rules import BoardRules
from rooms.chat import decide as chat
from rooms.chat import rules as chat_rules
from rooms.chat import state as chat_state
from rooms.chat.messages import ChatPin, ChatReact
from rooms.chat.model import REACTIONS
from rooms.chat.rules import ChatRules
from rooms.chat.state import WINDOW, ChatState
from rooms.errors import ErrorCode, Refused
from rooms.events import BoardChanged, BoardPolicySet, Body, CallHeld, CallRemoved, ChatDeleted, ChatEdited, ChatPosted
from rooms.messages import Accepted, ChatDelete, ChatEdit, ChatPost, RoomAdd, RoomSetLock, RoomSetOpen
from rooms.model import DEFAULT_CAPABILITIES, Capability, Medium, Member, ProjectPhase, Role, Room, RoomKind
from rooms.permissions import Standing
from rooms.ports import Append, AppendOutcome, LogUnavailable, StoredSnapshot, StreamHead, Tail
from rooms.stored import encode_body
from rooms.stream import Decision, Event, StreamName
from rtserver import live_stream as live_stream_module
from rtserver import recent_events, snapshots
from rtserver.broker.memory import MemoryBroker, MemoryBus
from rtserver.broker.port import Broker, BrokerListener, Channel
from rtserver.cluster.streams import StreamRelay
from rtserver.database import Database
from rtserver.live_stream import LiveStream
from rtserver.owners import Owners
from rtserver.storage import SqlLog
from tests.contract.support import SqliteBackend
from tests.rooms.board.drawing import drawn
from tests.rooms.samples import ALONE, CLASS_ROOM, OPENING

ROOM = "r1"
STREAM = "room:r1"
ANNA = "anna"
BRUNO = "bruno"
NOON = 1_790_000_000_000


class PacedLog(SqlLog):
    """The real log, whose appends wait, or fail before or after the commit, when a test says so."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.appends: list[Append] = []
        self.opened: list[StreamName] = []
        self.faults: list[str] = []
        self.broken = False
        self._free = asyncio.Event()
        self._free.set()
        self._arrived = asyncio.Event()

    async def append(self, append: Append) -> AppendOutcome:
        self.appends.append(append)
        self._arrived.set()
        await self._free.wait()
        fault = self.faults.pop(0) if self.faults else None
        if fault == "before":
            raise LogUnavailable("broken by the test")
        outcome = await super().append(append)
        if fault == "after":
            raise LogUnavailable("the answer was lost by the test")
        return outcome

    async def open(self, stream: StreamName) -> StreamHead:
        self.opened.append(stream)
        return await super().open(stream)

    async def read(self, stream: StreamName, after: int, limit: int, bytes_max: int | None = None) -> list[Event]:
        if self.broken:
            raise LogUnavailable("broken by the test")
        return await super().read(stream, after, limit, bytes_max)

    async def tail(self, stream: StreamName, after: int, limit: int) -> Tail | None:
        if self.broken:
            raise LogUnavailable("broken by the test")
        return await super().tail(stream, after, limit)

    def pause(self) -> None:
        """From now on appends wait."""
        self._free.clear()
        self._arrived.clear()

    async def arrival(self) -> None:
        """Returns when an append waits."""
        await self._arrived.wait()

    def resume(self) -> None:
        """Let those that wait, and all others, go on."""
        self._free.set()


class Journal:
    """A `Listener` that keeps what it was told, in order; answers are noted in it too."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, Any]] = []

    def committed(self, stream: StreamName, events: list[Event]) -> None:
        assert events, "an empty commit was told"
        self.entries += [("event", event) for event in events]

    def reset(self, stream: StreamName) -> None:
        self.entries.append(("reset", stream))

    def answer_to(self, what: str) -> Callable[[Accepted | Refused], None]:
        """An `Answer` that notes its outcome."""
        return lambda outcome: self.entries.append((what, outcome))

    def events(self, stream: StreamName = STREAM) -> list[Event]:
        return [item for kind, item in self.entries if kind == "event" and item.stream == stream]

    def seqs(self, stream: StreamName = STREAM) -> list[int]:
        return [event.seq for event in self.events(stream)]

    def texts(self) -> list[str]:
        return [event.body.text for event in self.events() if isinstance(event.body, ChatPosted)]

    def outcomes(self) -> dict[str, Any]:
        """The answers by what they answer. Each was given once."""
        answers = [(kind, item) for kind, item in self.entries if kind not in ("event", "reset")]
        assert len(dict(answers)) == len(answers), "something was answered twice"
        return dict(answers)


class Process:
    """What one process has: a database handle, a log, the owners, and who is told."""

    def __init__(self, database: Database, keep: int | None = None, broker: Broker | None = None) -> None:
        self.log = PacedLog(database)
        self.journal = Journal()
        self.now = NOON
        relay = None if broker is None else StreamRelay(broker)
        self.owners = Owners(self.log, self.log, lambda: self.now, keep, relay=relay)
        self.owners.listen(self.journal)


class File:
    """A database file that any number of processes may open."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @asynccontextmanager
    async def process(self, keep: int | None = None, broker: Broker | None = None) -> AsyncIterator[Process]:
        database = await Database.open(f"sqlite+aiosqlite:///{self.path}")
        process = Process(database, keep, broker)
        try:
            yield process
        finally:
            process.log.resume()
            await process.owners.close()
            await process.log.close()
            await database.close()

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What another program reads in the file, or does to it."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            return connection.execute(statement, values).fetchall()

    def replace_log(self, epoch: str, head: int) -> None:
        """What a restore from a copy does: the stream ends earlier, and says so by another epoch."""
        for table, column in (("events", "seq"), ("nonces", "seq"), ("chat_messages", "id")):
            self.ask(f"DELETE FROM {table} WHERE stream = ? AND {column} > ?", STREAM, head)
        self.ask("UPDATE streams SET epoch = ?, head = ? WHERE stream = ?", epoch, head, STREAM)

    def stored_seqs(self, stream: StreamName = STREAM) -> list[int]:
        return [seq for (seq,) in self.ask("SELECT seq FROM events WHERE stream = ? ORDER BY seq", stream)]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return SqliteBackend.make_template(tmp_path_factory.mktemp("template"))


@pytest.fixture
def file(tmp_path: Path, template: Path) -> File:
    return File(SqliteBackend(tmp_path, template).file)


@pytest.fixture
async def on(file: File) -> AsyncIterator[Process]:
    async with file.process() as process:
        yield process


def decides(decision: Decision) -> Callable[[object], Decision]:
    """A command that leads to this, whatever the state."""
    return lambda _: decision


def says(*texts: str) -> Callable[[object], Decision]:
    """A decision that posts, whatever the state is."""
    return lambda _state: Decision(tuple(ChatPosted(text) for text in texts))


def refuses(code: ErrorCode) -> Callable[[object], Decision]:
    def decide(_state: object) -> Decision:
        raise Refused(code)

    return decide


def nothing(_state: object) -> Decision:
    """What was asked for is so already."""
    return Decision()


def nonce(number: int) -> str:
    return f"nonce-{number:05}"


def counted(asked: list[str], name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """The method, which says that it was asked."""

    def asking(*arguments: Any) -> Any:
        asked.append(name)
        return method(*arguments)

    return asking


async def submit_all(live: LiveStream[Any], texts: Iterable[str], first: int = 1) -> list[Accepted]:
    """Post each text, all of them at once."""
    posts = [live.submit(ANNA, nonce(first + index), says(text)) for index, text in enumerate(texts)]
    return list(await asyncio.gather(*posts))


async def settle(live: LiveStream[Any]) -> None:
    """Returns when everything that the stream was asked or nudged to do before is done, snapshots included."""
    for _ in range(2):  # the first is answered before the snapshot of its own batch is stored
        with pytest.raises(Refused):
            await live.submit("nobody", "nonce-of-nobody", refuses(ErrorCode.INVALID))
        await live.idle()


def shown(rules: Any, state: Any) -> Any:
    """What a stored snapshot holds of a state: not what was fetched for a moment."""
    return rules.decode(rules.encode(state))


async def refusal(awaitable: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        await awaitable
    return caught.value


class TestOrder:
    async def test_commands_keep_their_order(self, on: Process) -> None:
        """The log, the listener and the answers all have the order in which the commands came."""
        live = await on.owners.room(ROOM)
        for number in range(50):
            live.enqueue(ANNA, nonce(number), says(str(number)), on.journal.answer_to(str(number)))
        await settle(live)
        assert on.journal.texts() == [str(number) for number in range(50)]
        assert on.journal.outcomes() == {str(number): Accepted(number + 1) for number in range(50)}
        assert list(on.journal.outcomes()) == [str(number) for number in range(50)]

    async def test_what_arrives_during_a_commit_is_decided_together(self, on: Process) -> None:
        """One append for the first command, one for all that came while it was being written."""
        live = await on.owners.room(ROOM)
        on.log.pause()
        first = asyncio.ensure_future(live.submit(ANNA, nonce(0), says("first")))
        await on.log.arrival()
        rest = [asyncio.ensure_future(live.submit(ANNA, nonce(n), says(str(n)))) for n in range(1, 20)]
        on.log.resume()
        assert [await future for future in (first, *rest)] == [Accepted(seq) for seq in range(1, 21)]
        assert [len(append.events) for append in on.log.appends] == [1, 19]

    async def test_each_is_decided_on_what_those_before_it_in_the_batch_lead_to(self, on: Process) -> None:
        """The second command of a batch sees the first one's message."""
        live = await on.owners.room(ROOM)
        seen: list[list[str]] = []

        def decide(text: str) -> Callable[[ChatState], Decision]:
            def deciding(state: ChatState) -> Decision:
                seen.append([message.text for message in state.messages])
                return Decision((ChatPosted(text),))

            return deciding

        await asyncio.gather(*(live.submit(ANNA, nonce(n), decide(str(n))) for n in range(3)))
        assert seen == [[], ["0"], ["0", "1"]]
        assert len(on.log.appends) == 1

    async def test_a_batch_is_limited(self, on: Process, monkeypatch: pytest.MonkeyPatch) -> None:
        """A long queue is decided in several appends, in order."""
        monkeypatch.setattr(live_stream_module, "BATCH_MAX", 4)
        live = await on.owners.room(ROOM)
        await submit_all(live, map(str, range(10)))
        assert [len(append.events) for append in on.log.appends] == [4, 4, 2]
        assert on.journal.texts() == [str(number) for number in range(10)]

    async def test_events_carry_time_actor_and_nonce(self, on: Process) -> None:
        """The time is that of the decision, from the clock that was passed in."""
        live = await on.owners.room(ROOM)
        on.now = 123_456
        await live.submit(BRUNO, nonce(7), says("hello"))
        (event,) = on.journal.events()
        assert event == Event(STREAM, 1, 123_456, BRUNO, nonce(7), ChatPosted("hello"))

    async def test_no_answer_and_no_event_before_the_commit(self, on: Process, file: File) -> None:
        """While the append waits nobody is told; when the answer comes another program finds the event in the file."""
        live = await on.owners.room(ROOM)
        stored: list[list[int]] = []
        on.log.pause()
        live.enqueue(ANNA, nonce(1), says("hello"), lambda _outcome: stored.append(file.stored_seqs()))
        await on.log.arrival()
        assert (stored, on.journal.entries, live.state.messages, live.position.seq) == ([], [], (), 0)
        on.log.resume()
        await settle(live)
        assert stored == [[1]]

    async def test_the_listener_hears_before_the_answer(self, on: Process) -> None:
        """So that one's own event and the ack leave in the same flush, the event first."""
        live = await on.owners.room(ROOM)
        for number in (1, 2):
            live.enqueue(ANNA, nonce(number), says(str(number)), on.journal.answer_to("answer " + str(number)))
        await settle(live)
        assert [kind for kind, _ in on.journal.entries] == ["event", "event", "answer 1", "answer 2"]

    async def test_listeners_hear_each_event_once(self, on: Process) -> None:
        """Several listeners, several commits, one of them with events of one command."""
        second = Journal()
        on.owners.listen(second)
        live = await on.owners.room(ROOM)
        await live.submit(ANNA, nonce(1), says("a", "b"))
        await submit_all(live, ["c", "d"], first=2)
        assert on.journal.seqs() == second.seqs() == [1, 2, 3, 4]


class TestResend:
    async def test_of_a_recent_command(self, on: Process) -> None:
        """The first one's ack, and nothing written."""
        live = await on.owners.room(ROOM)
        accepted = await live.submit(ANNA, nonce(1), says("once"))
        assert await live.submit(ANNA, nonce(1), says("twice")) == accepted
        assert len(on.log.appends) == 1
        assert on.journal.texts() == ["once"]

    async def test_in_the_same_batch(self, on: Process) -> None:
        """Decided once, answered twice."""
        live = await on.owners.room(ROOM)
        twice = (live.submit(ANNA, nonce(1), says("once")), live.submit(ANNA, nonce(1), says("twice")))
        assert list(await asyncio.gather(*twice)) == [Accepted(1), Accepted(1)]
        assert on.journal.texts() == ["once"]

    async def test_in_the_batch_after_the_one_in_flight(self, on: Process) -> None:
        """The first is being written when the resend comes."""
        live = await on.owners.room(ROOM)
        on.log.pause()
        first = asyncio.ensure_future(live.submit(ANNA, nonce(1), says("once")))
        await on.log.arrival()
        second = asyncio.ensure_future(live.submit(ANNA, nonce(1), says("twice")))
        on.log.resume()
        assert (await first, await second) == (Accepted(1), Accepted(1))
        assert on.journal.texts() == ["once"]

    async def test_of_one_that_memory_has_forgotten(self, on: Process, monkeypatch: pytest.MonkeyPatch) -> None:
        """The store knows it; what else is in the batch is not harmed."""
        monkeypatch.setattr(live_stream_module, "RECENT_NONCES_MAX", 2)
        live = await on.owners.room(ROOM)
        for number in range(1, 6):
            await live.submit(ANNA, nonce(number), says(str(number)))
        answers = await asyncio.gather(
            live.submit(ANNA, nonce(6), says("6")),
            live.submit(ANNA, nonce(1), says("1 again")),
            live.submit(ANNA, nonce(7), says("7")),
            live.submit(ANNA, nonce(2), says("2 again")),
        )
        assert list(answers) == [Accepted(6), Accepted(1), Accepted(7), Accepted(2)]
        assert on.journal.texts() == ["1", "2", "3", "4", "5", "6", "7"]
        assert on.journal.seqs() == [1, 2, 3, 4, 5, 6, 7]

    async def test_after_a_restart(self, on: Process, file: File) -> None:
        """Another process knows the ack of the first."""
        await (await on.owners.room(ROOM)).submit(ANNA, nonce(1), says("a", "b", "c"))
        async with file.process() as restarted:
            live = await restarted.owners.room(ROOM)
            assert await live.submit(ANNA, nonce(1), says("again")) == Accepted(3)
            assert restarted.log.appends == []

    async def test_after_a_restart_of_one_whose_events_were_pruned(
        self, file: File, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nonces outlive events."""
        monkeypatch.setattr(snapshots, "SNAPSHOT_INTERVAL", 4)
        async with file.process(keep=1) as before:
            live = await before.owners.room(ROOM)
            await submit_all(live, "abcd")
            await settle(live)
            assert file.stored_seqs() == [4]
        async with file.process() as after:
            live = await after.owners.room(ROOM)
            assert await live.submit(ANNA, nonce(2), says("again")) == Accepted(2)
            assert live.position.seq == 4

    async def test_of_a_command_that_changed_nothing(self, on: Process, file: File) -> None:
        """It is acknowledged at the head it found, also when things have changed since, and after a restart."""
        live = await on.owners.room(ROOM)
        await live.submit(ANNA, nonce(1), says("a"))
        assert await live.submit(ANNA, nonce(2), nothing) == Accepted(1)
        await live.submit(ANNA, nonce(3), says("b"))
        assert await live.submit(ANNA, nonce(2), says("late")) == Accepted(1)
        async with file.process() as restarted:
            again = await restarted.owners.room(ROOM)
            assert await again.submit(ANNA, nonce(2), says("late")) == Accepted(1)
        assert on.journal.seqs() == [1, 2]

    async def test_of_a_refused_command_is_decided_anew(self, on: Process) -> None:
        """A refusal is not remembered: what was closed may be open now."""
        live = await on.owners.room(ROOM)
        refused = await refusal(live.submit(ANNA, nonce(1), refuses(ErrorCode.ROOM_CLOSED)))
        assert refused.code is ErrorCode.ROOM_CLOSED
        assert on.log.appends == []
        assert await live.submit(ANNA, nonce(1), says("now")) == Accepted(1)

    async def test_the_same_nonce_of_another_actor_is_another_command(self, on: Process) -> None:
        """Nonces belong to a stream and an actor."""
        live, other = await on.owners.room(ROOM), await on.owners.room("r2")
        assert await live.submit(ANNA, nonce(1), says("a")) == Accepted(1)
        assert await live.submit(BRUNO, nonce(1), says("b")) == Accepted(2)
        assert await other.submit(ANNA, nonce(1), says("c")) == Accepted(1)

    async def test_a_refusal_in_a_batch_leaves_the_others(self, on: Process) -> None:
        """It takes no number."""
        live = await on.owners.room(ROOM)
        live.enqueue(ANNA, nonce(1), says("a"), on.journal.answer_to("a"))
        live.enqueue(ANNA, nonce(2), refuses(ErrorCode.ROOM_LOCKED), on.journal.answer_to("b"))
        live.enqueue(ANNA, nonce(3), says("c"), on.journal.answer_to("c"))
        await settle(live)
        outcomes = on.journal.outcomes()
        assert (outcomes["a"], outcomes["c"]) == (Accepted(1), Accepted(2))
        assert outcomes["b"].code is ErrorCode.ROOM_LOCKED


class TestTwoOwners:
    @pytest.fixture
    async def other(self, file: File) -> AsyncIterator[Process]:
        async with file.process() as process:
            yield process

    async def test_who_was_second_reads_and_decides_again(self, on: Process, other: Process) -> None:
        """The second decision is made on the state with the other's event in it; both end equal."""
        ours, theirs = await on.owners.room(ROOM), await other.owners.room(ROOM)
        assert await theirs.submit(BRUNO, nonce(1), says("theirs")) == Accepted(1)
        seen: list[int] = []

        def decide(state: ChatState) -> Decision:
            seen.append(len(state.messages))
            return Decision((ChatPosted("ours"),))

        assert await ours.submit(ANNA, nonce(1), decide) == Accepted(2)
        assert seen == [0, 1]
        theirs.nudge()
        await settle(theirs)
        assert ours.state == theirs.state
        assert ours.position == theirs.position
        assert on.journal.events() == other.journal.events()
        assert [event.body for event in on.journal.events()] == [ChatPosted("theirs"), ChatPosted("ours")]

    async def test_what_was_allowed_may_be_refused_the_second_time(self, on: Process, other: Process) -> None:
        """Only the second decision counts."""
        ours, theirs = await on.owners.room(ROOM), await other.owners.room(ROOM)
        await theirs.submit(BRUNO, nonce(1), says("theirs"))

        def only_in_an_empty_room(state: ChatState) -> Decision:
            if state.messages:
                raise Refused(ErrorCode.ROOM_CLOSED)
            return Decision((ChatPosted("first!"),))

        assert (await refusal(ours.submit(ANNA, nonce(1), only_in_an_empty_room))).code is ErrorCode.ROOM_CLOSED
        assert on.journal.texts() == ["theirs"]

    async def test_a_resend_to_the_other_process(self, on: Process, other: Process) -> None:
        """Which has not heard of the first one yet."""
        ours, theirs = await on.owners.room(ROOM), await other.owners.room(ROOM)
        assert await ours.submit(ANNA, nonce(1), says("once")) == Accepted(1)
        assert await theirs.submit(ANNA, nonce(1), says("twice")) == Accepted(1)
        assert other.journal.texts() == ["once"]

    async def test_a_resend_of_what_changed_nothing_to_the_other_process(self, on: Process, other: Process) -> None:
        """No event tells the other process of that nonce: the store does."""
        ours, theirs = await on.owners.room(ROOM), await other.owners.room(ROOM)
        assert await ours.submit(ANNA, nonce(1), nothing) == Accepted(0)
        assert await theirs.submit(ANNA, nonce(1), says("twice")) == Accepted(0)
        assert other.journal.texts() == []

    async def test_nudge_reads_what_others_wrote(self, on: Process, other: Process) -> None:
        """Once, in order, by pages."""
        ours, theirs = await on.owners.room(ROOM), await other.owners.room(ROOM)
        await submit_all(theirs, map(str, range(7)))
        ours.nudge()
        ours.nudge()
        await settle(ours)
        assert on.journal.seqs() == list(range(1, 8))
        assert ours.state == theirs.state

    async def test_reading_by_pages(self, on: Process, other: Process, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whatever the length of the tail."""
        monkeypatch.setattr(live_stream_module, "READ_PAGE", 3)
        ours, theirs = await on.owners.room(ROOM), await other.owners.room(ROOM)
        await submit_all(theirs, map(str, range(6)))
        ours.nudge()
        await settle(ours)
        assert on.journal.seqs() == [1, 2, 3, 4, 5, 6]
        assert [event.seq for event in await ours.read(2, 3)] == [3, 4, 5]

    async def test_nudge_behind_wakes_only_streams_that_are_behind(self, on: Process, other: Process) -> None:
        """One look at the heads of all live streams, project streams too."""
        ours, quiet = await on.owners.room(ROOM), await on.owners.room("r2")
        project = await on.owners.new_project("p1")
        await (await other.owners.room(ROOM)).submit(BRUNO, nonce(1), says("theirs"))
        await (await other.owners.new_project("p1")).submit(BRUNO, nonce(1), nothing)
        nudged: list[str] = []
        for live in (ours, quiet, project):
            live.nudge = lambda live=live: nudged.append(live.name)  # type: ignore[method-assign,misc]
        await on.owners.nudge_behind()
        assert nudged == [STREAM]

    async def test_a_stream_that_goes_on_while_heads_are_looked_up(
        self, on: Process, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What it has appended meanwhile is not taken for something that is missing, on either side."""
        live = await on.owners.room(ROOM)
        heads = on.log.heads

        async def slowly(streams: Sequence[StreamName]) -> dict[StreamName, StreamHead]:
            found = await heads(streams)
            await live.submit(ANNA, nonce(1), says("meanwhile"))
            return found

        monkeypatch.setattr(on.log, "heads", slowly)
        nudged: list[str] = []
        monkeypatch.setattr(live, "nudge", lambda: nudged.append(live.name))
        await on.owners.nudge_behind()
        assert (nudged, live.position.seq) == ([], 1)

    async def test_a_conflict_costs_one_question(
        self, on: Process, other: Process, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What others have appended, and that this is all: then it is decided again."""
        ours, theirs = await on.owners.room(ROOM), await other.owners.room(ROOM)
        await submit_all(theirs, map(str, range(3)))
        asked: list[str] = []
        for name in ("heads", "read", "tail", "open"):
            monkeypatch.setattr(on.log, name, counted(asked, name, getattr(on.log, name)))
        assert await ours.submit(ANNA, nonce(9), says("after")) == Accepted(4)
        assert asked == ["tail"]
        assert on.journal.texts() == ["0", "1", "2", "after"]

    async def test_nudge_behind_without_streams(self, on: Process) -> None:
        """Nothing is asked for nothing."""
        await on.owners.nudge_behind()

    async def test_what_is_not_known_yet_is_not_read(self, on: Process, other: Process) -> None:
        """A reader gets no more than the state that it is given beside it."""
        ours, theirs = await on.owners.room(ROOM), await other.owners.room(ROOM)
        await ours.submit(ANNA, nonce(1), says("ours"))
        theirs.nudge()
        await settle(theirs)
        await theirs.submit(BRUNO, nonce(1), says("theirs"))
        assert [event.seq for event in await ours.read(0, 10)] == [1]

    async def test_a_log_of_which_nothing_is_left(self, on: Process, other: Process) -> None:
        """Only its snapshot: who is behind starts from that."""
        ours, theirs = await on.owners.room(ROOM), await other.owners.room(ROOM)
        await submit_all(theirs, "abc")
        stored = StoredSnapshot(theirs.position, theirs._rules.version, theirs._rules.encode(theirs.state))
        await other.log.save_snapshot(STREAM, stored)
        await other.log.prune(STREAM, 3)
        ours.nudge()
        await settle(ours)
        assert (ours.position, ours.state) == (theirs.position, theirs.state)
        assert on.journal.entries == [("reset", STREAM)]

    async def test_a_log_that_was_pruned_behind_our_back(
        self, file: File, other: Process, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Who finds a gap starts from the snapshot and says so, rather than applying what comes after the gap."""
        monkeypatch.setattr(snapshots, "SNAPSHOT_INTERVAL", 5)
        behind = await other.owners.room(ROOM)
        async with file.process(keep=1) as ahead:
            live = await ahead.owners.room(ROOM)
            for number in range(6):
                await live.submit(ANNA, nonce(number), says(str(number)))
                await live.idle()
            behind.nudge()
            await settle(behind)
            assert behind.state == live.state
            assert behind.position == live.position
        assert other.journal.entries[0] == ("reset", STREAM)
        assert other.journal.seqs() == [6]


class TestUnavailable:
    async def test_append_that_failed(self, on: Process) -> None:
        """A refusal that is worth another try; nothing happened; the resend is accepted."""
        live = await on.owners.room(ROOM)
        on.log.faults = ["before"]
        refused = await refusal(live.submit(ANNA, nonce(1), says("hello")))
        assert (refused.code, refused.retry) == (ErrorCode.UNAVAILABLE, True)
        assert (live.position.seq, live.state.messages) == (0, ())
        assert await live.submit(ANNA, nonce(1), says("hello")) == Accepted(1)
        assert on.journal.seqs() == [1]

    async def test_append_whose_answer_was_lost(self, on: Process) -> None:
        """It had taken effect: the resend gets the ack of the first, and the event is told once."""
        live = await on.owners.room(ROOM)
        await live.submit(ANNA, nonce(1), says("before"))
        on.log.faults = ["after"]
        assert (await refusal(live.submit(ANNA, nonce(2), says("hello")))).code is ErrorCode.UNAVAILABLE
        assert on.journal.seqs() == [1]
        assert await live.submit(ANNA, nonce(2), says("hello again")) == Accepted(2)
        assert await live.submit(BRUNO, nonce(1), says("after")) == Accepted(3)
        assert on.journal.texts() == ["before", "hello", "after"]
        assert on.journal.seqs() == [1, 2, 3]

    async def test_append_whose_answer_was_lost_is_told_without_a_resend(self, on: Process) -> None:
        """The look at the heads that is made every second finds it."""
        live = await on.owners.room(ROOM)
        on.log.faults = ["after"]
        await refusal(live.submit(ANNA, nonce(1), says("hello")))
        await on.owners.nudge_behind()
        await settle(live)
        assert on.journal.texts() == ["hello"]
        assert len(live.state.messages) == 1

    async def test_the_whole_batch_is_refused_and_what_came_later_goes_on(self, on: Process) -> None:
        """Those that waited behind it are decided on the reloaded state."""
        live = await on.owners.room(ROOM)
        on.log.faults = ["after"]
        on.log.pause()
        for name in ("a", "b"):
            live.enqueue(ANNA, f"nonce-of-{name}", says(name), on.journal.answer_to(name))
        await on.log.arrival()
        live.enqueue(ANNA, "nonce-of-c", says("c"), on.journal.answer_to("c"))
        on.log.resume()
        await settle(live)
        outcomes = on.journal.outcomes()
        assert [outcomes[name].code for name in ("a", "b")] == [ErrorCode.UNAVAILABLE] * 2
        assert outcomes["c"] == Accepted(3)
        assert on.journal.texts() == ["a", "b", "c"]

    async def test_reading_fails_while_reloading(self, on: Process) -> None:
        """Each command is refused until the log can be read again; then all is as it was."""
        live = await on.owners.room(ROOM)
        await live.submit(ANNA, nonce(1), says("a"))
        on.log.faults, on.log.broken = ["before"], True
        for number in (2, 3):
            assert (await refusal(live.submit(ANNA, nonce(number), says("b")))).code is ErrorCode.UNAVAILABLE
        on.log.broken = False
        assert await live.submit(ANNA, nonce(2), says("b")) == Accepted(2)
        assert on.journal.texts() == ["a", "b"]

    async def test_a_stream_that_cannot_be_loaded(self, on: Process) -> None:
        """The caller is told; the next try loads it."""
        on.log.broken = True
        with pytest.raises(LogUnavailable):
            await on.owners.room(ROOM)
        on.log.broken = False
        assert (await on.owners.room(ROOM)).position.seq == 0

    async def test_many_wait_for_one_load_that_fails(self, on: Process, file: File) -> None:
        """Those who try again at once share the next load: no event is applied twice."""
        async with file.process() as other:
            await submit_all(await other.owners.room(ROOM), "abc")
        on.log.broken = True
        kept = LiveStream(STREAM, ChatRules(), on.log, lambda: NOON, [on.journal])

        async def insist() -> None:
            try:
                await kept.ready()
            except LogUnavailable:
                on.log.broken = False
                await kept.ready()

        await asyncio.gather(*(insist() for _ in range(5)))
        assert on.log.opened == [STREAM, STREAM]
        assert len(kept.state.messages) == 3
        assert on.journal.seqs() == [1, 2, 3]

    async def test_a_decision_that_breaks_hurts_nobody_elsewhere(self, on: Process) -> None:
        """A bug is answered with INTERNAL; other streams, and this one's next commands, go on."""
        live, other = await on.owners.room(ROOM), await on.owners.room("r2")

        def broken(_state: object) -> Decision:
            raise ZeroDivisionError

        outcomes = await asyncio.gather(
            live.submit(ANNA, nonce(1), broken), other.submit(ANNA, nonce(1), says("fine")), return_exceptions=True
        )
        assert isinstance(outcomes[0], Refused)
        assert (outcomes[0].code, outcomes[0].detail) == (ErrorCode.INTERNAL, None)
        assert outcomes[1] == Accepted(1)
        assert await live.submit(ANNA, nonce(1), says("mended")) == Accepted(1)

    async def test_what_cannot_be_stored_is_internal(self, on: Process) -> None:
        """An append that the log refuses to take is a bug, and the stream survives it."""
        live = await on.owners.room(ROOM)
        assert (await refusal(live.submit(ANNA, nonce(1), says("\ud800")))).code is ErrorCode.INTERNAL
        assert await live.submit(ANNA, nonce(1), says("fine")) == Accepted(1)


class TestEpoch:
    async def test_another_epoch_resets(self, on: Process, file: File) -> None:
        """The log was replaced: followers are told to start anew, and the state is that of the new log."""
        live = await on.owners.room(ROOM)
        await submit_all(live, "abc")
        file.replace_log("restored", head=1)
        await on.owners.nudge_behind()
        await settle(live)
        assert on.journal.entries[3] == ("reset", STREAM)
        assert live.position.epoch == "restored"
        assert [message.text for message in live.state.messages] == ["a"]
        assert await live.submit(ANNA, nonce(2), says("b anew")) == Accepted(2)

    async def test_another_epoch_is_found_by_a_command(self, on: Process, file: File) -> None:
        """Its append does not fit; the reset comes before the new event."""
        live = await on.owners.room(ROOM)
        await submit_all(live, "ab")
        file.replace_log("erased", head=0)
        assert await live.submit(ANNA, nonce(9), says("new")) == Accepted(1)
        assert [kind for kind, _ in on.journal.entries] == ["event", "event", "reset", "event"]

    async def test_the_first_load_resets_nobody(self, on: Process) -> None:
        """Nobody followed yet."""
        await on.owners.room(ROOM)
        assert on.journal.entries == []

    async def test_a_restart_keeps_the_epoch(self, on: Process, file: File) -> None:
        """Clients resume where they were."""
        epoch = (await on.owners.room(ROOM)).position.epoch
        async with file.process() as restarted:
            assert (await restarted.owners.room(ROOM)).position.epoch == epoch


class TestSnapshots:
    @pytest.fixture(autouse=True)
    def interval(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(snapshots, "SNAPSHOT_INTERVAL", 10)

    async def test_every_interval(self, on: Process) -> None:
        """Not before, and again after as many events more."""
        live = await on.owners.room(ROOM)
        kept: list[int] = []
        for number in range(25):
            await live.submit(ANNA, nonce(number), says(str(number)))
            await settle(live)
            stored = await on.log.load_snapshot(STREAM)
            kept.append(stored.position.seq if stored is not None else 0)
        assert kept == [0] * 9 + [10] * 10 + [20] * 6

    async def test_snapshot_and_tail_equal_replay(self, on: Process, file: File) -> None:
        """Whatever is loaded from, the state is the same."""
        live = await on.owners.room(ROOM)
        await submit_all(live, map(str, range(60)))
        await live.submit(ANNA, nonce(100), lambda _state: Decision((ChatEdited(58, "edited"), ChatDeleted(59))))
        await live.submit(ANNA, nonce(101), says("last"))
        rules = ChatRules()
        replayed = rules.empty(STREAM)
        for event in await on.log.read(STREAM, 0, 1000):
            replayed = rules.apply(replayed, event)
        async with file.process() as restarted:
            loaded = await restarted.owners.room(ROOM)
            assert shown(rules, loaded.state) == shown(rules, replayed)
            assert loaded.position == live.position
        assert shown(rules, live.state) == shown(rules, replayed)

    async def test_a_restart_reads_only_the_tail(self, on: Process, file: File) -> None:
        """What the snapshot holds is not read again."""
        live = await on.owners.room(ROOM)
        for number in range(13):
            await live.submit(ANNA, nonce(number), says(str(number)))
        await settle(live)
        async with file.process() as restarted:
            loaded = await restarted.owners.room(ROOM)
            assert loaded.state == live.state
            assert restarted.journal.seqs() == [11, 12, 13]

    async def test_of_another_version_is_not_read(
        self, on: Process, file: File, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The log is replayed instead."""
        live = await on.owners.room(ROOM)
        await submit_all(live, map(str, range(12)))
        await settle(live)
        monkeypatch.setattr(ChatRules, "version", 2)
        async with file.process() as restarted:
            loaded = await restarted.owners.room(ROOM)
            assert loaded.state == live.state
            assert restarted.journal.seqs() == list(range(1, 13))

    async def test_pruning_of_boards(self, on: Process, monkeypatch: pytest.MonkeyPatch) -> None:
        """They have a setting of their own; what is kept can be played again, and how far back that goes is known."""
        monkeypatch.setattr(snapshots, "SNAPSHOT_INTERVAL", 5)
        owners = Owners(on.log, on.log, lambda: NOON, 1, 3)
        live = await owners.board("b1")
        assert await owners.board("b1") is live
        for number in range(10):
            decision = Decision((BoardPolicySet(BoardPolicy(export=number % 2 == 0)),))
            await live.submit(ANNA, nonce(number), decides(decision))
            await live.idle()
        assert await live.pruned() == 7
        assert [event.seq for event in await on.log.read("board:b1", 0, 99)] == [8, 9, 10]
        await owners.close()

    async def test_boards_are_pruned_by_bytes(self, on: Process, monkeypatch: pytest.MonkeyPatch) -> None:
        """Large events push out others before there are too many of them."""
        monkeypatch.setattr(snapshots, "SNAPSHOT_INTERVAL", 5)
        body = BoardPolicySet(BoardPolicy())
        owners = Owners(on.log, on.log, lambda: NOON, 1, 100, 2 * len(encode_body(body)))
        live = await owners.board("b1")
        for number in range(10):
            await live.submit(ANNA, nonce(number), decides(Decision((body,))))
            await live.idle()
        assert await live.pruned() == 8
        await owners.close()

    async def test_large_boards_are_stored_in_a_thread(self, on: Process, monkeypatch: pytest.MonkeyPatch) -> None:
        """From the first time on: what a board weighs is known."""
        monkeypatch.setattr(snapshots, "SNAPSHOT_INTERVAL", 1)
        monkeypatch.setattr(snapshots, "AT_ONCE_BYTES", 0)
        threads: list[str] = []
        encode = BoardRules.encode

        def noted(rules: BoardRules, state: BoardState) -> bytes:
            threads.append(threading.current_thread().name)
            return encode(rules, state)

        monkeypatch.setattr(BoardRules, "encode", noted)
        live = await on.owners.board("b1")
        element = BoardElement(drawn("rectangle", "one"), 1, ANNA, None, ANNA, NOON)
        await live.submit(ANNA, nonce(1), decides(Decision((BoardChanged((element,)),))))
        await live.idle()
        assert len(threads) == 1
        assert threads[0] != threading.main_thread().name

    async def test_pruning_keeps_some_events(self, file: File) -> None:
        """Those that somebody may have missed are still there; the state does not change by it."""
        async with file.process(keep=4) as process:
            live = await process.owners.room(ROOM)
            await submit_all(live, map(str, range(10)))
            await settle(live)
            assert file.stored_seqs() == [7, 8, 9, 10]
            await submit_all(live, map(str, range(10, 15)), first=20)
            await settle(live)
            assert file.stored_seqs() == list(range(7, 16))
            async with file.process() as restarted:
                assert (await restarted.owners.room(ROOM)).state == live.state

    async def test_projects_are_not_pruned(self, file: File) -> None:
        """`chat_log_keep` is about rooms."""
        async with file.process(keep=1) as process:
            live = await process.owners.new_project("p1")
            await submit_all(live, map(str, range(12)))
            await settle(live)
            assert file.stored_seqs("project:p1") == list(range(1, 13))

    async def test_one_that_cannot_be_stored_harms_nothing(self, on: Process, monkeypatch: pytest.MonkeyPatch) -> None:
        """The commands are acknowledged, once; the next interval tries again."""

        async def fail(*_arguments: object) -> None:
            raise LogUnavailable("broken by the test")

        live = await on.owners.room(ROOM)
        with monkeypatch.context() as patch:
            patch.setattr(on.log, "save_snapshot", fail)
            for number in range(10):
                live.enqueue(ANNA, nonce(number), says(str(number)), on.journal.answer_to(str(number)))
            await settle(live)
        assert set(on.journal.outcomes().values()) == {Accepted(seq) for seq in range(1, 11)}
        await submit_all(live, map(str, range(10)), first=20)
        await settle(live)
        stored = await on.log.load_snapshot(STREAM)
        assert stored is not None
        assert stored.position.seq == 20

    async def test_commands_do_not_wait_for_it(self, on: Process, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is stored beside them, one at a time; whoever waits for the stream to be idle waits for it, too."""
        live = await on.owners.room(ROOM)
        begun, free = asyncio.Event(), asyncio.Event()
        saved: list[int] = []

        async def save_slowly(stream: StreamName, snapshot: StoredSnapshot) -> None:
            begun.set()
            await free.wait()
            await SqlLog.save_snapshot(on.log, stream, snapshot)
            saved.append(snapshot.position.seq)

        monkeypatch.setattr(on.log, "save_snapshot", save_slowly)
        await submit_all(live, map(str, range(10)))
        await begun.wait()
        assert await live.submit(ANNA, nonce(50), says("meanwhile")) == Accepted(11)
        await submit_all(live, map(str, range(10)), first=60)
        assert saved == []
        closing = asyncio.ensure_future(on.owners.close())
        await asyncio.sleep(0)
        assert not closing.done()
        free.set()
        await closing
        assert saved == [10, 21]

    async def test_one_that_the_store_drops_is_not_pruned_behind(self, file: File) -> None:
        """Another process has withdrawn a message meanwhile: no snapshot, no pruning, one answer each."""
        async with file.process(keep=1) as process, file.process() as other:
            live, theirs = await process.owners.room(ROOM), await other.owners.room(ROOM)
            await live.submit(ANNA, nonce(0), says("withdrawn soon"))

            async def save_late(stream: StreamName, snapshot: StoredSnapshot) -> None:
                await theirs.submit(ANNA, nonce(50), lambda _state: Decision((ChatDeleted(1),)))
                await SqlLog.save_snapshot(process.log, stream, snapshot)

            async def save_nothing(*_arguments: object) -> None:
                pass

            process.log.save_snapshot = save_late  # type: ignore[method-assign]
            other.log.save_snapshot = save_nothing  # type: ignore[method-assign,assignment]
            for number in range(1, 10):
                live.enqueue(ANNA, nonce(number), says(str(number)), process.journal.answer_to(str(number)))
            await settle(live)
            assert process.journal.outcomes() == {str(seq - 1): Accepted(seq) for seq in range(2, 11)}
            assert file.stored_seqs() == list(range(1, 12))


def noting(log: SqlLog, reads: list[int]) -> Any:
    """The `read` of a log that notes behind which seq it was read each time."""

    async def read(stream: StreamName, after: int, limit: int, bytes_max: int | None = None) -> list[Event]:
        reads.append(after)
        return await SqlLog.read(log, stream, after, limit, bytes_max)

    return read


class TestReading:
    @pytest.fixture
    async def restarted(self, file: File, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Process]:
        """A room with ten messages, loaded from a snapshot: no event of it is in memory."""
        monkeypatch.setattr(snapshots, "SNAPSHOT_INTERVAL", 10)
        async with file.process() as before:
            live = await before.owners.room(ROOM)
            await submit_all(live, map(str, range(10)))
            await settle(live)
        async with file.process() as after:
            yield after

    async def test_a_crowd_that_comes_back_asks_the_log_once(
        self, restarted: Process, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Wherever each of them stands."""
        live = await restarted.owners.room(ROOM)
        reads: list[int] = []

        monkeypatch.setattr(restarted.log, "read", noting(restarted.log, reads))
        assert live.recent(9) is None
        found = await asyncio.gather(*(live.read(after, 100) for after in (7, 3, 0, 10, 9)))
        assert [[event.seq for event in events] for events in found] == [
            list(range(after + 1, 11)) for after in (7, 3, 0, 10, 9)
        ]
        assert reads == [0]
        assert [event.seq for event in await live.read(2, 3)] == [3, 4, 5]
        await live.submit(ANNA, nonce(90), says("one more"))
        assert [event.seq for event in live.recent(9) or []] == [10, 11]

    async def test_too_far_back_for_memory(self, restarted: Process, monkeypatch: pytest.MonkeyPatch) -> None:
        """Read from the log, for that reader alone."""
        monkeypatch.setattr(live_stream_module, "RECENT_EVENTS_MAX", 4)
        live = await restarted.owners.room(ROOM)
        assert [event.seq for event in await live.read(3, 100)] == list(range(4, 11))
        assert live.recent(9) is None

    async def test_memory_is_filled_up_once(self, restarted: Process, monkeypatch: pytest.MonkeyPatch) -> None:
        """What did not fit then will not fit later: only what is asked for is read, and once for all who ask it."""
        monkeypatch.setattr(recent_events, "RECENT_CHARACTERS_MAX", 2)
        live = await restarted.owners.room(ROOM)
        reads: list[int] = []
        monkeypatch.setattr(restarted.log, "read", noting(restarted.log, reads))
        assert [event.seq for event in await live.read(5, 2)] == [6, 7]
        assert reads == [0, 5]
        assert await asyncio.gather(*(live.read(5, 2) for _ in range(9)), live.read(6, 1)) == [
            *([await live.read(5, 2)] * 9),
            await live.read(6, 1),
        ]
        assert reads == [0, 5, 5, 6, 5, 6]
        assert [event.seq for event in await live.read(8, 9)] == [9, 10]
        assert len(reads) == 6, "at hand"

    async def test_what_others_read_before_a_deletion(self, on: Process, monkeypatch: pytest.MonkeyPatch) -> None:
        """Is not shared with those who ask after it."""
        monkeypatch.setattr(live_stream_module, "RECENT_EVENTS_MAX", 0)
        live = await on.owners.room(ROOM)
        await submit_all(live, ["a secret", "harmless"])
        live._events.reset(2)
        free, has_read = asyncio.Event(), asyncio.Event()

        async def read_slowly(*asked: Any) -> list[Event]:
            events = await SqlLog.read(on.log, *asked)
            has_read.set()
            await free.wait()
            return events

        monkeypatch.setattr(on.log, "read", read_slowly)
        before = asyncio.ensure_future(live.read(0, 1))
        await has_read.wait()
        await live.submit(ANNA, nonce(90), lambda _state: Decision((ChatDeleted(1),)))
        free.set()
        assert [event.body for event in await live.read(0, 1)] == [ChatPosted("")]
        assert [event.body for event in await before] == [ChatPosted("a secret")]

    async def test_bounded_in_bytes(self, restarted: Process, monkeypatch: pytest.MonkeyPatch) -> None:
        """What the log is asked for."""
        monkeypatch.setattr(live_stream_module, "RECENT_EVENTS_MAX", 0)
        live = await restarted.owners.room(ROOM)
        assert [event.seq for event in await live.read(3, 100, bytes_max=1)] == [4]

    async def test_boards_are_not_filled_up(self, on: Process, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of a board that was loaded the log is asked for what is wanted, and for nothing more."""
        first = await on.owners.board("b1")
        for number in range(5):
            await first.submit(ANNA, nonce(number), decides(Decision((BoardPolicySet(BoardPolicy()),))))
        first._events.reset(5)
        reads: list[int] = []
        monkeypatch.setattr(on.log, "read", noting(on.log, reads))
        assert [event.seq for event in await first.read(2, 1)] == [3]
        assert reads == [2]

    async def test_what_was_withdrawn_is_read_blank(self, on: Process) -> None:
        """By a reader who comes back, whatever was in memory when it was withdrawn."""
        live = await on.owners.room(ROOM)
        await submit_all(live, ["a secret", "harmless"])
        assert live.recent(0) is not None
        await live.submit(ANNA, nonce(90), lambda _state: Decision((ChatDeleted(1),)))
        assert live.recent(0) is None
        bodies = [event.body for event in await live.read(0, 100)]
        assert bodies == [ChatPosted(""), ChatPosted("harmless"), ChatDeleted(1)]

    async def test_a_log_that_cannot_be_read(self, restarted: Process) -> None:
        """Everybody who asked is told; the next one is answered."""
        live = await restarted.owners.room(ROOM)
        restarted.log.broken = True
        outcomes = await asyncio.gather(live.read(1, 100), live.read(2, 100), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [LogUnavailable] * 2
        restarted.log.broken = False
        assert len(await live.read(1, 100)) == 9


def standing_of(member: str, role: Role = Role.TEACHER) -> Standing:
    room = Room(ROOM, RoomKind.CLASS_ROOM, "Class room", open=True)
    return Standing(Member(member, role, "c1", DEFAULT_CAPABILITIES[role]), ProjectPhase.ACTIVE, True, room)


class Talk:
    """Chat commands with the rules of `rooms.chat`, as the hub enqueues them; every answer is kept by its label."""

    def __init__(self, on: Process, live: LiveStream[ChatState]) -> None:
        self.on = on
        self.live = live
        self.count = 0

    def ask(self, label: str, command: chat.ChatCommand, actor: str = ANNA) -> None:
        def decide(state: ChatState) -> Decision:
            return chat.decide(state, standing_of(actor), actor, command, ALONE)

        def message(state: ChatState) -> int | None:
            return chat.message_needed(state, command)

        self.live.enqueue(actor, command.nonce, decide, self.on.journal.answer_to(label), message)

    def post(self, text: str) -> None:
        self.count += 1
        self.ask(f"post {text}", ChatPost(nonce(self.count), ROOM, text))

    def edit(self, message: int, text: str) -> None:
        self.count += 1
        self.ask(f"edit {message} {text}", ChatEdit(nonce(self.count), ROOM, message, text))

    def delete(self, message: int) -> None:
        self.count += 1
        self.ask(f"delete {message} {self.count}", ChatDelete(nonce(self.count), ROOM, message))

    def refusals(self) -> dict[str, ErrorCode]:
        found = self.on.journal.outcomes().items()
        return {label: outcome.code for label, outcome in found if isinstance(outcome, Refused)}

    def changes(self) -> list[Body]:
        return [event.body for event in self.on.journal.events() if not isinstance(event.body, ChatPosted)]

    async def texts(self, *wanted: int) -> list[str]:
        found = [await self.on.log.message(STREAM, message) for message in wanted]
        return [message.text for message in found if message is not None]


class TestRecall:
    @pytest.fixture
    async def talk(self, on: Process) -> Talk:
        talk = Talk(on, await on.owners.room(ROOM))
        for number in range(1, WINDOW * 3 + 1):
            talk.post(f"message {number}")
        await settle(talk.live)
        return talk

    async def test_an_older_message_is_edited_and_deleted(self, talk: Talk) -> None:
        """The message is not at hand; it is fetched before the command is decided."""
        talk.edit(1, "edited")
        talk.delete(2)
        await settle(talk.live)
        assert talk.refusals() == {}
        assert talk.changes() == [ChatEdited(1, "edited"), ChatDeleted(2)]
        assert await talk.texts(1, 2, 3) == ["edited", "", "message 3"]

    async def test_commands_keep_their_order(self, talk: Talk, on: Process) -> None:
        """A command that has to wait for its message does not fall behind those that came later."""
        for number in range(1, 6):
            talk.edit(number, "edited")
            talk.post(f"after {number}")
        await settle(talk.live)
        assert [event.nonce for event in on.journal.events()] == [nonce(number) for number in range(1, talk.count + 1)]

    async def test_each_sees_what_those_before_it_did_to_the_message(self, talk: Talk) -> None:
        """Edited twice, deleted, edited in vain, deleted without need, all at once."""
        talk.edit(1, "once")
        talk.edit(1, "twice")
        talk.delete(1)
        talk.edit(1, "too late")
        talk.delete(1)
        await settle(talk.live)
        assert talk.changes() == [ChatEdited(1, "once"), ChatEdited(1, "twice"), ChatDeleted(1)]
        assert talk.refusals() == {"edit 1 too late": ErrorCode.MESSAGE_DELETED}

    async def test_a_message_that_there_never_was(self, talk: Talk) -> None:
        """Neither old nor new."""
        talk.post("something before it")
        talk.delete(99_999)
        talk.edit(99_998, "x")
        await settle(talk.live)
        assert set(talk.refusals().values()) == {ErrorCode.UNKNOWN_MESSAGE}
        assert len(talk.refusals()) == 2

    async def test_pushed_out_by_what_came_before_it_in_the_batch(self, talk: Talk) -> None:
        """The message was at hand when the batch began, and is not when its command is decided."""
        oldest = talk.live.state.messages[0].id
        for number in range(WINDOW):
            talk.post(f"more {number}")
        talk.edit(oldest, "edited")
        talk.post("and on")
        await settle(talk.live)
        assert talk.refusals() == {}
        assert await talk.texts(oldest) == ["edited"]

    async def test_changed_then_pushed_out_then_changed_again(self, talk: Talk) -> None:
        """What is fetched must know of the change that is not stored yet."""
        oldest = talk.live.state.messages[0]
        talk.edit(oldest.id, "other words")
        talk.delete(oldest.id + 1)
        for number in range(WINDOW):
            talk.post(f"more {number}")
        talk.edit(oldest.id, oldest.text)
        talk.edit(oldest.id + 1, "too late")
        await settle(talk.live)
        assert talk.refusals() == {f"edit {oldest.id + 1} too late": ErrorCode.MESSAGE_DELETED}
        assert await talk.texts(oldest.id, oldest.id + 1) == [oldest.text, ""]

    async def test_more_than_are_kept_at_hand(self, talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
        """A long list of corrections at once: none of them is refused."""
        monkeypatch.setattr(chat_state, "RECALLED_MAX", 20)
        monkeypatch.setattr(live_stream_module, "RECALLS_MAX", 10)
        old = range(1, WINDOW * 2 + 1)
        for number in old:
            talk.edit(number, f"edited {number}")
        await settle(talk.live)
        assert talk.refusals() == {}
        assert await talk.texts(*old) == [f"edited {number}" for number in old]

    async def test_one_at_hand_that_the_others_push_out(self, talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
        """What an earlier batch fetched is dropped for what this one needs, though this one needs it too."""
        monkeypatch.setattr(chat_state, "RECALLED_MAX", 20)
        monkeypatch.setattr(live_stream_module, "RECALLS_MAX", 19)
        talk.edit(1, "first")
        await settle(talk.live)
        talk.edit(1, "second")
        for number in range(2, 75):
            talk.edit(number, "edited")
        await settle(talk.live)
        assert talk.refusals() == {}
        assert await talk.texts(1, 74) == ["second", "edited"]

    async def test_the_archive_fails(self, talk: Talk, on: Process, monkeypatch: pytest.MonkeyPatch) -> None:
        """As when an append fails: try again later."""

        async def fail(*_arguments: object) -> None:
            raise LogUnavailable("broken by the test")

        with monkeypatch.context() as patch:
            patch.setattr(on.log, "message", fail)
            talk.edit(1, "edited")
            await settle(talk.live)
        assert set(talk.refusals().values()) == {ErrorCode.UNAVAILABLE}
        talk.edit(1, "edited again")
        await settle(talk.live)
        assert await talk.texts(1) == ["edited again"]


class TestFinding:
    async def test_one_owner_a_stream(self, on: Process) -> None:
        """However often it is asked for, also at the same time."""
        found = await asyncio.gather(*(on.owners.room(ROOM) for _ in range(5)))
        assert len({id(live) for live in found}) == 1

    async def test_calls(self, on: Process, file: File) -> None:
        """What teachers decided in the call of a room has a stream of its own, which others read too."""
        live = await on.owners.call(ROOM)
        assert await on.owners.call(ROOM) is live
        held = CallHeld("m_leo", Medium.AUDIO, held=True)
        await live.submit(ANNA, nonce(1), lambda _: Decision((held,)))
        assert (await on.owners.room(ROOM)).position.seq == 0
        async with file.process() as other:
            elsewhere = await other.owners.call(ROOM)
            assert elsewhere.state.held_of_pupil("m_leo") == {Medium.AUDIO}
            await elsewhere.submit(ANNA, nonce(2), lambda _: Decision((CallRemoved("m_leo", removed=True),)))
            await on.owners.nudge_behind()
            await settle(live)
            assert live.state.removed == {"m_leo"}

    async def test_unknown_project(self, on: Process, file: File) -> None:
        """Asking does not make one."""
        assert (await refusal(on.owners.project("nowhere"))).code is ErrorCode.UNKNOWN_PROJECT
        assert file.ask("SELECT count(*) FROM streams") == [(0,)]

    async def test_project_that_was_never_opened(self, on: Process) -> None:
        """Its stream is there, its opening was refused."""
        live = await on.owners.new_project("p1")
        assert live.state.title is None
        assert (await refusal(on.owners.project("p1"))).code is ErrorCode.UNKNOWN_PROJECT

    async def test_close(self, on: Process) -> None:
        """Returns when nothing is read or written any more; whoever comes later is told to try again."""
        await on.owners.close()
        live, loading = await on.owners.room(ROOM), asyncio.ensure_future(on.owners.new_project("p1"))
        answer = asyncio.ensure_future(live.submit(ANNA, nonce(1), says("last")))
        await asyncio.sleep(0)
        await on.owners.close()
        assert (live._worker, (await loading)._worker) == (None, None)
        assert answer.done()
        await on.log.close()
        assert (await refusal(live.submit(ANNA, nonce(2), says("late")))).code is ErrorCode.UNAVAILABLE


# --- Two processes, one file, whatever happens ---

SYSTEM = "system"
PROJECT_STREAM = "project:p1"


class Sent:
    """A command that may be sent several times, to either process, and every answer to it."""

    def __init__(self, stream: StreamName, command: Any, actor: str) -> None:
        self.stream = stream
        self.actor = actor
        self.command = command
        self.answers: list[Accepted | Refused] = []
        self.pending = 0

    def decide(self, state: Any) -> Decision:
        if self.stream == STREAM:
            return chat.decide(state, standing_of(self.actor), self.actor, self.command, ALONE)
        standing = state.standing(
            None, True, project.room_of(state, self.command), project.subject_of(state, self.command)
        )
        return project.decide(state, standing, self.command, f"new-{self.command.nonce}")

    def message(self, state: Any) -> int | None:
        return chat.message_needed(state, self.command) if self.stream == STREAM else None

    def answered(self, outcome: Accepted | Refused) -> None:
        self.pending -= 1
        self.answers.append(outcome)

    @property
    def acks(self) -> set[int]:
        return {answer.seq for answer in self.answers if isinstance(answer, Accepted)}

    @property
    def is_open(self) -> bool:
        """No word yet, or the word that it may be tried again."""
        last = self.answers[-1] if self.answers else None
        return last is None or (isinstance(last, Refused) and last.retry and not self.acks)


class TwoProcesses:
    """Two processes that serve the same project and room."""

    def __init__(self, file: File, processes: tuple[Process, Process]) -> None:
        self.file = file
        self.processes = processes
        self.lives: list[dict[StreamName, LiveStream[Any]]] = [{}, {}]
        self.sent: list[Sent] = []

    async def live(self, which: int, stream: StreamName) -> LiveStream[Any]:
        if stream not in self.lives[which]:
            owners = self.processes[which].owners
            self.lives[which][stream] = await (owners.room(ROOM) if stream == STREAM else owners.new_project("p1"))
        return self.lives[which][stream]

    async def send(self, which: int, sent: Sent) -> None:
        sent.pending += 1
        live = await self.live(which, sent.stream)
        live.enqueue(sent.actor, sent.command.nonce, sent.decide, sent.answered, sent.message)

    async def command(self, which: int, kind: str, number: int) -> None:
        """A new command: what it is about is taken from what there may be."""
        fresh, actor = nonce(len(self.sent)), (ANNA, BRUNO)[number % 2]
        match kind:
            case "post":
                command: Any = ChatPost(fresh, ROOM, f"text {number}")
            case "edit":
                command = ChatEdit(fresh, ROOM, 1 + number % 12, f"text {number % 3}")
            case "delete":
                command = ChatDelete(fresh, ROOM, 1 + number % 12)
            case "react":
                command = ChatReact(fresh, ROOM, 1 + number % 6, REACTIONS[number % 2], on=number % 5 > 0)
            case "pin":
                command = ChatPin(fresh, ROOM, 1 + number % 6, pinned=number % 4 > 0)
            case "room":
                command = RoomAdd(fresh, f"Group {number}")
            case "open":
                command = RoomSetOpen(fresh, CLASS_ROOM, number % 2 == 0)
            case "lock":
                command = RoomSetLock(fresh, CLASS_ROOM, list(Capability)[number % 3], number % 2 == 0)
            case _:
                raise ValueError(kind)
        is_chat = isinstance(command, chat.ChatCommand)
        sent = Sent(*((STREAM, command, actor) if is_chat else (PROJECT_STREAM, command, SYSTEM)))
        self.sent.append(sent)
        await self.send(which, sent)

    async def step(self, what: str, which: int, number: int) -> None:
        match what:
            case "resend":
                if self.sent:
                    await self.send(which, self.sent[number % len(self.sent)])
            case "nudge":
                await self.processes[which].owners.nudge_behind()
            case "drop":
                self.processes[which].journal.entries.append(("drop", None))
                self.lives[which].clear()
            case "lose":
                self.processes[which].log.faults.append(("before", "after")[number % 2])
            case "turns":
                for _ in range(number):
                    await asyncio.sleep(0)
            case _:
                await self.command(which, what, number)

    async def finish(self) -> None:
        """Clients try again until each command has its answer; then both processes look at the log."""
        for process in self.processes:
            process.log.faults.clear()
        for which in (0, 1, 0):
            for stream in (STREAM, PROJECT_STREAM):
                await settle(await self.live(which, stream))
            for sent in self.sent:
                if sent.is_open and not sent.pending:
                    await self.send(which, sent)
        for which, process in enumerate(self.processes):
            await process.owners.nudge_behind()
            for stream in (STREAM, PROJECT_STREAM):
                await settle(await self.live(which, stream))

    def check_told(self, which: int, stream: StreamName, head: int) -> None:
        """In order, each once. What was dropped is told again from the last snapshot; after a reset some is skipped."""
        last, dropped, reset = None, 0, 0
        for kind, item in self.processes[which].journal.entries:
            if kind == "drop":
                dropped += 1
            elif kind == "reset":
                reset += item == stream
            elif item.stream == stream:
                if last is not None and item.seq <= last:
                    dropped -= 1
                elif last is not None and item.seq > last + 1:
                    reset -= 1
                assert dropped >= 0, f"{item.seq} was told again"
                assert reset >= 0, f"{item.seq} was told after {last}"
                last = item.seq
        assert last in (None, head) or dropped or reset

    async def check(self, keep: int | None) -> None:
        for stream, rules in ((STREAM, ChatRules()), (PROJECT_STREAM, project.ProjectRules())):
            first, second = [await self.live(which, stream) for which in (0, 1)]
            assert first.position == second.position
            assert shown(rules, first.state) == shown(rules, second.state)
            head = first.position.seq
            stored = self.file.stored_seqs(stream)
            assert stored == list(range(head - len(stored) + 1, head + 1))
            if keep is None:
                assert len(stored) == head
            replayed: Any = rules.empty(stream)
            if len(stored) < head:
                snapshot = await self.processes[0].log.load_snapshot(stream)
                assert snapshot is not None
                assert snapshot.position.seq >= head - len(stored)
                replayed = rules.decode(snapshot.state)
                stored = [seq for seq in stored if seq > snapshot.position.seq]
            for event in await self.processes[0].log.read(stream, head - len(stored), 10_000):
                replayed = rules.apply(replayed, event)
            assert shown(rules, replayed) == shown(rules, first.state)
            for which in (0, 1):
                self.check_told(which, stream, head)
        self.check_answers(keep)

    def check_answers(self, keep: int | None) -> None:
        for sent in self.sent:
            assert not sent.pending
            assert len(sent.acks) <= 1, "acknowledged with different positions"
            key = (sent.stream, sent.actor, sent.command.nonce)
            remembered = self.file.ask("SELECT seq FROM nonces WHERE stream = ? AND actor = ? AND nonce = ?", *key)
            assert [seq for (seq,) in remembered] == list(sent.acks)
            happened = self.file.ask("SELECT seq FROM events WHERE stream = ? AND actor = ? AND nonce = ?", *key)
            assert len(happened) <= 1, "it happened twice"
            assert {seq for (seq,) in happened} <= sent.acks
            if sent.acks and keep is None and isinstance(sent.command, ChatPost | RoomAdd):
                assert happened, "acknowledged and not there"


WHAT_HAPPENS = (
    *("post", "post", "post", "edit", "delete", "react", "react", "pin", "room", "open", "lock"),
    *("resend", "resend", "nudge", "drop", "lose", "turns", "turns", "turns"),
)
STEP = strategies.tuples(strategies.sampled_from(WHAT_HAPPENS), strategies.integers(0, 1), strategies.integers(0, 40))
PHASES = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
"""Not shrunk: threads take part, and a failure should show within the time of a test."""


class WildBroker(MemoryBroker):
    """One that loses some messages, repeats some, and holds some back until later ones have gone."""

    def __init__(self, bus: MemoryBus, whims: random.Random) -> None:
        super().__init__(bus, f"node{whims.random()}")
        self.whims = whims
        self.held: list[tuple[Channel, bytes]] = []

    def publish(self, channel: Channel, message: bytes) -> None:
        match self.whims.choice(("send", "send", "lose", "repeat", "hold")):
            case "hold":
                self.held.append((channel, message))
                return
            case "lose":
                return
            case "repeat":
                super().publish(channel, message)
        super().publish(channel, message)
        for one in self.held:
            super().publish(*one)
        self.held.clear()


class Deaf:
    """A `BrokerListener` whom nothing of it concerns."""

    def broker_connected(self) -> None:
        pass

    def broker_lost(self) -> None:
        pass

    def node_lost(self, node: str) -> None:
        pass


async def two_brokers(kind: str, seed: int) -> tuple[Broker | None, Broker | None]:
    """Those of two processes that hear each other not at all, well, or badly."""
    bus, whims = MemoryBus(), random.Random(seed)
    match kind:
        case "none":
            return None, None
        case "good":
            brokers: list[MemoryBroker] = [bus.broker(), bus.broker()]
        case _:
            brokers = [WildBroker(bus, whims), WildBroker(bus, whims)]
    deaf: BrokerListener = Deaf()
    for broker in brokers:
        await broker.start(deaf)
    return brokers[0], brokers[1]


@hypothesis.settings(max_examples=60, deadline=None, database=None, derandomize=True, print_blob=False, phases=PHASES)
@hypothesis.given(
    steps=strategies.lists(STEP, max_size=60),
    keep=strategies.sampled_from([None, 3]),
    broker=strategies.sampled_from(["none", "good", "wild"]),
    seed=strategies.integers(0, 1_000),
)
def test_two_processes_agree_whatever_happens(
    template: Path, steps: list[tuple[str, int, int]], keep: int | None, broker: str, seed: int
) -> None:
    """One order, equal states, equal to a replay; what was acknowledged happened once, also when it was resent.

    So it is without a broker, with one, and with one that loses, repeats and exchanges messages.
    """

    async def play(folder: Path) -> None:
        file = File(SqliteBackend(folder, template).file)
        mine, yours = await two_brokers(broker, seed)
        async with file.process(keep, mine) as one, file.process(keep, yours) as two:
            both = TwoProcesses(file, (one, two))
            live = await both.live(0, PROJECT_STREAM)
            await live.submit(SYSTEM, "nonce-of-opening", lambda state: project.open_project(state, OPENING))
            for what, which, number in steps:
                await both.step(what, which, number)
            await both.finish()
            await both.check(keep)

    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(snapshots, "SNAPSHOT_INTERVAL", 5)
        patch.setattr(live_stream_module, "RECENT_NONCES_MAX", 4)
        patch.setattr(live_stream_module, "BATCH_MAX", 3)
        patch.setattr(live_stream_module, "READ_PAGE", 2)
        patch.setattr(chat_rules, "WINDOW", 4)
        asyncio.run(play(Path(folder)))
