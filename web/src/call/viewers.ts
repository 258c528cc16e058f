/**
 * The `<video>` elements of tiles, and what is in them. An element is hidden until a frame of the right participant is
 * in it: a face never stands over another's name, however late React or the browser draw.
 */

import { isLater } from "./rtpTime";
import type { PictureSource } from "./tiles";

/**
 * Browsers that tell no RTP timestamps: by then the last frames of the slot's former source have long left its jitter
 * buffer. The server has stopped them before it announced the new one.
 */
export const BLIND_COVER_MS = 2_000;

interface Viewer {
  readonly video: HTMLVideoElement;
  readonly tile: string;
  source: PictureSource | null;
  /** Ends waiting for the first frame. */
  cancel: () => void;
}

export class Viewers {
  readonly #makeStream: (tracks: MediaStreamTrack[]) => MediaStream;
  readonly #onUncovered: (source: PictureSource) => void;
  readonly #viewers = new Set<Viewer>();
  #sources: ReadonlyMap<string, PictureSource> = new Map();
  /** Streams of which a right frame was seen: whatever comes later in them is right too. */
  #seen = new Set<string>();

  constructor(
    makeStream: (tracks: MediaStreamTrack[]) => MediaStream,
    onUncovered: (source: PictureSource) => void,
  ) {
    this.#makeStream = makeStream;
    this.#onUncovered = onUncovered;
  }

  /** Show in this element whatever there is of a tile, from now on. Answers how to stop. */
  add(video: HTMLVideoElement, tile: string): () => void {
    const viewer: Viewer = { video, tile, source: null, cancel: () => {} };
    this.#viewers.add(viewer);
    clear(viewer);
    this.#show(viewer);
    return () => {
      this.#viewers.delete(viewer);
      clear(viewer);
    };
  }

  /** The sources by tile, all of them. When this returns no element shows anything else. */
  update(sources: ReadonlyMap<string, PictureSource>): void {
    this.#sources = sources;
    const keys = new Set([...sources.values()].map(({ key }) => key));
    this.#seen = new Set([...this.#seen].filter((key) => keys.has(key)));
    for (const viewer of this.#viewers) {
      this.#show(viewer);
    }
  }

  #show(viewer: Viewer): void {
    const source = this.#sources.get(viewer.tile) ?? null;
    if (source?.key === viewer.source?.key) {
      return;
    }
    clear(viewer);
    viewer.source = source;
    if (source === null) {
      return;
    }
    const { video } = viewer;
    video.srcObject = this.#makeStream([source.track]);
    // Muted elements may always play; sound comes from elsewhere.
    video.muted = true;
    video.play().catch(() => {});
    const after = this.#seen.has(source.key) ? null : source.after;
    viewer.cancel = onFirstFrame(video, { ...source, after }, () => {
      this.#seen.add(source.key);
      video.style.visibility = "";
      this.#onUncovered(source);
    });
  }
}

function clear(viewer: Viewer): void {
  viewer.cancel();
  viewer.cancel = () => {};
  viewer.source = null;
  viewer.video.style.visibility = "hidden";
  viewer.video.srcObject = null;
}

/** Calls `then` once, when the element shows a frame of this source. Answers how to give up. */
function onFirstFrame(
  video: HTMLVideoElement,
  source: PictureSource,
  then: () => void,
): () => void {
  let isOver = false;
  let isLate = false;
  const canWatch = "requestVideoFrameCallback" in video;
  const onFrame = (_now: number, metadata: VideoFrameCallbackMetadata): void => {
    if (isOver) {
      return;
    }
    const timestamp = metadata.rtpTimestamp ?? newestTimestamp(source.receiver);
    if (timestamp === null ? isLate : isFrameOf(source, timestamp)) {
      end();
      then();
    } else {
      video.requestVideoFrameCallback(onFrame);
    }
  };
  const timer = setTimeout(() => {
    isLate = true;
    if (!canWatch) {
      then();
    }
  }, BLIND_COVER_MS);
  const end = (): void => {
    isOver = true;
    clearTimeout(timer);
  };
  isLate = source.after === null;
  if (canWatch) {
    video.requestVideoFrameCallback(onFrame);
  }
  return end;
}

function isFrameOf({ after }: PictureSource, timestamp: number): boolean {
  return after === null || isLater(timestamp, after);
}

function newestTimestamp(receiver: RTCRtpReceiver | null): number | null {
  return receiver?.getSynchronizationSources()[0]?.rtpTimestamp ?? null;
}
