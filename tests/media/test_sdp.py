"""`media.sdp`: what real offers say, and that whatever is wrong with others is refused, and in no other way."""

import pytest
from aiortc import AudioStreamTrack, RTCConfiguration, RTCPeerConnection, VideoStreamTrack
from hypothesis import given
from hypothesis import strategies as st

from media.engine import OfferRefused
from media.header_extensions import ABS_SEND_TIME_URI, AUDIO_LEVEL_URI, MID_URI, REPAIRED_RID_URI, RID_URI
from media.sdp import (
    LAYERS_MAX,
    LINES_MAX,
    OFFER_CHARACTERS_MAX,
    OWN_LINES_MAX,
    SECTIONS_MAX,
    Candidate,
    Direction,
    Offer,
    Section,
    parse_offer,
)
from tests.media.offers import BARE, FINGERPRINT, changed, real, without

VIDEO_FEEDBACK = ("nack", "nack pli", "ccm fir", "goog-remb")


def video(text: str) -> Section:
    return parse_offer(text).sections[1]


def names(offer: Offer) -> list[list[str]]:
    return [[codec.name for codec in section.codecs] for section in offer.sections]


# --- Real offers --------------------------------------------------------------------------------------


def test_chromium_publishes() -> None:
    """Microphone, camera in three layers, screen."""
    offer = parse_offer(real("chromium_publish"))
    assert [section.kind for section in offer.sections] == ["audio", "video", "video"]
    assert [section.mid for section in offer.sections] == ["0", "1", "2"]
    assert {section.direction for section in offer.sections} == {Direction.SENDONLY}
    assert names(offer) == [["opus"], ["VP8", "H264"], ["VP8", "H264"]]
    sound, camera, screen = offer.sections
    assert sound.codecs[0].payload_type == 111
    assert sound.codecs[0].parameters == "minptime=10;useinbandfec=1;usedtx=1"
    assert sound.extensions == {AUDIO_LEVEL_URI: 1, ABS_SEND_TIME_URI: 2, MID_URI: 4}
    assert len(sound.ssrcs) == 1
    assert camera.layers == ("q", "h", "f")
    assert camera.extensions == {ABS_SEND_TIME_URI: 2, MID_URI: 4, RID_URI: 10, REPAIRED_RID_URI: 11}
    assert [(codec.payload_type, codec.rtx) for codec in camera.codecs] == [(96, 97), (108, 109)]
    assert camera.codecs[0].feedback == VIDEO_FEEDBACK
    assert camera.codecs[1].parameters == "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"
    assert screen.layers == ()
    assert offer.peer.ufrag == "vAV0"
    assert [algorithm for algorithm, _ in offer.peer.fingerprints] == ["sha-256"]


def test_chromium_subscribes() -> None:
    """All slots, with the codecs that the page prefers."""
    offer = parse_offer(real("chromium_subscribe"))
    assert [section.kind for section in offer.sections] == ["audio"] * 5 + ["video"] * 9
    assert names(offer) == [["opus"]] * 5 + [["VP8", "H264"]] * 9
    assert {section.direction for section in offer.sections} == {Direction.RECVONLY}


async def test_aiortc_publishes() -> None:
    """An independent client; it gives three fingerprints."""
    client = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        client.addTrack(AudioStreamTrack())
        client.addTrack(VideoStreamTrack())
        await client.setLocalDescription(await client.createOffer())
        offer = parse_offer(client.localDescription.sdp)
    finally:
        await client.close()
    assert names(offer) == [["opus"], ["VP8", "H264"]]
    ssrc, repair = offer.sections[1].ssrcs
    assert offer.sections[1].repairs == {ssrc: repair}
    assert [algorithm for algorithm, _ in offer.peer.fingerprints] == ["sha-256", "sha-384", "sha-512"]


# --- What is read -------------------------------------------------------------------------------------


def test_the_bare_offer() -> None:
    """The one that the following tests change."""
    offer = parse_offer(BARE)
    assert names(offer) == [["opus"], ["VP8"]]
    assert offer.sections[1].layers == ("q", "f")
    assert offer.sections[1].ssrcs == (1, 2)
    assert offer.sections[1].repairs == {1: 2}
    assert offer.peer.fingerprints == (("sha-256", FINGERPRINT),)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("m=video 9 ", "m=video 0 "),
        ("VP8", "VP9"),
        ("VP8/90000", "VP8/48000"),
        ("96 97\n", "97\n"),
        ("m=video", "m=text"),
        ("m=video 9 UDP/TLS/RTP/SAVPF 96 97", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel"),
        ("m=video 9 UDP/TLS/RTP/SAVPF 96", "m=video 9 RTP/AVP 96"),
        ("a=rtpmap:96 VP8/90000", "a=rtpmap:96 H264/90000\na=fmtp:96 packetization-mode=0;profile-level-id=42e01f"),
        ("a=rtpmap:96 VP8/90000", "a=rtpmap:96 H264/90000\na=fmtp:96 packetization-mode=1;profile-level-id=640c1f"),
        ("a=rtpmap:96 VP8/90000", "a=rtpmap:96 H264/90000\na=fmtp:96 packetization-mode=1;profile-level-id=ffffff"),
        ("a=rtpmap:96 VP8/90000", "a=rtpmap:96 H264/90000\na=fmtp:96 packetization-mode=1;profile-level-id=42e01fa"),
        ("a=rtpmap:96 VP8/90000", "a=rtpmap:96 H264/90000"),
    ],
)
def test_a_section_that_cannot_be_used(old: str, new: str) -> None:
    """Stopped, of a kind, a profile or codecs that we do not know: it has no codecs, and the others go on."""
    assert names(parse_offer(changed(old, new))) == [["opus"], []]


