/** Plays what others say: one `<audio>` for each track, in no document. */

import type { CallBrowser } from "./ports";

export class Sound {
  readonly #browser: CallBrowser;
  readonly #onBlocked: (blocked: boolean) => void;
  readonly #elements = new Map<MediaStreamTrack, HTMLAudioElement>();
  #speaker = "";
  #isBlocked = false;

  constructor(browser: CallBrowser, onBlocked: (blocked: boolean) => void) {
    this.#browser = browser;
    this.#onBlocked = onBlocked;
  }

  /** Play exactly these tracks. Those that play already are not interrupted. */
  play(tracks: readonly MediaStreamTrack[]): void {
    for (const [track, element] of this.#elements) {
      if (!tracks.includes(track)) {
        element.srcObject = null;
        this.#elements.delete(track);
      }
    }
    for (const track of tracks) {
      if (!this.#elements.has(track)) {
        const element = this.#browser.makeAudio();
        element.srcObject = this.#browser.makeStream([track]);
        this.#elements.set(track, element);
        this.#route(element);
        void this.#start(element);
      }
    }
  }

  /** Use this loudspeaker; null: the browser's choice. */
  setSpeaker(id: string | null): void {
    this.#speaker = id ?? "";
    for (const element of this.#elements.values()) {
      this.#route(element);
    }
  }

  /** From a click: browsers play no sound on a page that nobody has touched. */
  async unblock(): Promise<void> {
    this.#setBlocked(false);
    await Promise.all([...this.#elements.values()].map((element) => this.#start(element)));
  }

  close(): void {
    this.play([]);
    this.#setBlocked(false);
  }

  async #start(element: HTMLAudioElement): Promise<void> {
    try {
      await element.play();
    } catch (error) {
      // Anything else is a track that was taken away while it began.
      if (error instanceof Error && error.name === "NotAllowedError") {
        this.#setBlocked(true);
      }
    }
  }

  #route(element: HTMLAudioElement): void {
    if ("setSinkId" in element && element.sinkId !== this.#speaker) {
      element.setSinkId(this.#speaker).catch(() => {}); // unplugged: the browser's choice plays on
    }
  }

  #setBlocked(blocked: boolean): void {
    if (blocked !== this.#isBlocked) {
      this.#isBlocked = blocked;
      this.#onBlocked(blocked);
    }
  }
}
