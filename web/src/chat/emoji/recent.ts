/** The emoji that somebody has used last on this device. */

import { emojiKey, recall, remember } from "../../connection/memory";

/** Two rows of EmojiGrid. */
export const RECENT_MAX = 16;

/** The newest first. */
export function recentEmoji(member: string): readonly string[] {
  return (recall(emojiKey(member)) ?? "").split(" ").filter((emoji) => emoji !== "");
}

export function addRecent(member: string, emoji: string): void {
  const others = recentEmoji(member).filter((each) => each !== emoji);
  remember(emojiKey(member), [emoji, ...others].slice(0, RECENT_MAX).join(" "));
}
