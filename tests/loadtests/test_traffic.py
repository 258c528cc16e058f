"""What one process sends is tagged and timed, what it receives is counted for its stage, and limits end the run."""

import pytest
from msgspec import Raw
from msgspec.json import encode

from loadtests.generator import tags
from loadtests.generator.activity import Activity, Topic
from loadtests.generator.people import Person, RoomPlan
from loadtests.generator.traffic import AT_SLOW, FILLED, Traffic
from loadtests.packets import Ack
from loadtests.problem import Problem
from rooms.errors import ErrorCode
from rooms.messages import ChatPost, Failure, RoomSignal
from tests.loadtests.recording_peer import RecordingPeer

RUN = "0a1b2c3d"
ROOM = RoomPlan(0, "p_1", "r_1", ("m_0", "m_1", "m_2"))
CHAT = Activity(Topic.CHAT, every=1, characters=20, reason="")
STROKE = Activity(Topic.STROKE, every=1, characters=120, reason="")
MILLISECOND = 1_000_000


def person(number: int, is_here: bool = True) -> tuple[Person, RecordingPeer]:
    somebody, peer = Person(ROOM, number), RecordingPeer()
    somebody.peer = peer  # type: ignore[assignment]
    somebody.is_here = is_here
    return somebody, peer


def event(seq: int, number: int, due: int = 0, stream: str = ROOM.stream) -> Raw:
    nonce = tags.write(RUN, Topic.CHAT, 0, number, due)
    return Raw(encode({"stream": stream, "seq": seq, "at": 1, "actor": "m_0", "nonce": nonce, "body": {}}))


def signal(number: int, member: str = "m_0") -> Raw:
    data = tags.write(RUN, Topic.STROKE, 0, number, due=0) + " 1,2"
    return Raw(encode({"room": "r_1", "member": member, "topic": "stroke", "data": data}))


@pytest.fixture
def traffic() -> Traffic:
    traffic = Traffic(RUN)
    traffic.stage("warm-up", 0)
    traffic.stage("measured", 50 * MILLISECOND)
    return traffic


def test_signals_are_as_long_as_asked_for(traffic: Traffic) -> None:
    sender, peer = person(1)
    traffic.send(sender, STROKE, due=5)
    traffic.send(sender, STROKE, due=6)
    first, second = peer.sent
    assert isinstance(first, RoomSignal)
    assert isinstance(second, RoomSignal)
    assert len(first.data) == 120
    assert tags.read(RUN, second.data.split(" ")[0]) == tags.Tag(Topic.STROKE, sender=1, number=1, due=6)
    assert traffic.totals.expected_volatile == 2 * 2
    assert sum(traffic.lateness.values()) == 2


def test_chat_of_somebody_who_is_away_is_kept_and_sent_in_its_order(traffic: Traffic) -> None:
    sender, peer = person(1, is_here=False)
    for due in range(3):
        traffic.send(sender, CHAT, due)
    traffic.send(sender, STROKE, 0)
    assert peer.sent == []
    assert traffic.totals.unsent == 1
    traffic.resend(sender)
    posts = [command for command in peer.sent if isinstance(command, ChatPost)]
    assert [tags.read(RUN, post.nonce).number for post in posts] == [0, 1, 2]  # type: ignore[union-attr]
    traffic.answered(sender, 2, Ack(), at=0)
    assert len(sender.unacknowledged) == 2
    assert traffic.totals.expected_durable == 3 * 3


def test_deliveries_belong_to_the_stage_in_which_they_were_due(traffic: Traffic) -> None:
    reader, _ = person(2)
    traffic.event(reader, event(1, 0, due=10 * MILLISECOND), at=60 * MILLISECOND)
    traffic.event(reader, event(2, 1, due=50 * MILLISECOND), at=52 * MILLISECOND)
    assert traffic.tallies == {("warm-up", "chat"): {49_984: 1}, ("measured", "chat"): {2_000: 1}}


def test_a_gap_is_told(traffic: Traffic) -> None:
    reader, _ = person(2)
    assert traffic.event(reader, event(1, 0), at=0)
    assert not traffic.event(reader, event(3, 2), at=0)
    assert traffic.event(reader, event(1, 0), at=0), "a repetition is no gap"
    traffic.fill(reader, 2, tags.write(RUN, Topic.CHAT, 0, 1, 0), at=0)
    assert traffic.event(reader, event(3, 2), at=0)
    assert (reader.receiver.counts.durable, reader.receiver.counts.twice) == (3, 1)
    assert ("warm-up", FILLED) in traffic.tallies


def test_events_of_the_project_move_its_position_only(traffic: Traffic) -> None:
    reader, _ = person(2)
    assert traffic.event(reader, event(7, 0, stream="project:p_1"), at=0)
    assert (reader.project_seq, reader.receiver.seq) == (7, 0)


def test_signals_of_strangers_and_under_a_strange_name(traffic: Traffic) -> None:
    reader, _ = person(2)
    traffic.signal(reader, signal(0), at=0)
    traffic.signal(reader, signal(1, member="m_1"), at=0)
    traffic.signal(reader, Raw(encode({"member": "m_9", "data": "hello"})), at=0)
    assert traffic.totals.strange_sender == 1
    assert reader.receiver.counts.strange == 1
    assert reader.receiver.counts.volatile == 2


def test_what_arrives_at_slow_readers_is_counted_apart(traffic: Traffic) -> None:
    reader, _ = person(2)
    reader.is_slow = True
    traffic.signal(reader, signal(0), at=0)
    assert list(traffic.tallies) == [("warm-up", AT_SLOW)]


def test_a_refusal_is_counted_and_a_limit_ends_the_run(traffic: Traffic) -> None:
    sender, _ = person(1)
    traffic.send(sender, CHAT, 0)
    traffic.answered(sender, 1, Ack(error=Failure(ErrorCode.ROOM_CLOSED, "", retry=False)), at=0)
    assert traffic.totals.refusals == {"room_closed": 1}
    assert traffic.totals.expected_durable == 0
    with pytest.raises(Problem, match="RT_SIGNALS_RATE"):
        traffic.refused(Failure(ErrorCode.TOO_MANY_REQUESTS, "", retry=True), is_signal=True)


def test_a_post_that_meets_a_stopping_server_is_kept(traffic: Traffic) -> None:
    sender, _ = person(1)
    traffic.send(sender, CHAT, 0)
    traffic.answered(sender, 1, Ack(error=Failure(ErrorCode.SHUTTING_DOWN, "", retry=True)), at=0)
    assert len(sender.unacknowledged) == 1
    assert traffic.totals.refused == 0
