import type { ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";

/** Share of the editor that what is shown takes: around it one sees where one is. */
const SHARE = 0.6;

/** Go to elements on the board and select them. */
export function showElements(api: ExcalidrawImperativeAPI | null, ids: readonly string[]): void {
  const wanted = new Set(ids);
  const elements = api?.getSceneElements().filter(({ id }) => wanted.has(id)) ?? [];
  if (api === null || elements.length === 0) {
    return;
  }
  api.updateScene({
    appState: { selectedElementIds: Object.fromEntries(ids.map((id) => [id, true] as const)) },
  });
  api.scrollToContent(elements, { fitToViewport: true, viewportZoomFactor: SHARE, maxZoom: 1 });
}
