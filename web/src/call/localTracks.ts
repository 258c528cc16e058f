/** The tracks that one sends, and who wants to know when they change. */

import type { Medium } from "../protocol/generated";

export class LocalTracks {
  readonly #tracks = new Map<Medium, MediaStreamTrack>();
  readonly #listeners = new Set<(medium: Medium) => void>();

  get(medium: Medium): MediaStreamTrack | null {
    return this.#tracks.get(medium) ?? null;
  }

  set(medium: Medium, track: MediaStreamTrack | null): void {
    if (this.get(medium) === track) {
      return;
    }
    if (track === null) {
      this.#tracks.delete(medium);
    } else {
      this.#tracks.set(medium, track);
    }
    for (const listener of this.#listeners) {
      listener(medium);
    }
  }

  onChange(listener: (medium: Medium) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
