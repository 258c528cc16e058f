import { CaptureUpdateAction } from "@excalidraw/excalidraw";
import type { ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";
import { useEffect } from "react";
import { showWhole } from "./firstView";

/**
 * While a board is small all of it is seen, also what is drawn meanwhile; then it is seen as before. The editor's view is
 * one's own: nobody else's changes.
 */
export function useWholeBoard(api: ExcalidrawImperativeAPI | null, isSmall: boolean): void {
  useEffect(() => {
    if (api === null || !isSmall) {
      return;
    }
    const { scrollX, scrollY, zoom } = api.getAppState();
    let shown = 0;
    function show(editor: ExcalidrawImperativeAPI): void {
      cancelAnimationFrame(shown);
      // After the editor has measured its new place, of which it hears as we do, and rendered.
      shown = requestAnimationFrame(() => {
        shown = requestAnimationFrame(() => {
          const elements = editor.getSceneElements();
          if (elements.length > 0) {
            showWhole(editor, elements);
          }
        });
      });
    }
    const area = document.querySelector(".board-canvas");
    const observer = new ResizeObserver(() => show(api));
    if (area !== null) {
      observer.observe(area);
    }
    let count = api.getSceneElements().length;
    const stop = api.onChange((elements) => {
      if (elements.length !== count) {
        count = elements.length;
        show(api);
      }
    });
    return () => {
      observer.disconnect();
      stop();
      cancelAnimationFrame(shown);
      if (area?.isConnected === true) {
        api.updateScene({
          appState: { scrollX, scrollY, zoom },
          captureUpdate: CaptureUpdateAction.NEVER,
        });
      }
    };
  }, [api, isSmall]);
}
