"""WebSocket frames (RFC 6455, section 5) as a client writes and reads them, as little of it as a load generator needs.

No compression and no extensions: the generator never offers them, so reserved bits are an error.
"""

from enum import IntEnum
from typing import NamedTuple

LENGTH_INLINE_MAX = 125
"""Bytes of payload whose length stands in the second byte itself."""

LENGTH_16 = 126
"""Mark of a length in the next 2 bytes."""

LENGTH_64 = 127
"""Mark of a length in the next 8 bytes."""

LENGTH_16_MAX = 0xFFFF

CONTROL_PAYLOAD_MAX = 125
"""Bytes of a ping, pong or close (RFC 6455, 5.5)."""

MESSAGE_BYTES_MAX = 16_777_216
"""Bytes of one message before the stream is taken for garbage: far beyond any snapshot that a server sends."""

FIN = 0x80
RESERVED = 0x70
OPCODE = 0x0F
MASKED = 0x80
LENGTH = 0x7F
MASK_BYTES = 4


class Opcode(IntEnum):
    """Kinds of frames (RFC 6455, 5.2)."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


class BrokenStream(Exception):
    """The bytes are not what a WebSocket server may send."""


class Message(NamedTuple):
    """A whole message, or a control frame. `opcode` is never CONTINUATION."""

    opcode: Opcode
    payload: bytes


def encode(opcode: Opcode, payload: bytes, mask: bytes) -> bytes:
    """One final frame of a client: masked with the four bytes of `mask`."""
    size = len(payload)
    if size <= LENGTH_INLINE_MAX:
        head = bytes((FIN | opcode, MASKED | size))
    elif size <= LENGTH_16_MAX:
        head = bytes((FIN | opcode, MASKED | LENGTH_16)) + size.to_bytes(2, "big")
    else:
        head = bytes((FIN | opcode, MASKED | LENGTH_64)) + size.to_bytes(8, "big")
    return head + mask + masked(payload, mask)


def masked(payload: bytes, mask: bytes) -> bytes:
    """The payload XORed with the repeated mask; the same again undoes it. As one large number: no loop in Python."""
    size = len(payload)
    key = (mask * (size // MASK_BYTES + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(size, "big")


class FrameReader:
    """Cuts what arrives into messages, however the bytes are cut on their way."""

    __slots__ = ("_buffer", "_fragments", "_kind")

    def __init__(self) -> None:
        self._buffer = b""
        self._fragments: list[bytes] = []
        self._kind: Opcode | None = None

    @property
    def is_between(self) -> bool:
        """Whether nothing of a message has come that is not whole yet."""
        return not self._buffer and self._kind is None

    def feed(self, data: bytes) -> list[Message]:
        """The messages that `data` completes. Raises `BrokenStream`."""
        buffer = self._buffer + data if self._buffer else data
        messages: list[Message] = []
        at, end = 0, len(buffer)
        while end - at >= 2:
            first, length = buffer[at], buffer[at + 1]
            start = at + 2
            if length == LENGTH_16:
                start = at + 4
                length = int.from_bytes(buffer[at + 2 : start], "big")
            elif length == LENGTH_64:
                start = at + 10
                length = int.from_bytes(buffer[at + 2 : start], "big")
            elif length & MASKED:
                raise BrokenStream("a server's frame is masked")
            if end < start:
                break
            if length > MESSAGE_BYTES_MAX:
                raise BrokenStream(f"a frame of {length} bytes")
            if end - start < length:
                break
            at = start + length
            message = self._frame(first, buffer[start:at])
            if message is not None:
                messages.append(message)
        self._buffer = buffer[at:]
        return messages

    def _frame(self, first: int, payload: bytes) -> Message | None:
        """The message that this frame completes, if it does."""
        if first & RESERVED:
            raise BrokenStream("reserved bits are set: nobody asked for an extension")
        try:
            opcode = Opcode(first & OPCODE)
        except ValueError:
            raise BrokenStream(f"unknown opcode {first & OPCODE}") from None
        is_final = bool(first & FIN)
        if opcode >= Opcode.CLOSE:
            if not is_final or len(payload) > CONTROL_PAYLOAD_MAX:
                raise BrokenStream("a control frame is fragmented or too long")
            return Message(opcode, payload)
        if opcode is Opcode.CONTINUATION:
            if self._kind is None:
                raise BrokenStream("a continuation of nothing")
            return self._continued(payload, is_final)
        if self._kind is not None:
            raise BrokenStream("a new message inside a fragmented one")
        if is_final:
            return Message(opcode, payload)
        self._kind, self._fragments = opcode, [payload]
        return None

    def _continued(self, payload: bytes, is_final: bool) -> Message | None:
        self._fragments.append(payload)
        if sum(map(len, self._fragments)) > MESSAGE_BYTES_MAX:
            raise BrokenStream("a fragmented message without end")
        if not is_final or self._kind is None:
            return None
        message = Message(self._kind, b"".join(self._fragments))
        self._kind, self._fragments = None, []
        return message
