/** Why one cannot write here, in words: a title and what happens next. */

import type { TFunction } from "i18next";
import { failureText } from "../locales/i18n";
import type { ErrorCode } from "../protocol/generated";
import type { IconName } from "../ui/Icon";

/** What keeps one from writing; of a room that is closed as the lesson is over there is more to say. */
export type Obstacle = ErrorCode | "lesson_over";

const ICONS = {
  room_closed: "door",
  lesson_over: "door",
  no_teacher_present: "staff",
  room_locked: "pause",
  capability_off: "mute",
  project_archived: "lock",
  project_not_started: "clock",
  room_banned: "lock",
} as const satisfies Partial<Record<Obstacle, IconName>>;

type Explained = keyof typeof ICONS;

function isExplained(code: Obstacle): code is Explained {
  return code in ICONS;
}

export function blockedIcon(code: Obstacle): IconName {
  return isExplained(code) ? ICONS[code] : "lock";
}

export function blockedTitle(t: TFunction, code: Obstacle): string | null {
  return isExplained(code) ? t(`blocked.title.${code}`) : null;
}

export function blockedText(t: TFunction, code: Obstacle): string {
  return isExplained(code) ? t(`blocked.text.${code}`) : failureText(t, code, code);
}
