"""Socket.IO packets in both codecs, beside python-socketio's own as an independent reference."""

import json
import sys
from typing import Any

import msgpack
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw
from socketio.msgpack_packet import MsgPackPacket
from socketio.packet import Packet

from rooms.events import ChatPosted
from rooms.stream import Event
from rtserver.hub import packets
from rtserver.hub.outbox import Outgoing
from rtserver.hub.packets import Codec, Incoming, MalformedPacket, PacketType, Push

quick = settings(max_examples=80, deadline=None, database=None, derandomize=True, print_blob=False)

REFERENCE = {Codec.JSON: Packet, Codec.MSGPACK: MsgPackPacket}
BOTH = pytest.mark.parametrize("codec", list(Codec))

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
namespaces = st.sampled_from(["/", "/admin", "/a/b"])
acks = st.none() | st.integers(0, 10**15 - 1)


def reference_encodes(codec: Codec, kind: int, data: Any, namespace: str = "/", ack: int | None = None) -> str | bytes:
    """The packet as python-socketio's client sends it."""
    encoded: str | bytes = REFERENCE[codec](kind, data=data, namespace=namespace, id=ack).encode()
    return encoded


def reference_decodes(outgoing: Outgoing) -> Any:
    """What python-socketio's client makes of a packet."""
    message = sent(outgoing)
    return (Packet if isinstance(message, str) else MsgPackPacket)(encoded_packet=message)


def sent(outgoing: Outgoing) -> str | bytes:
    """The Socket.IO packet in an Engine.IO message."""
    encoded = outgoing.encode()
    if isinstance(encoded, bytes):
        return encoded
    assert encoded[0] == "4", "not a message"
    return encoded[1:]


def decode(packet: str | bytes) -> Incoming:
    """A Socket.IO packet as it comes in an Engine.IO message."""
    if isinstance(packet, bytes):
        return packets.decode(packet, is_text=False)
    return packets.decode(b"4" + packet.encode("utf-8", "surrogatepass"), is_text=True)


def payload_of(packet: Incoming) -> Any:
    return None if packet.payload is None else packets.decode_payload(packet.codec, packet.payload, Any)


class TestAgainstTheReference:
    @BOTH
    @quick
    @given(name=texts, argument=values, namespace=namespaces, ack=acks)
    def test_events_from_clients(self, codec: Codec, name: str, argument: Any, namespace: str, ack: int | None) -> None:
        """What the other library encodes we decode to the same."""
        packet = decode(reference_encodes(codec, 2, [name, argument], namespace, ack))
        assert (packet.codec, packet.type, packet.namespace) == (codec, PacketType.EVENT, namespace)
        assert (packet.ack, packet.name) == (ack, name)
        assert payload_of(packet) == argument

    @BOTH
    @quick
    @given(name=texts, argument=values, ack=acks, namespace=namespaces)
    def test_packets_to_clients(self, codec: Codec, name: str, argument: Any, ack: int | None, namespace: str) -> None:
        """What we encode the other library decodes to the same."""
        for kind, data in ((PacketType.EVENT, [name, argument]), (PacketType.ACK, [argument])):
            message = packets.encode(codec, kind, data, ack=ack, namespace=namespace)
            seen = reference_decodes(message)
            assert (seen.packet_type, seen.data, seen.id) == (kind, data, ack)
            assert seen.namespace == (None if codec is Codec.JSON and namespace == "/" else namespace)

    @BOTH
    @pytest.mark.parametrize("auth", [None, {"version": 1, "ticket": "abc"}, {}])
    @pytest.mark.parametrize("namespace", ["/", "/admin"])
    def test_connect(self, codec: Codec, auth: Any, namespace: str) -> None:
        """With and without an auth object."""
        packet = decode(reference_encodes(codec, 0, auth, namespace))
        assert (packet.type, packet.namespace, payload_of(packet)) == (PacketType.CONNECT, namespace, auth)

    @BOTH
    def test_disconnect_and_ack(self, codec: Codec) -> None:
        """Both directions of what carries nothing that we need."""
        assert decode(reference_encodes(codec, 1, None)) == Incoming(codec, PacketType.DISCONNECT, "/")
        assert decode(reference_encodes(codec, 3, ["x"], ack=7)) == Incoming(codec, PacketType.ACK, "/", 7)
        seen = reference_decodes(packets.encode(codec, PacketType.DISCONNECT, None))
        assert (seen.packet_type, seen.data) == (1, None)

    @BOTH
    def test_event_without_an_argument(self, codec: Codec) -> None:
        """A command without fields."""
        packet = decode(reference_encodes(codec, 2, ["project.roster"], ack=3))
        assert (packet.name, packet.payload, packet.ack) == ("project.roster", None, 3)

    @BOTH
    def test_structs_travel_as_maps(self, codec: Codec) -> None:
        """Our events, as another library sees them."""
        event = Event("room:r1", 1, 5, "anna", None, ChatPosted("žluťoučký 🐎"))
        seen = reference_decodes(packets.encode(codec, PacketType.EVENT, ("event", event)))
        body = {"kind": "chat.posted", "text": "žluťoučký 🐎"}
        assert seen.data == [
            "event",
            {"stream": "room:r1", "seq": 1, "at": 5, "actor": "anna", "nonce": None, "body": body},
        ]


