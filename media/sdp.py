"""Session descriptions (RFC 8866, as JSEP uses them: RFC 8829): what an offer says that we need.

An offer comes from outside and is not trusted: it is bounded before it is parsed, only the attributes that we know
reach the parser, and whatever is wrong with it ends as `OfferRefused`. What an answer (`media.answers`) repeats of an
offer has been checked against its grammar here, so an offer cannot put lines of its own into an answer.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from enum import StrEnum

from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.sdp import H264Profile, MediaDescription, SessionDescription, grouplines, parse_h264_profile_level_id
from msgspec import Struct

from media.engine import OfferRefused
from media.header_extensions import ABS_SEND_TIME_URI, AUDIO_LEVEL_URI, MID_URI, REPAIRED_RID_URI, RID_URI

OFFER_CHARACTERS_MAX = 65_536
"""Characters of an offer: that of Chromium with all slots has 18,000, and 50,000 when it names all its codecs."""

SECTIONS_MAX = 32
"""Sections (m-lines) of an offer: twice what the slots of a participant need."""

FORMATS_MAX = 128
"""Formats of a section: there are no more payload types."""

LAYERS_MAX = 3
"""Simulcast layers of a section: quarter, half, full."""

LINES_MAX = {
    "extmap": 32,
    "fingerprint": 8,
    "fmtp": 96,
    "group": 4,
    "ice-lite": 1,
    "ice-pwd": 1,
    "ice-ufrag": 1,
    "inactive": 1,
    "mid": 1,
    "recvonly": 1,
    "rtcp-mux": 1,
    "rtpmap": 96,
    "sendonly": 1,
    "sendrecv": 1,
    "setup": 1,
    "ssrc": 64,
    "ssrc-group": 16,
}
"""Attributes that are read by aiortc's parser, and how many of each a section may have: the parser compares some of
them each with each. Chromium has up to 50 rtpmap and 4 lines for each SSRC. Candidates are not needed: with ICE-lite it
is the client that begins (RFC 8445, section 2.5)."""

OWN_LINES_MAX = {"bundle-only": 1, "rtcp-fb": 512, "rid": 8, "simulcast": 1}
"""Attributes that are read here, and how many of each a section may have. For rtcp-fb with wildcards aiortc's parser
would make an object for each codec and line; the others it does not know."""

EXTENSION_IDS = range(1, 15)
"""Identifiers of header extensions that fit the one-byte form (RFC 8285, section 4.2)."""

PAYLOAD_TYPES = frozenset(range(128)) - frozenset(range(64, 96))
"""Payload types; 64 to 95 with the marker bit could be mistaken for RTCP (RFC 5761, section 4)."""

EXTENSIONS = frozenset({AUDIO_LEVEL_URI, ABS_SEND_TIME_URI, MID_URI, RID_URI, REPAIRED_RID_URI})
"""Header extensions that we know, by URI."""

FEEDBACK = {
    "audio": ("nack",),
    "video": ("nack", "nack pli", "ccm fir", "goog-remb", "rrtr"),
}
"""RTCP feedback that we answer when it is offered. Not transport-cc: Chromium would then send no REMB."""

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,64}")  # RFC 8866, section 9
_RID = re.compile(r"[A-Za-z0-9_-]{1,32}")  # RFC 8851, section 10
_ICE_UFRAG = re.compile(r"[A-Za-z0-9+/]{4,256}")  # RFC 8839, section 5.4
_ICE_PASSWORD = re.compile(r"[A-Za-z0-9+/]{22,256}")
_HEX_BYTES = re.compile(r"[0-9A-F]{2}(:[0-9A-F]{2}){15,63}")  # RFC 8122, section 5
_PROFILE = re.compile(r"[A-Z/]{1,32}")
_PROFILE_LEVEL = re.compile(r"[0-9A-Fa-f]{6}")  # RFC 6184, section 8.1
_FORMAT = re.compile(r"[A-Za-z0-9-]{1,32}")


class Direction(StrEnum):
    """RTCRtpTransceiverDirection."""

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"


class Peer(Struct, frozen=True):
    """The other end of a transport as its offer describes it: ICE credentials (RFC 8839), fingerprints (RFC 8122).

    `fingerprints`: algorithm in small letters, and value in capitals with colons.
    """

    ufrag: str
    password: str
    fingerprints: tuple[tuple[str, str], ...]


class Local(Struct, frozen=True):
    """Our end of a transport, for the answer. `fingerprint` is that for sha-256."""

    ufrag: str
    password: str
    fingerprint: str


class Candidate(Struct, frozen=True):
    """An address of ours (RFC 8839, section 5.1); over TCP it is passive (RFC 6544). `order` is 0 for the best."""

    protocol: str
    address: str
    port: int
    order: int

    @property
    def type_preference(self) -> int:
        """RFC 8445, section 5.1.2.1: that of a host candidate, lower over TCP."""
        return 126 if self.protocol == "udp" else 90

    @property
    def local_preference(self) -> int:
        """The same; for TCP with the direction's preference of passive candidates, 2 (RFC 6544, section 4.2)."""
        return 65_535 - self.order if self.protocol == "udp" else (2 << 13) + 8191 - self.order


