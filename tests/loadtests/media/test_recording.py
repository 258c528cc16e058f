"""The recording is what a browser would send: a decoder takes it, and its rates are those that are promised."""

import struct

import av
import pytest
from aiortc.codecs.vpx import VpxPayloadDescriptor
from aiortc.rtp import RtpPacket, unpack_header_extensions
from av.video.codeccontext import VideoCodecContext

from loadtests.media import recording
from loadtests.media.recording import AUDIO_LEVEL_ID, PICTURE_ID_OFFSET, SEND_TIME_ID, VOICE_FLAG

VP8, OPUS = 96, 111


def extensions(packet: RtpPacket, raw: bytes) -> dict[int, bytes]:
    profile, words = struct.unpack_from("!HH", raw, 12)
    return dict(unpack_header_extensions(profile, raw[16 : 16 + 4 * words]))


def test_rates() -> None:
    video, audio = recording.video(VP8), recording.audio(OPUS, 0)
    assert 55 <= video.packets_per_second <= 70
    assert 480_000 <= video.bits_per_second <= 510_000
    assert audio.packets_per_second == pytest.approx(50)
    assert (video.clock_step, audio.clock_step) == (3000, 960)


def test_pictures_can_be_decoded_from_their_packets() -> None:
    decoder = av.CodecContext.create("vp8", "r")
    assert isinstance(decoder, VideoCodecContext)
    keyframes = []
    for frame in recording.video(VP8).frames:
        encoded = b""
        for number, raw in enumerate(frame.packets):
            packet = RtpPacket.parse(raw)
            descriptor, payload = VpxPayloadDescriptor.parse(packet.payload)
            assert descriptor.partition_start == (1 if number == 0 else 0)
            assert descriptor.picture_id == 0
            assert packet.marker == (1 if number == len(frame.packets) - 1 else 0)
            encoded += payload
        keyframes += [picture.key_frame for picture in decoder.decode(av.Packet(encoded))]
    assert keyframes == [True] + [False] * (recording.SECONDS * recording.FRAMES_PER_SECOND - 1)


def test_the_picture_id_is_where_it_is_written() -> None:
    video = recording.video(VP8)
    packet = bytearray(video.frames[1].packets[0])
    struct.pack_into("!H", packet, video.offset + PICTURE_ID_OFFSET, 0x8000 | 12345)
    descriptor, _ = VpxPayloadDescriptor.parse(RtpPacket.parse(bytes(packet)).payload)
    assert descriptor.picture_id == 12345


def test_each_publisher_has_a_loudness_of_its_own() -> None:
    levels = []
    for publisher in range(9):
        raw = recording.audio(OPUS, publisher).frames[0].packets[0]
        found = extensions(RtpPacket.parse(raw), raw)
        assert set(found) == {AUDIO_LEVEL_ID, SEND_TIME_ID}
        assert found[AUDIO_LEVEL_ID][0] & VOICE_FLAG
        levels.append(found[AUDIO_LEVEL_ID][0] & ~VOICE_FLAG)
    assert levels == sorted(set(levels))


def test_packets_are_small_enough_for_any_tunnel() -> None:
    for track in (recording.video(VP8), recording.audio(OPUS, 0)):
        assert max(len(packet) for frame in track.frames for packet in frame.packets) <= 1250


def test_extensions_are_whole_words() -> None:
    for size in range(1, 9):
        block = recording.extensions(bytes(size))
        assert len(block) % 4 == 0
        assert struct.unpack_from("!HH", block) == (0xBEDE, len(block) // 4 - 1)
