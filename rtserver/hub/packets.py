"""Socket.IO packets (protocol revision 5) in both codecs, the default text one and socket.io-msgpack-parser's.

Only the main namespace carries commands. Binary attachments (packet types 5 and 6) are not used by this protocol.
Sources: Socket.IO protocol v5 "Packet encoding"; socket.io-msgpack-parser 3.0 `index.js`.
"""

import json
import re
from enum import IntEnum, StrEnum
from typing import Any

import msgspec
from msgspec import Raw, Struct

from rtserver.hub.frames import Opcode
from rtserver.hub.outbox import Outgoing

MAIN_NAMESPACE = "/"
SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
SURROGATE_BYTES_MAX = 135_168
"""Bytes of an event that is read the slow way for the sake of an escape: what is longer is no command that we take, for
its fields have at most 131,072."""

EVENT_PLACE = slice(1, 2)
EVENT_DIGIT = b"2"
"""Where a text packet says that it is an event, behind Engine.IO's type."""

EVENT_HEAD = 2
"""Bytes of an event before its ack id or its data."""

ACK_ID_DIGITS_MAX = 15
"""An ack id stays below 2**53, the largest whole number of a JavaScript client."""


class Codec(StrEnum):
    """How a socket's packets are encoded. A client chooses by the form of its CONNECT packet: text or binary."""

    JSON = "json"
    MSGPACK = "msgpack"


class PacketType(IntEnum):
    """Socket.IO packet types."""

    CONNECT = 0
    DISCONNECT = 1
    EVENT = 2
    ACK = 3
    CONNECT_ERROR = 4


class MalformedPacket(Exception):
    """The bytes are not a Socket.IO packet of this protocol."""


class Incoming(Struct, frozen=True):
    """A packet from a client. `payload`: an event's argument or a CONNECT's auth, still encoded; None without one."""

    codec: Codec
    type: PacketType
    namespace: str
    ack: int | None = None
    name: str = ""
    payload: Raw | None = None


class _MsgpackPacket(Struct):
    type: int
    nsp: str = MAIN_NAMESPACE
    id: int | None = None
    data: Raw = Raw()


_json_event = msgspec.json.Decoder(tuple[str, Raw])
_json_list = msgspec.json.Decoder(list[Raw])
_msgpack_list = msgspec.msgpack.Decoder(list[Raw])
_msgpack_packet = msgspec.msgpack.Decoder(_MsgpackPacket)
_json_text = msgspec.json.Decoder(str)
_msgpack_text = msgspec.msgpack.Decoder(str)
_json_encoder = msgspec.json.Encoder()
_msgpack_encoder = msgspec.msgpack.Encoder()
_MSGPACK_NIL = b"\xc0"


def decode(message: bytes, is_text: bool) -> Incoming:
    """An Engine.IO packet of type "message", with that type in front when it is text. Raises `MalformedPacket`."""
    try:
        return _decode_text(message) if is_text else _decode_msgpack(message)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise MalformedPacket(str(error)) from None


def decode_payload(codec: Codec, payload: Raw, kind: Any) -> Any:
    """An event's argument as the Struct it should be. Raises `msgspec.ValidationError` or `msgspec.DecodeError`."""
    if codec is Codec.JSON:
        return msgspec.json.decode(payload, type=kind)
    return msgspec.msgpack.decode(payload, type=kind)


class Push:
    """An event for any number of sockets: encoded once per codec, and only in those that are needed."""

    __slots__ = ("_json", "_msgpack", "name", "payload")

    def __init__(self, name: str, payload: object) -> None:
        self.name = name
        self.payload = payload
        self._json: Outgoing | None = None
        self._msgpack: Outgoing | None = None

    def encoded(self, codec: Codec) -> Outgoing:
        """The packet, ready to be sent."""
        if codec is Codec.JSON:
            if self._json is None:
                self._json = encode_text(PacketType.EVENT, (self.name, self.payload))
            return self._json
        if self._msgpack is None:
            self._msgpack = encode_msgpack(PacketType.EVENT, (self.name, self.payload))
        return self._msgpack


def encode(
    codec: Codec, kind: PacketType, payload: object, *, ack: int | None = None, namespace: str = MAIN_NAMESPACE
) -> Outgoing:
    """A packet, ready to be sent. `payload` None: a packet without data, such as DISCONNECT."""
    if codec is Codec.JSON:
        return encode_text(kind, payload, ack=ack, namespace=namespace)
    return encode_msgpack(kind, payload, ack=ack, namespace=namespace)


