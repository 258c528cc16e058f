"""Session descriptions (RFC 8866, RFC 8829) of simulated browsers, and what we need of the server's."""

import socket
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from aiortc.sdp import SessionDescription

from loadtests.media.recording import AUDIO_CLOCK, AUDIO_LEVEL_ID, SEND_TIME_ID, VIDEO_CLOCK
from loadtests.media.transport import Remote, Transport
from loadtests.peer import Address
from loadtests.problem import Problem

OPUS, VP8, RTX = 111, 96, 97
"""Payload types, as Chromium has them."""

AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"

EXTENSIONS = {AUDIO_LEVEL: AUDIO_LEVEL_ID, SEND_TIME: SEND_TIME_ID}
"""With the ids that our recordings have."""

FEEDBACK = ("nack", "nack pli", "ccm fir", "goog-remb")

ELSEWHERE = ("192.0.2.1", 9)
"""An address to ask the kernel about (RFC 5737); nothing is sent there."""

CANDIDATE_PRIORITY = 2130706431
"""Of a host candidate (RFC 8445, 5.1.2.2)."""


class Section(NamedTuple):
    """One m-line. `ssrc`: of what we send, None where we receive; `extensions`: the ids of header extensions."""

    mid: str
    is_video: bool
    ssrc: int | None = None
    extensions: Mapping[str, int] = EXTENSIONS


def offer(transport: Transport, sections: Sequence[Section]) -> str:
    """An offer, all of it on one transport; the other side chooses who begins DTLS."""
    return _description(transport, sections, "actpass", (OPUS, VP8))


def answer(transport: Transport, offered: str) -> str:
    """An answer to a server that offers what it sends: everything is taken, and we begin DTLS."""
    media = _parse(offered).media
    sections = [
        Section(
            one.rtp.muxId,
            one.kind == "video",
            extensions={known.uri: known.id for known in one.rtp.headerExtensions if known.uri in EXTENSIONS},
        )
        for one in media
    ]
    found: dict[str, int] = {}
    for one in media:
        wanted = "vp8" if one.kind == "video" else "opus"
        chosen = [codec.payloadType for codec in one.rtp.codecs if codec.name.lower() == wanted]
        if not chosen or chosen[0] is None:
            raise Problem(f"The server offers no {wanted}: see its log.")
        found[one.kind] = chosen[0]
    return _description(transport, sections, "active", (found.get("audio", OPUS), found.get("video", VP8)))


def remote(description: str) -> Remote:
    """Where the other side is. Raises `Problem`."""
    media = _parse(description).media[0]
    ice, dtls = media.ice, media.dtls
    if ice is None or dtls is None or ice.usernameFragment is None or ice.password is None:
        raise Problem("The server's description says nothing of ICE or DTLS: see its log.")
    prints = [one.value.upper() for one in dtls.fingerprints if one.algorithm.lower() == "sha-256"]
    hosts = [one for one in media.ice_candidates if one.protocol == "udp" and one.type == "host" and ":" not in one.ip]
    if not prints or not hosts:
        raise Problem("The server's description has no UDP address of IPv4 to connect to: see its log.")
    best = max(hosts, key=lambda one: one.priority)
    return Remote(
        Address(best.ip, best.port),
        ice.usernameFragment,
        ice.password,
        prints[0],
        is_dtls_client=dtls.role == "client",
        is_lite=ice.iceLite,
    )


def host_address() -> str:
    """Ours, as others see it: the one of the default route, else the loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ELSEWHERE)
        except OSError:
            return "127.0.0.1"
        address: str = probe.getsockname()[0]
        return address


def _parse(description: str) -> SessionDescription:
    try:
        session = SessionDescription.parse(description)
    except (ValueError, AssertionError, IndexError, KeyError) as error:
        raise Problem(f"The server's session description cannot be read ({error}): see its log.") from None
    if not session.media:
        raise Problem("The server's session description has no media: see its log.")
    return session


def _description(transport: Transport, sections: Sequence[Section], setup: str, payload_types: tuple[int, int]) -> str:
    lines = [
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE " + " ".join(section.mid for section in sections),
        "a=msid-semantic: WMS *",
    ]
    for section in sections:
        lines += _section(section, transport, setup, payload_types[section.is_video], is_offer=setup == "actpass")
    return "\r\n".join(lines) + "\r\n"


def _section(section: Section, transport: Transport, setup: str, payload_type: int, is_offer: bool) -> list[str]:
    # A server that offers names its own payload types, and we take no repairs from it.
    payloads = f"{payload_type} {RTX}" if section.is_video and is_offer else str(payload_type)
    lines = [
        f"m={'video' if section.is_video else 'audio'} 9 UDP/TLS/RTP/SAVPF {payloads}",
        "c=IN IP4 0.0.0.0",
        "a=rtcp:9 IN IP4 0.0.0.0",
        f"a=ice-ufrag:{transport.ufrag}",
        f"a=ice-pwd:{transport.password}",
        f"a=fingerprint:sha-256 {transport.fingerprint}",
        f"a=setup:{setup}",
        f"a=mid:{section.mid}",
        "a=recvonly" if section.ssrc is None else "a=sendonly",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        f"a=candidate:1 1 udp {CANDIDATE_PRIORITY} {host_address()} {transport.port} typ host",
        "a=end-of-candidates",
    ]
    lines += [
        f"a=extmap:{number} {uri}"
        for uri, number in section.extensions.items()
        if uri != AUDIO_LEVEL or not section.is_video
    ]
    if section.is_video:
        lines += [f"a=rtpmap:{payload_type} VP8/{VIDEO_CLOCK}"]
        lines += [f"a=rtcp-fb:{payload_type} {kind}" for kind in FEEDBACK]
        if is_offer:
            lines += [f"a=rtpmap:{RTX} rtx/{VIDEO_CLOCK}", f"a=fmtp:{RTX} apt={payload_type}"]
    else:
        lines += [
            f"a=rtpmap:{payload_type} opus/{AUDIO_CLOCK}/2",
            f"a=fmtp:{payload_type} minptime=10;useinbandfec=1",
        ]
    if section.ssrc is not None:
        lines += [f"a=msid:loadtests {section.mid}", f"a=ssrc:{section.ssrc} cname:loadtests"]
    return lines
