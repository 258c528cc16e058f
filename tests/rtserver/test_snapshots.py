"""When a stream's state is stored; that it is stored beside the stream's work is shown in test_owners."""

import threading

import pytest

from rooms.chat.rules import ChatRules
from rooms.chat.state import ChatState
from rooms.ports import LogUnavailable, StoredSnapshot
from rooms.stream import Position, StreamName
from rtserver.snapshots import AT_ONCE_BYTES, BYTES_PER_EVENT, RETRIES, SNAPSHOT_INTERVAL, Snapshots


class Store:
    """What is asked of the log; it fails when a test says so."""

    def __init__(self) -> None:
        self.stored: list[int] = []
        self.pruned: list[int] = []
        self.fault: Exception | None = None
        self.sizes: list[int] = []
        """Bytes of the events, from the first."""
        self.asked: list[str] = []
        """For what goes over a log: `weight` with its range, and `surplus`."""

    async def save_snapshot(self, stream: StreamName, snapshot: StoredSnapshot) -> None:
        if self.fault is not None:
            raise self.fault
        self.stored.append(snapshot.position.seq)

    async def weight(self, stream: StreamName, after: int, up_to: int) -> int:
        self.asked.append(f"weight {after} {up_to}")
        return sum(self.sizes[after:up_to])

    async def surplus(self, stream: StreamName, bytes_max: int) -> int:
        self.asked.append("surplus")
        return next(seq for seq in range(len(self.sizes) + 1) if sum(self.sizes[seq:]) <= bytes_max)

    async def prune(self, stream: StreamName, up_to: int) -> None:
        self.pruned.append(up_to)
        self.sizes[:up_to] = [0] * up_to


@pytest.fixture
def store() -> Store:
    return Store()


def snapshots_of(store: Store, keep: int | None = None) -> Snapshots[ChatState]:
    return Snapshots("room:r1", ChatRules(), store, keep)  # type: ignore[arg-type]


def at(seq: int) -> Position:
    return Position("epoch", seq)


async def test_due_after_an_interval(store: Store) -> None:
    """Counted from the one that is stored."""
    snapshots = snapshots_of(store)
    assert [snapshots.is_due(head) for head in (0, SNAPSHOT_INTERVAL - 1, SNAPSHOT_INTERVAL)] == [False, False, True]
    assert await snapshots.save(at(SNAPSHOT_INTERVAL), ChatState())
    assert not snapshots.is_due(2 * SNAPSHOT_INTERVAL - 1)
    snapshots.stored_at(500)
    assert [snapshots.is_due(head) for head in (500 + SNAPSHOT_INTERVAL - 1, 500 + SNAPSHOT_INTERVAL)] == [False, True]


async def test_due_after_a_deletion(store: Store) -> None:
    """When there is one that may hold the text; until another one has taken its place."""
    snapshots = snapshots_of(store)
    snapshots.note_deletion()
    assert not snapshots.is_due(1)
    snapshots.stored_at(1)
    assert snapshots.is_due(2)
    assert await snapshots.save(at(2), ChatState())
    assert not snapshots.is_due(2)


async def test_a_deletion_while_one_is_stored(store: Store) -> None:
    """The state that is being written is older: another one has to follow."""
    snapshots = snapshots_of(store)
    save = store.save_snapshot

    async def delete_meanwhile(stream: StreamName, snapshot: StoredSnapshot) -> None:
        store.save_snapshot = save  # type: ignore[method-assign]
        snapshots.note_deletion()
        await save(stream, snapshot)

    store.save_snapshot = delete_meanwhile  # type: ignore[method-assign]
    assert await snapshots.save(at(5), ChatState())
    assert snapshots.is_due(6)


@pytest.mark.parametrize("fault", [LogUnavailable("x"), ValueError("x"), ZeroDivisionError("a bug")])
async def test_one_that_fails(store: Store, fault: Exception) -> None:
    """Nothing is pruned, and what a deletion asks for is not forgotten."""
    snapshots = snapshots_of(store, keep=1)
    snapshots.note_deletion()
    store.fault = fault
    assert not await snapshots.save(at(5), ChatState())
    assert (store.stored, store.pruned) == ([], [])
    assert snapshots.is_due(5)


async def test_one_that_failed_is_due_again(store: Store) -> None:
    """After some more events, not with each of them, and not a whole interval later; then as ever."""
    snapshots = snapshots_of(store)
    pause = SNAPSHOT_INTERVAL // RETRIES
    head = SNAPSHOT_INTERVAL
    store.fault = LogUnavailable("x")
    for _ in range(2):
        assert not await snapshots.save(at(head), ChatState())
        head += pause
        assert [snapshots.is_due(head - 1), snapshots.is_due(head)] == [False, True]
    store.fault = None
    assert await snapshots.save(at(head), ChatState())
    assert [snapshots.is_due(head + SNAPSHOT_INTERVAL - 1), snapshots.is_due(head + SNAPSHOT_INTERVAL)] == [False, True]


