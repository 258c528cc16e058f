"""The media session in which a participant sends its tracks."""

from typing import Protocol

from aiortc.rtp import RtcpReceiverInfo

from media import rtcp
from media.engine import Medium, OfferRefused, ParticipantName
from media.figures import Counters
from media.forwarder import Forwarder
from media.header_extensions import MID_URI, REPAIRED_RID_URI, RID_URI, text
from media.rtp import HEADER, PACKET_OCTETS_MAX, PAYLOAD_TYPE, repaired
from media.sdp import EXTENSIONS, Answered, Direction, Offer, Section
from media.session import Session, SessionOwner
from media.sources import Source, Track

SECTION_MEDIA = {"audio": (Medium.AUDIO,), "video": (Medium.VIDEO, Medium.SCREEN)}
"""What the n-th section of a kind carries in an offer to publish."""

RECEIVE_BITRATE_MAX = 8_000_000
"""Bits a second of one publisher: a camera in three layers and a screen take 6; what is beyond is dropped."""

PACKET_COST_MIN = 300
"""Octets that a packet counts as having at least: a small one is as much work. 3,300 packets a second are left."""

RECEIVE_BURST = 1.0
"""Seconds of that rate that may come at once: keyframes of all layers, or what was held up on the way."""

PUBLISH_ESTIMATE = 4_000_000
"""Bits a second that a publisher is told it may send (REMB); its encoder takes less when our reports show loss."""

SOUND_BITRATE_MAX = 512_000
"""Of that for sound: Opus takes 510 kb/s at most (RFC 7587 §3.1.1), and all of it goes to everybody."""

REPORT_INTERVAL_MIN = 0.2
"""Seconds between two sender reports of a stream that are passed on: each goes to everybody; a browser sends one a
second and stream."""

STREAMS_MAX = 32
"""SSRCs of one publisher that are known at a time: five streams with RTX each have ten."""

_SENDING = (Direction.SENDONLY, Direction.SENDRECV)


class LevelListener(Protocol):
    """Who is told how loud somebody is."""

    def heard(self, name: ParticipantName, level: int | None, now: float) -> None:
        """A packet of a voice came. Its audio level is in -dBov, 0 (loudest) to 127 (RFC 6464); None: it says none."""


