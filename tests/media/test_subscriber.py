"""What a subscriber is sent: again when it missed it, and in the layer that its line carries."""

from itertools import pairwise

import pytest
from aiortc.rtp import RtcpReceiverInfo

from media import probing, rtcp
from media.engine import AUDIO_SLOTS, VIDEO_SLOTS, Medium, Role
from media.header_extensions import ABS_SEND_TIME_URI, AUDIO_LEVEL_URI
from media.keyframes import WISHES_BURST, WISHES_INTERVAL
from media.publisher import Publisher
from media.rate import START
from media.rtp import repaired
from media.sdp import Direction
from media.subscriber import RETRANSMIT_SHARE, Subscriber
from tests.media.desk import OPUS, VP8, Desk, Rtp, publish_offer, rtp, section, subscribe_offer, wire

MID, RID = 4, 10
LAYERS = {"q": 100, "h": 101, "f": 102}
"""SSRC of each layer."""

PACKETS = {"q": 1, "h": 5, "f": 20}
"""Packets of each layer in a tenth of a second: 80, 400 and 1600 kb/s."""

PACKET_OCTETS = 960


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.plan("ana", "ben", media=(Medium.AUDIO, Medium.VIDEO))
    return desk


def report(ssrc: int, highest: int, lost: float = 0.0) -> RtcpReceiverInfo:
    return RtcpReceiverInfo(
        ssrc=ssrc, fraction_lost=round(lost * 256), packets_lost=0, highest_sequence=highest, jitter=0, lsr=0, dlsr=0
    )


# --- Slots --------------------------------------------------------------------------------------------


def test_each_section_is_a_slot_with_streams_of_its_own(desk: Desk) -> None:
    """SSRCs are fixed from the answer on, RTX beside video; the answers name what we send."""
    ben = desk.subscribe("ben")
    outgoing = [answer.outgoing for answer in ben.answers()]
    assert len(ben.voices) == AUDIO_SLOTS
    assert len(ben.pictures) == VIDEO_SLOTS
    assert all(answer.direction is Direction.SENDONLY for answer in ben.answers())
    assert [each.rtx_ssrc is not None for each in outgoing if each] == [False] * AUDIO_SLOTS + [True] * VIDEO_SLOTS
    ssrcs = [ssrc for each in outgoing if each for ssrc in (each.ssrc, each.rtx_ssrc) if ssrc]
    assert len(set(ssrcs)) == len(ssrcs)
    assert [slot.sink.ssrc for slot in ben.pictures] == [each.ssrc for each in outgoing[AUDIO_SLOTS:] if each]


def test_sections_beyond_the_slots_are_rejected(desk: Desk) -> None:
    """As those that send, or that have no codec of ours."""
    offer = subscribe_offer(AUDIO_SLOTS + 1, 1)
    extra = section("video", "x", Direction.SENDONLY, [VP8], {})
    ben = desk.call.session("ben", Role.SUBSCRIBE, type(offer)((*offer.sections, extra), offer.peer))
    answers = ben.answers()
    assert [bool(answer.codecs) for answer in answers] == [True] * AUDIO_SLOTS + [False, True, False]


def test_nothing_is_sent_before_the_session_is_connected(desk: Desk) -> None:
    """Slots may be assigned and seen before; then it begins."""
    ana = desk.publish("ana")
    session = desk.call.session("ben", Role.SUBSCRIBE, subscribe_offer())
    assert isinstance(session, Subscriber)
    desk.see("ben")
    desk.film(ana, keyframe=True)
    desk.speak(ana)
    assert wire(session).take_rtp() == []
    session.connected()
    desk.film(ana, keyframe=True)
    desk.speak(ana)
    assert len(wire(session).take_rtp()) == 2


# --- Again --------------------------------------------------------------------------------------------


@pytest.fixture
def ana(desk: Desk) -> Publisher:
    return desk.publish("ana")


@pytest.fixture
def ben(desk: Desk, ana: Publisher) -> Subscriber:
    return desk.subscribe("ben")


