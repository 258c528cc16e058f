"""An outgoing stream: it goes over to other sources, reports, and sends again."""

from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiortc.rtp import RtcpPacket

from media.engine import Medium
from media.header_extensions import abs_send_time
from media.rtp import PADDING_MAX, repaired
from media.sdp import Outgoing
from media.sinks import Sink
from media.sources import Source, Track
from media.transport import Transport
from tests.media.desk import H264, PUBLISHED_IDS, SUBSCRIBED_IDS, VP8, Rtp, rtp, vp8

NOW = 1000.0
ORIGINAL_SEQUENCE_OCTETS = 2


class Sent:
    """Stands in for a transport."""

    def __init__(self) -> None:
        self.rtp: list[bytes] = []
        self.rtcp: list[bytes] = []

    def send_buffered(self, length: int) -> None:
        raise AssertionError("only the forwarder does that")

    def send_rtp(self, packet: bytes) -> None:
        self.rtp.append(packet)

    def send_rtcp(self, packet: bytes) -> None:
        self.rtcp.append(packet)


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest.fixture
def sink(sent: Sent) -> Sink:
    return Sink(cast(Transport, sent), Outgoing(50, 51, "s", "t"), (VP8, H264), SUBSCRIBED_IDS)


def camera(name: str = "ana", layers: tuple[str, ...] = (), codec: object = VP8) -> Track:
    track = Track(name, Medium.VIDEO, "v", codec, PUBLISHED_IDS, layers, lambda source: None)  # type: ignore[arg-type]
    track.set_open(True)
    return track


def begin(sink: Sink, source: Source, sequence: int = 1, timestamp: int = 0, now: float = NOW) -> None:
    sink.follow(source)
    sink.begin(sequence, timestamp, 0, 0, now)


def test_a_sink_waits_for_its_source(sink: Sink) -> None:
    """It is fed when its source has begun, not before."""
    (source,) = camera().sources
    sink.follow(source)
    sink.follow(source)
    assert (source.awaiting, source.sinks) == ((sink,), ())
    sink.begin(1, 0, 0, 0, NOW)
    assert (source.awaiting, source.sinks) == ((), (sink,))


def test_from_layer_to_layer_it_goes_without_a_gap(sink: Sink) -> None:
    """The old layer goes on until the new one's keyframe."""
    low, high = camera(layers=("q", "h")).sources
    begin(sink, low)
    sink.follow(high)
    assert (low.sinks, high.awaiting) == ((sink,), (sink,))
    sink.begin(1, 0, 0, 0, NOW)
    assert (low.sinks, high.sinks) == ((), (sink,))


def test_it_can_stay_where_it_is(sink: Sink) -> None:
    """The line became thin before the keyframe came."""
    low, high = camera(layers=("q", "h")).sources
    begin(sink, low)
    sink.follow(high)
    sink.stay()
    assert (low.sinks, high.awaiting, sink.awaited) == ((sink,), (), None)


def test_from_track_to_track_it_stops_first(sink: Sink) -> None:
    """Somebody else's picture is never followed by the old one."""
    (one,), (other,) = camera("ana").sources, camera("ben").sources
    begin(sink, one)
    sink.follow(other)
    assert (one.sinks, other.awaiting) == ((), (sink,))


def test_stopping_leaves_everything(sink: Sink) -> None:
    """No source knows it any more."""
    low, high = camera(layers=("q", "h")).sources
    begin(sink, low)
    sink.follow(high)
    sink.stop()
    assert not low.sinks + low.awaiting + high.sinks + high.awaiting
    sink.stop()


def test_the_payload_type_is_that_of_the_codec(sink: Sink) -> None:
    """A slot may show a source of each codec that it negotiated."""
    begin(sink, camera(codec=H264).sources[0])
    assert (sink.payload_type, sink.repair_payload_type) == (H264.payload_type, H264.rtx)
    begin(sink, camera(codec=VP8).sources[0])
    assert (sink.payload_type, sink.repair_payload_type) == (VP8.payload_type, VP8.rtx)
    assert sink.codecs == {"VP8", "H264"}


def test_a_report_has_its_numbers(sink: Sink, sent: Sent) -> None:
    """SSRC, mapped timestamp and counts; CNAME beside it."""
    begin(sink, camera().sources[0], timestamp=9000)
    sink.packets, sink.octets = 3, 3000
    sink.report(1 << 60, 9000)
    parts: list[Any] = list(RtcpPacket.parse(sent.rtcp[0]))
    report, description = parts
    assert (report.ssrc, description.chunks[0].ssrc) == (50, 50)
    assert report.sender_info.rtp_timestamp == sink.timestamps.of(9000)
    assert (report.sender_info.packet_count, report.sender_info.octet_count) == (3, 3000)


def fill(sink: Sink, source: Source, packets: int = 3) -> list[int]:
    """Packets in the cache of its source, as the forwarder puts them there. Returns their outgoing numbers."""
    numbers = []
    for sequence in range(1, packets + 1):
        packet = rtp(96, sequence, 3000 * sequence, 2, vp8(sequence, mark=b"%d" % sequence))
        source.cache.add(sequence, packet)
        outgoing = sink.sequences.forward(sequence)
        assert outgoing is not None
        sink.timestamps.forward(3000 * sequence, NOW)
        numbers.append(outgoing)
    return numbers


