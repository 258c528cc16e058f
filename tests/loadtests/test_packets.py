"""Packets as the server reads and writes them."""

import msgspec
import pytest

from loadtests import packets
from loadtests.packets import Kind, UnreadablePacket
from rooms.messages import ChatPost, ConnectAuth, ProjectJoin
from rtserver.hub.outbox import Outgoing
from rtserver.hub.packets import Codec, Incoming, PacketType, Push, decode, decode_payload, encode_text


def as_the_server_reads_it(message: bytes) -> Incoming:
    return decode(message, is_text=True)


def as_the_server_writes_it(packet: Outgoing) -> bytes:
    encoded = packet.encode()
    assert isinstance(encoded, str)
    return encoded.encode()


def test_a_command_is_what_the_server_reads() -> None:
    post = ChatPost(nonce="12345678", room="r_1", text="Dzień dobry")
    packet = as_the_server_reads_it(packets.command(7, post))
    assert (packet.type, packet.ack, packet.name) == (PacketType.EVENT, 7, "chat.post")
    assert packet.payload is not None
    assert decode_payload(packet.codec, packet.payload, ChatPost) == post


def test_a_command_without_fields_that_are_set() -> None:
    packet = as_the_server_reads_it(packets.command(1, ProjectJoin()))
    assert packet.payload is not None
    assert decode_payload(packet.codec, packet.payload, ProjectJoin) == ProjectJoin()


def test_connect_carries_the_auth() -> None:
    auth = ConnectAuth(version=1, session="token")
    packet = as_the_server_reads_it(packets.connect(auth))
    assert packet.type is PacketType.CONNECT
    assert packet.payload is not None
    assert decode_payload(packet.codec, packet.payload, ConnectAuth) == auth


def test_an_event_of_the_server() -> None:
    packet = packets.decode(as_the_server_writes_it(Push("signal", {"room": "r"}).encoded(Codec.JSON)))
    assert (packet.kind, packet.name) == (Kind.EVENT, "signal")
    assert msgspec.json.decode(packet.payload) == {"room": "r"}


def test_a_command_that_wants_no_ack() -> None:
    packet = as_the_server_reads_it(packets.told(ProjectJoin()))
    assert (packet.ack, packet.name) == (None, "project.join")


def test_an_ack_of_the_server() -> None:
    encoded = encode_text(PacketType.ACK, ({"ok": {"seq": 5}},), ack=12)
    packet = packets.decode(as_the_server_writes_it(encoded))
    assert (packet.kind, packet.number) == (Kind.ACK, 12)
    ack = packets.decode_ack(packet.payload)
    assert ack.error is None
    assert msgspec.json.decode(ack.ok) == {"seq": 5}


def test_an_ack_that_refuses() -> None:
    error = {"code": "room_closed", "message": "The room is closed.", "retry": False}
    encoded = encode_text(PacketType.ACK, ({"error": error},), ack=0)
    refused = packets.decode_ack(packets.decode(as_the_server_writes_it(encoded)).payload)
    assert refused.error is not None
    assert refused.error.code == "room_closed"


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (b'0{"sid":"x"}', Kind.OPEN),
        (b"1", Kind.ENDED),
        (b"2", Kind.PING),
        (b"6", Kind.NOTHING),
        (b'40{"sid":"x"}', Kind.CONNECTED),
        (b"41", Kind.ENDED),
        (b'44{"message":"no"}', Kind.REFUSED),
    ],
)
def test_the_other_packets(message: bytes, kind: Kind) -> None:
    assert packets.decode(message).kind is kind


@pytest.mark.parametrize("message", [b"", b"9", b"42", b'42["name"]', b"43x[1]", b"43", b"451-[]", b"42[1,2]"])
def test_what_is_no_packet(message: bytes) -> None:
    with pytest.raises(UnreadablePacket):
        packets.decode(message)


@pytest.mark.parametrize("payload", [b"[]", b"{}", b"[1]", b'[{"error":1}]'])
def test_what_is_no_answer(payload: bytes) -> None:
    with pytest.raises(UnreadablePacket):
        packets.decode_ack(msgspec.Raw(payload))
