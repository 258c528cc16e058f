import { useEffect } from "react";
import { useNewest } from "../useBoard";

/** Where the editor is, in which files are dropped and pasted. */
const EDITOR = "[data-testid=board-canvas]";

/**
 * Calls back with files that somebody drops onto the board or pastes into it. The editor never gets them: it would show
 * them to this person alone, or put a file's content in place of the board.
 */
export function useFilesIntoBoard(
  onFiles: (files: readonly File[], at: { clientX: number; clientY: number } | null) => void,
): void {
  const newest = useNewest(onFiles);
  useEffect(() => {
    function take(event: DragEvent | ClipboardEvent): void {
      const isDrop = event instanceof DragEvent;
      const files = [...((isDrop ? event.dataTransfer : event.clipboardData)?.files ?? [])];
      const place = isDrop ? event.target : document.activeElement;
      if (files.length === 0 || !(place instanceof Element) || place.closest(EDITOR) === null) {
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      newest.current(files, isDrop ? event : null);
    }
    // At the window, on the way down: before the editor and whatever is around it.
    window.addEventListener("drop", take, { capture: true });
    window.addEventListener("paste", take, { capture: true });
    return () => {
      window.removeEventListener("drop", take, { capture: true });
      window.removeEventListener("paste", take, { capture: true });
    };
  }, [newest]);
}
