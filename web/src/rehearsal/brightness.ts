/** Whether a camera shows anything: a shutter that is closed gives a picture all the same. */

/** Darker than a room at night by the light of the screen, lighter than a closed shutter: of 255. */
export const DARK = 12;

/** Pixels of a side that are looked at: enough for an average. */
const SIDE = 16;

/** The mean of a picture's red, green and blue, 0 to 255; null before its first frame. */
export function brightnessOf(video: HTMLVideoElement): number | null {
  if (video.videoWidth === 0) {
    return null;
  }
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) {
    return null;
  }
  context.drawImage(video, 0, 0, SIDE, SIDE);
  return meanOf(context.getImageData(0, 0, SIDE, SIDE).data);
}

/** Of pixels as RGBA bytes, their alpha left out. */
export function meanOf(pixels: Uint8ClampedArray): number {
  let sum = 0;
  for (let at = 0; at < pixels.length; at += 4) {
    sum += (pixels[at] ?? 0) + (pixels[at + 1] ?? 0) + (pixels[at + 2] ?? 0);
  }
  return sum / ((pixels.length / 4) * 3);
}
