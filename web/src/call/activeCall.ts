/** One participation in a call, from its answer to its end: what carries it, and what watches how well. */

import type { Push } from "../connection/link";
import type { Bandwidth, CallJoined, CallView } from "../protocol/generated";
import type { CallAction, MyCall } from "../state/call";
import { CallMedia, type CallMediaOptions } from "./callMedia";
import { Monitor } from "./monitor";

export interface ActiveCallOptions extends Omit<CallMediaOptions, "onPhase"> {
  mine(): MyCall;
  dispatch(action: CallAction): void;
}

export type BeginCall = (options: ActiveCallOptions) => ActiveCall;

export function beginCall(options: ActiveCallOptions): ActiveCall {
  return new ActiveCall(options);
}

export class ActiveCall {
  readonly #options: ActiveCallOptions;
  readonly #room: string;
  readonly #media: CallMedia;
  readonly #monitor: Monitor;

  constructor(options: ActiveCallOptions) {
    const { mine, dispatch, request, browser, joined } = options;
    this.#options = options;
    this.#room = joined.call.room;
    this.#media = new CallMedia({
      ...options,
      onPhase: (media) => {
        if (media !== mine().media) {
          dispatch({ type: "call-media", media });
        }
      },
    });
    this.#monitor = new Monitor({
      peers: () => this.#media.peers,
      isConnected: () => this.#media.isConnected,
      now: browser.now,
      onQuality: (quality) => {
        dispatch({ type: "call-quality", quality });
        request("call.report_quality", { room: this.#room, quality }).catch(() => {});
      },
      onBandwidth: (now) => {
        dispatch({ type: "call-bandwidth", choice: mine().bandwidthChoice, now });
        this.#sayBandwidth().catch(() => {});
      },
    });
    this.#monitor.start();
    if (mine().bandwidthChoice !== "automatic") {
      this.setBandwidth(mine().bandwidthChoice).catch(() => {}); // chosen in an earlier call
    }
  }

  /** The call has changed. */
  update(view: CallView): void {
    this.#media.update(view);
  }

  /** It goes on over a new connection to the server. */
  resume({ call }: CallJoined): void {
    this.#media.update(call);
    this.#media.resume();
    this.#sayBandwidth().catch(() => {}); // it may have changed meanwhile
  }

  onNetworkChange(): void {
    this.#media.onNetworkChange();
  }

  /** What the server pushes to this participant alone. */
  onPush(push: Push): void {
    switch (push.name) {
      case "call_asked":
        this.#options.dispatch({ type: "call-asked", asked: push.payload });
        break;
      case "call_slots":
        this.#media.onSlots(push.payload);
        break;
      case "call_rebuild":
        this.#media.onRebuild();
        break;
      case "call_description":
        this.#media.onDescription(push.payload);
        break;
      case "call_candidate":
        this.#media.onCandidate(push.payload);
        break;
    }
  }

  async setBandwidth(choice: Bandwidth | "automatic"): Promise<void> {
    this.#monitor.choose(choice);
    this.#options.dispatch({ type: "call-bandwidth", choice, now: this.#monitor.bandwidth });
    await this.#sayBandwidth();
  }

  close(): void {
    this.#monitor.stop();
    this.#media.close();
  }

  async #sayBandwidth(): Promise<void> {
    const { phase } = this.#options.mine();
    if (phase === "in") {
      await this.#options.request("call.set_bandwidth", {
        room: this.#room,
        bandwidth: this.#monitor.bandwidth,
        automatic: this.#monitor.isAutomatic,
      });
    }
  }
}
