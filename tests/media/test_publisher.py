"""What a publisher sends: whose stream it is, what is missing, and what is too much."""

import pytest
from aiortc.rtp import RtcpSrPacket, unpack_remb_fci

from media import publisher as module
from media import rtcp
from media.engine import Medium
from media.header_extensions import ABS_SEND_TIME_URI, AUDIO_LEVEL_URI
from media.losses import ATTEMPTS_MAX
from media.publisher import PUBLISH_ESTIMATE, Publisher
from media.rtp import PACKET_OCTETS_MAX, as_repair
from media.sdp import Direction
from media.subscriber import Subscriber
from tests.media.desk import OPUS, VP8, Desk, publish_offer, rtp, subscribe_offer, vp8, wire

MID, RID, REPAIRED_RID = 4, 10, 11
LAYERS = ("q", "h", "f")


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.plan("ana", "ben")
    return desk


@pytest.fixture
def ana(desk: Desk) -> Publisher:
    return desk.publish("ana")


@pytest.fixture
def ben(desk: Desk, ana: Publisher) -> Subscriber:
    return desk.subscribe("ben")


def nacks(publisher: Publisher) -> list[list[int]]:
    return [part.lost for part in wire(publisher).take_rtcp() if getattr(part, "lost", None)]


def asked_keyframes(publisher: Publisher) -> list[int]:
    return [part.media_ssrc for part in wire(publisher).take_rtcp() if getattr(part, "fmt", None) == 1]


def repair_of(sequence: int, payload: bytes) -> bytes:
    """A retransmission of the camera's."""
    repair = as_repair(rtp(VP8.payload_type, sequence, sequence * 3000, 2, payload, marker=True), 97, 1, 12)
    assert repair is not None
    return repair


# --- Whose stream -------------------------------------------------------------------------------------


def test_sections_are_microphone_camera_screen_in_their_order(ana: Publisher) -> None:
    """The second section of video is the screen."""
    assert {medium: track.mid for medium, track in ana.tracks.items()} == {
        Medium.AUDIO: "a",
        Medium.VIDEO: "v",
        Medium.SCREEN: "s",
    }
    assert [answer.direction for answer in ana.answers()] == [Direction.RECVONLY] * 3
    assert {AUDIO_LEVEL_URI, ABS_SEND_TIME_URI} <= set(ana.answers()[1].extensions)


def test_what_is_more_than_three_is_rejected(desk: Desk) -> None:
    """A third video has no meaning."""
    offer = publish_offer()
    more = type(offer)((*offer.sections, offer.sections[1]), offer.peer)
    session = desk.call._publish(desk.call._members["ana"], more)
    assert session.answers()[3].codecs == ()


def test_streams_named_in_the_offer_are_known(desk: Desk, ana: Publisher, ben: Subscriber) -> None:
    """Camera and screen have the same payload type: their SSRCs tell them apart."""
    desk.film(ana, keyframe=True, ssrc=3, mark=b"screen")
    desk.film(ana, keyframe=True, ssrc=2, mark=b"camera")
    by_slot = {packet.ssrc: packet.mark for packet in wire(ben).take_rtp()}
    assert by_slot == {ben.pictures[0].sink.ssrc: b"screen", ben.pictures[1].sink.ssrc: b"camera"}


def test_layers_are_known_by_mid_and_rid(desk: Desk, ben: Subscriber) -> None:
    """Simulcast names no SSRC in the offer (RFC 8853): the first packets do."""
    ana = desk.publish("ana", publish_offer(LAYERS, name="simulcast"))
    for ssrc, rid in enumerate(LAYERS, 100):
        desk.film(ana, ssrc=ssrc, extensions={MID: b"v", RID: rid.encode()})
    assert [source.ssrc for source in ana.tracks[Medium.VIDEO].sources] == [100, 101, 102]
    desk.film(ana, ssrc=100)
    assert ana.tracks[Medium.VIDEO].sources[0].packets == 2


