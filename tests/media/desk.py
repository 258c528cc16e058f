"""A call on a table: real sessions on a port that is none, packets made by hand, time that passes when told to."""

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Any, cast

import msgspec
from aiortc.rtp import RtcpPacket

from media.call import MediaCall
from media.engine import (
    CallPlan,
    EngineEvent,
    Medium,
    PlannedParticipant,
    Role,
    SlotsAssigned,
    SpeakersChanged,
)
from media.figures import Counters
from media.forwarder import Forwarder
from media.header_extensions import ABS_SEND_TIME_URI, AUDIO_LEVEL_URI, MID_URI, REPAIRED_RID_URI, RID_URI
from media.port import MediaPort
from media.publisher import Publisher
from media.sdp import Codec, Direction, Local, Offer, Peer, Section
from media.session import Session
from media.srtp import PacketBuffer
from media.subscriber import Subscriber

OPUS = Codec("opus", 111, 48000, None, "", ("nack",))
VP8 = Codec("VP8", 96, 90000, 97, "", ("nack", "nack pli"))
H264 = Codec("H264", 98, 90000, 99, "", ("nack", "nack pli"))
PUBLISHED_IDS = {AUDIO_LEVEL_URI: 1, ABS_SEND_TIME_URI: 2, MID_URI: 4, RID_URI: 10, REPAIRED_RID_URI: 11}
SUBSCRIBED_IDS = {AUDIO_LEVEL_URI: 1, ABS_SEND_TIME_URI: 2}
LOUD, QUIET = 20, 90
HEADER = struct.Struct("!BBHLL")


@dataclass(eq=False)
class Wire:
    """Stands in for `media.transport.Transport`: what is sent lies here."""

    peer: Peer
    receiver: Session
    port: "Table"
    local: Local = field(default_factory=lambda: Local("us", "p" * 24, "AA"))
    rtp: list[bytes] = field(default_factory=list)
    rtcp: list[bytes] = field(default_factory=list)
    is_closed: bool = False

    def send_buffered(self, length: int) -> None:
        assert not self.is_closed
        self.rtp.append(bytes(self.port.outbound.view[:length]))

    def send_rtp(self, packet: bytes) -> None:
        assert not self.is_closed
        self.rtp.append(packet)

    def send_rtcp(self, packet: bytes) -> None:
        assert not self.is_closed
        self.rtcp.append(packet)

    def has_same_identity(self, peer: Peer) -> bool:
        return peer.fingerprints == self.peer.fingerprints

    def close(self) -> None:
        self.is_closed = True

    def take_rtp(self) -> list["Rtp"]:
        taken, self.rtp = self.rtp, []
        return [Rtp.of(packet) for packet in taken]

    def take_rtcp(self) -> list:
        taken, self.rtcp = self.rtcp, []
        return [part for packet in taken for part in RtcpPacket.parse(packet)]


class Buffer:
    """Stands in for `media.srtp.PacketBuffer`."""

    def __init__(self) -> None:
        self.view = memoryview(bytearray(2200))


class Table:
    """Stands in for `media.port.MediaPort`."""

    def __init__(self) -> None:
        self.outbound = Buffer()
        self.restarted: list[Wire] = []
        self.wires: list[Wire] = []

    def transport(self, peer: Peer, receiver: Session) -> Wire:
        wire = Wire(peer, receiver, self)
        self.wires.append(wire)
        return wire

    def restart(self, wire: Wire, peer: Peer) -> None:
        self.restarted.append(wire)


@dataclass(frozen=True)
class Rtp:
    """An RTP packet taken apart. `payload` is what follows the header extensions."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    extensions: dict[int, bytes]
    payload: bytes

    @classmethod
    def of(cls, packet: bytes) -> "Rtp":
        flags, second, sequence, timestamp, ssrc = HEADER.unpack_from(packet)
        extensions = {}
        start = 12
        if flags & 0x10:
            words = int.from_bytes(packet[14:16], "big")
            start = 16 + 4 * words
            at = 16
            while at < start:
                head = packet[at]
                at += 1
                if head:
                    length = (head & 15) + 1
                    extensions[head >> 4] = packet[at : at + length]
                    at += length
        return cls(second & 127, second > 127, sequence, timestamp, ssrc, extensions, packet[start:])

    @property
    def picture(self) -> int:
        """VP8's picture id; all pictures here have one of 15 bits, and a TL0PICIDX."""
        return int.from_bytes(self.payload[2:4], "big") & 0x7FFF

    @property
    def tl0(self) -> int:
        return self.payload[4]

    @property
    def mark(self) -> bytes:
        """By which a test recognises the picture."""
        return self.payload[6:]


