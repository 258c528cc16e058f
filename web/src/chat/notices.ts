/** Notices of the device about mentions: only for whom has switched them on, and without what was written. */

import { noticesKey, recall, remember } from "../connection/memory";

/** `unknown`: the browser has to ask first. */
export type Permission = "granted" | "denied" | "unknown" | "impossible";

export function noticePermission(): Permission {
  if (!("Notification" in globalThis)) {
    return "impossible";
  }
  return Notification.permission === "default" ? "unknown" : Notification.permission;
}

/** Whether this person wants notices on this device, and the browser lets us. */
export function areNoticesOn(member: string): boolean {
  return recall(noticesKey(member)) === "on" && noticePermission() === "granted";
}

/** Switch them on or off; the browser may have to ask. Answers whether they are on now. */
export async function switchNotices(member: string, isOn: boolean): Promise<boolean> {
  if (isOn && noticePermission() === "unknown") {
    await Notification.requestPermission();
  }
  const areOn = isOn && noticePermission() === "granted";
  remember(noticesKey(member), areOn ? "on" : null);
  return areOn;
}

export interface Notice {
  text: string;
  /** A later one of the same room takes its place. */
  room: string;
  onPress(): void;
}

export function showNotice({ text, room, onPress }: Notice): void {
  try {
    const notice = new Notification(text, { tag: room });
    notice.onclick = () => {
      window.focus();
      notice.close();
      onPress();
    };
  } catch {
    // Android's browsers show none from a page; its title and the room's badge say it.
  }
}