def test_a_repair_stream_is_known_by_the_layer_it_repairs(desk: Desk, ben: Subscriber) -> None:
    """rrid (RFC 8852)."""
    ana = desk.publish("ana", publish_offer(LAYERS, name="simulcast"))
    desk.film(ana, ssrc=100, sequence=1, extensions={MID: b"v", RID: b"q"})
    original = rtp(VP8.payload_type, 2, 6000, 100, vp8(2, True), {MID: b"v", REPAIRED_RID: b"q"})
    repair = as_repair(original, 97, 1, 200)
    assert repair is not None
    ana.received_rtp(repair, desk.now)
    source = ana.tracks[Medium.VIDEO].sources[0]
    assert source.repair_ssrc == 200
    assert source.cache.get(2) is not None


def test_an_unknown_stream_without_a_name_is_dropped_when_it_could_be_two(desk: Desk, ana: Publisher) -> None:
    """Camera or screen: it is not guessed."""
    desk.film(ana, ssrc=77)
    assert desk.counters.dropped["RTP of an unknown stream"] == 1


def test_an_unknown_stream_is_taken_for_the_only_one_of_its_kind(desk: Desk, ben: Subscriber) -> None:
    """Of a client that names neither SSRC nor mid."""
    ana = desk.publish("ana", publish_offer(screen=False, name="plain"))
    desk.see("ben")
    desk.film(ana, ssrc=77, keyframe=True)
    assert ana.tracks[Medium.VIDEO].sources[0].ssrc == 77
    assert len(wire(ben).take_rtp()) == 1


def test_a_sender_that_changes_its_ssrc_begins_anew(desk: Desk, ana: Publisher, ben: Subscriber) -> None:
    """Its numbers have nothing to do with those before: a keyframe is waited for, nothing is missed."""
    desk.film(ana, keyframe=True)
    desk.film(ana, ssrc=55, sequence=20000, extensions={MID: b"v"})
    desk.film(ana, ssrc=55, sequence=20001, keyframe=True)
    first, second = wire(ben).take_rtp()
    assert second.sequence == (first.sequence + 1) & 0xFFFF
    assert nacks(ana) == []


@pytest.mark.parametrize("payload_type", [0, 97, 127])
def test_payload_types_that_were_not_agreed_make_no_stream(desk: Desk, ana: Publisher, payload_type: int) -> None:
    """Nor does RTX without what it repairs."""
    ana.received_rtp(rtp(payload_type, 1, 2, 99, b"payload", {MID: b"v"}), desk.now)
    assert ana.tracks[Medium.VIDEO].sources[0].ssrc == 2


# --- What is missing ----------------------------------------------------------------------------------


def test_a_gap_is_asked_for_and_filled_by_retransmission(desk: Desk, ana: Publisher, ben: Subscriber) -> None:
    """The repaired packet goes out with the number it would have had."""
    desk.film(ana, keyframe=True, sequence=10)
    desk.film(ana, sequence=12)
    assert nacks(ana) == [[11]]
    ana.received_rtp(repair_of(11, vp8(11, mark=b"late")), desk.now)
    sent = wire(ben).take_rtp()
    assert [packet.sequence - sent[0].sequence for packet in sent] == [0, 2, 1]
    assert sent[2].mark == b"late"
    desk.film(ana, sequence=13)
    assert nacks(ana) == []


def test_a_picture_may_begin_with_a_repaired_packet(desk: Desk, ana: Publisher, ben: Subscriber) -> None:
    """Then it is the first of the stream."""
    desk.film(ana, sequence=10)
    desk.film(ana, sequence=12)
    ana.received_rtp(repair_of(11, vp8(11, True)), desk.now)
    desk.film(ana, sequence=13)
    first, second = wire(ben).take_rtp()
    assert first.ssrc == second.ssrc == ben.pictures[1].sink.ssrc
    assert (second.sequence - first.sequence) & 0xFFFF == 2


def test_what_comes_twice_goes_out_once(desk: Desk, ana: Publisher, ben: Subscriber) -> None:
    """The original and its retransmission may cross."""
    desk.film(ana, keyframe=True, sequence=10)
    desk.film(ana, sequence=12)
    desk.film(ana, sequence=11)
    ana.received_rtp(repair_of(11, vp8(11)), desk.now)
    assert len(wire(ben).take_rtp()) == 3
    assert ana.tracks[Medium.VIDEO].sources[0].packets == 3, "nor does it count as bitrate: it may be a probe"


