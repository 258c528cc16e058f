"""Our answers to offers (RFC 8829): ICE-lite, DTLS passive, everything on one transport."""

import zlib
from collections.abc import Sequence

from media.engine import OfferRefused
from media.sdp import Answered, Candidate, Codec, Local, Offer, Outgoing, Section

RTP_COMPONENT = 1
"""The only component: RTCP comes the same way (RFC 5761)."""


def answer(offer: Offer, sections: Sequence[Answered], local: Local, candidates: Sequence[Candidate]) -> str:
    """The answer; `sections` are in the order of the offer's. With candidates of TCP only, it is ICE-TCP only.

    Raises `OfferRefused` when all sections are rejected: a session needs one.
    """
    pairs = list(zip(offer.sections, sections, strict=True))
    mids = [section.mid for section, answered in pairs if answered.codecs]
    if not mids:
        raise OfferRefused("nothing of the offer can be used")
    lines = [
        "v=0",
        f"o=- {zlib.crc32(local.ufrag.encode())} 1 IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        "a=ice-lite",
        f"a=group:BUNDLE {' '.join(mids)}",
        "a=msid-semantic:WMS *",
    ]
    for section, answered in pairs:
        if answered.codecs:
            lines += _accepted(section, answered, local, candidates, with_candidates=section.mid == mids[0])
        else:
            lines += _rejected(section)
    return "".join(f"{line}\r\n" for line in lines)


def _accepted(
    section: Section, answered: Answered, local: Local, candidates: Sequence[Candidate], with_candidates: bool
) -> list[str]:
    best = candidates[0]
    payload_types = [
        str(each) for codec in answered.codecs for each in (codec.payload_type, codec.rtx) if each is not None
    ]
    lines = [
        f"m={section.kind} {best.port} {section.profile} {' '.join(payload_types)}",
        f"c=IN IP{6 if ':' in best.address else 4} {best.address}",
        f"a=mid:{section.mid}",
        f"a={answered.direction}",
        "a=rtcp-mux",
        f"a=ice-ufrag:{local.ufrag}",
        f"a=ice-pwd:{local.password}",
        f"a=fingerprint:sha-256 {local.fingerprint}",
        "a=setup:passive",
    ]
    for codec in answered.codecs:
        lines += _codec_lines(codec)
    # An ICE restart may leave some out that the session's first offer had.
    lines += [f"a=extmap:{section.extensions[uri]} {uri}" for uri in answered.extensions if uri in section.extensions]
    if answered.layers:
        lines += [f"a=rid:{rid} recv" for rid in answered.layers]
        lines.append(f"a=simulcast:recv {';'.join(answered.layers)}")
    if answered.outgoing is not None:
        lines += _outgoing_lines(answered.outgoing)
    if with_candidates:
        lines += [_candidate_line(each) for each in candidates]
        lines.append("a=end-of-candidates")
    return lines


def _rejected(section: Section) -> list[str]:
    """RFC 3264, section 6: port 0, and something as format."""
    return [f"m={section.kind} 0 {section.profile} {section.formats[0]}", "c=IN IP4 0.0.0.0", f"a=mid:{section.mid}"]


def _codec_lines(codec: Codec) -> list[str]:
    channels = "/2" if codec.name == "opus" else ""
    lines = [f"a=rtpmap:{codec.payload_type} {codec.name}/{codec.clock_rate}{channels}"]
    if codec.parameters:
        lines.append(f"a=fmtp:{codec.payload_type} {codec.parameters}")
    lines += [f"a=rtcp-fb:{codec.payload_type} {feedback}" for feedback in codec.feedback]
    if codec.rtx is not None:
        lines += [f"a=rtpmap:{codec.rtx} rtx/{codec.clock_rate}", f"a=fmtp:{codec.rtx} apt={codec.payload_type}"]
    return lines


def _outgoing_lines(outgoing: Outgoing) -> list[str]:
    """RFC 5576, and msid for browsers that do not read it from the SSRC. The CNAME is the stream's name."""
    lines = [f"a=msid:{outgoing.stream} {outgoing.track}"]
    ssrcs = [outgoing.ssrc]
    if outgoing.rtx_ssrc is not None:
        ssrcs.append(outgoing.rtx_ssrc)
        lines.append(f"a=ssrc-group:FID {outgoing.ssrc} {outgoing.rtx_ssrc}")
    return lines + [f"a=ssrc:{ssrc} cname:{outgoing.stream}" for ssrc in ssrcs]


def _candidate_line(candidate: Candidate) -> str:
    """RFC 8839, section 5.1; RFC 6544, section 4.5. Foundations differ, as the bases do."""
    preference = candidate.local_preference
    priority = candidate.type_preference << 24 | preference << 8 | 256 - RTP_COMPONENT
    foundation = f"{candidate.protocol}{candidate.order}"
    line = (
        f"a=candidate:{foundation} {RTP_COMPONENT} {candidate.protocol} {priority} "
        f"{candidate.address} {candidate.port} typ host"
    )
    return f"{line} tcptype passive" if candidate.protocol == "tcp" else line
