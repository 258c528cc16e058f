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

/** Forget what is a person's own: another may use this browser next. */
export function forgetPerson(member: string): void {
  const keys = [draftKey, draftReplyKey, readKey].map((key) => key(member, ""));
  const own = [...keys, noticesKey(member), emojiKey(member)].map((key) => PREFIX + key);
  try {
    for (const key of Object.keys(localStorage)) {
      if (own.some((start) => key.startsWith(start))) {
        localStorage.removeItem(key);
      }
    }
  } catch {
    // As above: then nothing was kept.
  }
}

export function draftKey(member: string, room: string): string {
  return `draft.${member}.${room}`;
}

/** The message that a draft answers. */
export function draftReplyKey(member: string, room: string): string {
  return `draft-reply.${member}.${room}`;
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
