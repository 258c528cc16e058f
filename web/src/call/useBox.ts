import { type RefObject, useLayoutEffect, useRef, useState } from "react";

export interface Box {
  width: number;
  height: number;
}

/** The size of an element, inside of its padding, as it is now. */
export function useBox<E extends HTMLElement>(): [RefObject<E | null>, Box] {
  const element = useRef<E>(null);
  const [box, setBox] = useState<Box>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    if (element.current === null) {
      return;
    }
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) {
        const { width, height } = entry.contentRect;
        setBox({ width: Math.floor(width), height: Math.floor(height) });
      }
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return [element, box];
}
