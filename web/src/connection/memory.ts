/** Small things this device remembers: drafts, read marks, the language. Nothing here is needed to work. */

const PREFIX = "rtserver.";

export function remember(key: string, value: string | null): void {
  try {
    if (value === null) {
      localStorage.removeItem(PREFIX + key);
    } else {
      localStorage.setItem(PREFIX + key, value);
    }
  } catch {
    // A private window, or storage is full or switched off.
  }
}

export function recall(key: string): string | null {
  try {
    return localStorage.getItem(PREFIX + key);
  } catch {
    return null;
  }
}

/** The keys of what is remembered that begin so. */
export function keysBeginning(beginning: string): string[] {
  const start = PREFIX + beginning;
  try {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(start));
    return keys.map((key) => key.slice(PREFIX.length));
  } catch {
    return []; // as above: then nothing was kept
  }
}

/** Forget what is a person's own: another may use this browser next. */
export function forgetPerson(member: string): void {
  const earlier = [`draft-reply.${member}.`]; // kept by an earlier page
  const own = [`${DRAFTS}${member}.`, readKey(member, ""), noticesKey(member), emojiKey(member)];
  for (const key of [...own, ...earlier].flatMap(keysBeginning)) {
    remember(key, null);
  }
}

/** With it all keys of drafts begin. */
export const DRAFTS = "draft.";

/** What was typed in one tab and not sent. */
export function draftKey(member: string, room: string, tab: string): string {
  return `${DRAFTS}${member}.${room}.${tab}`;
}

/** Whether the browser tells a person of this device about mentions. */
export function noticesKey(member: string): string {
  return `notices.${member}.mentions`;
}

/** The emoji that a person has used last on this device. */
export function emojiKey(member: string): string {
  return `emoji.${member}.recent`;
}

/** Up to which message a room was read on this device; null when it never was. */
export function readMark(member: string, room: string): number | null {
  const mark = recall(readKey(member, room));
  return mark === null ? null : Number(mark) || 0;
}

export function setReadMark(member: string, room: string, seq: number): void {
  if (seq > (readMark(member, room) ?? -1)) {
    remember(readKey(member, room), String(seq));
  }
}

function readKey(member: string, room: string): string {
  return `read.${member}.${room}`;
}