def test_it_sends_again_at_most_what_it_may(sink: Sink, sent: Sent) -> None:
    """Octets are counted before they go."""
    (source,) = camera().sources
    begin(sink, source)
    numbers = fill(sink, source)
    length = len(source.cache.get(1) or b"") + ORIGINAL_SEQUENCE_OCTETS
    assert sink.retransmit(numbers, 2 * length, NOW) == 2 * length
    assert [Rtp.of(packet).payload[-1:] for packet in sent.rtp] == [b"1", b"2"]
    assert sink.retransmitted == 2
    assert sink.retransmit(numbers, 0, NOW) == 0


def test_without_rtx_it_sends_the_packet_under_its_own_number(sent: Sent) -> None:
    """For a client that did not offer RFC 4588."""
    sink = Sink(cast(Transport, sent), Outgoing(50, None, "s", "t"), (VP8,), SUBSCRIBED_IDS)
    (source,) = camera().sources
    begin(sink, source)
    numbers = fill(sink, source)
    sink.retransmit(numbers[1:2], 10_000, NOW)
    (again,) = (Rtp.of(packet) for packet in sent.rtp)
    assert (again.ssrc, again.sequence, again.payload_type) == (50, numbers[1], VP8.payload_type)


def test_a_retransmission_says_when_it_was_sent_itself(sink: Sink, sent: Sent) -> None:
    """The first time's would look like a line that has become slow; without RTX the packet must stay as it was."""
    (source,) = camera().sources
    begin(sink, source)
    source.cache.add(1, rtp(96, 1, 3000, 2, vp8(1), {2: b"abc"}))
    outgoing = sink.sequences.forward(1)
    assert outgoing is not None
    sink.retransmit([outgoing], 10_000, NOW)
    assert Rtp.of(sent.rtp[0]).extensions[2] == abs_send_time(NOW).to_bytes(3, "big")


def test_without_a_source_nothing_is_sent_again(sink: Sink, sent: Sent) -> None:
    """Nor what belongs to the source before."""
    one, other = camera("ana").sources[0], camera("ben").sources[0]
    assert sink.retransmit([1], 10_000, NOW) == 0
    begin(sink, one)
    numbers = fill(sink, one)
    begin(sink, other, sequence=100, now=NOW + 1)
    sink.retransmit(numbers, 10_000, NOW)
    assert sent.rtp == []


def test_sinks_with_the_same_extension_numbers_stand_together() -> None:
    """So that a packet is renumbered once for each kind."""
    (source,) = camera().sources
    ids = [{uri: number + shift for uri, number in SUBSCRIBED_IDS.items()} for shift in (0, 5, 0, 5, 0)]
    for each in ids:
        begin(
            Sink(cast(Transport, SimpleNamespace(send_buffered=None)), Outgoing(1, 2, "s", "t"), (VP8,), each), source
        )
    maps = [sink.extensions for sink in source.sinks]
    assert sum(one is not other for one, other in pairwise(maps)) == 1


def test_packets_of_a_size_are_found_among_the_last(sink: Sink) -> None:
    """The nearest to it; none of what came before the present source, none without one."""
    assert sink.sized(500, 3) == []
    (source,) = camera().sources
    begin(sink, source)
    numbers = []
    for sequence, octets in enumerate((1000, 520, 300, 480, 900), start=1):
        source.cache.add(sequence, rtp(96, sequence, 3000, 2, bytes(octets)))
        numbers.append(sink.sequences.forward(sequence))
    assert sink.sized(500, 2) == [numbers[3], numbers[1]]
    other = camera("ben").sources[0]
    begin(sink, other, sequence=100, now=NOW + 1)
    assert sink.sized(500, 2) == []


def test_a_packet_that_nobody_missed_goes_out_as_a_retransmission(sink: Sink, sent: Sent) -> None:
    """Each time under a number of its own; it is none of those that were missed."""
    (source,) = camera().sources
    begin(sink, source)
    (number, *_) = fill(sink, source)
    octets = [sink.repeat(number, NOW), sink.repeat(number, NOW)]
    first, second = sent.rtp
    assert octets == [len(first), len(second)]
    assert repaired(first, VP8.payload_type, 50) == repaired(second, VP8.payload_type, 50)
    assert Rtp.of(second).sequence == Rtp.of(first).sequence + 1
    assert (Rtp.of(first).ssrc, Rtp.of(first).payload_type, sink.retransmitted) == (51, VP8.rtx, 0)
    assert sink.repeat(number + 1000, NOW) == 0


def test_padding_goes_with_the_retransmissions(sink: Sink, sent: Sent) -> None:
    """It carries no packet, and says when it was sent."""
    begin(sink, camera().sources[0])
    assert sink.pad(1000, NOW) == len(sent.rtp[0])
    packet = Rtp.of(sent.rtp[0])
    assert (packet.ssrc, packet.payload_type) == (51, VP8.rtx)
    assert packet.extensions == {2: abs_send_time(NOW).to_bytes(3, "big")}
    assert packet.payload[-1] == len(packet.payload) == PADDING_MAX
    assert repaired(sent.rtp[0], VP8.payload_type, 50) is None


@pytest.mark.parametrize(("repair", "ids"), [(None, SUBSCRIBED_IDS), (51, {})])
def test_whoever_cannot_take_it_gets_no_padding(sent: Sent, repair: int | None, ids: dict[str, int]) -> None:
    """Without a stream for it, or a way to say when it was sent."""
    sink = Sink(cast(Transport, sent), Outgoing(50, repair, "s", "t"), (VP8,), ids)
    begin(sink, camera().sources[0])
    assert sink.pad(255, NOW) == 0
    if repair is None:
        assert sink.repeat(1, NOW) == 0
    assert sent.rtp == []
