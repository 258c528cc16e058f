/** What others have added to a board since a listener last heard of it. Pure. */

import type { BoardElement } from "../../protocol/generated";
import { textOf } from "./entries";

type Elements = ReadonlyMap<string, BoardElement>;

export interface Addition {
  type: BoardElement["element"]["type"];
  text: string;
  creator: string;
}

/** New elements of others, the oldest first. A text inside a shape is said with the shape. */
export function additions(before: Elements, after: Elements, me: string | null): Addition[] {
  return [...after.values()]
    .filter(({ element, creator }) => !before.has(element.id) && creator !== me)
    .filter(({ element }) => element.type !== "text" || !after.has(element.containerId ?? ""))
    .sort((a, b) => a.at - b.at)
    .map((item) => ({
      type: item.element.type,
      text: textOf(item, after),
      creator: item.creator,
    }));
}
