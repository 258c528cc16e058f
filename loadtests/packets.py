"""Engine.IO v4 and Socket.IO v5 packets in the default text codec, as a client writes and reads them over WebSocket.

Only the main namespace, and one argument an event: that is all that the server's protocol uses.
"""

from enum import Enum
from typing import NamedTuple

import msgspec
from msgspec import Raw, Struct

from rooms.messages import Command, ConnectAuth, Failure

PING = b"2"
PONG = b"3"
ENGINE_OPEN = b"0"
ENGINE_CLOSE = b"1"
ENGINE_NOOP = b"6"
CONNECT = b"40"
DISCONNECT = b"41"
EVENT = b"42"
ACK = b"43"
CONNECT_ERROR = b"44"
PREFIX_BYTES = 2
"""Engine.IO's "4" (message) and the digit of the Socket.IO packet."""


class UnreadablePacket(Exception):
    """The server sent what is no packet of this protocol."""


class Kind(Enum):
    """What a packet from the server is to us."""

    OPEN = "open"
    PING = "ping"
    CONNECTED = "connected"
    REFUSED = "refused"
    EVENT = "event"
    ACK = "ack"
    ENDED = "ended"
    KNOCK = "knock"
    """A ping of WebSocket itself, not of Engine.IO."""
    CLOSED = "closed"
    """The close frame of WebSocket itself."""
    NOTHING = "nothing"


class Packet(NamedTuple):
    """A packet from the server. `name` is an event's, `number` an ack's; `payload` is still encoded."""

    kind: Kind
    payload: Raw = Raw()
    name: str = ""
    number: int = 0


class Ack(Struct, frozen=True):
    """The answer to a command: `ok`, its result still encoded, or why it was refused."""

    ok: Raw = Raw()
    error: Failure | None = None


_event = msgspec.json.Decoder(tuple[str, Raw])
_ack = msgspec.json.Decoder(tuple[Ack])
_encoder = msgspec.json.Encoder()

_PLAIN = {
    PING: Packet(Kind.PING),
    ENGINE_CLOSE: Packet(Kind.ENDED),
    ENGINE_NOOP: Packet(Kind.NOTHING),
    DISCONNECT: Packet(Kind.ENDED),
}

CLOSED = Packet(Kind.CLOSED)
"""Stands for the WebSocket's own close frame, in its place among the packets."""


def connect(auth: ConnectAuth) -> bytes:
    """The CONNECT packet that signs in."""
    return CONNECT + _encoder.encode(auth)


def command(number: int, asked: Command) -> bytes:
    """A command; its answer comes as the ack with the same number."""
    return b"%b%d%b" % (EVENT, number, _arguments(asked))


def told(asked: Command) -> bytes:
    """A command that wants no answer."""
    return EVENT + _arguments(asked)


def _arguments(asked: Command) -> bytes:
    fields = msgspec.to_builtins(asked)
    name = fields.pop("command")  # the tag is the event's name and does not travel among the fields
    return _encoder.encode((name, fields))


def decode(message: bytes) -> Packet:
    """A packet from the server. Raises `UnreadablePacket`."""
    plain = _PLAIN.get(message)
    if plain is not None:
        return plain
    prefix = message[:PREFIX_BYTES]
    try:
        if prefix == EVENT:
            name, payload = _event.decode(memoryview(message)[PREFIX_BYTES:])
            return Packet(Kind.EVENT, payload, name)
        if prefix == ACK:
            start = message.index(b"[")
            return Packet(Kind.ACK, Raw(message[start:]), number=int(message[PREFIX_BYTES:start]))
        if prefix == CONNECT:
            return Packet(Kind.CONNECTED, Raw(message[PREFIX_BYTES:]))
        if prefix == CONNECT_ERROR:
            return Packet(Kind.REFUSED, Raw(message[PREFIX_BYTES:]))
    except (ValueError, msgspec.MsgspecError) as error:
        raise UnreadablePacket(str(error)) from None
    if message[:1] == ENGINE_OPEN:
        return Packet(Kind.OPEN, Raw(message[1:]))
    raise UnreadablePacket(f"a packet that begins with {prefix!r}")


def decode_ack(payload: Raw) -> Ack:
    """What a command was answered with. Raises `UnreadablePacket`."""
    try:
        return _ack.decode(payload)[0]
    except msgspec.MsgspecError as error:
        raise UnreadablePacket(str(error)) from None
