"""What has to be known of an RTP packet's payload to forward it: where it begins, keyframes, and VP8's picture ids.

Packets come from outside: every offset is checked, and what does not parse is said to be nothing.
"""

from typing import NamedTuple

RTP_HEADER_BYTES = 12

Packet = bytes | bytearray | memoryview
Buffer = bytearray | memoryview

_EXTENSION_BIT = 0x10
_PADDING_BIT = 0x20


def payload_bounds(packet: Packet) -> tuple[int, int] | None:
    """Where the payload of an RTP packet begins and ends (RFC 3550, 5.1); equal: only padding. None: malformed."""
    end = len(packet)
    if end < RTP_HEADER_BYTES:
        return None
    flags = packet[0]
    start = RTP_HEADER_BYTES + 4 * (flags & 0x0F)
    if flags & _EXTENSION_BIT:
        if start + 4 > end:
            return None
        start += 4 + 4 * (packet[start + 2] << 8 | packet[start + 3])
    if start > end:
        return None
    if flags & _PADDING_BIT:
        if start == end:
            return None
        padding = packet[end - 1]
        end -= padding
        if not padding or end < start:
            return None
    return start, end


class Vp8(NamedTuple):
    """The payload descriptor of VP8 (RFC 7741, 4.2). Places are offsets in the packet, 0: there is none.

    `starts_keyframe`: the packet begins one, and a receiver can begin with it.
    """

    starts_keyframe: bool
    picture_at: int = 0
    picture: int = 0
    picture_is_long: bool = False
    tl0_at: int = 0
    tl0: int = 0


def read_vp8(packet: Packet, start: int, end: int) -> Vp8 | None:
    """The descriptor of a payload. None: it is not one."""
    if start >= end:
        return None
    first = packet[start]
    at = start + 1
    picture_at = picture = tl0_at = tl0 = 0
    picture_is_long = False
    if first & 0x80:  # X: extended control bits
        if at >= end:
            return None
        extended = packet[at]
        at += 1
        if extended & 0x80:  # I: picture id
            if at >= end:
                return None
            picture_at = at
            picture = packet[at]
            picture_is_long = picture & 0x80 != 0
            at += 1
            if picture_is_long:
                if at >= end:
                    return None
                picture = (picture & 0x7F) << 8 | packet[at]
                at += 1
        if extended & 0x40:  # L: TL0PICIDX
            if at >= end:
                return None
            tl0_at = at
            tl0 = packet[at]
            at += 1
        if extended & 0x30:  # T or K: layer index
            at += 1
    if at >= end:
        return None
    # S and partition 0: the payload begins with the frame header, whose P bit is 0 in a keyframe (RFC 6386, 9.1).
    starts_keyframe = first & 0x1F == 0x10 and not packet[at] & 0x01
    return Vp8(starts_keyframe, picture_at, picture, picture_is_long, tl0_at, tl0)


def write_picture(buffer: Buffer, vp8: Vp8, picture: int, tl0: int) -> None:
    """Put another picture id and TL0PICIDX in the place of those that `vp8` found."""
    at = vp8.picture_at
    if at:
        if vp8.picture_is_long:
            buffer[at] = 0x80 | picture >> 8 & 0x7F
            buffer[at + 1] = picture & 0xFF
        else:
            buffer[at] = picture & 0x7F
    if vp8.tl0_at:
        buffer[vp8.tl0_at] = tl0 & 0xFF


_H264_IDR, _H264_SPS = 5, 7
_H264_KEYFRAME_UNITS = frozenset((_H264_IDR, _H264_SPS))
_H264_STAP_A, _H264_FU_A = 24, 28


def h264_starts_keyframe(packet: Packet, start: int, end: int) -> bool:
    """Whether a payload (RFC 6184, packetization mode 1) begins a keyframe: with parameters, or with an IDR slice."""
    if start >= end:
        return False
    kind = packet[start] & 0x1F
    if kind in _H264_KEYFRAME_UNITS:
        return True
    if kind == _H264_FU_A:
        return start + 1 < end and packet[start + 1] & 0x9F in (0x80 | _H264_IDR, 0x80 | _H264_SPS)
    if kind == _H264_STAP_A:
        at = start + 1
        while at + 2 < end:
            if packet[at + 2] & 0x1F in _H264_KEYFRAME_UNITS:
                return True
            at += 2 + (packet[at] << 8 | packet[at + 1])
    return False
