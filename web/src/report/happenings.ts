/**
 * What has happened to this page, for a problem report: phases of the connection, codes of what went wrong, and when.
 *
 * Never a name, a text or an address: what an error says may hold all of these, so only its type and its place in our
 * own code are noted.
 */

import type { ConnectionState } from "../state/twinspace";

export interface Happening {
  /** Milliseconds after the page was opened. */
  at: number;
  what: string;
  code: string | null;
}

/** A quarter of an hour of a line that comes and goes every 20 s. The server takes no more (rtserver/problems.py). */
export const HAPPENINGS_MAX = 40;

/** What the server takes for a code: anything else is left out. */
const CODE = /^[A-Za-z0-9_.:@-]{1,80}$/;

/** The file, line and column of a stack's first line that lies in our own files. */
const PLACE = /\/assets\/([\w.-]+:\d+:\d+)/;

const happened: Happening[] = [];

export function note(what: string, code: string | null = null): void {
  const fitting = code !== null && CODE.test(code) ? code : null;
  happened.push({ at: Math.round(performance.now()), what, code: fitting });
  if (happened.length > HAPPENINGS_MAX) {
    happened.shift();
  }
}

export function noteConnection(state: ConnectionState, transport: string | null): void {
  switch (state.phase) {
    case "online":
      note(state.phase, transport);
      break;
    case "waiting":
      note(state.phase, state.refusal);
      break;
    case "ended":
      note(state.phase, state.code);
      break;
    default:
      note(state.phase);
  }
}

/** A fault of the page itself. */
export function noteFault(error: unknown): void {
  const isError = error instanceof Error;
  const place = PLACE.exec(isError ? (error.stack ?? "") : "")?.[1];
  const type = isError ? error.name : typeof error;
  note("fault", place === undefined ? type : `${type}@${place}`);
}

export function happenings(): readonly Happening[] {
  return happened;
}

/** Note what nobody has caught. */
export function noteFaults(): void {
  window.addEventListener("error", ({ error }) => noteFault(error));
  window.addEventListener("unhandledrejection", ({ reason }) => noteFault(reason));
}
