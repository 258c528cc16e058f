"""Session descriptions, as aiortc reads them."""

from collections.abc import Iterator

import pytest
from aiortc.sdp import SessionDescription

from loadtests.media import descriptions
from loadtests.media.descriptions import AUDIO_LEVEL, OPUS, SEND_TIME, VP8, Section
from loadtests.media.identity import Identity
from loadtests.media.transport import Transport
from loadtests.problem import Problem


@pytest.fixture
def transport() -> Iterator[Transport]:
    made = Transport(Identity())
    yield made
    made.close()


def test_an_offer_to_publish(transport: Transport) -> None:
    sections = (Section("0", is_video=False, ssrc=11), Section("1", is_video=True, ssrc=12))
    sound, picture = SessionDescription.parse(descriptions.offer(transport, sections)).media
    assert (sound.kind, picture.kind) == ("audio", "video")
    assert (sound.direction, picture.direction) == ("sendonly", "sendonly")
    assert [one.ssrc for one in (*sound.ssrc, *picture.ssrc)] == [11, 12]
    assert {one.uri for one in sound.rtp.headerExtensions} == {AUDIO_LEVEL, SEND_TIME}
    assert {one.uri for one in picture.rtp.headerExtensions} == {SEND_TIME}
    assert [codec.mimeType for codec in picture.rtp.codecs] == ["video/VP8", "video/rtx"]


def test_an_offer_to_subscribe(transport: Transport) -> None:
    sections = [Section(str(number), is_video=number > 1) for number in range(4)]
    media = SessionDescription.parse(descriptions.offer(transport, sections)).media
    assert [one.direction for one in media] == ["recvonly"] * 4
    assert not any(one.ssrc for one in media)


def test_an_answer_takes_the_payload_types_and_extensions_of_the_offer(transport: Transport) -> None:
    offered = (
        descriptions.offer(transport, [Section("a", is_video=False, ssrc=1), Section("v", is_video=True, ssrc=2)])
        .replace(f":{VP8} ", ":100 ")
        .replace(f" {VP8} ", " 100 ")
        .replace(f"extmap:3 {SEND_TIME}", f"extmap:9 {SEND_TIME}")
    )
    sound, picture = SessionDescription.parse(descriptions.answer(transport, offered)).media
    assert sound.rtp.codecs[0].payloadType == OPUS
    assert picture.rtp.codecs[0].payloadType == 100
    assert [one.id for one in picture.rtp.headerExtensions] == [9]
    assert sound.dtls is not None
    assert sound.dtls.role == "client"
    assert (sound.direction, sound.rtp.muxId, picture.rtp.muxId) == ("recvonly", "a", "v")


def test_the_other_side(transport: Transport) -> None:
    offered = descriptions.offer(transport, [Section("0", is_video=False)])
    remote = descriptions.remote(offered)
    assert (remote.ufrag, remote.password) == (transport.ufrag, transport.password)
    assert remote.address.port == transport.port
    assert remote.fingerprint == transport.fingerprint
    assert not remote.is_lite
    assert descriptions.remote(offered.replace("t=0 0", "t=0 0\r\na=ice-lite")).is_lite


@pytest.mark.parametrize("said", ["", "v=0\r\n", "garbage", "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nt=0 0\r\nm=audio"])
def test_what_cannot_be_read_is_a_problem(said: str) -> None:
    with pytest.raises(Problem):
        descriptions.remote(said)


def test_no_address_is_a_problem(transport: Transport) -> None:
    offered = descriptions.offer(transport, [Section("0", is_video=False)])
    without = "\r\n".join(line for line in offered.split("\r\n") if "candidate" not in line)
    with pytest.raises(Problem, match="no UDP address"):
        descriptions.remote(without)