class TestForms:
    def test_query_of_a_namespace_is_ignored(self) -> None:
        """As the protocol says."""
        packet = decode('2/admin?token=x,5["go",{}]')
        assert (packet.namespace, packet.ack, packet.name) == ("/admin", 5, "go")

    def test_text_that_we_send(self) -> None:
        """Compact, without a namespace when it is the main one."""
        assert sent(packets.encode_text(PacketType.EVENT, ("a", {"b": 1}), ack=12)) == '212["a",{"b":1}]'
        assert sent(packets.encode_text(PacketType.ACK, ({},), ack=0, namespace="/x")) == "3/x,0[{}]"
        assert sent(packets.encode_text(PacketType.DISCONNECT, None)) == "1"

    def test_msgpack_that_we_send(self) -> None:
        """The keys of socket.io-msgpack-parser; `data` and `id` only when there are any."""
        assert msgpack.loads(sent(packets.encode_msgpack(PacketType.DISCONNECT, None))) == {"type": 1, "nsp": "/"}
        assert msgpack.loads(sent(packets.encode_msgpack(PacketType.ACK, [1], ack=0))) == {
            "type": 3,
            "nsp": "/",
            "data": [1],
            "id": 0,
        }

    def test_msgpack_of_the_npm_parser(self) -> None:
        """It sends `options` too, and no `nsp` default; what we do not know is ignored."""
        event = {"type": 2, "data": ["go", {"a": 1}], "options": {"compress": True}, "nsp": "/", "id": 1}
        packet = decode(msgpack.dumps(event))
        assert (packet.name, payload_of(packet), packet.ack) == ("go", {"a": 1}, 1)

    def test_the_payload_lets_the_message_go(self) -> None:
        """It is a copy: a command that waits its turn keeps only itself, not the whole message."""
        message = msgpack.dumps({"type": 2, "nsp": "/", "data": ["go", "x" * 100], "options": "y" * 10_000})
        holders = sys.getrefcount(message)
        packet = decode(message)
        assert sys.getrefcount(message) == holders
        assert payload_of(packet) == "x" * 100

    def test_payload_of_the_wrong_shape(self) -> None:
        """Is found when it is decoded as what it should be."""
        packet = decode('2["go",{"a":"b"}]')
        assert packet.payload is not None
        with pytest.raises(msgspec.ValidationError):
            packets.decode_payload(packet.codec, packet.payload, dict[str, int])