async def test_one_that_was_stored_and_not_pruned_behind(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is there; the next one prunes behind itself."""

    async def fail(stream: StreamName, up_to: int) -> None:
        raise LogUnavailable("x")

    snapshots = snapshots_of(store, keep=1)
    monkeypatch.setattr(store, "prune", fail)
    assert not await snapshots.save(at(SNAPSHOT_INTERVAL), ChatState())
    assert not snapshots.is_due(2 * SNAPSHOT_INTERVAL - 1)


async def test_a_deletion_after_one_whose_outcome_is_unknown(store: Store) -> None:
    """It may be stored and hold the text: another one takes its place."""
    snapshots = snapshots_of(store)
    store.fault = LogUnavailable("the answer was lost")
    assert not await snapshots.save(at(5), ChatState())
    snapshots.note_deletion()
    assert snapshots.is_due(6)


async def test_pruning_by_bytes(store: Store) -> None:
    """Whatever is more of the two, and never what the snapshot does not hold."""
    for sizes, pruned in (([1] * 10, 6), ([50] * 10, 8), ([1] * 9 + [200], 10)):
        store.sizes = sizes
        snapshots = Snapshots("room:r1", ChatRules(), store, 4, keep_bytes=100)  # type: ignore[arg-type]
        assert await snapshots.save(at(10), ChatState())
        assert store.pruned.pop() == pruned


async def test_a_log_is_weighed_once(store: Store) -> None:
    """Then only what is new; what goes over all of it is asked for when an eighth too much has come together."""
    snapshots = Snapshots("room:r1", ChatRules(), store, None, keep_bytes=100)  # type: ignore[arg-type]
    for seq in range(10, 31, 10):
        store.sizes += [4] * 10
        assert await snapshots.save(at(seq), ChatState())
    assert store.asked == [
        *("weight 0 10", "weight 10 20"),
        *("weight 20 30", "weight 0 30", "surplus", "weight 0 5"),
    ]
    assert store.pruned == [5]
    store.sizes += [1] * 10
    assert await snapshots.save(at(40), ChatState())
    assert store.asked[-1] == "weight 30 40"


async def test_others_forget_of_the_same_log(store: Store) -> None:
    """What looks too large is weighed anew before anything more is forgotten; then it is known again."""
    snapshots = Snapshots("room:r1", ChatRules(), store, None, keep_bytes=100)  # type: ignore[arg-type]
    store.sizes = [10] * 10
    assert await snapshots.save(at(10), ChatState())
    store.sizes[:9] = [0] * 9
    store.sizes += [10] * 5
    assert await snapshots.save(at(15), ChatState())
    assert store.pruned == []
    store.sizes += [1] * 5
    assert await snapshots.save(at(20), ChatState())
    assert store.asked[-2:] == ["surplus", "weight 15 20"]


async def test_pruning(store: Store) -> None:
    """Behind it some events are kept, or all."""
    for keep, pruned in ((None, []), (4, [6]), (10, [6])):
        assert await snapshots_of(store, keep).save(at(10), ChatState())
        assert store.pruned == pruned


class LargeRules(ChatRules):
    """They note in which thread a state is encoded and decoded, and make it as large as the test says."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.threads: list[str] = []

    def encode(self, state: ChatState) -> bytes:
        self.threads.append(threading.current_thread().name)
        return b"x" * self.size

    def decode(self, snapshot: bytes) -> ChatState:
        self.threads.append(threading.current_thread().name)
        return ChatState()


async def test_large_states_are_stored_less_often(store: Store) -> None:
    """An event for so many bytes, counted from what was stored or read last."""
    size = 3 * SNAPSHOT_INTERVAL * BYTES_PER_EVENT
    snapshots = Snapshots("room:r1", LargeRules(size), store, None)  # type: ignore[arg-type]
    assert snapshots.is_due(SNAPSHOT_INTERVAL)
    assert await snapshots.save(at(10), ChatState())
    assert not snapshots.is_due(10 + 3 * SNAPSHOT_INTERVAL - 1)
    assert snapshots.is_due(10 + 3 * SNAPSHOT_INTERVAL)
    snapshots.stored_at(10, size // 3 * 2)
    assert [snapshots.is_due(10 + 2 * SNAPSHOT_INTERVAL + more) for more in (-1, 0)] == [False, True]


@pytest.mark.parametrize("size", [AT_ONCE_BYTES, AT_ONCE_BYTES + 1])
async def test_large_states_in_a_thread(store: Store, size: int) -> None:
    """Once it is known that they are large; small ones at once."""
    rules = LargeRules(size)
    snapshots = Snapshots("room:r1", rules, store, None)  # type: ignore[arg-type]
    assert await snapshots.save(at(10), ChatState())
    assert await snapshots.save(at(20), ChatState())
    await snapshots.decode(StoredSnapshot(at(20), rules.version, b"x" * size))
    here = threading.main_thread().name
    assert [name == here for name in rules.threads] == (
        [True, True, True] if size == AT_ONCE_BYTES else [True, False, False]
    )


@pytest.mark.parametrize("size", [AT_ONCE_BYTES, AT_ONCE_BYTES + 1])
async def test_a_large_first_one_in_a_thread(store: Store, size: int) -> None:
    """Where the size of a state is known, none has to be stored to learn it."""
    rules = LargeRules(10)
    snapshots = Snapshots("room:r1", rules, store, weigh=lambda _state: size)  # type: ignore[arg-type]
    assert await snapshots.save(at(10), ChatState())
    assert (rules.threads == [threading.main_thread().name]) is (size == AT_ONCE_BYTES)
