"""RTP header extensions (RFC 8285): read, cleaned and renumbered in place; a packet never changes its length.

What a peer sends is cleaned once, as it comes in; then renumbered for those subscribers that use other numbers.
"""

from collections.abc import Iterator, Mapping

from media.payloads import RTP_HEADER_BYTES, Buffer, Packet

AUDIO_LEVEL_URI = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
ABS_SEND_TIME_URI = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID_URI = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID_URI = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"

FORWARDED_URIS = frozenset((AUDIO_LEVEL_URI, ABS_SEND_TIME_URI))
"""Extensions that subscribers get; the others name sections and layers of the publisher's session."""

_ONE_BYTE_PROFILE = 0xBEDE
_TWO_BYTE_PROFILE, _TWO_BYTE_MASK = 0x1000, 0xFFF0
_ONE_BYTE_END = 15
"""An id that ends the reading (RFC 8285, 4.2)."""

_ABS_SEND_TIME_BYTES = 3
_ABS_SEND_TIME_MASK = 0xFFFFFF
_ABS_SEND_TIME_UNITS = 1 << 18
"""A second, in 6.18 fixed point."""


def elements(packet: Packet) -> Iterator[tuple[int, int, int]]:
    """Each element: its id, and where its data begins and ends. A malformed one ends the list."""
    if len(packet) < RTP_HEADER_BYTES or not packet[0] & 0x10:
        return
    at = RTP_HEADER_BYTES + 4 * (packet[0] & 0x0F)
    if at + 4 > len(packet):
        return
    profile = packet[at] << 8 | packet[at + 1]
    end = at + 4 + 4 * (packet[at + 2] << 8 | packet[at + 3])
    at += 4
    if end > len(packet):
        return
    if profile == _ONE_BYTE_PROFILE:
        while at < end:
            head = packet[at]
            at += 1
            if not head & 0xF0:  # padding
                continue
            data_end = at + (head & 0x0F) + 1
            if head >> 4 == _ONE_BYTE_END or data_end > end:
                return
            yield head >> 4, at, data_end
            at = data_end
    elif profile & _TWO_BYTE_MASK == _TWO_BYTE_PROFILE:
        while at < end:
            if not packet[at]:  # padding
                at += 1
                continue
            if at + 2 > end:
                return
            data_end = at + 2 + packet[at + 1]
            if data_end > end:
                return
            yield packet[at], at + 2, data_end  # whoever takes it may blank it
            at = data_end


def text(packet: Packet, element: int) -> str | None:
    """The text of an element, such as a mid or rid. None: it is not there, or not ASCII."""
    for found, start, end in elements(packet):
        if found == element:
            try:
                return bytes(packet[start:end]).decode("ascii")
            except UnicodeDecodeError:
                return None
    return None


def abs_send_time(now: float) -> int:
    """The time of sending, modulo 64 seconds."""
    return int(now * _ABS_SEND_TIME_UNITS) & _ABS_SEND_TIME_MASK


def stamp(packet: Buffer, start: int, end: int, now: float) -> bool:
    """Write the time of sending into its element. False: this element has no room for one."""
    has_room = end - start == _ABS_SEND_TIME_BYTES
    if has_room:
        packet[start:end] = abs_send_time(now).to_bytes(_ABS_SEND_TIME_BYTES, "big")
    return has_room


def send_time_element(number: int | None, now: float) -> bytes | None:
    """A whole header extension with nothing but the time of sending, under this number. None: it has no short form."""
    if number is None or number >= _ONE_BYTE_END:
        return None
    head = _ONE_BYTE_PROFILE.to_bytes(2, "big") + b"\0\1" + bytes((number << 4 | _ABS_SEND_TIME_BYTES - 1,))
    return head + abs_send_time(now).to_bytes(_ABS_SEND_TIME_BYTES, "big")


class InboundExtensions:
    """The extensions that one section of a publisher's session uses."""

    __slots__ = ("_abs_send_time", "_audio_level")

    def __init__(self, ids: Mapping[str, int]) -> None:
        """`ids`: the number of each extension by its URI, as it was negotiated."""
        self._audio_level = ids.get(AUDIO_LEVEL_URI)
        self._abs_send_time = ids.get(ABS_SEND_TIME_URI)

    def clean(self, packet: Buffer, now: float) -> int | None:
        """Make a packet ready for everybody: returns its audio level (-dBov, 0 to 127), if it has one.

        What subscribers do not get becomes padding. The time of sending becomes ours: they compare those of all their
        packets, and each publisher's clock is another.
        """
        level = None
        for element, start, end in elements(packet):
            if element == self._abs_send_time and stamp(packet, start, end, now):
                continue
            if element == self._audio_level and end > start:
                level = packet[start] & 0x7F
            else:
                _blank(packet, start, end)
        return level


class ExtensionMap:
    """How elements of a cleaned packet are numbered for one subscriber."""

    __slots__ = ("_ids", "is_same")

    def __init__(self, source: Mapping[str, int], subscriber: Mapping[str, int]) -> None:
        """Both: the number of each extension by its URI, as it was negotiated."""
        self._ids = {source[uri]: subscriber.get(uri, 0) for uri in FORWARDED_URIS & source.keys()}
        self.is_same = all(theirs == ours for theirs, ours in self._ids.items())
        """Nothing has to be done."""

    def apply(self, packet: Buffer) -> None:
        """Renumber; what the subscriber did not negotiate becomes padding."""
        for element, start, end in elements(packet):
            number = self._ids.get(element, 0)
            if number and _renumber(packet, start, number):
                continue
            _blank(packet, start, end)


def _is_two_byte(packet: Buffer) -> bool:
    return packet[RTP_HEADER_BYTES + 4 * (packet[0] & 0x0F)] != _ONE_BYTE_PROFILE >> 8


def _renumber(packet: Buffer, start: int, number: int) -> bool:
    """False: the number does not fit this form."""
    if _is_two_byte(packet):
        packet[start - 2] = number
        return True
    if number >= _ONE_BYTE_END:
        return False
    packet[start - 1] = number << 4 | packet[start - 1] & 0x0F
    return True


def _blank(packet: Buffer, start: int, end: int) -> None:
    start -= 2 if _is_two_byte(packet) else 1
    packet[start:end] = bytes(end - start)
