/** What one had in a call that begins anew, as its server has ended: a raised hand, and whom one had made large. */

import type { CallView, Participant } from "../protocol/generated";
import { findParticipant, handPlace } from "../state/callSelectors";
import type { TwinSpaceState } from "../state/twinspace";

export interface Acts {
  raiseHand(raised: boolean): Promise<void>;
  watch(participant: string): Promise<void>;
}

export class CarriedOver {
  readonly #acts: Acts;
  #isHandUp = false;
  /** By what stays the same: ids of participants are another call's. */
  #watched: Pick<Participant, "member" | "kind"> | null = null;

  constructor(acts: Acts) {
    this.#acts = acts;
  }

  /** The connection to the call is gone: this is how it was. */
  keep(state: TwinSpaceState): void {
    const { me, room, watching } = state.call.mine;
    this.#isHandUp = room !== null && me !== null && handPlace(state, room, me) !== null;
    this.#watched = findParticipant(state, watching);
  }

  /** The call begins anew, or somebody new is in it: have there what one had. */
  takeUp({ participants }: CallView): void {
    if (this.#isHandUp) {
      this.#isHandUp = false;
      this.#acts.raiseHand(true).catch(() => {}); // it may not be wanted any more
    }
    const watched = participants.find(
      ({ member, kind }) => member === this.#watched?.member && kind === this.#watched.kind,
    );
    if (watched !== undefined) {
      this.#watched = null;
      this.#acts.watch(watched.id).catch(() => {});
    }
  }

  /** Somebody else was made large, or nobody is to be. */
  dropWatched(): void {
    this.#watched = null;
  }

  /** Nothing is to be had again: the call goes on as it was, or is over. */
  drop(): void {
    this.#isHandUp = false;
    this.#watched = null;
  }
}