def test_what_does_not_come_is_asked_for_again_also_when_nothing_else_comes(desk: Desk, ana: Publisher) -> None:
    """A screen that stands still sends few packets."""
    desk.film(ana, sequence=10)
    desk.film(ana, sequence=12)
    assert nacks(ana) == [[11]]
    desk.wait(0.2)
    assert [11] in nacks(ana)


def test_asking_ends(desk: Desk, ana: Publisher, ben: Subscriber) -> None:
    """A packet that never comes is given up."""
    desk.film(ana, keyframe=True, sequence=10)
    for sequence in range(12, 60):
        desk.film(ana, sequence=sequence)
        desk.now += 0.1
    asked = nacks(ana)
    assert [11] in asked
    assert len(asked) == ATTEMPTS_MAX


# --- Keyframes ----------------------------------------------------------------------------------------


def test_many_who_want_a_keyframe_cost_the_sender_one(desk: Desk, ana: Publisher) -> None:
    """One request each half second."""
    names = [f"p{index}" for index in range(10)]
    desk.plan("ana", *names, media=(Medium.VIDEO,))
    desk.film(ana)
    wire(ana).take_rtcp()
    for name in names:
        desk.subscribe(name)
    assert len(wire(ana).take_rtcp()) == 1


def test_a_keyframe_that_does_not_come_is_asked_for_again(desk: Desk, ana: Publisher, ben: Subscriber) -> None:
    """The request, or the keyframe, may be lost."""
    desk.film(ana)
    wire(ana).take_rtcp()
    desk.wait(0.6)
    assert 2 in asked_keyframes(ana)
    desk.film(ana, keyframe=True)
    desk.wait(0.9)
    assert 2 not in asked_keyframes(ana)


# --- Reports ------------------------------------------------------------------------------------------


def test_reports_come_once_a_second_with_an_estimate(desk: Desk, ana: Publisher, ben: Subscriber) -> None:
    """RR and REMB in one packet."""
    ana.sender_reported(2, 0x0000_1234_5678_0000, 5)
    for _ in range(3):
        desk.film(ana, keyframe=True)
        desk.speak(ana)
    wire(ana).take_rtcp()
    desk.wait(1.05)
    parts = wire(ana).take_rtcp()
    (reports,) = [part for part in parts if hasattr(part, "reports")]
    assert {report.ssrc for report in reports.reports} == {1, 2}
    (camera,) = [report for report in reports.reports if report.ssrc == 2]
    assert camera.lsr == 0x12345678
    assert camera.fraction_lost == 0
    estimates = [part for part in parts if getattr(part, "fmt", 0) == 15]
    assert [unpack_remb_fci(part.fci)[0] for part in estimates] == [PUBLISH_ESTIMATE]


def test_a_sender_report_is_passed_on_with_our_numbers(desk: Desk, ana: Publisher, ben: Subscriber) -> None:
    """The clocks of the sender, the timestamps and counts of the slot."""
    desk.film(ana, keyframe=True, sequence=1)
    (sent,) = wire(ben).take_rtp()
    ana.sender_reported(2, 77 << 32, 1 * 3000 + 90)
    report, _ = wire(ben).take_rtcp()
    assert report.ssrc == sent.ssrc
    assert report.sender_info.ntp_timestamp == 77 << 32
    assert report.sender_info.rtp_timestamp == (sent.timestamp + 90) & 0xFFFFFFFF
    assert report.sender_info.packet_count == 1


def test_a_flood_of_sender_reports_is_not_passed_on(desk: Desk, ana: Publisher, ben: Subscriber) -> None:
    """Each would go to everybody; what comes soon after another is counted."""
    desk.film(ana, keyframe=True, sequence=1)
    report = rtcp.sender_report(2, 77 << 32, 3090, 1, 100)
    for _ in range(20):
        ana.received_rtcp(report, desk.now)
    assert len([part for part in wire(ben).take_rtcp() if isinstance(part, RtcpSrPacket)]) == 1
    assert desk.counters.dropped == {"sender reports beyond the rate of a stream": 19}
    desk.wait(1)
    ana.received_rtcp(report, desk.now)
    assert len([part for part in wire(ben).take_rtcp() if isinstance(part, RtcpSrPacket)]) == 1


