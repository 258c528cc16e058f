import type { KeyboardEvent } from "react";

/** What Safari reports for the Enter that ends a composition, after it has ended. */
const KEY_CODE_COMPOSING = 229;

/** Enter that sends: not with Shift, and not the one that chooses a word in an input method. */
export function isEnterToSend(event: KeyboardEvent): boolean {
  const { isComposing, keyCode } = event.nativeEvent;
  return event.key === "Enter" && !event.shiftKey && !isComposing && keyCode !== KEY_CODE_COMPOSING;
}
