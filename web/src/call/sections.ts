/** The order of media in a session description, the same in every connection of a call. */

import type { Medium } from "../protocol/generated";

/** The first audio section is the microphone, the first video section the camera, the second one the screen. */
export const MEDIA: readonly Medium[] = ["audio", "video", "screen"];

export const SECTION_KINDS: Record<Medium, "audio" | "video"> = {
  audio: "audio",
  video: "video",
  screen: "video",
};
