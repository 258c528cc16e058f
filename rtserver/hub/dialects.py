"""The commands of each version of the protocol: which there are, and how their fields are read.

A client is held to the version that it named when it connected: a command, or a field of one, that came later is
unknown from it, so that a mistake of an older client is found where it is made and not when servers are newer.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from rooms.errors import ErrorCode, Refused
from rooms.messages import OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION, Command
from rooms.versions import SINCE, Since
from rtserver.hub.packets import Codec, Incoming
from rtserver.shapes import complaint
from rtserver.wire import WireCommand

EMPTY_ARGUMENT = {Codec.JSON: msgspec.Raw(b"{}"), Codec.MSGPACK: msgspec.Raw(b"\x80")}
"""A command sent without an argument has no fields."""

COMMANDS: dict[str, type[Command]] = {str(command.__struct_config__.tag): command for command in WireCommand.__args__}
"""Every command by the name of its Socket.IO event."""


class Decoder(Protocol):
    """Reads the argument of one command from one codec."""

    def decode(self, payload: msgspec.Raw) -> WireCommand:
        """The typed command. Raises `msgspec.ValidationError` or `msgspec.DecodeError`."""
        ...


class FieldsDecoder(Protocol):
    """Reads the names of a command's fields."""

    def decode(self, payload: msgspec.Raw) -> dict[str, msgspec.Raw]:
        """As `Decoder.decode`."""
        ...


DECODERS: dict[Codec, dict[type[Command], Decoder]] = {
    Codec.JSON: {kind: msgspec.json.Decoder(kind) for kind in COMMANDS.values()},
    Codec.MSGPACK: {kind: msgspec.msgpack.Decoder(kind) for kind in COMMANDS.values()},
}
"""Of the newest version; all connections share them."""

FIELDS: dict[Codec, FieldsDecoder] = {
    Codec.JSON: msgspec.json.Decoder(dict[str, msgspec.Raw]),
    Codec.MSGPACK: msgspec.msgpack.Decoder(dict[str, msgspec.Raw]),
}
"""The names of an argument's fields, whatever they hold."""


class OlderDecoder:
    """Reads a command that has fields which came after the version of the client."""

    def __init__(self, codec: Codec, kind: type[Command], later: frozenset[str]) -> None:
        """`later`: the fields that this client does not know."""
        self._fields = FIELDS[codec]
        self._decoder = DECODERS[codec][kind]
        self._later = later

    def decode(self, payload: msgspec.Raw) -> WireCommand:
        """As `Decoder`; a later field is an unknown one, in the words of msgspec."""
        for name in self._fields.decode(payload):
            if name in self._later:
                raise msgspec.ValidationError(f"Object contains unknown field `{name}`")
        return self._decoder.decode(payload)


class Dialect:
    """The commands of one version of the protocol."""

    def __init__(self, version: int, since: Since = SINCE) -> None:
        known = {name: kind for name, kind in COMMANDS.items() if since.knows_command(version, name)}
        self._later = {name: came for name, came in since.commands.items() if name in COMMANDS and came > version}
        self._version = version
        self._decoders = {codec: dict(_decoders(codec, known, version, since)) for codec in Codec}

    def decode(self, packet: Incoming) -> WireCommand:
        """The typed command of a packet. Raises `Refused` with UNKNOWN_COMMAND or INVALID."""
        decoder = self._decoders[packet.codec].get(packet.name)
        if decoder is None:
            raise Refused(ErrorCode.UNKNOWN_COMMAND, self._why_unknown(packet.name))
        payload = EMPTY_ARGUMENT[packet.codec] if packet.payload is None else packet.payload
        try:
            return decoder.decode(payload)
        except msgspec.ValidationError as error:
            raise Refused(ErrorCode.INVALID, complaint(error)) from None
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            raise Refused(ErrorCode.INVALID, "the fields could not be read") from None

    def _why_unknown(self, name: str) -> str | None:
        """Of a command that came later; of any other there is no more to say."""
        came = self._later.get(name)
        return None if came is None else f"{name} came with version {came}; this connection speaks {self._version}"


def _decoders(
    codec: Codec, commands: Mapping[str, type[Command]], version: int, since: Since
) -> Iterable[tuple[str, Decoder]]:
    for name, kind in commands.items():
        later = since.later_fields(version, name)
        yield name, OlderDecoder(codec, kind, later) if later else DECODERS[codec][kind]


DIALECTS = {version: Dialect(version) for version in range(OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION + 1)}
"""Of all versions that are spoken."""
