"""The one message of the comparison: `room.signal` as a sender writes it, and the `signal` that everybody else gets.

Its `data` begins with the number of the sender and the number of the message, so that every receiver can be checked;
the rest is filling. All frames of one sender have the same length.
"""

from functools import cache
from typing import NamedTuple

import msgspec

from loadtests.frames import MASK_BYTES, BrokenStream, Opcode, encode, masked
from loadtests.packets import EVENT
from rooms.messages import RoomSignal

DATA_BYTES = 200
"""Bytes of `data`: a cursor with its context, or a stroke of some points."""

TOPIC = "bench"

SENDER_DIGITS = 4
GROUP_DIGITS = 4
"""Digits that are masked together: as many as the mask has bytes."""

GROUP_COUNT = 10**GROUP_DIGITS
SEQ_DIGITS = 2 * GROUP_DIGITS
SEQ_COUNT = 10**SEQ_DIGITS
"""Messages that one sender can number: more than any server delivers in an hour."""

MASK = b"\x37\xfa\x21\x3d"
"""The mask of every frame. It only has to be there (RFC 6455, 10.3, is about proxies), but not all zero: some servers
skip the work of unmasking then, and a browser's mask never is."""

SIGNAL_PREFIX = EVENT + b'["signal",'
DATA_MARK = b'"data":"'


class Number(NamedTuple):
    """Which message: the sender's number in the room, and its count of messages so far."""

    sender: int
    seq: int


class SignalWriter:
    """Writes the frames of one sender: only the message's number changes, so only that is encoded."""

    def __init__(self, room: str, sender: int) -> None:
        number = f"{sender:0{SENDER_DIGITS}d}"
        data = f"{number}{'0' * SEQ_DIGITS}".ljust(DATA_BYTES, "x")
        fields = msgspec.json.encode({"room": room, "topic": TOPIC, "data": data})
        name = str(RoomSignal.__struct_config__.tag)
        payload = b'%b["%b",%b]' % (EVENT, name.encode(), fields)
        frame = encode(Opcode.TEXT, payload, MASK)
        start = len(frame) - len(payload)
        at = payload.index(DATA_MARK + number.encode()) + len(DATA_MARK) + SENDER_DIGITS
        self._groups = _masked_groups(at % MASK_BYTES)
        self._head = frame[: start + at]
        self._tail = frame[start + at + SEQ_DIGITS :]

    def frame(self, seq: int) -> bytes:
        """The frame of message number `seq`, below `SEQ_COUNT`."""
        high, low = divmod(seq, GROUP_COUNT)
        return b"%b%b%b%b" % (self._head, self._groups[high], self._groups[low], self._tail)


def is_signal(payload: bytes) -> bool:
    """Whether a Socket.IO packet is a `signal`."""
    return payload.startswith(SIGNAL_PREFIX)


def number_of(payload: bytes) -> Number:
    """The number of a `signal`. Raises `BrokenStream` when it is none of ours."""
    try:
        at = payload.index(DATA_MARK) + len(DATA_MARK)
        middle = at + SENDER_DIGITS
        return Number(int(payload[at:middle]), int(payload[middle : middle + SEQ_DIGITS]))
    except ValueError:
        raise BrokenStream("a signal without a number of ours") from None


@cache
def _masked_groups(rotation: int) -> list[bytes]:
    """All groups of digits, masked as they are at a place in the payload whose offset is `rotation` modulo 4."""
    mask = MASK[rotation:] + MASK[:rotation]
    return [masked(b"%0*d" % (GROUP_DIGITS, number), mask) for number in range(GROUP_COUNT)]
