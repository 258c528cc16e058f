"""What every implementation of `Log` promises: streams, appends, snapshots, pruning."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import get_args

import msgspec
import pytest
from sqlalchemy import insert, update

from rooms import events
from rooms.board.model import BoardElement, BoardPolicy
from rooms.chat.model import Message, Reacted
from rooms.events import Body, ChatDeleted, ChatPosted
from rooms.groups.model import Group
from rooms.lesson.model import PollKind
from rooms.model import Capability, Medium, ProjectPhase, Role, RoomKind
from rooms.ports import (
    Append,
    Appended,
    AppendOutcome,
    Conflict,
    Log,
    LogUnavailable,
    Repeated,
    StoredSnapshot,
    StreamHead,
    Tail,
    UsedNonce,
)
from rooms.stored import encode_body
from rooms.stream import Event, Position
from rtserver import tables
from rtserver.database import Database
from rtserver.storage import BATCH_APPENDS_MAX, SqlLog
from tests.contract.support import (
    OTHER_ROOM,
    ROOM,
    Backend,
    Writer,
    append_of,
    count_commits,
)
from tests.rooms.board.drawing import drawn

DRAWN = BoardElement(drawn("freedraw", "one"), 1, "m1", "c1", "m1", 1_790_000_000_000)

EVERY_BODY: tuple[Body, ...] = (
    events.ProjectOpened(title="Rzeki i rivières", national=False),
    events.ProjectPhaseSet(phase=ProjectPhase.ACTIVE),
    events.ClassAdded("c1", "5b", "Szkoła 12", "PL", "Europe/Warsaw", ("pl", "uk")),
    events.MemberAdded("m1", Role.PUPIL, "c1"),
    events.MemberAdded("m2", Role.VISITOR, None),
    events.MemberRemoved("m2"),
    events.CapabilitySet("m1", Capability.DRAW, allowed=False),
    events.RoomBanSet("m1", "r1", banned=True),
    events.RoomAdded("r1", RoomKind.GROUP_ROOM, "Les fleuves", 3),
    events.RoomOpenSet("r1", open=True),
    events.RoomLockSet("r1", Capability.POST, locked=True),
    events.GroupsFormed("r1", (Group("r2", ("m1",)), Group("r3", ()))),
    events.GroupsEnded(),
    events.TimerChanged(1_790_000_000_000, 300),
    events.PollOpened("r1", "p1", "Oder czy Loire?", ("Oder", "Loire"), PollKind.FREE),
    events.PollClosed("r1", "p1", (3, 4)),
    events.PollRemoved("r1", "p1"),
    events.CallEnded("r1", "m1"),
    events.LessonEnded("r1"),
    events.CallHeld("m1", Medium.VIDEO, held=True),
    events.CallPupilsHeld(Medium.AUDIO, held=False),
    events.CallRemoved("m1", removed=True),
    events.BoardAdded("b1", "r1", "Rzeki"),
    events.BoardRenamed("b1", "r1", "Rivières"),
    events.BoardMoved("b1", "r1", before="r1"),
    events.BoardRemoved("b1", "r1"),
    events.BoardChanged((DRAWN,)),
    events.BoardCleared("m1"),
    events.BoardClearUndone(5),
    events.BoardHidden(("one",)),
    events.BoardShown((DRAWN,)),
    events.BoardPolicySet(BoardPolicy(members=("m1",))),
    events.ChatPosted(text="Cześć! 👋 <b>\n"),
    events.ChatEdited(message=12, text="Cześć"),
    events.ChatReacted(message=12, reaction="❤️", on=True),
    events.ChatPinned(
        message=12, pinned=True, content=Message(12, 1, "m1", "Cześć", reactions=(Reacted("👍", ("m2",)),))
    ),
    events.ChatLanguageSet(message=12, language=None),
    events.ChatDeleted(message=99),
)


class Gate:
    """Holds up what a database commits until it is opened."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()
        for name in ("transact", "autocommit"):
            monkeypatch.setattr(database, name, self._held_up(getattr(database, name)))

    def _held_up(self, commit: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        async def wait_then_commit(*arguments: object) -> object:
            self.reached.set()
            await self.opened.wait()
            return await commit(*arguments)

        return wait_then_commit


async def read_all(log: Log, stream: str = ROOM) -> list[Event]:
    return await log.read(stream, 0, 10_000)


# --- Streams ----------------------------------------------------------------------------------------


async def test_new_stream_is_empty(log: SqlLog) -> None:
    """A stream is created by asking for it, and stands before its first event."""
    head = await log.open(ROOM)

    assert head.position.seq == 0
    assert head.pruned == 0
    assert head.position.epoch
    assert await read_all(log) == []


async def test_epoch_is_stable(log: SqlLog, backend: Backend) -> None:
    """Opening again, in another process too, changes nothing; another stream has another epoch."""
    writer = await Writer.of(log)
    await writer.write(ChatPosted("hi"))

    assert (await log.open(ROOM)).position == writer.position
    assert (await SqlLog(await backend.open()).open(ROOM)).position == writer.position
    assert (await log.open(OTHER_ROOM)).position.epoch != writer.position.epoch


async def test_opened_by_two_at_once(log: SqlLog, backend: Backend) -> None:
    """When two processes create a stream, both get the same epoch."""
    other = SqlLog(await backend.open())

    first, second = await asyncio.gather(log.open(ROOM), other.open(ROOM))

    assert first == second


async def test_heads_of_many_streams(log: SqlLog) -> None:
    """One question for many streams; those that do not exist are left out."""
    writer = await Writer.of(log)
    await writer.write(ChatPosted("a"), ChatPosted("b"))
    other = await log.open(OTHER_ROOM)

    heads = await log.heads([ROOM, OTHER_ROOM, "room:none"])

    assert set(heads) == {ROOM, OTHER_ROOM}
    assert heads[ROOM].position == Position(writer.position.epoch, 2)
    assert heads[OTHER_ROOM] == other
    assert await log.heads([]) == {}


# --- Appending --------------------------------------------------------------------------------------


async def test_every_kind_of_event_comes_back(log: SqlLog) -> None:
    """What is read is what was appended, whatever its kind."""
    assert {type(body) for body in EVERY_BODY} == set(get_args(Body)) - {events.Hidden}
    writer = await Writer.of(log)

    written = await writer.write(*EVERY_BODY[:11], nonce="nonce-01")
    written += await writer.write(*EVERY_BODY[11:])
    blank = tuple(msg for msg in written if not isinstance(msg.body, ChatDeleted))

    assert tuple(await read_all(log))[: len(blank)] == blank


async def test_an_event_of_a_newer_version(log: SqlLog, database: Database) -> None:
    """Its stream is out of reach for this version, with a reason; nothing is left out, and others are as before."""
    writer = await Writer.of(log)
    await writer.write(ChatPosted("a"))
    (event,) = await (await Writer.of(log, OTHER_ROOM)).write(ChatPosted("b"))
    newer = {"kind": "chat.sung", "body": msgspec.msgpack.encode({"kind": "chat.sung", "notes": 3})}
    async with database.write() as connection:
        await connection.execute(update(tables.events).where(tables.events.c.stream == ROOM).values(newer))

    for reading in (log.read(ROOM, 0, 10), log.tail(ROOM, 0, 10)):
        with pytest.raises(LogUnavailable, match=r"holds an event \(chat.sung\) of a newer rtserver"):
            await reading
    assert await log.read(OTHER_ROOM, 0, 10) == [event]


async def test_reading_goes_by_pages(log: SqlLog) -> None:
    """`after` is exclusive, `limit` is kept, order is that of seq."""
    writer = await Writer.of(log)
    written = await writer.write(*(ChatPosted(str(n)) for n in range(10)))

    assert await log.read(ROOM, 0, 3) == list(written[:3])
    assert await log.read(ROOM, 3, 100) == list(written[3:])
    assert await log.read(ROOM, 10, 100) == []
    assert await log.read("room:none", 0, 100) == []


async def test_the_tail(log: SqlLog) -> None:
    """The head and what is new in one answer, by pages; also when nothing is new, was pruned, or is too far on."""
    writer = await Writer.of(log)
    await (await Writer.of(log, OTHER_ROOM)).write(*(ChatPosted("other") for _ in range(3)))
    empty = await log.tail(ROOM, 0, 10)
    assert empty == Tail(StreamHead(writer.position, 0), [])
    written = await writer.write(*(ChatPosted(str(n)) for n in range(10)))
    head = StreamHead(writer.position, 0)

    for after, limit, found in ((0, 3, written[:3]), (3, 100, written[3:]), (10, 5, ()), (99, 5, ())):
        assert await log.tail(ROOM, after, limit) == Tail(head, list(found))
    await log.save_snapshot(ROOM, StoredSnapshot(writer.position, 1, b"state"))
    await log.prune(ROOM, 8)
    assert await log.tail(ROOM, 0, 1) == Tail(StreamHead(writer.position, 8), list(written[8:9]))
    await log.prune(ROOM, 10)
    assert await log.tail(ROOM, 0, 1) == Tail(StreamHead(writer.position, 10), [])
    assert await log.tail("room:none", 0, 1) is None


async def test_reading_is_bounded_in_bytes(log: SqlLog) -> None:
    """As many of the first as fit, and one at least; the number of them is kept too."""
    writer = await Writer.of(log)
    await (other := await Writer.of(log, OTHER_ROOM)).write(ChatPosted("x" * 100))
    written = await writer.write(*(ChatPosted("x" * length) for length in (100, 10, 100, 1_000, 10)))
    sizes = [len(encode_body(event.body)) for event in written]

    for after, bytes_max, count in (
        (0, sum(sizes[:3]), 3),
        (0, sum(sizes[:3]) - 1, 2),
        (0, sum(sizes), 5),
        (1, sum(sizes[1:3]), 2),
        (3, 20, 1),
        (4, 1, 1),
        (5, 1_000, 0),
    ):
        assert await log.read(ROOM, after, 100, bytes_max) == list(written[after : after + count])
    assert await log.read(ROOM, 0, 2, 1_000_000) == list(written[:2])
    assert len(await log.read(other.stream, 0, 2, 1)) == 1


async def test_surplus(log: SqlLog) -> None:
    """The newest events stay, as many as fit; of other streams nothing is counted."""
    writer = await Writer.of(log)
    await (await Writer.of(log, OTHER_ROOM)).write(ChatPosted("x" * 100))
    written = await writer.write(*(ChatPosted("x" * length) for length in (100, 1_000, 10, 100)))
    sizes = [len(encode_body(event.body)) for event in written]

    kept = [await log.surplus(ROOM, bytes_max) for bytes_max in (sum(sizes), sum(sizes) - 1, sum(sizes[2:]), 10)]
    assert kept == [0, 1, 2, 4]
    assert await log.surplus("room:none", 1) == 0


async def test_weight(log: SqlLog) -> None:
    """Of the events between two positions that are still kept; of other streams nothing is counted."""
    writer = await Writer.of(log)
    await (await Writer.of(log, OTHER_ROOM)).write(ChatPosted("x" * 100))
    written = await writer.write(*(ChatPosted("x" * length) for length in (100, 1_000, 10, 100)))
    sizes = [len(encode_body(event.body)) for event in written]

    for after, up_to in ((0, 4), (0, 100), (1, 3), (3, 4), (4, 4), (4, 100)):
        assert await log.weight(ROOM, after, up_to) == sum(sizes[after:up_to])
    assert await log.weight("room:none", 0, 100) == 0
    await log.save_snapshot(ROOM, StoredSnapshot(writer.position, 1, b"state"))
    await log.prune(ROOM, 2)
    assert await log.weight(ROOM, 0, 100) == sum(sizes[2:])


async def test_conflict_when_somebody_was_first(log: SqlLog) -> None:
    """A stale head, a head too far on, another epoch or an unknown stream: nothing is written."""
    writer = await Writer.of(log)
    epoch = writer.position.epoch
    await writer.write(ChatPosted("first"))

    for expected in (Position(epoch, 0), Position(epoch, 7), Position("other", 1)):
        late = append_of(ROOM, expected, ChatPosted("late"), nonce="nonce-of-late")
        assert await log.append(late) == Conflict()
    assert await log.append(append_of("room:none", Position(epoch, 0), ChatPosted("x"))) == (Conflict())

    assert [event.body for event in await read_all(log)] == [ChatPosted("first")]
    assert await log.used_nonces(ROOM, 10) == []


async def test_repeated_gets_the_first_outcome(log: SqlLog) -> None:
    """A resend is told what became of the first one, whether or not its head is out of date."""
    writer = await Writer.of(log)
    start = writer.position
    first = append_of(ROOM, start, ChatPosted("once"), nonce="nonce-01")
    assert await log.append(first) == Appended()
    outcome = Repeated((UsedNonce("m1", "nonce-01", 1),))

    assert await log.append(first) == outcome
    up_to_date = Position(start.epoch, 1)
    again = append_of(ROOM, up_to_date, ChatPosted("once"), nonce="nonce-01")
    assert await log.append(again) == outcome
    assert len(await read_all(log)) == 1


async def test_command_without_events_is_remembered(log: SqlLog) -> None:
    """A command that changed nothing has its outcome too."""
    writer = await Writer.of(log)
    await writer.write(ChatPosted("hi"))

    assert await log.append(writer.wish(nonce="nonce-02")) == Appended()
    assert await log.append(writer.wish(nonce="nonce-02")) == Repeated((UsedNonce("m1", "nonce-02", 1),))
    assert (await log.open(ROOM)).position == writer.position


async def test_one_repeated_command_holds_back_all(log: SqlLog) -> None:
    """Of several commands in one append, those stored before are named and none is written."""
    writer = await Writer.of(log)
    await writer.write(ChatPosted("a"), nonce="nonce-01")
    both = append_of(ROOM, writer.position, ChatPosted("b"), nonce="nonce-02")
    both = Append(ROOM, both.expected, both.events, (UsedNonce("m1", "nonce-01", 2), *both.nonces))

    assert await log.append(both) == Repeated((UsedNonce("m1", "nonce-01", 1),))
    assert await log.append(writer.wish(ChatPosted("b"), nonce="nonce-02")) == Appended()


async def test_nonce_is_unique_by_stream_and_actor(log: SqlLog) -> None:
    """The same nonce of somebody else, or in another stream, is another command."""
    writer, other = await Writer.of(log), await Writer.of(log, OTHER_ROOM)

    await writer.write(ChatPosted("a"), nonce="nonce-01", actor="m1")
    await writer.write(ChatPosted("b"), nonce="nonce-01", actor="m2")
    await other.write(ChatPosted("c"), nonce="nonce-01", actor="m1")

    assert len(await read_all(log)) == 2


async def test_used_nonces_are_the_most_recent(log: SqlLog) -> None:
    """Of many nonces the newest are given, the oldest of them first."""
    writer = await Writer.of(log)
    for n in range(5):
        await writer.write(ChatPosted("x"), nonce=f"nonce-{n}")

    assert await log.used_nonces(ROOM, 2) == [
        UsedNonce("m1", "nonce-3", 4),
        UsedNonce("m1", "nonce-4", 5),
    ]
    assert len(await log.used_nonces(ROOM, 100)) == 5


@pytest.mark.parametrize(("seqs", "stream"), [((2,), ROOM), ((1, 3), ROOM), ((0,), ROOM), ((1,), OTHER_ROOM)])
async def test_events_must_be_dense(log: SqlLog, seqs: tuple[int, ...], stream: str) -> None:
    """A hole in the numbering, or an event of another stream, is a mistake of the program."""
    writer = await Writer.of(log)
    holed = tuple(Event(stream, seq, 1, "m1", None, ChatPosted("x")) for seq in seqs)

    with pytest.raises(ValueError, match=ROOM):
        await log.append(Append(ROOM, writer.position, holed, ()))
    assert await read_all(log) == []


async def test_stand_ins_are_not_stored(log: SqlLog) -> None:
    """What a reader gets in place of an event that it may not see never enters the log."""
    writer = await Writer.of(log)

    with pytest.raises(ValueError, match="stand-in"):
        await log.append(writer.wish(events.Hidden()))


@pytest.mark.parametrize(
    "nonces",
    [(UsedNonce("m1", "n", 0), UsedNonce("m1", "n", 0)), (UsedNonce("m1", "n", 1),)],
    ids=["twice", "beyond the head"],
)
async def test_nonces_must_make_sense(log: SqlLog, nonces: tuple[UsedNonce, ...]) -> None:
    """A nonce that is there twice or lies in the future is a mistake of the program."""
    writer = await Writer.of(log)

    with pytest.raises(ValueError, match="nonce"):
        await log.append(Append(ROOM, writer.position, (), nonces))


# --- Group commit -----------------------------------------------------------------------------------


async def test_appends_share_a_commit(log: SqlLog, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What arrives while a commit runs goes into the next one, all of it."""
    writers = [await Writer.of(log, f"room:{n}") for n in range(20)]
    gate = Gate(database, monkeypatch)
    commits = count_commits(database)

    async with asyncio.TaskGroup() as group:
        group.create_task(writers[0].write(ChatPosted("alone")))
        await gate.reached.wait()
        for writer in writers[1:]:
            group.create_task(writer.write(ChatPosted("together")))
        # The loop runs tasks in order: after this one, all of them have queued their append.
        await asyncio.create_task(asyncio.sleep(0))
        gate.opened.set()

    assert len(commits) == 2


async def test_a_batch_has_an_end(log: SqlLog, database: Database) -> None:
    """A commit takes no more than `BATCH_APPENDS_MAX` appends."""
    writer = await Writer.of(log)
    epoch = writer.position.epoch
    commits = count_commits(database)

    outcomes = await asyncio.gather(
        *(log.append(append_of(ROOM, Position(epoch, n), ChatPosted("x"))) for n in range(BATCH_APPENDS_MAX + 1))
    )

    assert set(outcomes) == {Appended()}
    assert len(commits) == 2


async def test_appends_of_one_batch_are_sequential(log: SqlLog, database: Database) -> None:
    """Within a batch each append sees the one before: heads move on and nonces are known."""
    writer = await Writer.of(log)
    start = writer.position
    next_ = Position(start.epoch, 1)
    commits = count_commits(database)

    outcomes: Sequence[AppendOutcome] = await asyncio.gather(
        log.append(append_of(ROOM, start, ChatPosted("a"), nonce="nonce-01")),
        log.append(append_of(ROOM, start, ChatPosted("rival"), nonce="nonce-02")),
        log.append(append_of(ROOM, start, ChatPosted("a"), nonce="nonce-01")),
        log.append(append_of(ROOM, next_, ChatPosted("b"), nonce="nonce-02")),
    )

    assert list(outcomes) == [
        Appended(),
        Conflict(),
        Repeated((UsedNonce("m1", "nonce-01", 1),)),
        Appended(),
    ]
    assert [event.body for event in await read_all(log)] == [ChatPosted("a"), ChatPosted("b")]
    assert len(commits) == 1


async def test_conflict_of_one_stream_fails_no_other(log: SqlLog, database: Database) -> None:
    """Streams that share a commit do not share their fate."""
    writer, other = await Writer.of(log), await Writer.of(log, OTHER_ROOM)
    commits = count_commits(database)

    outcomes: Sequence[AppendOutcome] = await asyncio.gather(
        log.append(append_of(ROOM, Position("stale", 3), ChatPosted("x"))),
        log.append(other.wish(ChatPosted("y"))),
        log.append(writer.wish(ChatPosted("z"))),
    )

    assert list(outcomes) == [Conflict(), Appended(), Appended()]
    assert len(commits) == 1


async def test_what_is_refused_in_a_batch_of_many_streams(log: SqlLog, database: Database) -> None:
    """Each stream has an outcome of its own, and what is new is committed together."""
    writers = [await Writer.of(log, f"room:{n}") for n in range(4)]
    await writers[1].write(ChatPosted("first"), nonce="nonce-01")
    stale = Position(writers[2].position.epoch, 7)
    commits = count_commits(database)

    outcomes: Sequence[AppendOutcome] = await asyncio.gather(
        log.append(writers[0].wish(ChatPosted("a"), nonce="nonce-01")),
        log.append(append_of("room:1", Position(stale.epoch, 0), ChatPosted("again"), nonce="nonce-01")),
        log.append(append_of("room:2", stale, ChatPosted("late"), nonce="nonce-01")),
        log.append(writers[3].wish(nonce="nonce-01")),
    )

    assert list(outcomes) == [Appended(), Repeated((UsedNonce("m1", "nonce-01", 1),)), Conflict(), Appended()]
    assert len(commits) == 1
    assert [len(await read_all(log, writer.stream)) for writer in writers] == [1, 1, 0, 0]
    assert [len(await log.used_nonces(writer.stream, 9)) for writer in writers] == [1, 1, 0, 1]


async def test_a_command_of_a_batch_that_was_stored_before(log: SqlLog) -> None:
    """Though the head is the expected one: nothing of its append is written, and the others are."""
    writer, other = await Writer.of(log), await Writer.of(log, OTHER_ROOM)
    await writer.write(ChatPosted("first"), nonce="nonce-01")

    outcomes: Sequence[AppendOutcome] = await asyncio.gather(
        log.append(writer.wish(ChatPosted("again"), nonce="nonce-01")),
        log.append(other.wish(ChatPosted("y"), nonce="nonce-01")),
    )

    assert list(outcomes) == [Repeated((UsedNonce("m1", "nonce-01", 1),)), Appended()]
    assert [event.body for event in await read_all(log)] == [ChatPosted("first")]
    assert len(await read_all(log, OTHER_ROOM)) == 1


async def test_poisonous_append_fails_alone(log: SqlLog, database: Database) -> None:
    """An append that the database refuses for what is in it takes none of its batch down."""
    writer, other = await Writer.of(log), await Writer.of(log, OTHER_ROOM)
    async with database.write() as connection:  # an event beyond the head: a damaged log
        row = {"stream": ROOM, "seq": 1, "at": 1, "actor": "x", "kind": "x", "version": 1}
        await connection.execute(insert(tables.events), row | {"body": b""})

    outcomes = await asyncio.gather(
        log.append(writer.wish(ChatPosted("x"), nonce="nonce-01")),
        log.append(other.wish(ChatPosted("y"), nonce="nonce-01")),
        return_exceptions=True,
    )

    assert isinstance(outcomes[0], Exception)
    assert not isinstance(outcomes[0], LogUnavailable)
    assert outcomes[1] == Appended()
    assert (await log.open(ROOM)).position == writer.position
    assert await log.used_nonces(ROOM, 10) == []


async def test_cancelled_caller_disturbs_nobody(
    log: SqlLog, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever stops waiting for an append leaves the others of its batch alone."""
    writer, other = await Writer.of(log), await Writer.of(log, OTHER_ROOM)
    gate = Gate(database, monkeypatch)
    leaving = asyncio.create_task(log.append(writer.wish(ChatPosted("x"))))
    staying = asyncio.create_task(log.append(other.wish(ChatPosted("y"))))
    await gate.reached.wait()

    leaving.cancel()
    gate.opened.set()

    assert await staying == Appended()
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_close_finishes_what_is_queued(log: SqlLog, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing waits for accepted appends and refuses new ones."""
    writer = await Writer.of(log)
    gate = Gate(database, monkeypatch)
    running = asyncio.create_task(log.append(writer.wish(ChatPosted("x"))))
    await gate.reached.wait()
    closing = asyncio.create_task(log.close())
    await asyncio.create_task(asyncio.sleep(0))

    with pytest.raises(LogUnavailable):
        await log.append(writer.wish(ChatPosted("late")))
    gate.opened.set()
    await closing

    assert running.done()
    assert running.result() == Appended()


# --- Snapshots and pruning --------------------------------------------------------------------------


async def test_snapshot_is_never_replaced_by_an_older(log: SqlLog) -> None:
    """The newest snapshot stays, whoever saves last."""
    writer = await Writer.of(log)
    await writer.write(*(ChatPosted("x") for _ in range(5)))
    epoch = writer.position.epoch
    assert await log.load_snapshot(ROOM) is None

    for seq in (2, 4, 3):
        await log.save_snapshot(ROOM, StoredSnapshot(Position(epoch, seq), 1, bytes([seq])))

    assert await log.load_snapshot(ROOM) == StoredSnapshot(Position(epoch, 4), 1, bytes([4]))


async def test_snapshot_must_belong_to_the_stream(log: SqlLog) -> None:
    """One of another epoch is dropped; one of a future that was not written is a mistake."""
    writer = await Writer.of(log)
    epoch = writer.position.epoch

    await log.save_snapshot(ROOM, StoredSnapshot(Position("other", 0), 1, b""))
    await log.save_snapshot("room:none", StoredSnapshot(Position(epoch, 0), 1, b""))
    with pytest.raises(ValueError, match=ROOM):
        await log.save_snapshot(ROOM, StoredSnapshot(Position(epoch, 1), 1, b""))

    assert await log.load_snapshot(ROOM) is None
    assert await log.load_snapshot("room:none") is None


async def test_snapshot_does_not_keep_withdrawn_text(log: SqlLog) -> None:
    """A deletion drops the snapshot that may hold the text, and none from before comes after it."""
    writer, other = await Writer.of(log), await Writer.of(log, OTHER_ROOM)
    await writer.write(ChatPosted("secret"))
    await other.write(ChatPosted("kept"))
    before = StoredSnapshot(writer.position, 1, b"secret")
    await log.save_snapshot(ROOM, before)
    await log.save_snapshot(OTHER_ROOM, StoredSnapshot(other.position, 1, b"kept"))

    await writer.write(ChatDeleted(1))
    await log.save_snapshot(ROOM, before)

    assert await log.load_snapshot(ROOM) is None
    assert await log.load_snapshot(OTHER_ROOM) is not None
    after = StoredSnapshot(writer.position, 1, b"")
    await log.save_snapshot(ROOM, after)
    assert await log.load_snapshot(ROOM) == after


async def test_snapshot_that_replaces_pruned_events_stays(log: SqlLog) -> None:
    """A deletion cannot drop what alone remembers the beginning; the next snapshot replaces it."""
    writer = await Writer.of(log)
    await writer.write(ChatPosted("secret"))
    before = StoredSnapshot(writer.position, 1, b"secret")
    await log.save_snapshot(ROOM, before)
    await log.prune(ROOM, 1)

    await writer.write(ChatDeleted(1))

    assert await log.load_snapshot(ROOM) == before


async def test_prune_needs_a_snapshot_and_keeps_nonces(log: SqlLog) -> None:
    """Events go when a snapshot holds what they said; nonces, head and epoch stay."""
    writer = await Writer.of(log)
    for n in range(5):
        await writer.write(ChatPosted(str(n)), nonce=f"nonce-{n}")
    with pytest.raises(ValueError, match=ROOM):
        await log.prune(ROOM, 3)
    snapshot = StoredSnapshot(Position(writer.position.epoch, 3), 1, b"state")
    await log.save_snapshot(ROOM, snapshot)

    await log.prune(ROOM, 3)
    await log.prune(ROOM, 2)
    with pytest.raises(ValueError, match=ROOM):
        await log.prune(ROOM, 4)

    assert [event.seq for event in await read_all(log)] == [4, 5]
    head = await log.open(ROOM)
    assert (head.position, head.pruned) == (writer.position, 3)
    assert len(await log.used_nonces(ROOM, 10)) == 5
    assert await log.append(append_of(ROOM, head.position, nonce="nonce-0")) == Repeated(
        (UsedNonce("m1", "nonce-0", 1),)
    )
    await writer.write(ChatPosted("goes on"))


async def test_prune_of_an_unknown_stream(log: SqlLog) -> None:
    """There is nothing to prune where there is no stream."""
    with pytest.raises(ValueError, match="room:none"):
        await log.prune("room:none", 1)
