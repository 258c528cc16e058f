/** The tiles of `state.call`, from the pictures there are and what is seen of them. */

import type { Tile } from "../state/call";
import type { PictureSource } from "./tiles";

export class TileList {
  readonly #onChange: (tiles: readonly Tile[]) => void;
  #sources: readonly PictureSource[] = [];
  /** Streams of which a frame was seen. */
  readonly #uncovered = new Set<string>();
  /** Streams by key, in the order they came. */
  readonly #revisions = new Map<string, number>();
  #revision = 0;
  #shown = "";

  constructor(onChange: (tiles: readonly Tile[]) => void) {
    this.#onChange = onChange;
  }

  update(sources: ReadonlyMap<string, PictureSource>): void {
    this.#sources = [...sources.values()];
    const keys = new Set(this.#sources.map(({ key }) => key));
    for (const key of this.#revisions.keys()) {
      if (!keys.has(key)) {
        this.#revisions.delete(key);
        this.#uncovered.delete(key);
      }
    }
    for (const key of keys) {
      if (!this.#revisions.has(key)) {
        this.#revision += 1;
        this.#revisions.set(key, this.#revision);
      }
    }
    this.#tell();
  }

  uncover({ key }: PictureSource): void {
    if (this.#revisions.has(key)) {
      this.#uncovered.add(key);
      this.#tell();
    }
  }

  #tell(): void {
    const tiles = this.#sources.map(({ participant, medium, via, key }) => ({
      participant,
      medium,
      via,
      covered: !this.#uncovered.has(key),
      revision: this.#revisions.get(key) ?? 0,
    }));
    const shown = JSON.stringify(tiles);
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.#onChange(tiles);
    }
  }
}
