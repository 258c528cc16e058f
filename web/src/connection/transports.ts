/**
 * Which transports to try next. Pure.
 *
 * WebSocket first. Some school proxies let it open and then cut it or pass nothing; socket.io-client only falls back
 * when it does not open. So what happened before counts: after two WebSocket connections in a row that never worked or
 * died young, polling goes first; and when polling fails too, WebSocket gets its turn again.
 */

export type Transport = "websocket" | "polling";

/** A WebSocket that lives shorter than this did not work, whatever the reason given. */
export const YOUNG_MS = 15_000;

const FAILURES_UNTIL_POLLING = 2;

export interface TransportHistory {
  websocketFailures: number;
  pollingFailed: boolean;
}

export const NO_HISTORY: TransportHistory = { websocketFailures: 0, pollingFailed: false };

export function transportsToTry(history: TransportHistory): Transport[] {
  const avoidWebSocket = history.websocketFailures >= FAILURES_UNTIL_POLLING;
  return avoidWebSocket && !history.pollingFailed ? ["polling"] : ["websocket", "polling"];
}

/**
 * What a connection that has ended teaches.
 *
 * @param tried the transports it was given
 * @param used the transport it ended on; null when it never opened
 * @param livedMs how long it was open, 0 when it never was
 */
export function learn(
  history: TransportHistory,
  tried: Transport[],
  used: Transport | null,
  livedMs: number,
): TransportHistory {
  const worked = used !== null && livedMs >= YOUNG_MS;
  if (!tried.includes("websocket")) {
    return { ...history, pollingFailed: !worked && used === null };
  }
  if (used === "polling") {
    return history; // it fell back by itself: nothing to add
  }
  const websocketFailures = worked ? 0 : history.websocketFailures + 1;
  return { websocketFailures, pollingFailed: false };
}
