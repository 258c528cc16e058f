"""Offers of real browsers, as they made them, and one of bare lines that tests change."""

from pathlib import Path

FINGERPRINT = ":".join(["AB"] * 32)

BARE = f"""v=0
o=- 1 1 IN IP4 0.0.0.0
s=-
t=0 0
a=group:BUNDLE 0 1
m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=mid:0
a=sendonly
a=rtcp-mux
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuvwx
a=fingerprint:sha-256 {FINGERPRINT}
a=setup:actpass
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=rtpmap:111 opus/48000/2
m=video 9 UDP/TLS/RTP/SAVPF 96 97
c=IN IP4 0.0.0.0
a=mid:1
a=sendonly
a=rtcp-mux
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuvwx
a=fingerprint:sha-256 {FINGERPRINT}
a=setup:actpass
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap:5 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 nack
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rid:q send
a=rid:f send
a=simulcast:send q;f
a=ssrc:1 cname:x
a=ssrc:2 cname:x
a=ssrc-group:FID 1 2
"""
"""Sound and a picture in two layers."""


def real(name: str) -> str:
    """An offer of a real browser."""
    return (Path(__file__).parent / f"{name}.sdp").read_text("utf-8").replace("\n", "\r\n")


def changed(old: str, new: str, count: int = -1) -> str:
    """The bare offer with other lines."""
    assert old in BARE
    return BARE.replace(old, new, count)


def without(line: str) -> str:
    """The bare offer without all lines that begin so."""
    return "\n".join(each for each in BARE.splitlines() if not each.startswith(line)) + "\n"