def test_a_missed_picture_is_sent_again_by_rtx(desk: Desk, ana: Publisher, ben: Subscriber) -> None:
    """RFC 4588: what comes out of the repair is what was sent first, octet for octet."""
    for number in range(20):
        desk.film(ana, keyframe=number == 0)
    packets, wire(ben).rtp = wire(ben).rtp, []
    first = Rtp.of(packets[0])
    missed = [Rtp.of(packets[index]).sequence for index in (3, 17)]
    ben.packets_missed(first.ssrc, missed)
    again, wire(ben).rtp = wire(ben).rtp, []
    assert [repaired(packet, VP8.payload_type, first.ssrc) for packet in again] == [packets[3], packets[17]]
    repairs = [Rtp.of(packet) for packet in again]
    assert {(each.ssrc, each.payload_type) for each in repairs} == {(ben.pictures[0].sink.repair_ssrc, VP8.rtx)}
    assert repairs[1].sequence == (repairs[0].sequence + 1) & 0xFFFF


def test_on_a_lossy_line_it_is_sent_twice(desk: Desk, ana: Publisher, ben: Subscriber) -> None:
    """Each a packet of its own; a loss of both is rare."""
    for number in range(20):
        desk.film(ana, keyframe=number == 0)
    sent = wire(ben).take_rtp()
    ssrc = sent[0].ssrc
    ben.reception_reported(report(ssrc, 100))
    ben.reception_reported(report(ssrc, 200, lost=0.05))
    desk.wait(1.1)
    ben.packets_missed(ssrc, [sent[5].sequence])
    first, second = wire(ben).take_rtp()
    assert first.payload == second.payload
    assert second.sequence == (first.sequence + 1) & 0xFFFF


def test_a_missed_sound_is_sent_again_as_it_was(desk: Desk, ana: Publisher, ben: Subscriber) -> None:
    """Without RTX it is the very same packet: another one with its number would break the cipher."""
    desk.speak(ana, packets=5)
    packets, wire(ben).rtp = wire(ben).rtp, []
    ben.packets_missed(ben.voices[0].ssrc, [Rtp.of(packets[2]).sequence])
    assert wire(ben).rtp == [packets[2]]


def test_the_same_bytes_again_also_with_other_extension_numbers_and_times(desk: Desk, ana: Publisher) -> None:
    """Renumbered extensions, and a time of sending, are the same the second time."""
    ben = desk.subscribe("ben", subscribe_offer(ids={AUDIO_LEVEL_URI: 7, ABS_SEND_TIME_URI: 1}, name="other"))
    ana.received_rtp(rtp(OPUS.payload_type, 1, 960, 1, b"sound", {1: b"\x50", 2: b"\0\0\0", 4: b"a"}), desk.now)
    packets, wire(ben).rtp = wire(ben).rtp, []
    desk.now += 0.05
    sent = Rtp.of(packets[0])
    assert sent.extensions[7] == b"\x50"
    assert sent.extensions[1] != b"\0\0\0"
    assert len(sent.extensions) == 2
    ben.packets_missed(sent.ssrc, [sent.sequence])
    assert wire(ben).rtp == packets


def test_what_is_not_ours_or_too_old_is_not_sent_again(desk: Desk, ana: Publisher, ben: Subscriber) -> None:
    """Unknown SSRC, numbers never sent, numbers out of the cache."""
    for number in range(600):
        desk.film(ana, keyframe=number == 0)
    sent = wire(ben).take_rtp()
    ben.packets_missed(12345, [sent[-1].sequence])
    ben.packets_missed(sent[0].ssrc, [sent[0].sequence, (sent[-1].sequence + 5) & 0xFFFF])
    assert wire(ben).take_rtp() == []


def test_asking_again_and_again_does_not_flood_a_line(desk: Desk, ana: Publisher, ben: Subscriber) -> None:
    """Retransmissions take a share of the estimate at most."""
    for number in range(100):
        desk.film(ana, keyframe=number == 0, size=1000)
    numbers = [packet.sequence for packet in wire(ben).take_rtp()]
    for _ in range(50):
        ben.packets_missed(ben.pictures[0].sink.ssrc, numbers)
    octets = sum(len(packet) for packet in wire(ben).rtp)
    assert START * RETRANSMIT_SHARE / 8 * 0.9 < octets < START * RETRANSMIT_SHARE / 8 * 1.1


def test_a_keyframe_that_the_page_wants_is_asked_of_the_source(desk: Desk, ana: Publisher, ben: Subscriber) -> None:
    """PLI and FIR by the slot's SSRC; those of others are passed over."""
    desk.film(ana, keyframe=True)
    desk.now += 1
    wire(ana).take_rtcp()
    ben.received_rtcp(rtcp.picture_loss(1, 999), desk.now)
    assert wire(ana).take_rtcp() == []
    ben.received_rtcp(rtcp.picture_loss(1, ben.pictures[0].sink.ssrc), desk.now)
    assert [part.media_ssrc for part in wire(ana).take_rtcp()] == [2]


