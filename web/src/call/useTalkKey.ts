import { useEffect } from "react";

/** Where the space bar has a meaning of its own. */
const TAKES_SPACE =
  "input, textarea, select, button, a[href], summary, video[controls], [contenteditable], [role=button], [role=menu], [role=menuitem], [role=dialog], [role=alertdialog], [role=switch], [role=radio]";

/** The space bar, held anywhere else on the page: the microphone is on for as long. */
export function useTalkKey(isUsable: boolean, talk: (pressed: boolean) => void): void {
  useEffect(() => {
    if (!isUsable) {
      return;
    }
    let isHeld = false;
    function release(): void {
      if (isHeld) {
        isHeld = false;
        talk(false);
      }
    }
    function onKeyDown(event: KeyboardEvent): void {
      if (event.key !== " " || event.ctrlKey || event.metaKey || event.altKey) {
        return;
      }
      if (event.target instanceof Element && event.target.closest(TAKES_SPACE) !== null) {
        return;
      }
      event.preventDefault(); // the part of the page that has the focus would scroll
      if (!isHeld && !event.repeat) {
        isHeld = true;
        talk(true);
      }
    }
    function onKeyUp(event: KeyboardEvent): void {
      if (event.key === " ") {
        release();
      }
    }
    window.addEventListener("keydown", onKeyDown);
    window.addEventListener("keyup", onKeyUp);
    window.addEventListener("blur", release); // the key is let go elsewhere, and nobody tells
    return () => {
      release();
      window.removeEventListener("keydown", onKeyDown);
      window.removeEventListener("keyup", onKeyUp);
      window.removeEventListener("blur", release);
    };
  }, [isUsable, talk]);
}
