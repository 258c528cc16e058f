/** How one's tracks are encoded (W3C RTCRtpEncodingParameters). Pure. */

/** The rids of the camera's simulcast layers, the smallest picture first: quarter, half, full. */
export const RIDS = ["q", "h", "f"] as const;

/** Bits a second that are enough for a talking class at about 180, 360 and 720 lines. */
const BITRATES = [150_000, 500_000, 1_500_000] as const;

/** A camera of so many lines or more can be sent in three layers, or two: with fewer Chromium drops the last ones. */
const LINES_FOR_THREE = 720;
const LINES_FOR_TWO = 360;

/** Slides and text: sharp rather than smooth. */
export const SCREEN_BITRATE = 2_500_000;
export const SCREEN_FRAMES_PER_SECOND = 15;

/** Speech in Opus; the server's answer asks for FEC and DTX. */
export const AUDIO_BITRATE = 40_000;

/** To a single peer, in the mesh. */
export const MESH_VIDEO_BITRATE = 1_500_000;

/**
 * The layers of a camera with so many lines. All rids are there from the beginning, since they cannot be added later;
 * those that a small camera has no use for are inactive, and the last active one always is the whole picture.
 */
export function cameraEncodings(lines: number): RTCRtpEncodingParameters[] {
  const layers = lines >= LINES_FOR_THREE ? 3 : lines >= LINES_FOR_TWO ? 2 : 1;
  const smallest = lines >= LINES_FOR_TWO ? 0 : 1;
  return RIDS.map((rid, index) => {
    const active = index < layers;
    return {
      rid,
      active,
      scaleResolutionDownBy: active ? 2 ** (layers - 1 - index) : 1,
      maxBitrate: BITRATES[Math.min(index + smallest, BITRATES.length - 1)] ?? BITRATES[0],
    };
  });
}
