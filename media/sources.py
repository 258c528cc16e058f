"""What a publisher sends: tracks, and the RTP streams (layers) that each consists of."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from media.engine import Medium, ParticipantName
from media.header_extensions import ExtensionMap, InboundExtensions
from media.keyframes import KeyframeRequests
from media.losses import Losses, ReceptionStatistics
from media.packet_cache import AUDIO_PACKETS, VIDEO_PACKETS, PacketCache
from media.sdp import Codec

if TYPE_CHECKING:
    from media.sinks import Sink

SILENT_AFTER = 1.5
"""Seconds without a packet after which a layer counts as not sent: a sender stops layers that it has no bitrate for."""


class Track:
    """One medium of a participant. While it is not `is_open`, its packets are dropped before anything else is done."""

    __slots__ = (
        "_ids",
        "_maps",
        "codec",
        "extensions",
        "is_open",
        "is_video",
        "is_vp8",
        "medium",
        "mid",
        "participant",
        "sources",
    )

    def __init__(
        self,
        participant: ParticipantName,
        medium: Medium,
        mid: str,
        codec: Codec,
        extensions: dict[str, int],
        layers: tuple[str, ...],
        ask_keyframe: Callable[["Source"], None],
    ) -> None:
        self.participant = participant
        self.medium = medium
        self.mid = mid
        self.codec = codec
        self.is_video = medium is not Medium.AUDIO
        self.is_vp8 = codec.name == "VP8"
        self.extensions = InboundExtensions(extensions)
        self._ids = extensions
        self.is_open = False
        self.sources = tuple(Source(self, rid, ask_keyframe) for rid in (layers or (None,)))
        """Its layers in the order of the offer, which is the lowest first; without simulcast one."""
        self._maps: dict[tuple[tuple[str, int], ...], ExtensionMap] = {}

    def set_open(self, is_open: bool) -> None:
        """Let its packets through or not, from the very next one on."""
        if is_open != self.is_open:
            self.is_open = is_open
            for source in self.sources:
                source.restart()

    def extension_map(self, theirs: dict[str, int]) -> ExtensionMap | None:
        """How header extensions are renumbered for a subscriber: the same object for the same numbers.

        None: they use our numbers, nothing is to be done.
        """
        key = tuple(sorted(theirs.items()))
        known = self._maps.get(key)
        if known is None:
            known = self._maps[key] = ExtensionMap(self._ids, theirs)
        return None if known.is_same else known


class Source:
    """One RTP stream that is received: a track, or one simulcast layer of it (`rid`).

    `sinks` get each of its packets; `awaiting` are those sinks that begin with its next keyframe (audio: with its next
    packet). Both are replaced, never changed: they may be gone through while a sink stops.
    """

    __slots__ = (
        "_ask_keyframe",
        "_octets_before",
        "awaiting",
        "bitrate",
        "cache",
        "clock",
        "heard_at",
        "keyframes",
        "loss",
        "losses",
        "nacks",
        "octets",
        "packets",
        "reception",
        "repair_ssrc",
        "rid",
        "sinks",
        "ssrc",
        "track",
    )

    def __init__(self, track: Track, rid: str | None, ask_keyframe: Callable[["Source"], None]) -> None:
        self.track = track
        self.rid = rid
        self.ssrc: int | None = None
        self.repair_ssrc: int | None = None
        self.cache = PacketCache(VIDEO_PACKETS if track.is_video else AUDIO_PACKETS)
        self.losses = Losses()
        self.reception = ReceptionStatistics(track.codec.clock_rate)
        self.keyframes = KeyframeRequests()
        self.sinks: tuple[Sink, ...] = ()
        self.awaiting: tuple[Sink, ...] = ()
        self.heard_at: float | None = None
        self.clock: tuple[int, float] | None = None
        """The middle of the NTP time of its last sender report (RFC 3550, LSR), and when that came."""
        self.packets = 0
        self.octets = 0
        self.bitrate = 0
        """Bits a second, of the last interval."""
        self.loss = 0.0
        """Fraction of packets that did not come, of the last interval."""
        self.nacks = 0
        self._octets_before = 0
        self._ask_keyframe = ask_keyframe

    def bind(self, ssrc: int) -> None:
        """Its stream has this SSRC from now on."""
        if self.ssrc is not None and self.ssrc != ssrc:
            self.restart()
        self.ssrc = ssrc

    def restart(self) -> None:
        """What comes next does not go on with what was: sinks wait for a keyframe, nothing of before counts as lost."""
        for sink in self.sinks:
            sink.follow(self)
        self.cache.clear()
        self.losses.reset()
        self.reception = ReceptionStatistics(self.track.codec.clock_rate)
        self.clock = None

    def is_sent(self, now: float) -> bool:
        """Whether packets of it come."""
        return self.heard_at is not None and now - self.heard_at < SILENT_AFTER

    def want_keyframe(self, now: float) -> None:
        """Ask its sender for a keyframe, now or when the throttle allows."""
        if self._may_ask() and self.keyframes.wanted(now):
            self._ask_keyframe(self)

    def tick(self, now: float) -> None:
        """Ask again for the keyframe that somebody still waits for."""
        if self.awaiting and self.is_sent(now):
            self.want_keyframe(now)
        elif self._may_ask() and self.keyframes.due(now):
            self._ask_keyframe(self)

    def measure(self, interval: float) -> None:
        """An interval of so many seconds is over."""
        self.bitrate = int((self.octets - self._octets_before) * 8 / interval)
        self._octets_before = self.octets

    def _may_ask(self) -> bool:
        return self.ssrc is not None and self.track.is_video and self.track.is_open
