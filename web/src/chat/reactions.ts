/** The reactions that the server takes, and how they are called. */

import type { TFunction } from "i18next";
import type { Reaction } from "../connection/chatClient";
import { REACTIONS } from "../protocol/generated";

/** Those at hand; the others are one press away. */
export const QUICK_REACTIONS: readonly Reaction[] = ["👍", "❤️", "😂", "🎉"];

export const ALL_REACTIONS: readonly Reaction[] = REACTIONS;

/** How a reaction is read out. One that this page does not know is read as the device reads it. */
export function reactionName(t: TFunction, reaction: string): string {
  const names: Record<Reaction, string> = {
    "👍": t("reactions.thumbsUp"),
    "❤️": t("reactions.heart"),
    "😂": t("reactions.laughing"),
    "😮": t("reactions.surprised"),
    "😢": t("reactions.sad"),
    "🎉": t("reactions.party"),
    "👏": t("reactions.applause"),
    "🙏": t("reactions.thanks"),
    "🤔": t("reactions.thinking"),
    "✅": t("reactions.done"),
    "❌": t("reactions.no"),
    "❓": t("reactions.question"),
    "☀️": t("reactions.sun"),
    "🌍": t("reactions.world"),
    "⭐": t("reactions.star"),
    "💡": t("reactions.idea"),
    "🔥": t("reactions.great"),
    "👀": t("reactions.looking"),
    "🙌": t("reactions.hooray"),
    "💪": t("reactions.strong"),
    "🎨": t("reactions.art"),
    "🎵": t("reactions.music"),
    "📚": t("reactions.books"),
    "🥳": t("reactions.celebrating"),
  };
  return isKnown(reaction) ? names[reaction] : reaction;
}

export function isKnown(reaction: string): reaction is Reaction {
  return (ALL_REACTIONS as readonly string[]).includes(reaction);
}
