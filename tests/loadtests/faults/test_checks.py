"""Everything held against the log: each way in which a promise may be broken is found."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import structs

from loadtests.faults.checks import Kept, judge
from loadtests.faults.reading import Entry, StreamLog
from tests.loadtests.faults import examples
from tests.loadtests.faults.examples import KEPT, STREAM, WRITER

Change = Callable[[Any, Any, StreamLog], StreamLog]


def judged(change: Change = lambda box, reader, log: log) -> Kept:
    box = examples.outbox()
    reader = examples.following(box)
    return judge([box], [reader], {STREAM: change(box, reader, examples.log(box))})


def broken(found: Kept) -> dict[str, int]:
    """What is not as in the example."""
    return {
        name: value
        for name, value in structs.asdict(found).items()
        if value != getattr(KEPT, name) and name in ("lost", "duplicated", "reordered", "unanswered", "holes")
    }


def test_all_is_kept() -> None:
    assert judged() == KEPT
    assert judged().is_kept


def without_the_last(box: Any, reader: Any, log: StreamLog) -> StreamLog:
    """The log has lost what it had acknowledged."""
    kept = {key: seq for key, seq in log.nonces.items() if seq < 3}
    return structs.replace(log, head=2, entries=log.entries[:2], nonces=kept)


def elsewhere(box: Any, reader: Any, log: StreamLog) -> StreamLog:
    """One stands elsewhere than its ack said."""
    box.written[2].seq = 4
    return log


def written_twice(box: Any, reader: Any, log: StreamLog) -> StreamLog:
    """A resend was taken for another message."""
    reader.seq = 4
    return structs.replace(log, head=4, entries=(*log.entries, Entry(4, WRITER, log.entries[0].nonce)))


def the_wrong_way_round(box: Any, reader: Any, log: StreamLog) -> StreamLog:
    """Of one writer."""
    one, two, _ = box.written
    one.seq, two.seq = two.seq, one.seq
    nonces = {**log.nonces, (WRITER, one.nonce): one.seq, (WRITER, two.nonce): two.seq}
    entries = (Entry(1, WRITER, two.nonce), Entry(2, WRITER, one.nonce), log.entries[2])
    reader.seen |= {1: two.nonce, 2: one.nonce}
    return structs.replace(log, nonces=nonces, entries=entries)


def never_arrived(box: Any, reader: Any, log: StreamLog) -> StreamLog:
    """A reader stands before the end."""
    reader.seq = 2
    return log


def something_else_was_seen(box: Any, reader: Any, log: StreamLog) -> StreamLog:
    """An event that was taken back."""
    reader.seen[2] = "another"
    return log


def a_hole(box: Any, reader: Any, log: StreamLog) -> StreamLog:
    """An event that neither the log nor anybody has."""
    del reader.seen[2]
    return structs.replace(log, entries=(log.entries[0], log.entries[2]))


def never_answered(box: Any, reader: Any, log: StreamLog) -> StreamLog:
    box.written[2].seq = None
    return log


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (without_the_last, {"lost": 1, "reordered": 1}),
        (elsewhere, {"lost": 1}),
        (written_twice, {"duplicated": 1}),
        (the_wrong_way_round, {"reordered": 1}),
        (never_arrived, {"lost": 1}),
        (something_else_was_seen, {"reordered": 1}),
        (a_hole, {"holes": 1}),
        (never_answered, {"unanswered": 1}),
    ],
)
def test_what_is_broken(change: Change, found: dict[str, int]) -> None:
    kept = judged(change)
    assert broken(kept) == found
    assert not kept.is_kept


def test_a_log_that_was_begun_anew() -> None:
    kept = judged(lambda box, reader, log: structs.replace(log, epoch="other"))
    assert (kept.restarted, kept.is_kept) == (1, False)


def test_what_was_pruned_is_not_missed() -> None:
    """Of a board: its nonces are kept."""
    assert judged(lambda box, reader, log: structs.replace(log, pruned=2, entries=log.entries[2:])) == KEPT
