"""How commands are read, in each version of the protocol."""

from typing import Any

import msgpack
import msgspec
import pytest

from rooms.errors import ErrorCode, Refused
from rooms.messages import OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION, ChatPost, RoomJoin
from rooms.stream import Position
from rooms.versions import Since
from rtserver.hub.dialects import DIALECTS, Dialect
from rtserver.hub.packets import Codec, Incoming, PacketType
from tests.rtserver.hub.support import command, packet

NEWEST = DIALECTS[PROTOCOL_VERSION]

LATER = Since(commands={"chat.post": 2}, fields={("room.join", "position"): 2}, pushes={})
"""As if these had come with version 2."""


class TestTheNewest:
    @pytest.mark.parametrize("codec", list(Codec))
    @pytest.mark.parametrize("given", [None, {}])
    def test_without_fields(self, codec: Codec, given: dict[str, Any] | None) -> None:
        """No argument is an empty one."""
        raw = None
        if given is not None:
            raw = msgspec.Raw(b"{}" if codec is Codec.JSON else msgpack.dumps(given))
        asked = NEWEST.decode(Incoming(codec, PacketType.EVENT, "/", 1, "project.roster", raw))
        assert asked == command("project.roster")

    def test_fields(self) -> None:
        """Typed."""
        asked = NEWEST.decode(packet("chat.post", nonce="nonce-0001", room="r1", text="x"))
        assert asked == ChatPost("nonce-0001", "r1", "x")

    @pytest.mark.parametrize("name", ["", "chat.Post", "chat", "connect", "disconnect", "event", "nope\x00"])
    def test_unknown(self, name: str) -> None:
        """Another name than ours, Socket.IO's reserved ones too."""
        with pytest.raises(Refused) as caught:
            NEWEST.decode(Incoming(Codec.JSON, PacketType.EVENT, "/", 1, name))
        assert caught.value.code is ErrorCode.UNKNOWN_COMMAND
        assert caught.value.detail is None

    @pytest.mark.parametrize(
        "raw",
        [
            b"{}",
            b'{"nonce":"nonce-0001","room":"r1"}',
            b'{"nonce":"nonce-0001","room":"r1","text":"x","extra":1}',
            b'{"nonce":"nonce-0001","room":"r1","text":1}',
            b'{"nonce":"short","room":"r1","text":"x"}',
            b'{"nonce":"nonce 0001","room":"r1","text":"x"}',
            b'{"nonce":"nonce-0001","room":"","text":"x"}',
            b'["nonce-0001","r1","x"]',
            b'"x"',
            b"null",
            b"{",
            b'{"nonce":"nonce-0001","room":"r1","text":"\xff"}',
            b'{"text":' + b"[" * 100_000,
        ],
        ids=lambda raw: raw[:50].decode(errors="replace"),
    )
    def test_invalid(self, raw: bytes) -> None:
        """Whatever is wrong with the fields, what a person wrote is not repeated."""
        with pytest.raises(Refused) as caught:
            NEWEST.decode(Incoming(Codec.JSON, PacketType.EVENT, "/", 1, "chat.post", msgspec.Raw(raw)))
        assert caught.value.code is ErrorCode.INVALID


class TestAnOlderClient:
    def test_every_version_has_its_commands(self) -> None:
        """From the oldest to the newest, without a hole."""
        assert list(DIALECTS) == list(range(OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION + 1))

    def test_a_later_command(self) -> None:
        """Is unknown from it, and known from a newer one; every other command is known from both."""
        post = packet("chat.post", nonce="nonce-0001", room="r1", text="x")
        with pytest.raises(Refused) as caught:
            Dialect(1, LATER).decode(post)
        assert caught.value.code is ErrorCode.UNKNOWN_COMMAND
        assert caught.value.detail == "chat.post came with version 2; this connection speaks 1"
        assert Dialect(2, LATER).decode(post) == ChatPost("nonce-0001", "r1", "x")
        assert Dialect(1, LATER).decode(packet("project.roster")) == command("project.roster")

    @pytest.mark.parametrize("codec", list(Codec))
    def test_a_later_field(self, codec: Codec) -> None:
        """Is unknown from it, whatever it holds; without it the command is as ever."""
        fields: dict[str, Any] = {"room": "r1", "position": {"epoch": "e", "seq": 3}}
        whole = _packet(codec, "room.join", fields)
        with pytest.raises(Refused) as caught:
            Dialect(1, LATER).decode(whole)
        assert caught.value.code is ErrorCode.INVALID
        assert caught.value.detail == "Object contains unknown field `position`"
        assert Dialect(2, LATER).decode(whole) == RoomJoin("r1", Position("e", 3))
        assert Dialect(1, LATER).decode(_packet(codec, "room.join", {"room": "r1"})) == RoomJoin("r1")

    @pytest.mark.parametrize("raw", [b"[]", b"{", b'"x"', b"null", b"{}"])
    def test_nonsense(self, raw: bytes) -> None:
        """Is refused as ever where a field is looked for."""
        with pytest.raises(Refused) as caught:
            Dialect(1, LATER).decode(Incoming(Codec.JSON, PacketType.EVENT, "/", 1, "room.join", msgspec.Raw(raw)))
        assert caught.value.code is ErrorCode.INVALID


def _packet(codec: Codec, name: str, fields: dict[str, Any]) -> Incoming:
    encoded = msgspec.json.encode(fields) if codec is Codec.JSON else msgpack.dumps(fields)
    return Incoming(codec, PacketType.EVENT, "/", 1, name, msgspec.Raw(encoded))
