import { mayMoveFocus } from "../ui/lateFocus";

export const TOOLS_ID = "lesson-tools";

/** Where a teacher's focus goes when what was pressed, in `from`, has gone from the strip: to where it was begun. */
export function focusTools(from: Element | null | undefined): void {
  if (mayMoveFocus(from)) {
    document.getElementById(TOOLS_ID)?.focus();
  }
}