class Codec(Struct, frozen=True):
    """A codec of an offer that we know: `name` is "opus", "VP8" or "H264". `rtx`: payload type of RFC 4588, if any.

    `parameters` and `feedback` are what the answer says.
    """

    name: str
    payload_type: int
    clock_rate: int
    rtx: int | None
    parameters: str
    feedback: tuple[str, ...]


class Section(Struct, frozen=True):
    """One m-line of an offer. Without codecs it cannot be used, and the answer rejects it.

    `codecs`: VP8 before H264. `extensions`: identifiers by URI, of `EXTENSIONS`. `layers`: rids of simulcast that it
    sends, in its order. `ssrcs`: those it names, RTX included; `repairs`: RTX's SSRC by that which it repairs.
    """

    kind: str
    mid: str
    direction: Direction
    codecs: tuple[Codec, ...]
    extensions: dict[str, int]
    layers: tuple[str, ...]
    ssrcs: tuple[int, ...]
    repairs: dict[int, int]
    profile: str
    formats: tuple[str, ...]


class Offer(Struct, frozen=True):
    """What an offer says that we need."""

    sections: tuple[Section, ...]
    peer: Peer


class Outgoing(Struct, frozen=True):
    """What we send in a section: fixed SSRCs, and the names of stream and track (RFC 8830)."""

    ssrc: int
    rtx_ssrc: int | None
    stream: str
    track: str


class Answered(Struct, frozen=True):
    """How a section is answered: `codecs`, `extensions` (URIs) and `layers` are chosen from the offered ones.

    Without codecs the section is rejected.
    """

    direction: Direction
    codecs: tuple[Codec, ...]
    extensions: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    outgoing: Outgoing | None = None


def parse_offer(text: str) -> Offer:
    """What an offer says. Raises `OfferRefused`, and nothing else."""
    if len(text) > OFFER_CHARACTERS_MAX:
        raise OfferRefused("the offer is too long")
    try:
        return _read_offer(text)
    except OfferRefused:
        raise
    except Exception as error:  # aiortc's parser raises whatever its lines happen to cause
        raise OfferRefused("the offer is no session description that can be read") from error


class _OwnAttributes:
    """What aiortc's parser is not told of a section."""

    def __init__(self) -> None:
        self.feedback: defaultdict[str, set[str]] = defaultdict(set)
        self.rids: set[str] = set()
        self.simulcast: str | None = None
        self.is_bundle_only = False


def _read_offer(text: str) -> Offer:
    session_lines, groups = grouplines(text)
    if len(groups) > SECTIONS_MAX:
        raise OfferRefused("the offer has too many sections")
    kept, owns = _known_lines(session_lines, _OwnAttributes()), []
    for lines in groups:
        own = _OwnAttributes()
        owns.append(own)
        kept += [lines[0], *_known_lines(lines[1:], own)]
    description = SessionDescription.parse("\r\n".join(kept))
    sections = tuple(_section(media, own) for media, own in zip(description.media, owns, strict=True))
    mids = [section.mid for section in sections]
    if len(set(mids)) != len(mids):
        raise OfferRefused("two sections have the same mid")
    usable = [(section, media) for section, media in zip(sections, description.media, strict=True) if section.codecs]
    if not usable:
        raise OfferRefused("nothing of the offer can be used")
    _check_bundle(description, [section.mid for section, _ in usable])
    return Offer(sections=sections, peer=_peer(usable[0][1]))


