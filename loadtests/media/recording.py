"""What publishers send: a few seconds of VP8 and Opus, encoded once before anything is measured, and sent in a loop.

The packets are those of a browser in a settled session: one-byte header extensions (RFC 8285) with the audio level
(RFC 6464) and the send time, VP8 with a picture id of 15 bits (RFC 7741). `mid` is not among them: browsers leave it
out once the server has reported that it knows the track.
"""

import math
import random
import struct
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from av import AudioFrame, CodecContext, VideoFrame
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext

WIDTH, HEIGHT = 640, 360
FRAMES_PER_SECOND = 30
VIDEO_BITS_PER_SECOND = 490_000
"""What the encoder is asked for; with the headers of RTP it becomes some 500 kb/s, a camera's middle layer."""

SECONDS = 4
"""Length of the loop. It begins with the only keyframe."""

VIDEO_CLOCK = 90_000
AUDIO_CLOCK = 48_000
AUDIO_FRAME_SECONDS = Fraction(1, 50)
AUDIO_BITS_PER_SECOND = 32_000
"""Opus for one voice, as browsers send it."""

PAYLOAD_BYTES_MAX = 1180
"""Bytes of a frame in one packet: with all headers and the tag of SRTP it stays below 1300, the MTU of most tunnels."""

AUDIO_LEVEL_ID = 1
SEND_TIME_ID = 3
"""Ids of header extensions, as our offers name them."""

PAN = 48
"""Pixels that the camera moves to and fro."""

WALL = WIDTH + PAN
GRAIN = 0x07
"""The bits of a pixel's brightness in which the sensor's noise is."""

SPECKLE = 24
"""How much brighter a speckle is; as many of 256 pixels are one."""

EXTENSION_PROFILE = 0xBEDE
"""RFC 8285, 4.2: one-byte headers."""

VERSION_AND_EXTENSION = 0x90
MARKER = 0x80

HEADER = struct.Struct("!BBHII")
PICTURE_ID_OFFSET = 2
"""In the VP8 payload descriptor: after its two bytes of flags."""

LOUDEST_DBOV, LEVEL_STEP = 20, 4
"""-dBov of the loudest publisher, and how much quieter each next one is: who is among the loudest never changes."""

LEVEL_MAX = 90
"""-dBov of the quietest: still louder than silence (127)."""

VOICE_FLAG = 0x80


class Frame(NamedTuple):
    """The packets of one picture, or the one packet of 20 ms of sound; their numbers and times are written later."""

    packets: tuple[bytes, ...]


class Recording(NamedTuple):
    """One track: its frames, the seconds and the units of its RTP clock between two.

    `offset`: bytes before the payload of every packet.
    """

    frames: tuple[Frame, ...]
    offset: int
    interval: Fraction
    clock_step: int
    is_video: bool

    @property
    def packets_per_second(self) -> float:
        """While it is sent."""
        return sum(len(frame.packets) for frame in self.frames) / float(self.interval * len(self.frames))

    @property
    def bits_per_second(self) -> float:
        """Of RTP, without the headers of UDP and IP."""
        size = sum(len(packet) for frame in self.frames for packet in frame.packets)
        return size * 8 / float(self.interval * len(self.frames))


@cache
def video(payload_type: int) -> Recording:
    """A moving picture."""
    header = extensions(_element(SEND_TIME_ID, bytes(3)))
    frames = [packetise_vp8(encoded, payload_type, header) for encoded in _encode_video()]
    step = VIDEO_CLOCK // FRAMES_PER_SECOND
    offset = HEADER.size + len(header)
    return Recording(tuple(frames), offset, Fraction(1, FRAMES_PER_SECOND), step, is_video=True)


def audio(payload_type: int, publisher: int) -> Recording:
    """A sound; each publisher has a loudness of its own."""
    level = min(LOUDEST_DBOV + LEVEL_STEP * publisher, LEVEL_MAX)
    header = extensions(_element(AUDIO_LEVEL_ID, bytes([VOICE_FLAG | level])) + _element(SEND_TIME_ID, bytes(3)))
    first = HEADER.pack(VERSION_AND_EXTENSION, payload_type, 0, 0, 0) + header
    frames = [Frame((first + encoded,)) for encoded in _encode_audio()]
    step = int(AUDIO_CLOCK * AUDIO_FRAME_SECONDS)
    return Recording(tuple(frames), len(first), AUDIO_FRAME_SECONDS, step, is_video=False)


