"""Frames between the server and its media workers: whole again however they come in pieces, and bounded."""

import itertools
import struct

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media import protocol
from media.engine import (
    CallLost,
    CallPlan,
    EngineSlot,
    Medium,
    PlannedParticipant,
    Reception,
    Role,
    SlotsAssigned,
    WorkerFigures,
)
from media.protocol import (
    FRAME_BYTES_MAX,
    Answered,
    Counted,
    FiguresWanted,
    FromWorker,
    Happened,
    MalformedFrame,
    Offered,
    Planned,
    Ready,
    Refused,
    Seen,
    Setup,
    ToWorker,
    Unable,
    encode,
    parent_side,
    worker_side,
)

PARTICIPANT = PlannedParticipant("p1", (Medium.AUDIO, Medium.SCREEN), Reception.ONE_CAMERA, True, "p2")
TO_WORKER: list[ToWorker] = [
    Setup(1, "0.0.0.0", 9000, 0, ("192.0.2.1", "2001:db8::1"), False),
    Planned(CallPlan("room", (PARTICIPANT,))),
    Offered(7, "room", "p1", Role.PUBLISH, "v=0\r\n"),
    Seen("room", "p1", 2**40),
    FiguresWanted(8),
]
FROM_WORKER: list[FromWorker] = [
    Ready(9000, 9001),
    Unable("the port is taken"),
    Answered(7, "v=0\r\n"),
    Refused(7, "no fingerprint"),
    Happened(SlotsAssigned("room", "p1", 3, (EngineSlot("4", "p2", Medium.VIDEO, 2**32 - 1),))),
    Happened(CallLost("room")),
    Counted(8, WorkerFigures(1, 0.5, 10, 20, {"garbage": 3}, ())),
]


@given(
    messages=st.lists(st.sampled_from(TO_WORKER), max_size=8),
    cuts=st.lists(st.integers(0, 2000), max_size=20),
)
def test_messages_survive_any_cutting(messages: list[ToWorker], cuts: list[int]) -> None:
    """In order and whole."""
    stream = b"".join(map(encode, messages))
    decoder = worker_side()
    read = []
    places = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    for start, end in itertools.pairwise(places):
        read += decoder.feed(stream[start:end])
    assert read == messages


def test_every_answer_survives() -> None:
    """What workers say, in one piece."""
    assert parent_side().feed(b"".join(map(encode, FROM_WORKER))) == FROM_WORKER


@pytest.mark.parametrize(
    "frame",
    [
        struct.pack("!I", FRAME_BYTES_MAX + 1),
        struct.pack("!I", 0),
        struct.pack("!I", 3) + b"abc",
        encode(Ready(1, 2)),
    ],
    ids=["too long", "empty", "no MessagePack", "of the other side"],
)
def test_what_is_not_of_this_protocol(frame: bytes) -> None:
    """Ends the connection."""
    with pytest.raises(MalformedFrame):
        worker_side().feed(frame)


@given(data=st.binary(max_size=200))
def test_garbage_is_malformed_or_incomplete(data: bytes) -> None:
    """Nothing else is raised."""
    try:
        assert worker_side().feed(data) == []
    except MalformedFrame:
        pass


def test_nothing_is_sent_that_the_other_side_would_not_take() -> None:
    """The one who sends has the error."""
    with pytest.raises(MalformedFrame):
        encode(Unable("x" * FRAME_BYTES_MAX))


def test_tags_are_unique() -> None:
    """Each direction is one union that can be told apart."""
    for union in (ToWorker, FromWorker):
        tags = [kind.__struct_config__.tag for kind in union.__args__]
        assert len(set(tags)) == len(tags)
        assert msgspec.json.schema(union)
    assert protocol.__doc__