def _known_lines(lines: Iterable[str], own: _OwnAttributes) -> list[str]:
    """The lines for aiortc's parser; what it is not told goes to `own`. Refuses too many of a kind."""
    kept = []
    seen: Counter[str] = Counter()
    for line in lines:
        if not line.startswith("a="):
            continue
        name, _, value = line[2:].partition(":")
        seen[name] += 1
        if name in LINES_MAX:
            if seen[name] > LINES_MAX[name]:
                raise OfferRefused(f"a section has too many lines of {name}")
            kept.append(line)
        elif name in OWN_LINES_MAX:
            if seen[name] > OWN_LINES_MAX[name]:
                raise OfferRefused(f"a section has too many lines of {name}")
            _read_own(name, value, own)
    return kept


def _read_own(name: str, value: str, own: _OwnAttributes) -> None:
    if name == "rtcp-fb":
        payload_type, _, feedback = value.partition(" ")
        own.feedback[payload_type].add(feedback.strip())
    elif name == "rid":
        words = value.split()
        if len(words) >= 2 and words[1] == "send":
            own.rids.add(words[0])
    elif name == "simulcast":
        own.simulcast = value
    else:
        own.is_bundle_only = True


def _section(media: MediaDescription, own: _OwnAttributes) -> Section:
    mid = str(media.rtp.muxId)
    formats = tuple(str(each) for each in media.fmt)
    if not _TOKEN.fullmatch(mid) or not _TOKEN.fullmatch(media.kind):
        raise OfferRefused("a section has no mid, or one that is none")
    if len(formats) > FORMATS_MAX:
        raise OfferRefused("a section has too many formats")
    if not _PROFILE.fullmatch(media.profile) or not all(_FORMAT.fullmatch(each) for each in formats):
        raise OfferRefused("a section has a format that is none")
    is_open = media.port != 0 or own.is_bundle_only
    codecs = _codecs(media, own) if is_open and media.kind in FEEDBACK and "RTP/SAVPF" in media.profile else ()
    if codecs and not media.rtcp_mux:
        raise OfferRefused("a section is without rtcp-mux")
    extensions = _extensions(media)
    ssrcs, repairs = _ssrcs(media)
    return Section(
        kind=media.kind,
        mid=mid,
        direction=Direction(media.direction or Direction.SENDRECV),
        codecs=codecs,
        extensions=extensions,
        layers=_layers(own) if codecs and media.kind == "video" and {MID_URI, RID_URI} <= extensions.keys() else (),
        ssrcs=ssrcs,
        repairs=repairs,
        profile=media.profile,
        formats=formats,
    )


def _codecs(media: MediaDescription, own: _OwnAttributes) -> tuple[Codec, ...]:
    """The codecs that we know, in our order."""
    offered = [each for each in media.rtp.codecs if each.payloadType in PAYLOAD_TYPES and each.payloadType in media.fmt]
    chosen: dict[str, Codec] = {}
    for each in offered:
        known = _known_codec(media.kind, each)
        if known is None or known[0] in chosen:
            continue
        name, parameters = known
        wanted = own.feedback.get(str(each.payloadType), set()) | own.feedback.get("*", set())
        chosen[name] = Codec(
            name=name,
            payload_type=_payload_type(each),
            clock_rate=each.clockRate,
            rtx=next((_payload_type(rtx) for rtx in offered if _repairs(rtx, each)), None),
            parameters=parameters,
            feedback=tuple(feedback for feedback in FEEDBACK[media.kind] if feedback in wanted),
        )
    return tuple(chosen[name] for name in ("opus", "VP8", "H264") if name in chosen)


def _known_codec(kind: str, codec: RTCRtpCodecParameters) -> tuple[str, str] | None:
    """Our name of a codec, and its parameters in the answer."""
    name = codec.name.lower()
    if kind == "audio":
        # RFC 7587: with in-band FEC and discontinuous transmission, which make school lines bearable.
        is_opus = name == "opus" and codec.clockRate == 48_000 and codec.channels == 2
        return ("opus", "minptime=10;useinbandfec=1;usedtx=1") if is_opus else None
    if codec.clockRate != 90_000:
        return None
    if name == "vp8":
        return "VP8", ""
    if name == "h264" and codec.parameters.get("packetization-mode") == "1":
        level = str(codec.parameters.get("profile-level-id", ""))
        if _PROFILE_LEVEL.fullmatch(level) and _is_constrained_baseline(level):
            return "H264", f"level-asymmetry-allowed=1;packetization-mode=1;profile-level-id={level}"
    return None


