/** The chat of a room as a file, as this person sees it. */

import { ask, at } from "../board/files";
import { noAnswer } from "../connection/failure";

export type ChatFormat = "html" | "csv";

interface Asker {
  project: string;
  member: string;
  room: string;
}

/** How the reader's device writes dates and numbers. `locale`: its own where there is none. */
export interface Habits {
  language: string;
  locale?: string;
}

/** The address of the file: times on the reader's clock, a table as their spreadsheet takes it. */
export function chatUrl(asker: Asker, format: ChatFormat, { language, locale }: Habits): string {
  const { project, member, room } = asker;
  const query = new URLSearchParams({
    member,
    format,
    language,
    timezone: new Intl.DateTimeFormat(locale).resolvedOptions().timeZone,
    separator: separatorOf(locale),
  });
  return `${at(project)}/rooms/${encodeURIComponent(room)}/messages?${query}`;
}

/** Throws `CommandFailed`. */
export async function downloadChat(
  asker: Asker,
  format: ChatFormat,
  habits: Habits,
): Promise<Blob> {
  const response = await ask(chatUrl(asker, format, habits), {});
  return await response.blob().catch(() => {
    throw noAnswer();
  });
}

/** Where the comma is the decimal sign, spreadsheets want semicolons between the cells. */
function separatorOf(locale?: string): "comma" | "semicolon" {
  const parts = new Intl.NumberFormat(locale).formatToParts(1.5);
  return parts.some(({ type, value }) => type === "decimal" && value === ".")
    ? "comma"
    : "semicolon";
}
