/** Watches one's own connection during a call, and takes less of it when it cannot carry all. */

import type { Bandwidth, Quality } from "../protocol/generated";
import { Ladder } from "./ladder";
import { QualityMark, reception } from "./quality";
import { readCounts } from "./stats";

/** How often statistics are read. */
export const SAMPLE_MS = 2_000;

export interface MonitorOptions {
  peers(): readonly RTCPeerConnection[];
  isConnected(): boolean;
  now(): number;
  onQuality(quality: Quality): void;
  onBandwidth(bandwidth: Bandwidth, automatic: boolean): void;
}

export class Monitor {
  readonly #options: MonitorOptions;
  readonly #mark = new QualityMark();
  /** The same of what one receives: by it the ladder goes. */
  readonly #reception = new QualityMark();
  readonly #ladder = new Ladder();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: MonitorOptions) {
    this.#options = options;
  }

  get bandwidth(): Bandwidth {
    return this.#ladder.bandwidth;
  }

  get isAutomatic(): boolean {
    return this.#ladder.isAutomatic;
  }

  get quality(): Quality {
    return this.#mark.mark;
  }

  start(): void {
    this.#timer = setInterval(() => void this.sample(), SAMPLE_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** By hand, or give the choice back. */
  choose(choice: Bandwidth | "automatic"): void {
    this.#ladder.choose(choice);
  }

  async sample(): Promise<void> {
    const { peers, isConnected, now, onQuality, onBandwidth } = this.#options;
    const reports = await Promise.all(peers().map((peer) => peer.getStats()));
    if (reports.length === 0) {
      return;
    }
    const before = { quality: this.#mark.mark, bandwidth: this.#ladder.bandwidth };
    const isUp = isConnected();
    const counts = readCounts(reports, isUp);
    const quality = this.#mark.sample(counts);
    const received = this.#reception.sample(reception(counts));
    if (quality !== before.quality) {
      onQuality(quality);
    }
    // A broken connection is repaired; taking less of it would not help.
    this.#ladder.observe(isUp ? received : "unknown", now());
    if (this.#ladder.bandwidth !== before.bandwidth) {
      onBandwidth(this.#ladder.bandwidth, true);
    }
  }
}
