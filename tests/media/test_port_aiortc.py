"""`media.port`, `media.sdp` and `media.answers` with aiortc as an independent client: media goes both ways."""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable

import pytest
from aiortc import (
    AudioStreamTrack,
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)

from media.answers import answer
from media.header_extensions import ABS_SEND_TIME_URI, AUDIO_LEVEL_URI
from media.port import MediaPort
from media.sdp import Answered, Direction, Offer, Outgoing, Section, parse_offer
from media.transport import Transport
from tests.media.peers import Recorder

SSRC, RTX_SSRC = 1_000_001, 1_000_002


@pytest.fixture
async def client() -> AsyncIterator[RTCPeerConnection]:
    """Without a list of ICE servers aiortc would ask a public one."""
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    yield connection
    await connection.close()


@pytest.fixture
async def viewer() -> AsyncIterator[RTCPeerConnection]:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    yield connection
    await connection.close()


async def begin(
    port: MediaPort, client: RTCPeerConnection, receiver: Recorder, answered: Callable[[Section], Answered]
) -> tuple[Transport, Offer]:
    """Take the client's offer, and give it our answer."""
    await client.setLocalDescription(await client.createOffer())
    offer = parse_offer(client.localDescription.sdp)
    transport = port.transport(offer.peer, receiver)
    text = answer(offer, [answered(section) for section in offer.sections], transport.local, port.candidates)
    await client.setRemoteDescription(RTCSessionDescription(text, "answer"))
    return transport, offer


def received(section: Section) -> Answered:
    extensions = tuple(uri for uri in (AUDIO_LEVEL_URI, ABS_SEND_TIME_URI) if uri in section.extensions)
    return Answered(Direction.RECVONLY, section.codecs[:1], extensions)


def shown(section: Section) -> Answered:
    return Answered(Direction.SENDONLY, section.codecs[:1], outgoing=Outgoing(SSRC, RTX_SSRC, "stream", "track"))


def payload_types(recorder: Recorder) -> set[int]:
    return {packet[1] & 0x7F for packet in recorder.rtp}


async def test_publishing(port: MediaPort, client: RTCPeerConnection) -> None:
    """Sound, picture and reports come, with what was agreed on; the end is a proper one."""
    recorder = Recorder()
    client.addTrack(AudioStreamTrack())
    client.addTrack(VideoStreamTrack())
    _, offer = await begin(port, client, recorder, received)
    agreed = {section.codecs[0].payload_type for section in offer.sections}
    await recorder.until(lambda it: payload_types(it) == agreed and it.rtcp)
    assert {struct.unpack_from("!I", packet, 8)[0] for packet in recorder.rtp} <= {
        ssrc for section in offer.sections for ssrc in section.ssrcs
    }
    assert recorder.rtcp[0][1] == 200
    assert client.connectionState == "connected"
    await client.close()
    await recorder.until(lambda it: it.reasons)
    assert recorder.reasons == ["dtls_closed"]
    assert port.dropped == {}


class Forwarder(Recorder):
    """Sends the pictures that it receives on to a viewer, as the SFU does."""

    def __init__(self, viewer: Transport, payload_type: int) -> None:
        super().__init__()
        self._viewer = viewer
        self._payload_type = payload_type

    def received_rtp(self, packet: bytes, now: float) -> None:
        super().received_rtp(packet, now)
        second = packet[1] & 0x80 | self._payload_type
        self._viewer.send_rtp(packet[:1] + bytes([second]) + packet[2:8] + SSRC.to_bytes(4, "big") + packet[12:])


async def test_subscribing(port: MediaPort, client: RTCPeerConnection, viewer: RTCPeerConnection) -> None:
    """What one client sends is decoded by another."""
    arrived: asyncio.Future[MediaStreamTrack] = asyncio.get_running_loop().create_future()
    viewer.on("track", arrived.set_result)
    viewer.addTransceiver("video", direction="recvonly")
    watching = Recorder()
    transport, offer = await begin(port, viewer, watching, shown)
    await watching.until(lambda it: it.connections)
    client.addTrack(VideoStreamTrack())
    await begin(port, client, Forwarder(transport, offer.sections[0].codecs[0].payload_type), received)
    track = await arrived
    frame = await track.recv()
    assert (frame.width, frame.height) == (640, 480)  # type: ignore[union-attr]
    await watching.until(lambda it: it.rtcp)
    assert port.dropped == {}
