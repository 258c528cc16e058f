/** Messages on their way: what the outbox holds, as the page shows it. Pure. */

import type { ErrorCode, Event, RoomJoined } from "../protocol/generated";

/** Why a message was refused for good. */
export interface Refusal {
  code: ErrorCode | "unknown";
  message: string;
}

/** A picture or document on its way: kept on this device until its message is in the log. */
export interface SendingFile {
  name: string;
  blob: Blob;
  /** Pixels of a picture; null of a document. */
  width: number | null;
  height: number | null;
  /** The server has it under this id. */
  id?: string;
}

export interface Outgoing {
  nonce: string;
  room: string;
  text: string;
  /** The message that it answers. */
  reply?: number | null;
  files?: readonly SendingFile[];
  /** When it was written, by this device's clock. */
  at: number;
  /** The seq it got: it is in the log and only its event is still to come. */
  accepted: number | null;
  refusal: Refusal | null;
}

/**
 * What the outbox holds now, keeping those that were accepted but whose event has not come. `shown`: nonces of one's own
 * messages that are in the log already; the outbox may hold them for a moment longer.
 */
export function replaceOutgoing(
  before: Outgoing[],
  held: Outgoing[],
  shown: ReadonlySet<string>,
): Outgoing[] {
  const known = new Map(before.map((message) => [message.nonce, message]));
  const nonces = new Set(held.map((message) => message.nonce));
  const awaitingEvent = before.filter(
    (message) => message.accepted !== null && !nonces.has(message.nonce),
  );
  const current = held
    .filter((message) => !shown.has(message.nonce))
    .map((message) => ({ ...message, accepted: known.get(message.nonce)?.accepted ?? null }));
  return [...awaitingEvent, ...current];
}

export function acceptOutgoing(before: Outgoing[], nonce: string, seq: number): Outgoing[] {
  return before.map((message) =>
    message.nonce === nonce ? { ...message, accepted: seq, refusal: null } : message,
  );
}

/** One's own event stands for the message from now on. */
export function settleByEvent(before: Outgoing[], event: Event, me: string | null): Outgoing[] {
  if (event.actor !== me || event.nonce === null) {
    return before;
  }
  const nonce = event.nonce;
  return before.some((message) => message.nonce === nonce)
    ? before.filter((message) => message.nonce !== nonce)
    : before;
}

/** After a join: drop what its snapshot or events show, and what was accepted at or before its position. */
export function settleByJoin(
  before: Outgoing[],
  joined: RoomJoined,
  me: string | null,
): Outgoing[] {
  const own = (joined.snapshot?.messages ?? []).filter((message) => message.actor === me);
  const shown = new Set(own.map((message) => message.nonce));
  let after = before.filter((message) => {
    if (message.room !== joined.room) {
      return true;
    }
    const seen = message.accepted !== null && message.accepted <= joined.position.seq;
    return !seen && !shown.has(message.nonce);
  });
  for (const event of joined.events ?? []) {
    after = settleByEvent(after, event, me);
  }
  return after;
}
