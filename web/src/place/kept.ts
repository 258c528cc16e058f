/** What this device remembers of how its classrooms are arranged: per kind of room, and per situation. */

import { recall, remember } from "../connection/memory";
import type { RoomView } from "../protocol/generated";
import { type Arrangement, PARTS, type Part, type SituationName } from "./arrangement";

export type RoomKind = RoomView["kind"];

export interface Kept {
  isBoardOpen: boolean;
  /** Where somebody has changed it. */
  arrangements: Partial<Record<SituationName, Arrangement>>;
}

const NOTHING: Kept = { isBoardOpen: false, arrangements: {} };

export function recallPlace(kind: RoomKind): Kept {
  const kept = parsed(recall(keyOf(kind)));
  if (typeof kept !== "object" || kept === null) {
    return NOTHING;
  }
  const { isBoardOpen, arrangements } = kept as Partial<Kept>;
  const entries = Object.entries(arrangements ?? {}).filter(([, value]) => isArrangement(value));
  return { isBoardOpen: isBoardOpen === true, arrangements: Object.fromEntries(entries) };
}

export function rememberPlace(kind: RoomKind, kept: Kept): void {
  remember(keyOf(kind), JSON.stringify(kept));
}

function keyOf(kind: RoomKind): string {
  return `place.${kind}`;
}

function parsed(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null; // of another version of the page, or changed by hand
  }
}

function isArrangement(value: unknown): value is Arrangement {
  const { large, small } = (value ?? {}) as Partial<Arrangement>;
  if (!Array.isArray(small)) {
    return false;
  }
  const all: unknown[] = [large, ...small];
  return all.every(isPart) && new Set(all).size === all.length;
}

function isPart(value: unknown): value is Part {
  return PARTS.some((part) => part === value);
}