class TestUsualEvents:
    """Nearly all events are decoded in one go; nobody can tell by what comes of it."""

    @quick
    @given(name=texts, argument=values, ack=acks, gap=st.sampled_from(["", " ", "  \t"]))
    def test_are_decoded_as_all_others(self, name: str, argument: Any, ack: int | None, gap: str) -> None:
        """Escaped, it is plain letters, and decoded in one go; unescaped it is not, unless it is English."""
        number = "" if ack is None else str(ack)
        body = json.dumps([name, argument], separators=(f"{gap},{gap}", ":"))
        plain = b"42" + number.encode() + body.encode()
        assert packets._decode_usual_event(plain) is not None
        other = f"42/,{number}{json.dumps([name, argument], ensure_ascii=False)}".encode()
        assert packets._decode_usual_event(other) is None
        usual, slow = packets.decode(plain, is_text=True), packets.decode(other, is_text=True)
        assert payload_of(usual) == payload_of(slow) == argument
        head = (Codec.JSON, PacketType.EVENT, "/", ack, name)
        for packet in (usual, slow):
            assert (packet.codec, packet.type, packet.namespace, packet.ack, packet.name) == head

    @pytest.mark.parametrize(
        "text",
        ['2["go"]', '2/admin,["go",{}]', '21234567890123456["go",{}]', '2["go",1,2]', '2-1["go",1]', "2"],
    )
    def test_all_others_are_left(self, text: str) -> None:
        """To those who look closer."""
        assert packets._decode_usual_event(b"4" + text.encode()) is None

    def test_the_longest_ack_id(self) -> None:
        """Fifteen digits, in both ways."""
        for text in ('2999999999999999["go",{}]', '2999999999999999["go"]'):
            assert decode(text).ack == 999_999_999_999_999


class TestPush:
    def test_is_encoded_once_a_codec(self) -> None:
        """The very same object for every recipient."""
        push = Push("event", {"a": 1})
        for codec in Codec:
            assert push.encoded(codec) is push.encoded(codec)
        assert sent(push.encoded(Codec.JSON)) == '2["event",{"a":1}]'
        assert msgpack.loads(sent(push.encoded(Codec.MSGPACK))) == {"type": 2, "nsp": "/", "data": ["event", {"a": 1}]}


MALFORMED_TEXT = [
    "",
    " ",
    "9zzz",
    "[1,2,3]",
    "hello",
    "4",
    '4{"message":"x"}',
    '51-["x",{"_placeholder":true,"num":0}]',
    '61-[{"_placeholder":true,"num":0}]',
    "2",
    "2/admin",
    "2/admin,",
    "2[]",
    "2[1]",
    "2[null]",
    '2[["go"]]',
    '2["go",1,2]',
    '2["go"',
    '2["go",]',
    '2"go"',
    '2{"0":"go"}',
    '2["go",{}]trailing',
    '2["\ud800"]',
    '21234567890123456["go"]',
    '2-1["go"]',
    '2٣["go"]',
    "２[]",
    '2["go",' + "[" * 100_000,
    "2" + "1" * 100_000,
]

