"""When a stream's state is stored; that it is stored beside the stream's work is shown in test_owners."""

import pytest

from rooms.chat import ChatRules, ChatState
from rooms.ports import LogUnavailable, StoredSnapshot
from rooms.stream import Position, StreamName
from rtserver.snapshots import SNAPSHOT_INTERVAL, Snapshots


class Store:
    """What is asked of the log; it fails when a test says so."""

    def __init__(self) -> None:
        self.stored: list[int] = []
        self.pruned: list[int] = []
        self.fault: Exception | None = None

    async def save_snapshot(self, stream: StreamName, snapshot: StoredSnapshot) -> None:
        if self.fault is not None:
            raise self.fault
        self.stored.append(snapshot.position.seq)

    async def prune(self, stream: StreamName, up_to: int) -> None:
        self.pruned.append(up_to)


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


async def test_pruning(store: Store) -> None:
    """Behind it some events are kept, or all."""
    for keep, pruned in ((None, []), (4, [6]), (10, [6])):
        assert await snapshots_of(store, keep).save(at(10), ChatState())
        assert store.pruned == pruned
