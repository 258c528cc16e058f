import { type RefObject, useLayoutEffect } from "react";

const GROWS_BY_ITSELF = CSS.supports("field-sizing", "content");

/** Lets a text box be as high as its text, in browsers that do not do so by themselves. CSS limits the height. */
export function useAutoGrow(box: RefObject<HTMLTextAreaElement | null>, text: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured after each change of the text
  useLayoutEffect(() => {
    if (!GROWS_BY_ITSELF && box.current !== null) {
      box.current.style.height = "auto";
      box.current.style.height = `${box.current.scrollHeight}px`;
    }
  }, [box, text]);
}