# --- Layers -------------------------------------------------------------------------------------------


def test_what_a_publisher_leaves_out_is_not_lost_on_the_line(desk: Desk, ana: Publisher, ben: Subscriber) -> None:
    """One who skips numbers on purpose does not take everybody's estimate down; real losses beside it do count."""
    desk.film(ana, keyframe=True, sequence=1)
    ssrc = ben.pictures[0].sink.ssrc
    sent = wire(ben).take_rtp()
    ben.reception_reported(report(ssrc, sent[-1].sequence))
    for number in range(1, 40):
        desk.film(ana, sequence=1 + number * 100)
        sent += wire(ben).take_rtp()
        if number % 10 == 0:
            ben.reception_reported(report(ssrc, sent[-1].sequence, lost=0.99))
            desk.wait(1.1)
    assert ben.rate.loss < 0.1
    assert ben.rate.estimate >= START
    ben.reception_reported(report(ssrc, sent[-1].sequence, lost=0.99))
    for number in range(100):
        desk.film(ana, sequence=3902 + number)
        sent += wire(ben).take_rtp()
    desk.wait(4)
    ben.reception_reported(report(ssrc, sent[-1].sequence, lost=0.5))
    desk.wait(1.1)
    assert ben.rate.loss > 0.3


def test_a_flood_of_keyframe_requests_is_not_everybodys(desk: Desk, ana: Publisher, ben: Subscriber) -> None:
    """Two keyframes a second for ever would leave nothing of the others' pictures."""
    desk.film(ana, keyframe=True)
    ssrc = ben.pictures[0].sink.ssrc
    keyframes = 0
    for _ in range(200):
        for _ in range(5):
            ben.received_rtcp(rtcp.picture_loss(1, ssrc), desk.now)
        asked = any(getattr(part, "fmt", 0) == 1 for part in wire(ana).take_rtcp())
        keyframes += asked
        desk.film(ana, keyframe=asked)
        desk.wait(0.1)
    assert 20 / WISHES_INTERVAL <= keyframes <= 20 / WISHES_INTERVAL + WISHES_BURST + 1
    assert desk.counters.dropped["keyframe requests beyond the rate of a slot"]


