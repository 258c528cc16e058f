"""The media session in which a participant sees and hears the others: slots, and what its line carries."""

from collections.abc import Callable, Sequence
from itertools import cycle

from aiortc.rtp import RtcpReceiverInfo

from media import rtcp
from media.engine import AUDIO_SLOTS, VIDEO_SLOTS, EngineSlot, Medium, OfferRefused, ParticipantName
from media.figures import Counters
from media.header_extensions import FORWARDED_URIS
from media.layers import Layer, LayerSelector, Picture, best
from media.probing import Cluster, ClusterRun, Later, Prober
from media.rate import LOSS_LOW, SendRate
from media.rtp import PADDING_MAX
from media.sdp import Answered, Direction, Offer, Outgoing, Section
from media.session import Session, SessionOwner, new_ssrc
from media.sinks import Sink
from media.slots import Slots, VideoSource
from media.sources import Source, Track
from media.transport import Transport

RETRANSMIT_SHARE = 0.5
"""Of the estimate: what retransmissions may take, so that nobody makes us flood a line by asking again and again."""

RETRANSMIT_MIN = 256_000
"""Bits a second that they may always take: a low estimate comes of losses, and those are what they mend."""

LOSSY_COPIES = 2
"""How often a retransmission goes out on a line that loses packets: a browser that misses it, too, asks again only
after 100 ms, and the picture would stand still."""

RETRANSMIT_BURST = 1.0
"""Seconds of that rate that may go out at once."""

CHOICE_INTERVAL = 0.25
"""Seconds between two choices of layers while a new line is tried; later it is done with each measurement."""

PADDING_ENOUGH = 2 * PADDING_MAX
"""Octets of a cluster's packets up to which they are padding: there may be no packets of a picture so small, and the
gaps are to be even, not the sizes."""

_SLOTS = {"audio": AUDIO_SLOTS, "video": VIDEO_SLOTS}
_VIDEO_CODECS = frozenset({"VP8", "H264"})
_RECEIVING = (Direction.RECVONLY, Direction.SENDRECV)
_FRACTION = 256


class PictureSlot:
    """One video section of a subscriber. Its new track waits until the page has seen the assignment `revision`."""

    __slots__ = ("after", "mid", "revision", "sink", "track")

    def __init__(self, mid: str, sink: Sink) -> None:
        self.mid = mid
        self.sink = sink
        self.track: Track | None = None
        self.after: int | None = None
        """The last RTP timestamp before the present track."""
        self.revision = 0

    def view(self) -> EngineSlot:
        """As the page is told."""
        track = self.track
        if track is None:
            return EngineSlot(self.mid, None, None, self.after)
        return EngineSlot(self.mid, track.participant, track.medium, self.after)


class _Reported:
    """Where the reports of one stream stand: the highest number, `Sink.left_out`, and what of it was not reported."""

    __slots__ = ("highest", "left_out", "pending")

    def __init__(self, highest: int, left_out: int) -> None:
        self.highest = highest
        self.left_out = left_out
        self.pending = 0.0


class _Planned:
    """A section that becomes a slot as soon as there is a transport."""

    __slots__ = ("extensions", "outgoing", "section")

    def __init__(self, section: Section, outgoing: Outgoing, extensions: dict[str, int]) -> None:
        self.section = section
        self.outgoing = outgoing
        self.extensions = extensions


