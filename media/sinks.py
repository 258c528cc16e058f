"""One RTP stream that we send: an SSRC of its own, under which sources change."""

import random
from collections.abc import Iterable
from typing import Protocol

from media import rtcp
from media.header_extensions import ABS_SEND_TIME_URI, ExtensionMap, elements, send_time_element, stamp
from media.keyframes import KeyframeWishes
from media.payloads import payload_bounds, read_vp8, write_picture
from media.rtp import HEADER, MARKER, REWRITTEN, REWRITTEN_AT, as_repair, padding
from media.sdp import Codec, Outgoing
from media.sequence_map import SEQUENCE_MASK, PictureIdMap, SequenceMap, TimestampMap
from media.sources import Source

FIRST_SEQUENCE_MAX = 0x7FFF
"""The first sequence number is at random below this, so that the first wrap-around is not lost (RFC 3711 §3.3.1)."""


LOOKED_BACK = 64
"""Packets among which those are looked for that a line is tried with: the keyframe that a picture has begun with."""


class Sender(Protocol):
    """The transport of a subscriber; see `media.transport.Transport`."""

    def send_buffered(self, length: int) -> None:
        """Send what is in the port's outbound buffer."""

    def send_rtp(self, packet: bytes) -> None:
        """Send a packet."""

    def send_rtcp(self, packet: bytes) -> None:
        """Send a compound RTCP packet."""


