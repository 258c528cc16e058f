/** Where a teacher's focus goes when what was pressed has gone from the strip: to where it was begun. */

export const TOOLS_ID = "lesson-tools";

export function focusTools(): void {
  document.getElementById(TOOLS_ID)?.focus();
}
