/**
 * RTCP feedback that the server understands and that browsers have but do not offer by themselves.
 *
 * nack for Opus: lost sound is sent again. rrtr for pictures (RFC 3611): a connection that only receives learns the
 * round trip time from it; without, Chromium repeats a request for a lost packet only after 100 ms.
 */

const ADDED = [
  { codec: "opus", feedback: "nack" },
  { codec: "VP8", feedback: "rrtr" },
  { codec: "H264", feedback: "rrtr" },
];

/** The offer with the feedback added to each of those codecs that it has. */
export function withFeedback(sdp: string): string {
  const lines = sdp.split("\r\n");
  return lines.flatMap((line) => [line, ...addedAfter(line, lines)]).join("\r\n");
}

function addedAfter(line: string, all: readonly string[]): string[] {
  const [, payloadType, codec] = /^a=rtpmap:(\d+) ([^/]+)\//.exec(line) ?? [];
  return ADDED.filter((added) => added.codec === codec)
    .map(({ feedback }) => `a=rtcp-fb:${payloadType} ${feedback}`)
    .filter((added) => !all.includes(added));
}

/** Offer with it, or, where a browser does not take a description that was changed, without. */
export async function offerWithFeedback(peer: RTCPeerConnection): Promise<void> {
  const { type, sdp } = await peer.createOffer();
  try {
    await peer.setLocalDescription({ type, sdp: withFeedback(sdp ?? "") });
  } catch {
    await peer.setLocalDescription(await peer.createOffer());
  }
}
