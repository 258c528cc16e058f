"""A lesson of three messages and one reader, all as it should be: for tests that break it."""

import random

from loadtests.faults.checks import Kept
from loadtests.faults.following import Event, Following
from loadtests.faults.outbox import Outbox
from loadtests.faults.plan import Plan
from loadtests.faults.reading import Entry, StreamLog
from loadtests.faults.result import Report
from loadtests.faults.throwing import Thrown
from rooms.messages import ChatPost

STREAM, WRITER = "room:r1", "m1"


def outbox() -> Outbox:
    """Three messages, acknowledged as 1 to 3."""
    box = Outbox(STREAM, WRITER, random.Random(1), lambda nonce, number: ChatPost(nonce=nonce, room="r1", text="x"))
    for seq in (1, 2, 3):
        message = box.write(0)
        assert message is not None
        box.acknowledged(message, seq, 1)
    return box


def log(box: Outbox) -> StreamLog:
    """With the three."""
    written = [(message.nonce, message.seq or 0) for message in box.written]
    return StreamLog(
        epoch="e",
        head=3,
        pruned=0,
        entries=tuple(Entry(seq, WRITER, nonce) for nonce, seq in written),
        nonces={(WRITER, nonce): seq for nonce, seq in written},
    )


def following(box: Outbox) -> Following:
    """Who has seen all of it."""
    reader = Following(STREAM)
    reader.epoch = "e"
    for message in box.written:
        reader.take(Event(STREAM, message.seq or 0, message.nonce))
    return reader


KEPT = Kept(
    written=3,
    acknowledged=3,
    events_seen=3,
    lost=0,
    duplicated=0,
    reordered=0,
    unanswered=0,
    holes=0,
    restarted=0,
    snapshots=0,
    resent=0,
)

REPORT = Report(
    plan=Plan(seconds=10, seed=7),
    kept=KEPT,
    faults=(
        Thrown("redis_killed", 1.0, 1_000.0, 0.0),
        Thrown("node_stuck", 4.0, 10_000.0, 11_000.0),
        Thrown("redis_killed", 20.0, 1_000.0, 600.0),
    ),
    is_whole=True,
    returns=2,
    refusals={"unavailable": 3},
    refused=(),
    errors=(),
    command="python -m loadtests faults",
    hosts="namespaces",
    cuts="Cuts are real.",
)