class Sink:
    """One outgoing stream of a subscriber. Its source is `source`, and next `awaited`, from that one's keyframe on."""

    __slots__ = (
        "_codecs",
        "_description",
        "_extension_ids",
        "_repair_sequence",
        "awaited",
        "extensions",
        "is_video",
        "octets",
        "packets",
        "payload_type",
        "pictures",
        "repair_payload_type",
        "repair_ssrc",
        "retransmitted",
        "send",
        "sender",
        "sequences",
        "source",
        "ssrc",
        "timestamps",
        "wishes",
    )

    def __init__(
        self, sender: Sender, outgoing: Outgoing, codecs: tuple[Codec, ...], extensions: dict[str, int]
    ) -> None:
        """`codecs` and `extensions` (numbers by URI) are those that the subscriber takes."""
        self.sender = sender
        self.send = sender.send_buffered
        self.ssrc = outgoing.ssrc
        self.repair_ssrc = outgoing.rtx_ssrc
        self._codecs = {codec.name: codec for codec in codecs}
        self._extension_ids = extensions
        self.is_video = codecs[0].clock_rate == 90000
        self.payload_type = codecs[0].payload_type
        self.repair_payload_type = codecs[0].rtx
        self.extensions: ExtensionMap | None = None
        self.sequences = SequenceMap(random.randint(1, FIRST_SEQUENCE_MAX))  # noqa: S311 - need not be secret
        self.timestamps = TimestampMap(codecs[0].clock_rate, random.getrandbits(32))
        self.pictures = PictureIdMap()
        self.wishes = KeyframeWishes()
        self.source: Source | None = None
        self.awaited: Source | None = None
        self.packets = 0
        self.octets = 0
        self.retransmitted = 0
        self._repair_sequence = random.getrandbits(15)
        self._description = rtcp.description(outgoing.ssrc)

    @property
    def codecs(self) -> frozenset[str]:
        """Names of what the subscriber can decode here."""
        return frozenset(self._codecs)

    @property
    def left_out(self) -> int:
        """Numbers for which no packet went out, as none came; counted from anywhere, it is the growth that says it."""
        return self.sequences.last - self.packets

    def follow(self, source: Source) -> None:
        """Go over to a source with its next keyframe; the present one goes on until then if it is of the same track."""
        if self.awaited is not source:
            self._await_nothing()
            self.awaited = source
            source.awaiting = (*source.awaiting, self)
        if self.source is not None and (self.source is source or self.source.track is not source.track):
            self._leave()

    def stay(self) -> None:
        """Go over to nothing else."""
        self._await_nothing()

    def stop(self) -> None:
        """Send nothing any more, from the very next packet on."""
        self._await_nothing()
        self._leave()

    def begin(self, sequence: int, timestamp: int, picture: int, base_picture: int, now: float) -> None:
        """The awaited source begins with this packet; `picture` and TL0PICIDX are 0 where there are none."""
        source = self.awaited
        assert source is not None
        self.stop()
        codec = self._codecs[source.track.codec.name]
        self.payload_type = codec.payload_type
        self.repair_payload_type = codec.rtx
        self.extensions = source.track.extension_map(self._extension_ids)
        self.sequences.switch(sequence)
        self.timestamps.switch(timestamp, now)
        self.pictures.switch(picture, base_picture)
        self.source = source
        # Sinks with the same numbers of extensions side by side: a packet is then renumbered once for all of them.
        source.sinks = tuple(sorted((*source.sinks, self), key=lambda sink: id(sink.extensions)))

    def report(self, ntp: int, timestamp: int) -> None:
        """Pass a sender report of the source on: its wall clock, our timestamps and counts (RFC 7667 §3.7)."""
        mapped = self.timestamps.of(timestamp)
        report = rtcp.sender_report(self.ssrc, ntp, mapped, self.packets, self.octets)
        self.sender.send_rtcp(report + self._description)

    def retransmit(self, sequences: Iterable[int], octets_max: int, now: float, copies: int = 1) -> int:
        """Answer a NACK from the source's cache, at most so many octets. Returns the octets that were sent.

        `copies`: how often each retransmission goes out, as far as it is a packet of its own (RTX).

        Of a source that is not ours any more nothing is sent again: neither is its picture wanted, nor perhaps allowed.
        """
        sent = 0
        for sequence in sequences:
            packet = self._sent_as(sequence)
            if packet is None:
                continue
            if sent + len(packet) > octets_max:
                break
            self.retransmitted += 1
            again = self._rewritten(packet, sequence)
            if self.repair_payload_type is None or self.repair_ssrc is None:
                # The very same bytes as the first time: with other ones the cipher's nonce would be used twice.
                self.sender.send_rtp(bytes(again))
                sent += len(again)
                continue
            for _ in range(copies):
                sent += self._send_repair(again, self.repair_payload_type, self.repair_ssrc, now)
        return sent

    def sized(self, octets: int, count: int) -> list[int]:
        """Numbers of packets of about so many octets, of those that went out last; at most so many."""
        sizes = {}
        for back in range(LOOKED_BACK):
            number = (self.sequences.last - back) & SEQUENCE_MASK
            packet = self._sent_as(number)
            if packet is not None:
                sizes[number] = len(packet)
        return sorted(sizes, key=lambda number: abs(sizes[number] - octets))[:count]

    def repeat(self, sequence: int, now: float) -> int:
        """Send a packet again that nobody has missed, to try the line. Returns the octets; 0: it is not possible."""
        packet = self._sent_as(sequence)
        if packet is None or self.repair_payload_type is None or self.repair_ssrc is None:
            return 0
        return self._send_repair(self._rewritten(packet, sequence), self.repair_payload_type, self.repair_ssrc, now)

    def pad(self, octets: int, now: float) -> int:
        """Send padding to try the line, at most so many octets, as retransmissions go. Returns as `repeat`."""
        element = send_time_element(self._extension_ids.get(ABS_SEND_TIME_URI), now)
        if element is None or self.repair_payload_type is None or self.repair_ssrc is None:
            return 0
        self._repair_sequence = (self._repair_sequence + 1) & SEQUENCE_MASK
        timestamp = self.timestamps.latest or 0
        packet = padding(octets, self.repair_payload_type, self._repair_sequence, timestamp, self.repair_ssrc, element)
        self.sender.send_rtp(packet)
        return len(packet)

    def _send_repair(self, packet: bytearray, payload_type: int, ssrc: int, now: float) -> int:
        self._stamp(packet, now)
        self._repair_sequence = (self._repair_sequence + 1) & SEQUENCE_MASK
        repair = as_repair(bytes(packet), payload_type, self._repair_sequence, ssrc)
        if repair is None:
            return 0
        self.sender.send_rtp(repair)
        return len(repair)

    def _sent_as(self, sequence: int) -> bytes | None:
        """The source's packet that went out under a number, if it is still in the cache."""
        original = self.sequences.source_of(sequence)
        return None if original is None or self.source is None else self.source.cache.get(original)

    def _rewritten(self, packet: bytes, sequence: int) -> bytearray:
        """A packet as it went out for the first time; `media.forwarder` does the same, faster."""
        copy = bytearray(packet)
        if self.extensions is not None:
            self.extensions.apply(copy)
        _, second, _, timestamp, _ = HEADER.unpack_from(packet)
        payload_type = (second & MARKER) | self.payload_type
        REWRITTEN.pack_into(copy, REWRITTEN_AT, payload_type, sequence, self.timestamps.of(timestamp), self.ssrc)
        if self.source is not None and self.source.track.is_vp8:
            bounds = payload_bounds(packet)
            vp8 = None if bounds is None else read_vp8(packet, *bounds)
            if vp8 is not None:
                write_picture(copy, vp8, self.pictures.picture(vp8.picture), self.pictures.tl0(vp8.tl0))
        return copy

    def _stamp(self, packet: bytearray, now: float) -> None:
        """Put the time of sending right: with that of the first time, the receiver would take it for a slow line."""
        for element, start, end in elements(packet):
            if element == self._extension_ids.get(ABS_SEND_TIME_URI):
                stamp(packet, start, end, now)

    def _await_nothing(self) -> None:
        if self.awaited is not None:
            self.awaited.awaiting = tuple(sink for sink in self.awaited.awaiting if sink is not self)
            self.awaited = None

    def _leave(self) -> None:
        if self.source is not None:
            self.source.sinks = tuple(sink for sink in self.source.sinks if sink is not self)
            self.source = None