def rtp(
    payload_type: int,
    sequence: int,
    timestamp: int,
    ssrc: int,
    payload: bytes,
    extensions: dict[int, bytes] | None = None,
    marker: bool = False,
) -> bytes:
    """An RTP packet, with header extensions of one byte (RFC 8285)."""
    head = HEADER.pack(
        0x90 if extensions else 0x80,
        payload_type | (0x80 if marker else 0),
        sequence & 0xFFFF,
        timestamp & 0xFFFFFFFF,
        ssrc,
    )
    if extensions:
        body = b"".join(bytes([number << 4 | len(data) - 1]) + data for number, data in extensions.items())
        body += bytes(-len(body) % 4)
        head += struct.pack("!HH", 0xBEDE, len(body) // 4) + body
    return head + payload


def vp8(picture: int, keyframe: bool = False, mark: bytes = b"picture", tl0: int = 0, starts: bool = True) -> bytes:
    """A VP8 payload (RFC 7741)."""
    first = 0x90 if starts else 0x80
    return (
        bytes([first, 0xC0])
        + (0x8000 | picture & 0x7FFF).to_bytes(2, "big")
        + bytes([tl0 & 0xFF, 0 if keyframe else 1])
        + mark
    )


def peer(name: str = "peer") -> Peer:
    return Peer("ufrag", "password" * 3, (("sha-256", name),))


def section(
    kind: str, mid: str, direction: Direction, codecs: Iterable[Codec], ids: dict[str, int], **more: Any
) -> Section:
    return Section(
        kind=kind,
        mid=mid,
        direction=direction,
        codecs=tuple(codecs),
        extensions=ids,
        layers=more.get("layers", ()),
        ssrcs=more.get("ssrcs", ()),
        repairs=more.get("repairs", {}),
        profile="UDP/TLS/RTP/SAVPF",
        formats=("96",),
    )


def publish_offer(
    layers: tuple[str, ...] = (), codec: Codec = VP8, name: str = "publisher", screen: bool = True
) -> Offer:
    """As our page offers: microphone (SSRC 1), camera (2, RTX 12; with layers it names none), screen (3, RTX 13)."""
    named = {} if layers else {"ssrcs": (2, 12), "repairs": {2: 12}}
    sections = [
        section("audio", "a", Direction.SENDONLY, [OPUS], PUBLISHED_IDS, ssrcs=(1,)),
        section("video", "v", Direction.SENDONLY, [codec], PUBLISHED_IDS, layers=layers, **named),
    ]
    if screen:
        sections.append(
            section("video", "s", Direction.SENDONLY, [codec], PUBLISHED_IDS, ssrcs=(3, 13), repairs={3: 13})
        )
    return Offer(tuple(sections), peer(name))


def subscribe_offer(
    voices: int = 5,
    pictures: int = 9,
    codecs: Iterable[Codec] = (VP8, H264),
    ids: dict[str, int] = SUBSCRIBED_IDS,
    name: str = "subscriber",
) -> Offer:
    """As our page offers: sections v0, v1 … for pictures."""
    return Offer(
        tuple(
            [section("audio", f"a{index}", Direction.RECVONLY, [OPUS], ids) for index in range(voices)]
            + [section("video", f"v{index}", Direction.RECVONLY, codecs, ids) for index in range(pictures)]
        ),
        peer(name),
    )


@dataclass(eq=False)
class Timer:
    """Stands in for `asyncio.TimerHandle`."""

    function: Callable[[], object]

    def cancel(self) -> None:
        self.function = int


class Desk:
    """A call, and what a test says and hears of it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.events: list[EngineEvent] = []
        self.port = Table()
        self.counters = Counters()
        self.call = MediaCall(
            "room",
            cast(MediaPort, self.port),
            Forwarder(cast(PacketBuffer, self.port.outbound), self.counters),
            self.counters,
            self.events.append,
            lambda: self.now,
            self._call_later,
            (),
        )
        self.planned: dict[str, PlannedParticipant] = {}
        self._sequences: dict[object, Callable[[], int]] = {}
        self._timers: list[tuple[float, int, Timer]] = []
        self._timers_set = count()

    # --- The plan ---

    def plan(self, *names: str, media: tuple[Medium, ...] = tuple(Medium), **fields: Any) -> None:
        """These are in the call, and may send this."""
        self.planned = {name: PlannedParticipant(name, media, **fields) for name in names}
        self._say()

    def change(self, name: str, **fields: object) -> None:
        self.planned[name] = msgspec.structs.replace(self.planned[name], **fields)
        self._say()

    def _say(self) -> None:
        self.call.plan(CallPlan("room", tuple(self.planned.values())))

    # --- Sessions ---

    def publish(self, name: str, offer: Offer | None = None) -> Publisher:
        session = self.call.session(name, Role.PUBLISH, offer or publish_offer(name=name))
        assert isinstance(session, Publisher)
        session.connected()
        return session

    def subscribe(self, name: str, offer: Offer | None = None, sees: bool = True) -> Subscriber:
        session = self.call.session(name, Role.SUBSCRIBE, offer or subscribe_offer(name=name))
        assert isinstance(session, Subscriber)
        session.connected()
        if sees:
            self.see(name)
        return session

    def see(self, name: str) -> None:
        """The page has cleared all its tiles."""
        assigned = self.assigned(name)
        if assigned is not None:
            self.call.slots_seen(name, assigned.revision)

    def assigned(self, name: str) -> SlotsAssigned | None:
        of_name = [each for each in self.events if isinstance(each, SlotsAssigned) and each.participant == name]
        return of_name[-1] if of_name else None

    def shown(self, name: str) -> dict[str, tuple[str, Medium]]:
        """Who stands in which slot, as the page of this participant was told."""
        assigned = self.assigned(name)
        slots = assigned.slots if assigned else ()
        return {slot.mid: (slot.source, slot.medium) for slot in slots if slot.source and slot.medium}

    def speakers(self) -> tuple[str, ...]:
        changes = [each for each in self.events if isinstance(each, SpeakersChanged)]
        return changes[-1].speakers if changes else ()

    # --- Packets ---

    def sequence(self, of: object) -> int:
        """The next sequence number of a stream."""
        return self._sequences.setdefault(of, count(65500).__next__)()

    def speak(self, publisher: Publisher, level: int | None = LOUD, packets: int = 1) -> None:
        """So many packets of sound, 20 ms each."""
        for _ in range(packets):
            number = self.sequence((publisher, 1))
            extensions = {} if level is None else {1: bytes([level])}
            packet = rtp(OPUS.payload_type, number, number * 960, 1, publisher.participant.encode(), extensions)
            publisher.received_rtp(packet, self.now)
            self.now += 0.02

    def film(
        self,
        publisher: Publisher,
        keyframe: bool = False,
        ssrc: int = 2,
        mark: bytes | None = None,
        sequence: int | None = None,
        extensions: dict[int, bytes] | None = None,
        size: int = 0,
    ) -> int:
        """One picture of one packet. Returns its sequence number."""
        number = self.sequence((publisher, ssrc)) if sequence is None else sequence
        payload = vp8(number, keyframe, mark or publisher.participant.encode(), number) + bytes(size)
        packet = rtp(VP8.payload_type, number, number * 3000, ssrc, payload, extensions, marker=True)
        publisher.received_rtp(packet, self.now)
        return number & 0xFFFF

    def wait(self, seconds: float, step: float = 0.1) -> None:
        """Time passes, tick by tick; what was to be called meanwhile is called in time."""
        for _ in range(round(seconds / step)):
            end = self.now + step
            while self._timers and self._timers[0][0] <= end:
                self.now, _, timer = heappop(self._timers)
                timer.function()
            self.now = end
            self.call.tick(self.now)

    def _call_later(self, seconds: float, function: Callable[[], None]) -> Timer:
        """As that of an event loop."""
        timer = Timer(function)
        heappush(self._timers, (self.now + seconds, next(self._timers_set), timer))
        return timer


def wire(session: Session) -> Wire:
    """What a session sends."""
    return cast(Wire, session.transport)
