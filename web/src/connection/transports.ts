/**
 * Which transports to try next. Pure.
 *
 * WebSocket first. Where it does not open, socket.io-client itself goes on with polling. But some school proxies let it
 * hang, or open and then cut it: so a WebSocket that hung, or two in a row that died young, bring polling to the front;
 * and when polling does not open either, WebSocket gets its turn again.
 */

export type Transport = "websocket" | "polling";

/** A WebSocket that lives shorter than this did not work, whatever the reason given. */
export const YOUNG_MS = 15_000;

/** After polling for so long the network may be another one: WebSocket gets its turn again. */
export const LONG_MS = 10 * 60_000;

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
 * @param last the one it ended on; null when it got to none
 * @param livedMs how long it was open; null when it never was
 */
export function learn(
  history: TransportHistory,
  tried: Transport[],
  last: Transport | null,
  livedMs: number | null,
): TransportHistory {
  if (!tried.includes("websocket")) {
    const isLong = livedMs !== null && livedMs >= LONG_MS;
    return isLong ? NO_HISTORY : { ...history, pollingFailed: livedMs === null };
  }
  if (last !== "websocket") {
    return { ...history, pollingFailed: false }; // it went on with polling by itself, or there was no server
  }
  if (livedMs === null) {
    return { websocketFailures: FAILURES_UNTIL_POLLING, pollingFailed: false };
  }
  const websocketFailures = livedMs < YOUNG_MS ? history.websocketFailures + 1 : 0;
  return { websocketFailures, pollingFailed: false };
}