class Subscriber(Session):
    """Fills its slots with tracks, and chooses a layer for each. See `media.transport.Receiver`."""

    __slots__ = (
        "_allowance",
        "_answers",
        "_by_ssrc",
        "_chosen_at",
        "_clock",
        "_cluster",
        "_large",
        "_later",
        "_octets_before",
        "_picture_codecs",
        "_picture_tracks",
        "_planned",
        "_prober",
        "_reported",
        "_seen",
        "_selector",
        "_voice_tracks",
        "bitrate",
        "pictures",
        "rate",
        "revision",
        "sinks",
        "voices",
    )

    def __init__(
        self,
        participant: ParticipantName,
        offer: Offer,
        owner: SessionOwner,
        counters: Counters,
        clock: Callable[[], float],
        later: Later,
    ) -> None:
        """Raises `OfferRefused` when the offer has no slot."""
        super().__init__(participant, offer, owner, counters)
        self._clock = clock
        self._later = later
        now = clock()
        self.rate = SendRate(now)
        self.bitrate = 0
        """Bits a second that went out in the last interval."""
        self.pictures: list[PictureSlot] = []
        self.voices: list[Sink] = []
        self.sinks: tuple[Sink, ...] = ()
        """All of them."""
        self.revision = 0
        """Of the last assignment of pictures."""
        self._seen = 0
        self._selector = LayerSelector(now)
        self._prober = Prober()
        self._cluster: ClusterRun | None = None
        self._large: ParticipantName | None = None
        self._chosen_at = now
        self._answers: list[Answered] = []
        self._planned: list[_Planned] = []
        self._by_ssrc: dict[int, Sink] = {}
        self._reported: dict[int, _Reported] = {}
        """By SSRC."""
        self._octets_before = 0
        self._allowance = self._retransmit_rate() / 8
        """Octets that may be sent again now."""
        left = dict(_SLOTS)
        for section in offer.sections:
            if not left.get(section.kind) or not section.codecs or section.direction not in _RECEIVING:
                self._answers.append(Answered(Direction.INACTIVE, ()))
                continue
            left[section.kind] -= 1
            has_rtx = any(codec.rtx is not None for codec in section.codecs)
            name = f"{section.kind}-{section.mid}"
            outgoing = Outgoing(new_ssrc(), new_ssrc() if has_rtx else None, name, name)
            extensions = {uri: number for uri, number in section.extensions.items() if uri in FORWARDED_URIS}
            self._planned.append(_Planned(section, outgoing, extensions))
            self._answers.append(Answered(Direction.SENDONLY, section.codecs, tuple(extensions), outgoing=outgoing))
        if not self._planned:
            raise OfferRefused("an offer to subscribe needs a section that receives Opus, VP8 or H264")
        self._picture_codecs = _VIDEO_CODECS
        """What every slot takes."""
        self._picture_tracks: Slots[Track] = Slots(0)
        self._voice_tracks: Slots[Track] = Slots(0)

    def attach(self, transport: Transport) -> None:
        """See `Session.attach`; the slots are there from now on."""
        super().attach(transport)
        for planned in self._planned:
            sink = Sink(transport, planned.outgoing, planned.section.codecs, planned.extensions)
            self._by_ssrc[sink.ssrc] = sink
            if planned.section.kind == "video":
                self.pictures.append(PictureSlot(planned.section.mid, sink))
            else:
                self.voices.append(sink)
        self._planned.clear()
        self.sinks = tuple(self._by_ssrc.values())
        self._picture_codecs = frozenset.intersection(*(slot.sink.codecs for slot in self.pictures), _VIDEO_CODECS)
        self._picture_tracks = Slots(len(self.pictures))
        self._voice_tracks = Slots(len(self.voices))

    def answers(self) -> Sequence[Answered]:
        """See `Session.answers`."""
        return self._answers

    # --- Slots ---

    @property
    def shown(self) -> frozenset[VideoSource]:
        """The pictures in the slots."""
        return frozenset(
            VideoSource(track.participant, track.medium) for track in self._picture_tracks.sources if track is not None
        )

    def can_show(self, track: Track) -> bool:
        """Whether every slot takes the codec of a track: pictures come into any of them."""
        return track.codec.name in self._picture_codecs

    def show(self, tracks: Sequence[Track]) -> bool:
        """Show these pictures, at most as many as there are slots. True: slots changed, the page is to be told.

        What a slot showed before stops at once; what comes instead waits until the page has cleared the slot's tile.
        """
        changed = self._picture_tracks.assign(tracks)
        if not changed:
            return False
        self.revision += 1
        for place in changed:
            slot = self.pictures[place]
            slot.sink.stop()
            slot.track = self._picture_tracks.sources[place]
            slot.after = slot.sink.timestamps.latest
            slot.revision = self.revision
        return True

    def hear(self, tracks: Sequence[Track]) -> None:
        """Hear these voices, at most as many as there are slots."""
        for place in self._voice_tracks.assign(tracks):
            self.voices[place].stop()
            self._begin_voice(place)

    def slots_seen(self, revision: int, now: float) -> None:
        """The page has cleared the tiles of all assignments up to a revision: their pictures may begin."""
        if revision <= self.revision:  # else it is of slots that a worker before this one assigned
            self._seen = max(self._seen, revision)
        self._begin_pictures(now)

    def connected(self) -> None:
        """See `media.transport.Receiver`."""
        super().connected()
        for place in range(len(self.voices)):
            self._begin_voice(place)

    def _begin_voice(self, place: int) -> None:
        track = self._voice_tracks.sources[place]
        if self.is_connected and track is not None:
            self.voices[place].follow(track.sources[0])

    def _begin_pictures(self, now: float) -> None:
        """Begin, in the lowest layer that comes or is to come, whatever may begin and has not."""
        if not self.is_connected:
            return
        for slot in self.pictures:
            sink = slot.sink
            if slot.track is None or slot.revision > self._seen or sink.source is not None:
                continue
            sources = slot.track.sources
            lowest = next((source for source in sources if source.is_sent(now)), sources[0])
            if sink.awaited is not lowest:
                sink.follow(lowest)
                lowest.want_keyframe(now)

    # --- What the line carries ---

    def tick(self, now: float, interval: float) -> None:
        """So many seconds have passed since the last one."""
        super().tick(now, interval)
        self._begin_pictures(now)
        self.rate.advance(self.bitrate, now)
        if self._prober.is_new(now):
            self._try_line(now)
        rate = self._retransmit_rate() / 8
        self._allowance = min(self._allowance + rate * interval, rate * RETRANSMIT_BURST)

    def _retransmit_rate(self) -> float:
        return max(self.rate.estimate * RETRANSMIT_SHARE, RETRANSMIT_MIN)

    def measure(self, interval: float, large: ParticipantName | None, now: float) -> None:
        """An interval of so many seconds is over: count it, and take a better or worse layer if that is due."""
        octets = sum(sink.octets for sink in self.sinks)
        self.bitrate = int((octets - self._octets_before) * 8 / interval)
        self._octets_before = octets
        self._large = large
        self._choose_layers(now)

    def _choose_layers(self, now: float) -> None:
        self._chosen_at = now
        shown = self._shown(now)
        pictures = [picture for _, _, picture in shown]
        chosen = self._selector.choose(
            pictures, self.rate.estimate, self._sound(), self.rate.loss, now, is_guess=self.rate.receivers is None
        )
        for (slot, track, _), rid in zip(shown, chosen, strict=True):
            self._take_layer(slot.sink, next(source for source in track.sources if source.rid == rid), now)

    def _shown(self, now: float) -> list[tuple[PictureSlot, Track, Picture]]:
        """The slots that go on, and what layers there are for each."""
        shown = []
        for slot in self.pictures:
            track = slot.track
            if track is None or slot.sink.source is None:
                continue
            layers = [Layer(source.rid, source.bitrate) for source in track.sources if source.is_sent(now)]
            if layers:
                name = VideoSource(track.participant, track.medium)
                is_large = track.participant == self._large or track.medium is Medium.SCREEN
                shown.append((slot, track, Picture(name, layers, is_large)))
        return shown

    def _sound(self) -> int:
        """Bits a second of the voices."""
        return sum(sink.source.bitrate for sink in self.voices if sink.source is not None)

    def _try_line(self, now: float) -> None:
        """Send a cluster if one is due (see `media.probing`), and take what fits as soon as that is known."""
        slots = [slot for slot in self.pictures if slot.sink.source is not None]
        if slots:
            self._prober.begin(now)
        if all(slot.track is None or len(slot.track.sources) == 1 for slot in slots):
            return
        if self._prober.is_free(now):
            wanted = best([picture for _, _, picture in self._shown(now)], self._sound())
            cluster = self._prober.due(wanted, self.rate.receivers, self.rate.loss, now)
            if cluster is not None:
                # Of the picture that has sent most: packets of many others are small.
                self._send_cluster(cluster, max((slot.sink for slot in slots), key=lambda sink: sink.octets))
        if now - self._chosen_at >= CHOICE_INTERVAL:
            self._choose_layers(now)

    def _send_cluster(self, cluster: Cluster, sink: Sink) -> None:
        is_padding = cluster.octets <= PADDING_ENOUGH
        numbers = cycle(() if is_padding else sink.sized(cluster.octets, cluster.packets))

        def send() -> int:
            number, now = next(numbers, None), self._clock()
            return sink.pad(cluster.octets, now) if number is None else sink.repeat(number, now)

        self.rate.tried(cluster.bitrate)
        self._cluster = ClusterRun(cluster, send, self._later, self._clock)
        self._cluster.step()

    def _take_layer(self, sink: Sink, source: Source, now: float) -> None:
        if sink.source is source:
            sink.stay()
        elif sink.awaited is not source:
            sink.follow(source)
            source.want_keyframe(now)

    # --- What the peer says (see `media.rtcp.FeedbackReader`) ---

    def reception_reported(self, report: RtcpReceiverInfo) -> None:
        """How one of our streams arrives there.

        What its publisher left out was not lost on this line: else one who skips numbers would take everybody's
        estimate down. A report may be too early for the newest of it, so the rest counts for the next one.
        """
        sink = self._by_ssrc.get(report.ssrc)
        if sink is None:
            return
        highest = report.highest_sequence & 0xFFFF
        reported = self._reported.get(report.ssrc)
        if reported is None:
            self._reported[report.ssrc] = _Reported(highest, sink.left_out)
            return
        expected = (highest - reported.highest) & 0xFFFF
        lost = expected * report.fraction_lost / _FRACTION
        newly = max(sink.left_out - reported.left_out, 0)
        never_sent = min(newly + reported.pending, lost)
        reported.highest, reported.left_out = highest, sink.left_out
        reported.pending = min(newly + reported.pending - never_sent, newly)
        sent = round(expected - never_sent)
        if sent > 0:
            self.rate.reported(sent, (lost - never_sent) / sent)

    def packets_missed(self, ssrc: int, sequences: Sequence[int]) -> None:
        """Send again what the estimate allows."""
        sink = self._by_ssrc.get(ssrc)
        if sink is not None and self.is_connected:
            copies = LOSSY_COPIES if self.rate.loss > LOSS_LOW else 1
            self._allowance -= sink.retransmit(sequences, int(self._allowance), self.now, copies)

    def keyframe_wanted(self, ssrc: int) -> None:
        """Pass it on to the source."""
        sink = self._by_ssrc.get(ssrc)
        source = sink and (sink.source or sink.awaited)
        if not sink or not source:
            return
        if source.keyframes.is_wanted or sink.wishes.take(self.now):
            source.want_keyframe(self.now)
        else:
            self.counters.drop("keyframe requests beyond the rate of a slot")

    def bitrate_estimated(self, bitrate: int) -> None:
        """Its own estimate of the line."""
        self.rate.remb(bitrate, self.now)

    # --- The end ---

    def lost(self, reason: str) -> None:
        """See `media.transport.Receiver`."""
        self._stop()
        super().lost(reason)

    def close(self) -> None:
        """End the transport, and be told nothing more."""
        self._stop()
        self.send_rtcp(rtcp.goodbye([sink.ssrc for sink in self.sinks]))
        super().close()

    def _stop(self) -> None:
        if self._cluster is not None:
            self._cluster.cancel()
            self._cluster = None
        for sink in self.sinks:
            sink.stop()
