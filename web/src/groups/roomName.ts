/** What a room is called for its reader: what nobody has given a name has one in each reader's own language. */

import type { TFunction } from "i18next";
import type { RoomKind, RoomView } from "../protocol/generated";

type Named = Pick<RoomView, "kind" | "name" | "group_number">;

/** The names that a project's rooms have when whoever opened it chose none, and the words in their place. */
const UNNAMED = {
  "class-room": ["Class room", "rooms.classRoom"],
  "staff-room": ["Staff room", "rooms.staffRoom"],
} as const satisfies Partial<Record<RoomKind, readonly [string, string]>>;

export function roomName(t: TFunction, { kind, name, group_number }: Named): string {
  if (group_number != null) {
    return t("rooms.groupName", { number: group_number });
  }
  if (kind !== "class-room" && kind !== "staff-room") {
    return name;
  }
  const [usual, words] = UNNAMED[kind];
  return name === usual ? t(words) : name;
}
