"""WebSocket frames of a server, and the messages of a client that come in pieces (RFC 6455).

A server's frames are not masked (5.1), so one frame is the very same bytes for every recipient.
"""

from enum import IntEnum

FIN = 0x80
"""The bit of a message's last frame, in the first byte (RFC 6455, 5.2)."""

LENGTH_INLINE_MAX = 125
LENGTH_16 = 126
LENGTH_16_MAX = 0xFFFF
LENGTH_64 = 127


class Opcode(IntEnum):
    """What a frame carries (RFC 6455, 5.2)."""

    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


class BrokenMessage(Exception):
    """The frames do not make a message: the connection has to end."""


def frame(opcode: Opcode, payload: bytes) -> bytes:
    """One final, unmasked frame."""
    size = len(payload)
    if size <= LENGTH_INLINE_MAX:
        head = bytes((FIN | opcode, size))
    elif size <= LENGTH_16_MAX:
        head = bytes((FIN | opcode, LENGTH_16)) + size.to_bytes(2, "big")
    else:
        head = bytes((FIN | opcode, LENGTH_64)) + size.to_bytes(8, "big")
    return head + payload


CLOSE_NORMAL = frame(Opcode.CLOSE, (1000).to_bytes(2, "big"))
"""The closing handshake begins or is answered: "the purpose has been fulfilled" (RFC 6455, 7.4.1)."""


class Assembler:
    """Puts fragmented messages together (RFC 6455, 5.4): Chromium cuts what is longer than 128 KiB."""

    __slots__ = ("_bytes_max", "_is_text", "_message")

    def __init__(self, bytes_max: int) -> None:
        """`bytes_max`: of a whole message."""
        self._bytes_max = bytes_max
        self._message = bytearray()  # not a list: empty fragments without end would make it grow without end
        self._is_text: bool | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether a message has begun that has not ended."""
        return self._is_text is not None

    def add(self, opcode: Opcode, payload: bytes, is_final: bool) -> tuple[bytes, bool] | None:
        """A data frame. The message that it completes and whether that is text; None while more is to come.

        Raises `BrokenMessage` for a frame that is out of place, and for a message over the bound.
        """
        if opcode is Opcode.CONTINUATION:
            if self._is_text is None:
                raise BrokenMessage("a continuation of nothing")
        elif self._is_text is not None:
            raise BrokenMessage("a new message inside a fragmented one")
        else:
            self._is_text = opcode is Opcode.TEXT
        if len(self._message) + len(payload) > self._bytes_max:
            raise BrokenMessage(f"a message of more than {self._bytes_max} bytes")
        self._message += payload
        if not is_final:
            return None
        message, is_text = bytes(self._message), self._is_text
        self._message, self._is_text = bytearray(), None
        return message, bool(is_text)
