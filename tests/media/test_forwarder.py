"""One packet for each sink: the same picture under each one's numbers."""

from hypothesis import given, settings
from hypothesis import strategies as st

from media.engine import Medium
from media.header_extensions import ABS_SEND_TIME_URI, AUDIO_LEVEL_URI
from tests.media.desk import Desk, Rtp, rtp, subscribe_offer, vp8, wire

CAMERA = 2


def classroom(viewers: int = 3) -> Desk:
    desk = Desk()
    desk.plan("ana", *(f"p{index}" for index in range(viewers)), media=(Medium.VIDEO, Medium.AUDIO))
    return desk


def test_each_sink_has_its_own_numbers_and_the_same_picture() -> None:
    """SSRC, sequence and timestamps are each one's own; marker and payload are the sender's."""
    desk = classroom()
    ana = desk.publish("ana")
    viewers = [desk.subscribe(f"p{index}") for index in range(3)]
    for number in range(5):
        desk.film(ana, keyframe=number == 0, mark=b"%d" % number)
    streams = [wire(viewer).take_rtp() for viewer in viewers]
    for stream, viewer in zip(streams, viewers, strict=True):
        assert [packet.mark for packet in stream] == [b"0", b"1", b"2", b"3", b"4"]
        assert {packet.ssrc for packet in stream} == {viewer.pictures[0].sink.ssrc}
        assert all(packet.marker for packet in stream)
        assert [packet.timestamp - stream[0].timestamp for packet in stream] == [0, 3000, 6000, 9000, 12000]
    assert len({stream[0].ssrc for stream in streams}) == 3
    assert desk.counters.packets_sent == 15
    assert desk.counters.packets_received == 5


def test_each_sink_has_extensions_under_its_own_numbers() -> None:
    """Those who did not negotiate one do not get it; mid and rid nobody gets."""
    desk = classroom()
    ana = desk.publish("ana")
    ids = [
        {AUDIO_LEVEL_URI: 1, ABS_SEND_TIME_URI: 2},
        {AUDIO_LEVEL_URI: 9, ABS_SEND_TIME_URI: 4},
        {},
    ]
    viewers = [
        desk.subscribe(f"p{index}", subscribe_offer(ids=each, name=f"p{index}")) for index, each in enumerate(ids)
    ]
    ana.received_rtp(rtp(111, 1, 960, 1, b"sound", {1: b"\x14", 2: b"\0\0\0", 4: b"a", 10: b"x"}), desk.now)
    first, second, third = (wire(viewer).take_rtp()[0].extensions for viewer in viewers)
    assert first[1] == second[9] == b"\x14"
    assert first[2] == second[4]
    assert (set(first), set(second), set(third)) == ({1, 2}, {9, 4}, set())


def test_the_time_of_sending_is_ours() -> None:
    """Receivers compare those of all packets: clocks of several senders would tell them nothing."""
    desk = classroom(1)
    ana, viewer = desk.publish("ana"), desk.subscribe("p0")
    for number in range(2):
        ana.received_rtp(rtp(111, number, 960 * number, 1, b"sound", {2: b"\x12\x34\x56"}), desk.now)
        desk.now += 1
    first, second = (int.from_bytes(packet.extensions[2], "big") for packet in wire(viewer).take_rtp())
    assert (second - first) & 0xFFFFFF == 1 << 18


def test_a_sink_that_comes_late_gets_nothing_from_before_its_keyframe() -> None:
    """A packet that was late on its way belongs to what this one has not seen."""
    desk = classroom(2)
    ana = desk.publish("ana")
    first = desk.subscribe("p0")
    desk.film(ana, sequence=10, keyframe=True)
    desk.film(ana, sequence=11)
    second = desk.subscribe("p1")
    desk.film(ana, sequence=13, keyframe=True)
    desk.film(ana, sequence=12, mark=b"late")
    assert len(wire(first).take_rtp()) == 4
    assert [packet.mark for packet in wire(second).take_rtp()] == [b"ana"]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 7), st.booleans()), min_size=1, max_size=60), st.integers(0, 0xFFFF))
def test_under_loss_and_reordering_each_picture_keeps_its_place(steps: list[tuple[int, bool]], start: int) -> None:
    """Whatever is lost, doubled or late on the way in: numbers outside differ by as much as inside."""
    desk = classroom(1)
    ana, viewer = desk.publish("ana"), desk.subscribe("p0")
    desk.film(ana, keyframe=True, sequence=start, mark=b"0")
    order = [
        index
        for index, (delay, is_lost) in sorted(enumerate(steps, 1), key=lambda each: each[0] + each[1][0])
        if not is_lost
    ]
    for index in [*order, *order[::3]]:
        sequence = start + index
        picture = vp8(sequence, mark=b"%d" % index)
        ana.received_rtp(rtp(96, sequence, sequence * 3000, CAMERA, picture), desk.now)
    sent = wire(viewer).take_rtp()
    assert len(sent) == len(order) + 1
    zero = sent[0]
    for packet in sent:
        index = int(packet.mark)
        assert (packet.sequence - zero.sequence) & 0xFFFF == index
        assert (packet.timestamp - zero.timestamp) & 0xFFFFFFFF == index * 3000
        assert (packet.picture - zero.picture) & 0x7FFF == index & 0x7FFF


@given(st.binary(max_size=40), st.booleans(), st.booleans())
def test_garbage_in_a_payload_harms_nobody(payload: bytes, has_padding: bool, has_extension: bool) -> None:
    """A peer may send what it wants under its own SSRC."""
    desk = classroom(1)
    ana, viewer = desk.publish("ana"), desk.subscribe("p0")
    desk.film(ana, keyframe=True, sequence=1)
    flags = 0x80 | (0x20 if has_padding else 0) | (0x10 if has_extension else 0)
    packet = bytes([flags]) + rtp(96, 2, 6000, CAMERA, payload)[1:]
    ana.received_rtp(packet, desk.now)
    desk.film(ana, sequence=3)
    sent = wire(viewer).take_rtp()
    assert sent[-1].mark == b"ana"
    assert (sent[-1].sequence - sent[0].sequence) & 0xFFFF == 2


def test_a_packet_without_picture_ids_passes_unchanged() -> None:
    """They are optional (RFC 7741 §4.2)."""
    desk = classroom(1)
    ana, viewer = desk.publish("ana"), desk.subscribe("p0")
    ana.received_rtp(rtp(96, 1, 3000, CAMERA, b"\x10\x00keyframe"), desk.now)
    desk.wait(0.1)
    ana.received_rtp(rtp(96, 2, 6000, CAMERA, b"\x10\x00keyframe"), desk.now)
    assert [packet.payload for packet in wire(viewer).take_rtp()] == [b"\x10\x00keyframe"] * 2


def test_rtp_is_read_back_as_it_was_made() -> None:
    """The tests' own reader."""
    packet = Rtp.of(rtp(96, 7, 8, 9, b"payload", {1: b"ab", 3: b"c"}, marker=True))
    assert packet == Rtp(96, True, 7, 8, 9, {1: b"ab", 3: b"c"}, b"payload")