def test_reports_of_strangers_are_passed_over(desk: Desk, ana: Publisher, ben: Subscriber) -> None:
    """Neither an unknown SSRC nor one that repairs is a source."""
    for ssrc in (999, 12):
        ana.sender_reported(ssrc, 1 << 32, 1)
    assert wire(ben).take_rtcp() == []


# --- Too much -----------------------------------------------------------------------------------------


def test_beyond_its_bitrate_a_publisher_is_cut(desk: Desk, ana: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too much is dropped and counted; a moment later there is room again."""
    monkeypatch.setattr(module, "RECEIVE_BITRATE_MAX", 80_000)
    desk.wait(0.1)
    for _ in range(20):
        desk.film(ana, size=1000)
    assert 5 <= desk.counters.dropped["RTP beyond the bitrate of a publisher"] <= 15
    before = ana.tracks[Medium.VIDEO].sources[0].packets
    desk.wait(1)
    desk.film(ana, size=1000)
    assert ana.tracks[Medium.VIDEO].sources[0].packets == before + 1


def test_small_packets_count_as_larger_ones(desk: Desk, ana: Publisher) -> None:
    """A flood of them would be as much work as one of large ones."""
    for _ in range(4000):
        desk.film(ana)
    passed = ana.tracks[Medium.VIDEO].sources[0].packets
    assert passed == module.RECEIVE_BITRATE_MAX * module.RECEIVE_BURST // 8 // module.PACKET_COST_MIN


def test_sound_is_no_more_than_sound_can_be(desk: Desk, ana: Publisher, ben: Subscriber) -> None:
    """All of it goes to everybody: a microphone with the bitrate of a screen would fill their lines."""
    for number in range(900):
        ana.received_rtp(rtp(OPUS.payload_type, number, number * 960, 1, bytes(1000), {1: bytes([20])}), desk.now)
    sent = sum(len(packet) for packet in wire(ben).rtp)
    assert 0.9 < sent * 8 / module.SOUND_BITRATE_MAX / module.RECEIVE_BURST <= 1
    assert desk.counters.dropped.keys() == {"sound beyond the bitrate of a publisher"}
    desk.film(ana, keyframe=True)
    assert ana.tracks[Medium.VIDEO].sources[0].packets == 1
    desk.wait(1)
    desk.speak(ana)
    assert wire(ben).rtp[-1].endswith(b"ana")


def test_a_packet_that_no_frame_carries_is_dropped(desk: Desk, ana: Publisher) -> None:
    """Nobody's encoder makes them."""
    ana.received_rtp(rtp(OPUS.payload_type, 1, 1, 1, bytes(PACKET_OCTETS_MAX)), desk.now)
    assert desk.counters.dropped == {"RTP too long": 1}


def test_malformed_packets_are_dropped(desk: Desk, ana: Publisher, ben: Subscriber) -> None:
    """A header that is longer than the packet."""
    ana.received_rtp(bytes([0x8F]) + rtp(OPUS.payload_type, 1, 1, 1, b"")[1:], desk.now)
    assert desk.counters.dropped == {"malformed RTP": 1}
    assert wire(ben).take_rtp() == []


def test_malformed_rtcp_is_counted(desk: Desk, ana: Publisher) -> None:
    """And does nothing else."""
    ana.received_rtcp(b"\x80\xc8\0\6" + bytes(3), desk.now)
    assert desk.counters.dropped == {"malformed RTCP": 1}


def test_no_more_streams_than_anybody_needs(desk: Desk, ana: Publisher) -> None:
    """SSRCs that come and go do not fill the memory."""
    for ssrc in range(1000, 1200):
        desk.film(ana, ssrc=ssrc, sequence=1, extensions={MID: b"v"})
    assert len(ana._sources) <= module.STREAMS_MAX


def test_media_into_a_subscribing_session_is_dropped(desk: Desk) -> None:
    """It is not what that session is for."""
    ben = desk.subscribe("ben", subscribe_offer())
    ben.received_rtp(rtp(96, 1, 1, 1, b"x"), desk.now)
    assert sum(desk.counters.dropped.values()) == 1