class Line:
    """A publisher with three layers, a subscriber, and a line between that says what it carries."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.ana = desk.publish("ana", publish_offer(tuple(LAYERS), name="simulcast"))
        self.ben = desk.subscribe("ben")
        self.sink = self.ben.pictures[0].sink
        self.layers = dict(LAYERS)
        self.sent: list[Rtp] = []
        self.tried: list[Rtp] = []
        """What went out to try the line with."""
        self.run(0.2)

    def run(self, seconds: float, estimate: int | None = None, lost: float = 0.0) -> None:
        """Pictures of each layer ten times a second, keyframes when they were asked for; reports each second."""
        for tick in range(round(seconds * 10)):
            asked = {part.media_ssrc for part in wire(self.ana).take_rtcp() if getattr(part, "fmt", 0) == 1}
            for rid, ssrc in self.layers.items():
                names = {MID: b"v", RID: rid.encode()}
                for packet in range(PACKETS[rid]):
                    is_keyframe = ssrc in asked and packet == 0
                    self.desk.film(self.ana, is_keyframe, ssrc, rid.encode(), extensions=names, size=PACKET_OCTETS)
            for sent in wire(self.ben).take_rtp():
                (self.sent if sent.ssrc == self.sink.ssrc else self.tried).append(sent)
            if tick % 10 == 0 and self.sent:
                self.ben.reception_reported(report(self.sink.ssrc, self.sent[-1].sequence, lost))
                if estimate is not None:
                    self.ben.received_rtcp(rtcp.bitrate_estimate(1, estimate, []), self.desk.now)
            self.desk.wait(0.1)

    @property
    def layer(self) -> str | None:
        return self.sink.source.rid if self.sink.source else None


def test_a_picture_begins_in_the_lowest_layer_and_rises(desk: Desk) -> None:
    """Step by step, as the estimate allows; each step with a keyframe, and for the receiver one stream."""
    line = Line(desk)
    line.run(0.5)
    assert line.layer == "q"
    line.run(30, estimate=5_000_000)
    assert line.layer == "f"
    marks = [packet.mark[:1] for packet in line.sent]
    assert list(dict.fromkeys(marks)) == [b"q", b"h", b"f"]
    assert_is_one_stream(line.sent)


def test_a_new_line_is_tried_and_the_best_layer_follows(desk: Desk) -> None:
    """The receiver has seen a cluster, then a faster one: the best layer comes within some seconds."""
    line = Line(desk)
    line.run(0.3)
    padding = list(line.tried)
    line.run(0.5, estimate=800_000)
    line.run(2.5, estimate=3_000_000)
    assert line.layer == "f"
    assert {packet.ssrc for packet in line.tried} == {line.sink.repair_ssrc}
    assert all(packet.payload[-1] == len(packet.payload) for packet in padding)
    assert probing.PACKETS <= len(padding) < len(line.tried) <= 3 * probing.PACKETS
    again = {packet.mark for packet in line.tried[len(padding) :]}
    assert again, "what was sent before is sent again"
    numbers = [packet.sequence for packet in line.tried]
    assert all(later == (before + 1) & 0xFFFF for before, later in pairwise(numbers))
    assert_is_one_stream(line.sent)
    assert line.sink.retransmitted == 0


def test_a_line_with_nothing_better_to_send_is_not_tried(desk: Desk) -> None:
    """A picture that has one layer only."""
    ana, ben = desk.publish("ana"), desk.subscribe("ben")
    for number in range(30):
        desk.film(ana, keyframe=number == 0)
        desk.wait(0.1)
    assert {packet.ssrc for packet in wire(ben).take_rtp()} == {ben.pictures[0].sink.ssrc}


def test_a_session_that_ends_tries_nothing_any_more(desk: Desk) -> None:
    """Also in the midst of a cluster."""
    line = Line(desk)
    while not line.tried:
        line.run(0.1)
    desk.call.tick(desk.now + 0.5)
    line.ben.close()
    desk.wait(1)
    assert wire(line.ben).is_closed


def test_a_line_that_carries_less_gets_a_lower_layer_and_a_better_one_when_it_is_back(desk: Desk) -> None:
    """Down on REMB, up again later."""
    line = Line(desk)
    line.run(30, estimate=5_000_000)
    before = len(line.sent)
    line.run(5, estimate=150_000)
    assert b"q" in {packet.mark[:1] for packet in line.sent[before:]}, "and then it may try a better one"
    line.run(90, estimate=5_000_000)
    assert line.layer == "f"
    assert_is_one_stream(line.sent)


def test_losses_lead_down(desk: Desk) -> None:
    """Also of a receiver that never sends an estimate."""
    line = Line(desk)
    line.run(60)
    before = line.layer
    line.run(10, lost=0.3)
    assert before in ("h", "f")
    assert line.layer == "q"


def test_a_layer_that_its_sender_gives_up_is_left(desk: Desk) -> None:
    """A sender stops its best layer when its own line is thin."""
    line = Line(desk)
    line.run(30, estimate=5_000_000)
    del line.layers["f"]
    line.run(4, estimate=5_000_000)
    assert line.layer == "h"


def test_a_picture_whose_lowest_layer_never_comes_begins_in_another(desk: Desk) -> None:
    """Whatever is sent is shown."""
    line = Line(desk)
    line.layers = {"h": LAYERS["h"]}
    line.sink.stop()
    line.run(2)
    line.run(2)
    assert line.layer == "h"


def assert_is_one_stream(packets: list[Rtp]) -> None:
    """Numbers without a hole, timestamps and pictures that only grow."""
    for before, after in pairwise(packets):
        assert after.sequence == (before.sequence + 1) & 0xFFFF
        assert 0 < (after.timestamp - before.timestamp) & 0xFFFFFFFF < 90_000 * 2
        assert after.picture == (before.picture + 1) & 0x7FFF
        assert after.tl0 == (before.tl0 + 1) & 0xFF


# --- The end ------------------------------------------------------------------------------------------


def test_closing_says_goodbye(desk: Desk, ana: Publisher, ben: Subscriber) -> None:
    """BYE for the slots, then nothing more."""
    desk.film(ana, keyframe=True)
    wire(ben).take_rtcp()
    ben.close()
    assert wire(ben).is_closed
    (bye,) = wire(ben).take_rtcp()
    assert set(bye.sources) == {sink.ssrc for sink in ben.sinks}
    assert not ana.tracks[Medium.VIDEO].sources[0].sinks
