/** Cards for a class, who has come in, and taking it back: rtserver/sheets/http.py. Nothing of it is kept anywhere. */

import { ask } from "../connection/session";
import type { SchoolClass } from "../protocol/generated";

/** A code as the path of an SVG: modules of a side, and the dark ones. */
export interface QrCode {
  size: number;
  path: string;
}

export interface Card {
  member: string;
  name: string;
  /** Lets whoever has it in, once. */
  url: string;
  qr: QrCode;
}

export interface Sheet {
  title: string;
  class: SchoolClass;
  /** What stands in the address bar where the cards lead. */
  site: string;
  expires_at: number;
  cards: Card[];
}

/** How far a pupil has come. Times are milliseconds since 1970 UTC. */
export interface Entry {
  /** When a device was last signed in, as far as that is remembered. */
  came_in_at: number | null;
  /** How many are signed in now. */
  devices: number;
  /** Until when a link is good that was not used yet. */
  link_until: number | null;
}

export interface PupilEntry extends Entry {
  member: string;
  name: string;
}

/** Whom the browser asks as, and about which class. */
export interface Asking {
  project: string;
  member: string;
  classId: string;
}

export async function listPupils(asking: Asking): Promise<PupilEntry[]> {
  const address = addressOf(asking, "sheets", { class: asking.classId });
  return (await ask<{ pupils: PupilEntry[] }>("GET", address)).pupils;
}

/** Fresh links; the unused ones of these pupils end. */
export function makeSheet(asking: Asking, members: readonly string[]): Promise<Sheet> {
  return ask("POST", addressOf(asking, "sheets"), { class: asking.classId, members });
}

/** End a pupil's unused links and signed-in devices. */
export function revoke(asking: Asking, pupil: string): Promise<Entry> {
  return ask("POST", addressOf(asking, "revocations"), { member: pupil });
}

function addressOf(asking: Asking, what: string, more: Record<string, string> = {}): string {
  const query = new URLSearchParams({ member: asking.member, ...more });
  return `/projects/${encodeURIComponent(asking.project)}/${what}?${query.toString()}`;
}