def _is_constrained_baseline(level: str) -> bool:
    """Whether every browser can decode it (RFC 7742, section 5)."""
    try:
        return parse_h264_profile_level_id(level)[0] is H264Profile.PROFILE_CONSTRAINED_BASELINE
    except ValueError:
        return False


def _repairs(rtx: RTCRtpCodecParameters, codec: RTCRtpCodecParameters) -> bool:
    """RFC 4588, section 8.1."""
    return (
        rtx.name.lower() == "rtx"
        and rtx.clockRate == codec.clockRate
        and rtx.parameters.get("apt") == codec.payloadType
    )


def _payload_type(codec: RTCRtpCodecParameters) -> int:
    assert codec.payloadType is not None
    return codec.payloadType


def _extensions(media: MediaDescription) -> dict[str, int]:
    """Identifiers by URI, of those that we know."""
    found: dict[str, int] = {}
    for each in media.rtp.headerExtensions:
        if each.uri in EXTENSIONS and each.id in EXTENSION_IDS:
            found.setdefault(each.uri, each.id)
    if len(set(found.values())) != len(found):
        raise OfferRefused("two header extensions have the same identifier")
    return found


def _layers(own: _OwnAttributes) -> tuple[str, ...]:
    """The rids that a section sends (RFC 8853, section 5.1): of alternatives the first; a paused one is one, too."""
    if own.simulcast is None:
        return ()
    words = own.simulcast.split()
    if "send" not in words[:-1]:
        return ()
    streams = words[words.index("send") + 1].split(";")
    rids = tuple(stream.split(",")[0].removeprefix("~") for stream in streams)
    if len(set(rids)) != len(rids) or not all(_RID.fullmatch(rid) and rid in own.rids for rid in rids):
        raise OfferRefused("a section has simulcast that is none")
    return rids[:LAYERS_MAX] if len(rids) > 1 else ()


def _ssrcs(media: MediaDescription) -> tuple[tuple[int, ...], dict[int, int]]:
    """The SSRCs that a section names (RFC 5576), and which repairs which."""
    ssrcs = tuple(each.ssrc for each in media.ssrc)
    if not all(0 <= ssrc < 2**32 for ssrc in ssrcs):
        raise OfferRefused("a section has an SSRC that is none")
    repairs = {}
    for group in media.ssrc_group:
        if group.semantic == "FID" and len(group.items) == 2:
            repaired, repair = (int(item) for item in group.items)
            if repaired in ssrcs and repair in ssrcs:
                repairs[repaired] = repair
    return ssrcs, repairs


def _check_bundle(description: SessionDescription, mids: list[str]) -> None:
    """All that is used has to be on one transport (RFC 8843)."""
    bundled = [group for group in description.group if group.semantic == "BUNDLE"]
    if len(mids) > 1 and not any(set(mids) <= {str(item) for item in group.items} for group in bundled):
        raise OfferRefused("the sections are not in one bundle")


def _peer(media: MediaDescription) -> Peer:
    """Who is on the other side of the transport."""
    ufrag, password = media.ice.usernameFragment if media.ice else None, media.ice.password if media.ice else None
    if ufrag is None or password is None or not (_ICE_UFRAG.fullmatch(ufrag) and _ICE_PASSWORD.fullmatch(password)):
        raise OfferRefused("the offer has no ICE credentials, or some that are none")
    if media.ice is not None and media.ice.iceLite:
        raise OfferRefused("the peer is ICE-lite, as we are: nobody would begin")
    if media.dtls is None or media.dtls.role == "server":
        raise OfferRefused("the peer has to take the active role in DTLS")
    fingerprints = tuple((each.algorithm.lower(), each.value.upper()) for each in media.dtls.fingerprints)
    if not all(_TOKEN.fullmatch(algorithm) and _HEX_BYTES.fullmatch(value) for algorithm, value in fingerprints):
        raise OfferRefused("the offer has a fingerprint that is none")
    if not any(algorithm == "sha-256" for algorithm, _ in fingerprints):
        raise OfferRefused("the offer has no fingerprint for sha-256")
    return Peer(ufrag=ufrag, password=password, fingerprints=fingerprints)