def extensions(elements: bytes) -> bytes:
    """The header extension block (RFC 8285, 4.2), padded to whole words."""
    padded = elements + bytes(-len(elements) % 4)
    return struct.pack("!HH", EXTENSION_PROFILE, len(padded) // 4) + padded


def packetise_vp8(encoded: bytes, payload_type: int, header: bytes) -> Frame:
    """One encoded picture as packets of about the same size (RFC 7741)."""
    count = math.ceil(len(encoded) / PAYLOAD_BYTES_MAX)
    size = math.ceil(len(encoded) / count)
    packets: list[bytes] = []
    for number in range(count):
        marker = MARKER if number == count - 1 else 0
        # X and, in the first packet, S; then I, and the picture id with its M bit.
        descriptor = bytes([0x90 if number == 0 else 0x80, 0x80, 0x80, 0])
        first = HEADER.pack(VERSION_AND_EXTENSION, marker | payload_type, 0, 0, 0) + header
        packets.append(first + descriptor + encoded[number * size : (number + 1) * size])
    return Frame(tuple(packets))


def _element(identifier: int, data: bytes) -> bytes:
    return bytes([identifier << 4 | len(data) - 1]) + data


@cache
def _encode_video() -> tuple[bytes, ...]:
    codec = CodecContext.create("libvpx", "w")
    assert isinstance(codec, VideoCodecContext)
    codec.width, codec.height, codec.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    codec.time_base = Fraction(1, FRAMES_PER_SECOND)
    codec.framerate = Fraction(FRAMES_PER_SECOND)
    codec.bit_rate = VIDEO_BITS_PER_SECOND
    rate = str(VIDEO_BITS_PER_SECOND)
    codec.options = {
        "deadline": "realtime",
        "cpu-used": "8",
        "lag-in-frames": "0",
        "minrate": rate,
        "maxrate": rate,
        "bufsize": rate,
        "g": "9999",
        "threads": "1",
    }
    packets: list[bytes] = []
    for number, frame in enumerate(_pictures()):
        frame.pts = number
        frame.time_base = codec.time_base
        packets += map(bytes, codec.encode(frame))
    packets += map(bytes, codec.encode(None))
    return tuple(packets)


def _pictures() -> Iterator[VideoFrame]:
    """A textured wall that a hand-held camera passes, with the grain of its sensor: the same in every run."""
    chance = random.Random(7)
    wall = [_texture(row, chance) for row in range(HEIGHT + PAN)]
    grain = chance.randbytes(WIDTH * HEIGHT * 2)
    mask = int.from_bytes(bytes([GRAIN]) * WIDTH * HEIGHT, "big")
    for number in range(SECONDS * FRAMES_PER_SECOND):
        frame = VideoFrame(WIDTH, HEIGHT, "yuv420p")
        across, down = (round(PAN / 2 * (1 + math.sin(number / pace))) for pace in (19, 31))
        still = b"".join(row[across : across + WIDTH] for row in wall[down : down + HEIGHT])
        start = chance.randrange(WIDTH * HEIGHT)
        noise = int.from_bytes(grain[start : start + len(still)], "big") & mask
        _fill(frame, 0, (int.from_bytes(still, "big") ^ noise).to_bytes(len(still), "big"))
        for plane in (1, 2):
            _fill(frame, plane, bytes([128 + number % 32]) * (WIDTH // 2 * HEIGHT // 2))
        yield frame


def _texture(row: int, chance: random.Random) -> bytes:
    """A line of the wall."""
    lean = math.sin(row / 37) * 40
    line = [128 + 60 * math.sin((column + lean) / 29) + 30 * math.sin(row / 11 + column / 7) for column in range(WALL)]
    speckles = chance.randbytes(WALL)
    return bytes(
        round(value) + (SPECKLE if speck < SPECKLE else 0) for value, speck in zip(line, speckles, strict=True)
    )


def _fill(frame: VideoFrame, plane: int, pixels: bytes) -> None:
    """Lines may be padded in memory."""
    target = frame.planes[plane]
    width = len(pixels) // target.height
    pad = bytes(target.line_size - width)
    target.update(b"".join(pixels[row * width : (row + 1) * width] + pad for row in range(target.height)))


@cache
def _encode_audio() -> tuple[bytes, ...]:
    codec = CodecContext.create("libopus", "w")
    assert isinstance(codec, AudioCodecContext)
    codec.sample_rate, codec.layout, codec.format = AUDIO_CLOCK, "mono", "s16"
    codec.bit_rate = AUDIO_BITS_PER_SECOND
    codec.time_base = Fraction(1, AUDIO_CLOCK)
    codec.options = {"application": "voip", "frame_duration": "20"}
    samples = int(AUDIO_CLOCK * AUDIO_FRAME_SECONDS)
    packets: list[bytes] = []
    for number in range(round(SECONDS / AUDIO_FRAME_SECONDS)):
        times = ((number * samples + index) / AUDIO_CLOCK for index in range(samples))
        wave = [round(9000 * math.sin(2 * math.pi * (180 + 60 * math.sin(3 * at)) * at)) for at in times]
        frame = AudioFrame(format="s16", layout="mono", samples=samples)
        frame.planes[0].update(struct.pack(f"={samples}h", *wave).ljust(frame.planes[0].buffer_size, b"\0"))
        frame.sample_rate, frame.pts, frame.time_base = AUDIO_CLOCK, number * samples, codec.time_base
        packets += map(bytes, codec.encode(frame))
    packets += map(bytes, codec.encode(None))
    return tuple(packets)
