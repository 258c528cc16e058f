"""Publishers, subscribers and the loop between them: everything that is sent is counted, and nothing else."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from aiortc.rtp import RTCP_PSFB_PLI, RtcpPsfbPacket

from loadtests.media import recording
from loadtests.media.descriptions import OPUS, VP8
from loadtests.media.numbering import AUDIO, VIDEO, track_number
from loadtests.media.publisher import Publisher, SentTrack
from loadtests.media.receiver import NumberedReceiver, Receiver, SequencedReceiver
from loadtests.media.srtp import Buffer
from loadtests.media.stage import Stage, overrun
from loadtests.media.transport import Transport
from loadtests.problem import Problem
from tests.loadtests.media.pair import DEADLINE, connected

DURATION = 2.0


@pytest.fixture
def pair() -> Iterator[tuple[Transport, Transport]]:
    one, other = connected()
    yield one, other
    one.close()
    other.close()


def tracks(is_numbered: bool = True) -> tuple[SentTrack, SentTrack]:
    sound = SentTrack(recording.audio(OPUS, 0), track_number(0, AUDIO), 0.0, is_numbered)
    return sound, SentTrack(recording.video(VP8), track_number(0, VIDEO), 0.0, is_numbered)


def send(track: SentTrack, transport: Transport, frames: int = 1) -> int:
    """How many packets they took."""
    before = track.packets
    for _ in range(frames):
        assert track.send_frame(transport, Buffer(), time.monotonic()) == 0
    return track.packets - before


def receive(receiver: Receiver, packets: int) -> None:
    end = time.monotonic() + DEADLINE
    while receiver.counts().delivered + receiver.counts().foreign < packets:
        assert time.monotonic() < end
        receiver.receive(time.monotonic())


def test_what_is_sent_is_counted_track_by_track(pair: tuple[Transport, Transport]) -> None:
    receiver = NumberedReceiver(pair[1], 2, Buffer())
    sound, picture = tracks()
    packets = send(sound, pair[0], 3) + send(picture, pair[0], 2)
    receive(receiver, packets)
    counts = receiver.counts()
    assert (counts.delivered, counts.lost, counts.duplicates, counts.foreign) == (packets, 0, 0, 0)
    assert receiver.arrivals.last == [sound.packets, picture.packets]


def test_a_packet_on_the_way_that_never_comes_is_lost(pair: tuple[Transport, Transport]) -> None:
    receiver = NumberedReceiver(pair[1], 2, Buffer())
    sound, _ = tracks()
    send(sound, pair[0])
    receive(receiver, 1)
    send(sound, pair[0])
    pair[1].socket.setblocking(True)
    pair[1].socket.recv(2048)
    pair[1].socket.setblocking(False)
    send(sound, pair[0])
    receive(receiver, 2)
    assert receiver.counts().lost == 1


@pytest.mark.parametrize("is_numbered", [True, False])
def test_without_numbers_the_sequence_numbers_tell(pair: tuple[Transport, Transport], is_numbered: bool) -> None:
    receiver = SequencedReceiver(pair[1], 2, Buffer())
    sound, picture = tracks(is_numbered)
    packets = send(picture, pair[0], 1) + send(sound, pair[0], 2)
    receive(receiver, packets)
    counts = receiver.counts()
    assert (counts.delivered, counts.lost, counts.duplicates) == (packets, 0, 0)
    assert None not in receiver.arrivals.last


def test_what_was_changed_is_foreign(pair: tuple[Transport, Transport]) -> None:
    receiver = NumberedReceiver(pair[1], 2, Buffer())
    pair[0].send(bytes([0x80, 96]) + bytes(60))
    receive(receiver, 1)
    assert receiver.counts().foreign == 1


def test_a_keyframe_is_sent_when_asked_for(pair: tuple[Transport, Transport]) -> None:
    sound, picture = tracks()
    publisher = Publisher(pair[0], (sound, picture))
    ordinary = [send(picture, pair[0]) for _ in range(5)][1:]
    asked = bytes(RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=1, media_ssrc=picture.ssrc))
    pair[1].send(pair[1].outbound.protect_rtcp(asked))
    end = time.monotonic() + DEADLINE
    while not publisher.keyframes_wanted:
        assert time.monotonic() < end
        publisher.receive(time.monotonic())
    assert send(picture, pair[0]) > max(ordinary)


def test_a_generator_that_was_held_up_does_not_send_it_all_at_once(pair: tuple[Transport, Transport]) -> None:
    sound, _ = tracks()
    now = sound.due + 5.0
    sound.send_frame(pair[0], Buffer(), now)
    assert sound.due == now


def test_a_measurement(pair: tuple[Transport, Transport]) -> None:
    ticked: list[float] = []
    with closing(Stage(ticked.append)) as stage:
        publisher, receiver = Publisher(pair[0], tracks()), NumberedReceiver(pair[1], 2, stage.buffer)
        stage.add(publisher)
        stage.add(receiver)
        stage.begin(publisher)
        assert stage.run(lambda: None not in receiver.arrivals.last, DEADLINE)
        taken = stage.measure(DURATION, lambda: {"server": 3.0})
    assert taken.counts.delivered > 20
    assert (taken.counts.lost, taken.counts.duplicates, taken.counts.foreign) == (0, 0, 0)
    assert (taken.video_streams, taken.audio_streams) == (1, 1)
    assert taken.cpu == {"server": 0.0}
    assert taken.seconds >= DURATION
    assert (taken.overrun, taken.refused) == (0, 0)
    assert ticked


@pytest.mark.parametrize("comes", [True, False])
def test_what_is_late_is_not_lost(
    pair: tuple[Transport, Transport], monkeypatch: pytest.MonkeyPatch, comes: bool
) -> None:
    """A packet that comes long after the end of the measurement, and one that never does."""
    monkeypatch.setattr("loadtests.media.stage.DRAIN", 0.05)
    monkeypatch.setattr("loadtests.media.stage.DRAIN_MAX", DEADLINE if comes else 0.2)
    kept: list[bytes] = []
    steps = 0
    with closing(Stage(lambda now: None)) as stage:
        sound, picture = tracks()
        publisher, receiver = Publisher(pair[0], (sound, picture)), NumberedReceiver(pair[1], 2, stage.buffer)
        stage.add(publisher)
        stage.add(receiver)
        stage.begin(publisher)
        assert stage.run(lambda: None not in receiver.arrivals.last, DEADLINE)
        last_for = stage._last_for

        def hold_one_back(seconds: float) -> None:
            nonlocal steps
            steps += 1
            if steps == 1:
                receiver.receive(time.monotonic())
                send(sound, pair[0])
                pair[1].socket.setblocking(True)
                kept.append(pair[1].socket.recv(2048))
                pair[1].socket.setblocking(False)
            elif steps == 4 and comes:
                pair[0].send(kept[0])
            last_for(seconds)

        monkeypatch.setattr(stage, "_last_for", hold_one_back)
        taken = stage.measure(0.2, dict)
    assert steps >= 4 or not comes
    assert taken.counts.lost == (0 if comes else 1)


def test_a_run_that_does_not_come_to_its_end(pair: tuple[Transport, Transport]) -> None:
    with closing(Stage(lambda now: None)) as stage:
        assert not stage.run(lambda: False, 0.01)


def test_a_server_that_hangs_up_is_a_problem(pair: tuple[Transport, Transport]) -> None:
    with closing(Stage(lambda now: None)) as stage:
        stage.add(NumberedReceiver(pair[1], 2, stage.buffer))
        pair[0].close()
        with pytest.raises(Problem, match="ended a media session"):
            stage.run(lambda: False, DEADLINE)


def test_datagrams_that_found_no_room_are_told() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as full,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as by,
    ):
        full.bind(("127.0.0.1", 0))
        full.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        for _ in range(100):
            by.sendto(bytes(1000), full.getsockname())
        assert 0 < overrun([full.fileno()]) < 100
        assert overrun([by.fileno()]) == 0
