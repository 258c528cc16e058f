/** Excalidraw as it is published, with nothing of ours: what `tests/browser/public_editor.py` draws with. */

import "@excalidraw/excalidraw/index.css";
import {
  convertToExcalidrawElements,
  Excalidraw,
  restoreElements,
  serializeAsJSON,
} from "@excalidraw/excalidraw";
import type { ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";
import { createRoot } from "react-dom/client";

type Skeletons = Parameters<typeof convertToExcalidrawElements>[0];

/** What the script calls from outside. */
interface PublicEditor {
  api: ExcalidrawImperativeAPI;
  /** Put elements on the canvas that have no tool for a hand, whole as after loading a file. */
  add(skeletons: Skeletons): void;
  /** The file that "Save to…" writes. */
  saved(): string;
}

declare global {
  interface Window {
    editor?: PublicEditor;
  }
}

function keep(api: ExcalidrawImperativeAPI): void {
  window.editor = {
    api,
    add: (skeletons) => {
      const made = restoreElements(convertToExcalidrawElements(skeletons), null);
      api.updateScene({ elements: [...api.getSceneElements(), ...made] });
    },
    saved: () =>
      serializeAsJSON(api.getSceneElements(), api.getAppState(), api.getFiles(), "local"),
  };
}

const place = document.getElementById("editor");
if (place !== null) {
  createRoot(place).render(
    <Excalidraw excalidrawAPI={keep} initialData={{ appState: { zenModeEnabled: true } }} />,
  );
}
