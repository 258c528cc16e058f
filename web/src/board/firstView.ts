/** The view that a board is shown in first, and what was just put on it. */

import { CaptureUpdateAction, getCommonBounds } from "@excalidraw/excalidraw";
import type { ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";
import type { Rect } from "./ports";
import { isWithin, rectOf, showing, withMargin } from "./view";

/** Nothing is larger than it was drawn. */
const FIRST_ZOOM_MAX = 1;

/** Show all of these elements, unless all of them are in view. */
export function showNew(api: ExcalidrawImperativeAPI, elements: readonly unknown[]): void {
  const { scrollX, scrollY, zoom, width, height } = api.getAppState();
  const seen = rectOf({ scrollX, scrollY, zoom: zoom.value, width, height });
  if (!isWithin(boundsOf(elements), seen)) {
    showWhole(api, elements);
  }
}

/** Show all of these elements. The editor's own `scrollToContent` zooms in whole tenths: on a phone boards are tiny. */
export function showWhole(api: ExcalidrawImperativeAPI, elements: readonly unknown[]): void {
  const rect = withMargin(boundsOf(elements));
  const { scrollX, scrollY, zoom } = showing(rect, api.getAppState(), FIRST_ZOOM_MAX);
  api.updateScene({
    appState: { scrollX, scrollY, zoom: { value: zoom as never } },
    captureUpdate: CaptureUpdateAction.NEVER,
  });
}

function boundsOf(elements: readonly unknown[]): Rect {
  const [left, top, right, bottom] = getCommonBounds(elements as never);
  return { x: left, y: top, width: right - left, height: bottom - top };
}