MALFORMED_BYTES = [
    b"",
    b"\xff\xfe",
    b"\xc1",
    b"\xc0",
    b"hello",
    b"\x93\x01\x02\x03",
    msgpack.dumps({}),
    msgpack.dumps({"nsp": "/", "data": ["go"]}),
    msgpack.dumps({"type": "2", "nsp": "/", "data": ["go"]}),
    msgpack.dumps({"type": 2.5, "nsp": "/", "data": ["go"]}),
    msgpack.dumps({"type": True, "nsp": "/", "data": ["go"]}),
    msgpack.dumps({"type": 4, "nsp": "/", "data": {}}),
    msgpack.dumps({"type": 5, "nsp": "/", "data": ["go"]}),
    msgpack.dumps({"type": -1, "nsp": "/", "data": ["go"]}),
    msgpack.dumps({"type": 22, "nsp": "/", "data": ["go"]}),
    msgpack.dumps({"type": 2, "nsp": 1, "data": ["go"]}),
    msgpack.dumps({"type": 2, "nsp": "/"}),
    msgpack.dumps({"type": 2, "nsp": "/", "data": None}),
    msgpack.dumps({"type": 2, "nsp": "/", "data": []}),
    msgpack.dumps({"type": 2, "nsp": "/", "data": "go"}),
    msgpack.dumps({"type": 2, "nsp": "/", "data": [1]}),
    msgpack.dumps({"type": 2, "nsp": "/", "data": ["go", 1, 2]}),
    msgpack.dumps({"type": 2, "nsp": "/", "data": ["go"], "id": -1}),
    msgpack.dumps({"type": 2, "nsp": "/", "data": ["go"], "id": 10**15}),
    msgpack.dumps({"type": 2, "nsp": "/", "data": ["go"], "id": "1"}),
    msgpack.dumps({"type": 2, "nsp": "/", "data": ["go"]})[:-1],
    msgpack.dumps({"type": 2, "nsp": "/", "data": ["go"]}) + b"\x00",
    b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x91\xa1\xff",
    b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x92\xa1a" + b"\x91" * 100_000,
]


@pytest.mark.parametrize("message", MALFORMED_TEXT, ids=lambda text: repr(text[:30]))
def test_malformed_text(message: str) -> None:
    """Refused with a word, whatever is wrong."""
    with pytest.raises(MalformedPacket):
        decode(message)


@pytest.mark.parametrize("message", MALFORMED_BYTES, ids=lambda data: repr(data[:30]))
def test_malformed_bytes(message: bytes) -> None:
    """Refused with a word, whatever is wrong."""
    with pytest.raises(MalformedPacket):
        decode(message)


@pytest.mark.parametrize("message", [b"4", b"42\xff", b'42["a\xff"]', b'42["a",{"b":"\xed\xa0\x80"}]'])
def test_text_that_is_not_utf8(message: bytes) -> None:
    """A driver lets none through; if one did, it would be malformed all the same."""
    with pytest.raises(MalformedPacket):
        packets.decode(message, is_text=True)


def _survives(message: str | bytes) -> None:
    """Decoding, and decoding the argument, raise nothing that is not expected."""
    try:
        packet = decode(message)
    except MalformedPacket:
        return
    assert isinstance(packet.type, PacketType)
    assert packet.payload is None or isinstance(packet.payload, Raw)
    if packet.payload is not None:
        try:
            payload_of(packet)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            pass


@settings(quick, max_examples=200)
@given(st.text() | st.from_regex(r"[0-9](/[a-z]*,)?[0-9]{0,20}[\[\]{}\",:0-9a-z]*", fullmatch=True))
def test_any_text(message: str) -> None:
    """No text raises anything but `MalformedPacket`."""
    _survives(message)


nearly_packets = st.dictionaries(
    st.sampled_from(["type", "nsp", "id", "data", "x"]), values | st.binary(max_size=9), max_size=5
).map(msgpack.dumps)


@settings(quick, max_examples=200)
@given(st.binary() | nearly_packets)
def test_any_bytes(message: bytes) -> None:
    """No bytes raise anything but `MalformedPacket`."""
    _survives(message)


@settings(quick, max_examples=100)
@given(nearly_packets, st.integers(0, 60), st.integers(0, 255))
def test_flipped_bytes(message: bytes, at: int, value: int) -> None:
    """A packet with one byte changed."""
    changed = bytearray(message)
    changed[at % len(changed)] = value
    _survives(bytes(changed))


def test_json_of_the_reference_is_what_browsers_send() -> None:
    """The reference itself: a check that the tests above compare with something."""
    assert json.loads(str(reference_encodes(Codec.JSON, 2, ["go", {"a": 1}], ack=4))[2:]) == ["go", {"a": 1}]