def encode_text(
    kind: PacketType, payload: object, *, ack: int | None = None, namespace: str = MAIN_NAMESPACE
) -> Outgoing:
    """`4<type>[<namespace>,][<ack id>][<JSON>]`: Engine.IO's message type, then Socket.IO's packet."""
    prefix = b"" if namespace == MAIN_NAMESPACE else f"{namespace},".encode()
    number = b"" if ack is None else b"%d" % ack
    body = b"" if payload is None else _json_encoder.encode(payload)
    return Outgoing(Opcode.TEXT, b"4%d%b%b%b" % (kind, prefix, number, body))


def encode_msgpack(
    kind: PacketType, payload: object, *, ack: int | None = None, namespace: str = MAIN_NAMESPACE
) -> Outgoing:
    """A map of `type`, `nsp`, `data` and, where there is one, `id`."""
    packet: dict[str, object] = {"type": int(kind), "nsp": namespace}
    if payload is not None:
        packet["data"] = payload
    if ack is not None:
        packet["id"] = ack
    return Outgoing(Opcode.BINARY, _msgpack_encoder.encode(packet))


def _decode_text(message: bytes) -> Incoming:
    """`4<type>[<namespace>,][<ack id>][<JSON>]`."""
    if message[EVENT_PLACE] == EVENT_DIGIT:
        event = _decode_usual_event(message)
        if event is not None:
            return event
    text = message.decode()  # also whether it is UTF-8, of which a codec looks at strings only
    kind = _packet_type(text[1:2])
    rest = text[2:]
    namespace = MAIN_NAMESPACE
    if rest.startswith("/"):
        path, _, rest = rest.partition(",")
        namespace = path.partition("?")[0]
    digits = len(rest) - len(rest.lstrip("0123456789"))
    if digits > ACK_ID_DIGITS_MAX:
        raise MalformedPacket("the ack id is too long")
    ack = int(rest[:digits]) if digits else None
    data = Raw(rest[digits:].encode())
    return _incoming(Codec.JSON, kind, namespace, ack, data if bytes(data) else None)


def _decode_usual_event(message: bytes) -> Incoming | None:
    """An event of the main namespace with a name and one argument, in plain letters; None: it is something else.

    Nearly all that clients send, and decoded in one go.
    """
    start = message.find(b"[", EVENT_HEAD, EVENT_HEAD + ACK_ID_DIGITS_MAX + 1)
    number = message[EVENT_HEAD:start]
    if start < 0 or not message.isascii() or (number and not number.isdigit()):
        return None
    try:
        name, payload = _json_event.decode(memoryview(message)[start:])
    except msgspec.MsgspecError:
        return None
    return Incoming(Codec.JSON, PacketType.EVENT, MAIN_NAMESPACE, int(number) if number else None, name, payload)


def _decode_msgpack(message: bytes) -> Incoming:
    packet = _msgpack_packet.decode(message)
    data = packet.data if bytes(packet.data) not in (b"", _MSGPACK_NIL) else None
    if packet.id is not None and not 0 <= packet.id < 10**ACK_ID_DIGITS_MAX:
        raise MalformedPacket("the ack id is out of range")
    return _incoming(Codec.MSGPACK, _packet_type(str(packet.type)), packet.nsp, packet.id, data)


def _incoming(codec: Codec, kind: PacketType, namespace: str, ack: int | None, data: Raw | None) -> Incoming:
    if kind is PacketType.CONNECT:
        return Incoming(codec, kind, namespace, payload=data)
    if kind is not PacketType.EVENT:
        return Incoming(codec, kind, namespace, ack)
    if data is None:
        raise MalformedPacket("an event without a name")
    items = _json_items(data) if codec is Codec.JSON else _msgpack_list.decode(data)
    if not 1 <= len(items) <= 2:
        raise MalformedPacket("an event has a name and at most one argument")
    name = (_json_text if codec is Codec.JSON else _msgpack_text).decode(items[0])
    # A Raw refers to the whole message; a copy lets the message go while the command waits its turn.
    return Incoming(codec, kind, namespace, ack, name, items[1].copy() if len(items) == 2 else None)


def _json_items(data: Raw) -> list[Raw]:
    """The items of an event, still encoded.

    Half a surrogate pair is proper JSON (RFC 8259, section 8.2) that msgspec does not even skip: such an event is told
    apart from a malformed one, so that the command is refused and not the connection ended, again at each resend.
    """
    try:
        return _json_list.decode(data)
    except msgspec.DecodeError:
        if len(bytes(data)) > SURROGATE_BYTES_MAX or not SURROGATE_ESCAPE.search(bytes(data)):
            raise
        items = json.loads(bytes(data))
        return [Raw(json.dumps(item).encode()) for item in items] if isinstance(items, list) else []


def _packet_type(digit: str) -> PacketType:
    if digit not in ("0", "1", "2", "3"):
        raise MalformedPacket("unknown packet type")
    return PacketType(int(digit))