def test_a_payload_type_that_looks_like_rtcp() -> None:
    """With the marker bit it would be taken for RTCP."""
    assert video(BARE.replace("96", "95")).codecs == ()


def test_h264_only() -> None:
    """It is taken when it is all there is."""
    text = changed(
        "a=rtpmap:96 VP8/90000", "a=rtpmap:96 H264/90000\na=fmtp:96 packetization-mode=1;profile-level-id=42E01F"
    )
    assert [(codec.name, codec.rtx) for codec in video(text).codecs] == [("H264", 97)]


def test_bundle_only_is_not_stopped() -> None:
    """Its port is 0, too (RFC 8843)."""
    assert video(
        changed("m=video 9 UDP/TLS/RTP/SAVPF 96 97", "m=video 0 UDP/TLS/RTP/SAVPF 96 97\na=bundle-only")
    ).codecs


@pytest.mark.parametrize(
    ("lines", "feedback"),
    [
        ("a=rtcp-fb:* nack pli", ("nack", "nack pli")),
        ("a=rtcp-fb:96 goog-remb\na=rtcp-fb:96 transport-cc", ("nack", "goog-remb")),
        ("a=rtcp-fb:97 ccm fir", ("nack",)),
    ],
)
def test_feedback(lines: str, feedback: tuple[str, ...]) -> None:
    """What is offered for the codec or for all, and what we know."""
    assert video(changed("a=rtcp-fb:96 nack\n", f"a=rtcp-fb:96 nack\n{lines}\n")).codecs[0].feedback == feedback


@pytest.mark.parametrize(
    ("simulcast", "layers"),
    [
        ("send q;f", ("q", "f")),
        ("send f;~q", ("f", "q")),
        ("send q,f;f", ("q", "f")),
        ("recv x send q;f", ("q", "f")),
        ("recv q;f", ()),
        ("send q", ()),
        ("send", ()),
        ("", ()),
    ],
)
def test_simulcast(simulcast: str, layers: tuple[str, ...]) -> None:
    """Order, pauses, alternatives, other directions."""
    assert video(changed("send q;f", simulcast)).layers == layers


def test_more_layers_than_we_take() -> None:
    """The first ones."""
    text = changed("send q;f", "send q;f;g;h") + "a=rid:g send\na=rid:h send\n"
    assert len(video(text).layers) == LAYERS_MAX


def test_simulcast_without_its_extensions() -> None:
    """The layers could not be told apart: there is one."""
    assert video(without("a=extmap:5")).layers == ()


@pytest.mark.parametrize("number", ["0", "15", "200"])
def test_an_extension_of_the_long_form(number: str) -> None:
    """It is not negotiated."""
    assert parse_offer(changed("extmap:1 ", f"extmap:{number} ")).sections[0].extensions == {}


def test_an_extension_with_a_direction() -> None:
    """It is one."""
    assert parse_offer(changed("extmap:1 ", "extmap:1/sendonly ")).sections[0].extensions == {AUDIO_LEVEL_URI: 1}


def test_without_direction() -> None:
    """Both (RFC 8866)."""
    assert video(without("a=sendonly")).direction is Direction.SENDRECV


def test_session_level_attributes() -> None:
    """Credentials and fingerprints may stand above all sections."""
    above = [line for line in BARE.splitlines() if line.startswith(("a=ice", "a=fing", "a=setup"))][:4]
    kept = [line for line in BARE.splitlines() if line not in above]
    index = kept.index("a=group:BUNDLE 0 1")
    offer = parse_offer("\r\n".join([*kept[:index], *above, *kept[index:]]))
    assert offer.peer.ufrag == "abcd"


def test_other_attributes_are_not_read() -> None:
    """Candidates of any form, and whatever there may be: nothing of it matters."""
    parse_offer(BARE + "a=candidate:nonsense\na=sctp-port:x\na=rtcp:y\na=ice-options:trickle\nb=AS:x\nx\n")


