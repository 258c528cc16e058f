import { type ReactNode, useEffect, useState } from "react";

/** A region that is filled the moment it appears is not read out: the words come a moment later. */
const AFTER_MS = 300;

/** Says `text` to screen readers, once for each new text; "": nothing. */
export function Said({ text }: { text: string }): ReactNode {
  const [said, setSaid] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setSaid(text), AFTER_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <span className="visually-hidden" role="status">
      {said}
    </span>
  );
}
