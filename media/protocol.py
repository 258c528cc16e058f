"""What the server's process and a media worker say to each other over their Unix socket.

A worker is started as `python -m media.worker <descriptor>` with the number of an inherited descriptor: one end of a
socket pair, so there is no file and nobody else can connect. The parent speaks first (`Setup`), the worker answers
`Ready` or `Unable`; from then on each side speaks when it wants. The end of the stream is the end of the other side: a
worker without parent exits.

A frame is its length (uint32, network order) and one MessagePack map, tagged with its type.
"""

import struct
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

from media.engine import CallName, CallPlan, EngineEvent, ParticipantName, Role, WorkerFigures

FRAME_BYTES_MAX = 4 << 20
"""Bytes of one message: the figures of a full worker have some hundred thousand."""

_LENGTH = struct.Struct("!I")

RequestId = int
"""Given by the parent, and named again in the answer; answers may overtake each other."""


# --- Parent to worker ---


class Setup(Struct, frozen=True, tag=True):
    """How the worker is to listen. `worker` is its number among its like, and in figures.

    `host` is bound; port 0: any that is free. `public_addresses` are named as candidates (empty: the bound one).
    `offers_udp`: False names TCP candidates only.
    """

    worker: int
    host: str
    udp_port: int
    tcp_port: int
    public_addresses: tuple[str, ...] = ()
    offers_udp: bool = True


class Planned(Struct, frozen=True, tag=True):
    """The whole desired state of one call; a plan without participants ends it."""

    plan: CallPlan


class Offered(Struct, frozen=True, tag=True):
    """Asks for an SDP answer: `Answered` or `Refused`."""

    request: RequestId
    call: CallName
    participant: ParticipantName
    role: Role
    sdp: str


class Seen(Struct, frozen=True, tag=True):
    """See `MediaEngine.slots_seen`."""

    call: CallName
    participant: ParticipantName
    revision: int


class FiguresWanted(Struct, frozen=True, tag=True):
    """Asks for `Counted`."""

    request: RequestId


ToWorker = Setup | Planned | Offered | Seen | FiguresWanted


# --- Worker to parent ---


class Ready(Struct, frozen=True, tag=True):
    """Offers can be answered. The ports are those that were bound."""

    udp_port: int
    tcp_port: int


class Unable(Struct, frozen=True, tag=True):
    """The worker cannot do what `Setup` says, as when a port is taken, and exits."""

    reason: str


class Answered(Struct, frozen=True, tag=True):
    """The SDP answer."""

    request: RequestId
    sdp: str


class Refused(Struct, frozen=True, tag=True):
    """The offer cannot be answered; see `OfferRefused`."""

    request: RequestId
    reason: str


class Happened(Struct, frozen=True, tag=True):
    """Something happened in a call."""

    event: EngineEvent


class Counted(Struct, frozen=True, tag=True):
    """What goes on in the worker."""

    request: RequestId
    figures: WorkerFigures


FromWorker = Ready | Unable | Answered | Refused | Happened | Counted


# --- Frames ---


class MalformedFrame(Exception):
    """The other side does not speak this protocol: the connection is of no use any more."""


_encoder = msgspec.msgpack.Encoder()


def encode(message: ToWorker | FromWorker) -> bytes:
    """One frame. Raises `MalformedFrame` when it would be longer than the other side takes."""
    body = _encoder.encode(message)
    if len(body) > FRAME_BYTES_MAX:
        raise MalformedFrame(f"a message of {len(body)} bytes")
    return _LENGTH.pack(len(body)) + body


Message = TypeVar("Message")


class FrameDecoder(Generic[Message]):
    """Makes messages of a byte stream that comes in pieces. Use `worker_side` or `parent_side` to make one."""

    __slots__ = ("_buffer", "_decoder")

    def __init__(self, decoder: "msgspec.msgpack.Decoder[Message]") -> None:
        self._decoder = decoder
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """The messages that are complete with `data`. Raises `MalformedFrame`."""
        buffer = self._buffer
        buffer += data
        messages = []
        while len(buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(buffer)
            if length > FRAME_BYTES_MAX:
                raise MalformedFrame(f"a frame of {length} bytes")
            end = _LENGTH.size + length
            if len(buffer) < end:
                break
            try:
                messages.append(self._decoder.decode(bytes(buffer[_LENGTH.size : end])))
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:  # msgspec leaves wrong UTF-8 to Python
                raise MalformedFrame(str(error)) from error
            del buffer[:end]
        return messages


def worker_side() -> FrameDecoder[ToWorker]:
    """Reads what the parent says."""
    return FrameDecoder(msgspec.msgpack.Decoder(ToWorker))


def parent_side() -> FrameDecoder[FromWorker]:
    """Reads what a worker says."""
    return FrameDecoder(msgspec.msgpack.Decoder(FromWorker))
