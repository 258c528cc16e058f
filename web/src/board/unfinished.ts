/** What of the editor's scene a person is still at: it is neither sent nor changed by others until they let go. Pure. */

/** The parts of the editor's state that say so. */
export interface EditorWork {
  cursorButton: "up" | "down";
  newElement: { id: string } | null;
  multiElement: { id: string } | null;
  resizingElement: { id: string } | null;
  editingTextElement: { id: string } | null;
}

export interface Unfinished {
  /** While the pointer is down whatever changes is being dragged, resized, turned or erased. */
  all: boolean;
  /** A text that is being typed: it may be sent now and then, and is not changed by others meanwhile. */
  typing: string | null;
  ids: ReadonlySet<string>;
}

export function unfinishedIn(work: EditorWork): Unfinished {
  const ids = new Set<string>();
  for (const one of [work.newElement, work.multiElement, work.resizingElement]) {
    if (one !== null) {
      ids.add(one.id);
    }
  }
  const typing = work.editingTextElement?.id ?? null;
  if (typing !== null) {
    ids.add(typing);
  }
  return { all: work.cursorButton === "down", typing, ids };
}
