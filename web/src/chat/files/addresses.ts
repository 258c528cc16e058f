/** Where a file of a room's chat is, and how large it is in words. */

import type { Asker } from "./upload";

export function chatFileUrl({ project, member, room }: Asker, id: string, isSmall = false): string {
  const query = new URLSearchParams({ member, room, ...(isSmall ? { size: "preview" } : {}) });
  return `/projects/${encodeURIComponent(project)}/files/${encodeURIComponent(id)}?${query}`;
}

const KILO = 1_000;

/** Such as "340 kB" or "2.1 MB", as the language writes it. */
export function sizeInWords(bytes: number, language: string): string {
  const isLarge = bytes >= KILO * KILO;
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: isLarge ? "megabyte" : "kilobyte",
    maximumFractionDigits: isLarge ? 1 : 0,
  }).format(isLarge ? bytes / (KILO * KILO) : Math.max(1, bytes / KILO));
}
