/** The codecs that are offered to the server: those it forwards. A browser's full list makes offers of 50 KB. */

/** What belongs to no codec of its own. RTX repeats lost packets (RFC 4588). */
const ALWAYS = "video/rtx";

/** Codecs in the order they are wanted, as `RTCRtpReceiver.getCapabilities` lists them. Pure. */
export function wantedCodecs(kind: "audio" | "video", all: readonly RTCRtpCodec[]): RTCRtpCodec[] {
  const of = (isWanted: (codec: RTCRtpCodec) => boolean): RTCRtpCodec[] => all.filter(isWanted);
  if (kind === "audio") {
    return of((codec) => nameOf(codec) === "audio/opus");
  }
  return [
    ...of((codec) => nameOf(codec) === "video/vp8"),
    ...of(isPlainH264),
    ...of((codec) => nameOf(codec) === ALWAYS),
  ];
}

/** Offer only these, where the browser can choose (all that are not years old). */
export function preferCodecs(
  section: RTCRtpTransceiver,
  kind: "audio" | "video",
  all: readonly RTCRtpCodec[],
): void {
  const codecs = wantedCodecs(kind, all);
  if (codecs.length > 0) {
    section.setCodecPreferences?.(codecs);
  }
}

/** Constrained baseline in packetization mode 1 (RFC 6184), which every browser has. */
function isPlainH264(codec: RTCRtpCodec): boolean {
  const format = codec.sdpFmtpLine ?? "";
  return (
    nameOf(codec) === "video/h264" &&
    format.includes("packetization-mode=1") &&
    /profile-level-id=42e0/i.test(format)
  );
}

function nameOf(codec: RTCRtpCodec): string {
  return codec.mimeType.toLowerCase();
}
