import { type RefObject, useLayoutEffect, useState } from "react";

/** The longer words for an empty box where they fit into its width, else the shorter: a box cuts them off without a sign. */
export function useFittingPlaceholder(
  input: RefObject<HTMLTextAreaElement | null>,
  longer: string,
  shorter: string,
): string {
  const [fits, setFits] = useState(true);
  useLayoutEffect(() => {
    const box = input.current;
    if (box === null) {
      return;
    }
    const observer = new ResizeObserver(() => setFits(widthOf(longer, box) <= innerWidth(box)));
    observer.observe(box);
    return () => observer.disconnect();
  }, [input, longer]);
  return fits ? longer : shorter;
}

/** In CSS pixels, in the letters of `box`. */
function widthOf(words: string, box: HTMLElement): number {
  const context = document.createElement("canvas").getContext("2d");
  if (context === null) {
    return 0;
  }
  context.font = getComputedStyle(box).font;
  return context.measureText(words).width;
}

function innerWidth(box: HTMLElement): number {
  const { paddingInlineStart, paddingInlineEnd } = getComputedStyle(box);
  return (
    box.clientWidth - Number.parseFloat(paddingInlineStart) - Number.parseFloat(paddingInlineEnd)
  );
}