def test_a_fingerprint_in_small_letters() -> None:
    """It is the same."""
    assert parse_offer(BARE.replace(FINGERPRINT, FINGERPRINT.lower())).peer == parse_offer(BARE).peer


# --- What is refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=0",
        "x" * (OFFER_CHARACTERS_MAX + 1),
        BARE + "m=text 9 UDP/TLS/RTP/SAVPF 1\na=mid:x\n" * SECTIONS_MAX,
        without("a=mid"),
        changed("a=mid:1", "a=mid:0"),
        changed("a=mid:1", "a=mid:1 a=x"),
        changed("a=mid:1", "a=mid:" + "1" * 65),
        without("a=group"),
        changed("BUNDLE 0 1", "BUNDLE 0"),
        without("a=rtcp-mux"),
        without("a=ice-ufrag"),
        without("a=ice-pwd"),
        changed("a=ice-pwd:abcdefghijklmnopqrstuvwx", "a=ice-pwd:short"),
        changed("a=ice-ufrag:abcd", "a=ice-ufrag:ab"),
        changed("a=ice-ufrag:abcd", "a=ice-ufrag:ab cd"),
        changed("a=group", "a=ice-lite\na=group"),
        without("a=setup"),
        changed("a=setup:actpass", "a=setup:passive"),
        changed("a=setup:actpass", "a=setup:holdconn"),
        without("a=fingerprint"),
        changed("sha-256", "sha-1"),
        changed(FINGERPRINT, "AB:CD"),
        changed(FINGERPRINT, "XX" + FINGERPRINT[2:]),
        changed("a=ssrc:1 ", "a=ssrc:4294967296 "),
        changed("a=ssrc:1 ", "a=ssrc:-1 "),
        changed("FID 1 2", "FID 1 x"),
        changed("send q;f", "send q;q"),
        changed("send q;f", "send q;x"),
        changed("extmap:5", "extmap:4"),
        changed("96 97\n", "96 97 1000\n"),
        changed("96 97\n", "96 97 x\n"),
        changed("96 97\n", " ".join(["96"] * 129) + "\n"),
        changed("apt=96", "apt=x"),
        changed("m=video 9", "m=video x"),
        changed("VP8/90000", "VP8"),
        changed("VP8", "VP9").replace("opus", "PCMU"),
    ],
)
def test_refused(text: str) -> None:
    """With a sentence for the maker of the client."""
    with pytest.raises(OfferRefused, match=r"\w+"):
        parse_offer(text)


@pytest.mark.parametrize(("name", "most"), [*LINES_MAX.items(), *OWN_LINES_MAX.items()])
def test_too_many_lines(name: str, most: int) -> None:
    """Of each attribute there may be some, before anything is parsed: the parser takes its time with many."""
    with pytest.raises(OfferRefused, match="too many lines of"):
        parse_offer(BARE + f"a={name}:1\n" * (most + 1))


LINES = st.sampled_from(BARE.splitlines())
WORDS = st.sampled_from(
    ["a=", "m=", ":", ";", "/", " ", "0", "-1", "99999999999", "*", "\x00", "\x1c", "\u2028", "é", "simulcast", "apt="]
)


@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    """An answerable offer, or `OfferRefused`."""
    with pytest.raises(OfferRefused):
        parse_offer(text)


@given(st.data())
def test_changed_lines(data: st.DataObject) -> None:
    """Lines left out, twice, elsewhere, and with anything in their midst: nothing else is raised."""
    lines = BARE.splitlines()
    for _ in range(data.draw(st.integers(1, 6))):
        position = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.sampled_from(["drop", "repeat", "move", "insert", "replace"])):
            case "drop" if len(lines) > 1:
                del lines[position]
            case "repeat":
                lines.insert(position, data.draw(LINES))
            case "move":
                lines.append(lines.pop(position))
            case "insert":
                at = data.draw(st.integers(0, len(lines[position])))
                lines[position] = lines[position][:at] + data.draw(st.text(max_size=8) | WORDS) + lines[position][at:]
            case "replace":
                words = lines[position].replace(":", " ").split()
                if words:
                    lines[position] = lines[position].replace(data.draw(st.sampled_from(words)), data.draw(WORDS))
    try:
        offer = parse_offer("\r\n".join(lines))
    except OfferRefused:
        return
    assert any(section.codecs for section in offer.sections)
    for section in offer.sections:
        for word in (section.mid, section.kind, section.profile, *section.formats, *section.layers):
            assert word.isascii()
            assert word.isprintable()
            assert " " not in word


def test_candidate_preferences() -> None:
    """UDP before TCP, the first address before the next (RFC 8445, RFC 6544)."""
    candidates = [Candidate(protocol, "192.0.2.1", 1, order) for protocol in ("udp", "tcp") for order in (0, 1)]
    ranks = [(each.type_preference, each.local_preference) for each in candidates]
    assert ranks == sorted(ranks, reverse=True)
    assert all(preference < 65_536 for _, preference in ranks)
