/** Milliseconds after which a dialog that is not there does not come any more; a busy browser takes long to draw it. */
const DRAWN_MS = 3_000;

/**
 * Gives the focus to the help of the editor's. Its links, which the editor would give it to, lead to other sites and are
 * hidden: Escape has to reach it. Looks once a frame until it is drawn. `isOpen`: whether it is wanted still.
 */
export function focusHelp(isOpen: () => boolean, until = performance.now() + DRAWN_MS): void {
  const help = document.querySelector<HTMLElement>(".HelpDialog .Modal__content");
  if (help !== null) {
    help.focus();
  } else if (isOpen() && performance.now() < until) {
    requestAnimationFrame(() => focusHelp(isOpen, until));
  }
}