class Publisher(Session):
    """Receives RTP, gives it to the forwarder, and asks for what is missing. See `media.transport.Receiver`."""

    __slots__ = ("_allowance", "_answers", "_forwarder", "_ids", "_levels", "_sound_allowance", "_sources", "tracks")

    def __init__(
        self,
        participant: ParticipantName,
        offer: Offer,
        owner: SessionOwner,
        counters: Counters,
        forwarder: Forwarder,
        levels: LevelListener,
    ) -> None:
        """Raises `OfferRefused` when the offer has nothing that we could receive."""
        super().__init__(participant, offer, owner, counters)
        self._forwarder = forwarder
        self._levels = levels
        self._allowance = RECEIVE_BITRATE_MAX * RECEIVE_BURST / 8
        """Octets that may come now."""
        self._sound_allowance = SOUND_BITRATE_MAX * RECEIVE_BURST / 8
        """Those of sound."""
        self._sources: dict[int, Source] = {}
        """By SSRC, also that of its retransmissions."""
        self._answers: list[Answered] = []
        self._ids: dict[str, int] = {}
        """Numbers of header extensions by URI: the same in all sections of a bundle (RFC 8843 §9)."""
        self.tracks: dict[Medium, Track] = {}
        media = {kind: list(each) for kind, each in SECTION_MEDIA.items()}
        for section in offer.sections:
            left = media.get(section.kind)
            if not left or not section.codecs or section.direction not in _SENDING:
                self._answers.append(Answered(Direction.INACTIVE, ()))
                continue
            codec = section.codecs[0]
            medium = left.pop(0)
            track = Track(
                participant, medium, section.mid, codec, section.extensions, section.layers, self._ask_keyframe
            )
            self.tracks[medium] = track
            self._ids.update(section.extensions)
            extensions = tuple(uri for uri in section.extensions if uri in EXTENSIONS)
            self._answers.append(Answered(Direction.RECVONLY, (codec,), extensions, section.layers))
            self._expect(track, section)
        if not self.tracks:
            raise OfferRefused("an offer to publish needs a section that sends Opus, VP8 or H264")

    def answers(self) -> list[Answered]:
        """How each section of the offer is answered."""
        return self._answers

    def set_open(self, media: tuple[Medium, ...]) -> None:
        """These media may be sent; packets of others are dropped, from the very next one on."""
        for medium, track in self.tracks.items():
            track.set_open(medium in media)

    def received_rtp(self, packet: bytes, now: float) -> None:
        """See `media.transport.Receiver`. HOT: the path of each packet begins here."""
        counters = self.counters
        counters.packets_received += 1
        if len(packet) > PACKET_OCTETS_MAX:
            counters.drop("RTP too long")
            return
        _, second, sequence, timestamp, ssrc = HEADER.unpack_from(packet)
        source = self._sources.get(ssrc)
        if source is None:
            source = self._learn(packet, ssrc, second & PAYLOAD_TYPE)
            if source is None:
                counters.drop("RTP of an unknown stream")
                return
        track = source.track
        if not track.is_open:
            counters.drop("RTP that may not be sent")
            return
        cost = max(len(packet), PACKET_COST_MIN)
        self._allowance -= cost
        if self._allowance < 0:
            counters.drop("RTP beyond the bitrate of a publisher")
            return
        if not track.is_video:
            self._sound_allowance -= cost
            if self._sound_allowance < 0:
                counters.drop("sound beyond the bitrate of a publisher")
                return
        if ssrc == source.ssrc:
            source.reception.add(sequence, timestamp, now)
        else:
            original = None if source.ssrc is None else repaired(packet, track.codec.payload_type, source.ssrc)
            if original is None:
                return
            packet = original
            _, _, sequence, timestamp, _ = HEADER.unpack_from(packet)
        cleaned = bytearray(packet)
        level = track.extensions.clean(cleaned, now)
        source.heard_at = now
        if not track.is_video:
            self._levels.heard(self.participant, level, now)
            # A voice comes evenly, pictures do not: it is the better clock for asking again.
            self._ask_for_due(now)
        if not self._forwarder.forward(source, bytes(cleaned), now):
            return
        # Browsers probe the line with retransmissions that nobody asked for: what came before does not count.
        source.packets += 1
        source.octets += len(packet)
        missing = source.losses.received(sequence, now)
        if missing:
            self._ask_again(source, missing)

    def tick(self, now: float, interval: float) -> None:
        """So many seconds have passed since the last one."""
        super().tick(now, interval)
        most = RECEIVE_BITRATE_MAX * RECEIVE_BURST / 8
        self._allowance = min(most, max(self._allowance, 0.0) + RECEIVE_BITRATE_MAX * interval / 8)
        most = SOUND_BITRATE_MAX * RECEIVE_BURST / 8
        self._sound_allowance = min(most, max(self._sound_allowance, 0.0) + SOUND_BITRATE_MAX * interval / 8)
        for track in self.tracks.values():
            for source in track.sources:
                source.tick(now)
        self._ask_for_due(now)

    def measure(self, interval: float) -> None:
        """An interval of so many seconds is over."""
        for track in self.tracks.values():
            for source in track.sources:
                source.measure(interval)

    def report(self, now: float) -> None:
        """Tell the peer how its streams arrive, and what it may send (RR, REMB). Once a second."""
        reports, videos = [], []
        for track in self.tracks.values():
            for source in track.sources:
                figures = source.reception.report()
                if figures is None or source.ssrc is None:
                    continue
                if track.is_video:
                    videos.append(source.ssrc)
                last, came = source.clock or (0, now)
                source.loss = figures.fraction_lost / 256
                reports.append(
                    RtcpReceiverInfo(
                        ssrc=source.ssrc,
                        fraction_lost=figures.fraction_lost,
                        packets_lost=figures.cumulative_lost,
                        highest_sequence=figures.highest_sequence,
                        jitter=figures.jitter,
                        lsr=last,
                        dlsr=int((now - came) * 65536) & 0xFFFFFFFF,
                    )
                )
        if reports:
            packet = rtcp.receiver_report(self.ssrc, reports)
            if videos:
                packet += rtcp.bitrate_estimate(self.ssrc, PUBLISH_ESTIMATE, videos)
            self.send_rtcp(packet)

    def sender_reported(self, ssrc: int, ntp: int, timestamp: int) -> None:
        """See `media.rtcp.FeedbackReader`."""
        source = self._sources.get(ssrc)
        if source is None or ssrc != source.ssrc or not source.track.is_open:
            return
        if source.clock is not None and self.now - source.clock[1] < REPORT_INTERVAL_MIN:
            self.counters.drop("sender reports beyond the rate of a stream")
            return
        source.clock = (ntp >> 16 & 0xFFFFFFFF, self.now)
        for sink in source.sinks:
            sink.report(ntp, timestamp)

    def _expect(self, track: Track, section: Section) -> None:
        """Take the SSRCs that the offer names (RFC 5576); of simulcast layers it names none."""
        source = track.sources[0]
        own = [ssrc for ssrc in section.ssrcs if ssrc not in section.repairs.values()]
        if len(track.sources) > 1 or not own:
            return
        source.bind(own[0])
        self._sources[own[0]] = source
        repair = section.repairs.get(own[0])
        if repair is not None:
            source.repair_ssrc = repair
            self._sources[repair] = source

    def _learn(self, packet: bytes, ssrc: int, payload_type: int) -> Source | None:
        """Whose stream an unknown SSRC is, by mid and rid (RFC 8852), else by payload type if that leaves no doubt."""
        mid = self._text(packet, MID_URI)
        repaired_rid = self._text(packet, REPAIRED_RID_URI)
        rid = repaired_rid or self._text(packet, RID_URI)
        found = [
            (source, is_repair)
            for track in self.tracks.values()
            if mid in (None, track.mid)
            for source in track.sources
            if rid in (None, source.rid) or source.rid is None
            for is_repair in (payload_type == track.codec.rtx,)
            if is_repair or payload_type == track.codec.payload_type
        ]
        if len(found) != 1 or len(self._sources) >= STREAMS_MAX:
            return None
        source, is_repair = found[0]
        if is_repair:
            self._forget(source.repair_ssrc)
            source.repair_ssrc = ssrc
        else:
            self._forget(source.ssrc)
            source.bind(ssrc)
        self._sources[ssrc] = source
        return source

    def _forget(self, ssrc: int | None) -> None:
        if ssrc is not None:
            self._sources.pop(ssrc, None)

    def _text(self, packet: bytes, uri: str) -> str | None:
        number = self._ids.get(uri)
        return None if number is None else text(packet, number)

    def _ask_for_due(self, now: float) -> None:
        for track in self.tracks.values():
            for source in track.sources:
                missing = source.losses.due(now)
                if missing:
                    self._ask_again(source, missing)

    def _ask_again(self, source: Source, sequences: tuple[int, ...]) -> None:
        if source.ssrc is not None:
            source.nacks += len(sequences)
            self.send_rtcp(rtcp.nack(self.ssrc, source.ssrc, sequences))

    def _ask_keyframe(self, source: Source) -> None:
        if source.ssrc is not None:
            self.send_rtcp(rtcp.picture_loss(self.ssrc, source.ssrc))
