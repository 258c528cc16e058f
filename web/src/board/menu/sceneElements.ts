/** Elements of a board as the editor shows them where nobody draws: in a replay, in a preview, in a file. */

import type { ExcalidrawElement } from "@excalidraw/excalidraw/element/types";
import type { BoardElement } from "../../protocol/generated";
import { toEditor } from "../convert";

/** The editor keeps what it has drawn by the element it drew: the same element is to be the same object. */
const known = new WeakMap<BoardElement, ExcalidrawElement>();

/** In the order in which they lie above each other. */
export function sceneElements(items: Iterable<BoardElement>): ExcalidrawElement[] {
  return [...items]
    .sort(({ element: a }, { element: b }) =>
      a.index < b.index ? -1 : a.index > b.index ? 1 : a.id < b.id ? -1 : 1,
    )
    .map(sceneElement);
}

function sceneElement(item: BoardElement): ExcalidrawElement {
  const before = known.get(item);
  if (before !== undefined) {
    return before;
  }
  const made = toEditor(item) as unknown as ExcalidrawElement;
  known.set(item, made);
  return made;
}
