/**
 * Whether an answer that comes late may move the focus: only who is still at `from`, or nowhere, as when what was pressed
 * has gone. Everybody else writes somewhere else by now.
 */
export function mayMoveFocus(from: Element | null | undefined): boolean {
  const { activeElement, body } = document;
  return activeElement === null || activeElement === body || from?.contains(activeElement) === true;
}
