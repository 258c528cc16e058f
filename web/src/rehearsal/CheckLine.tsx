import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Icon, type IconName } from "../ui/Icon";
import type { Found, Line } from "./verdicts";
import { lineWords, stateWords, useWords } from "./words";

/** One thing that is tried: what, how it is, and what to do about it. `children`: how it is tried. */
export function CheckLine({
  line,
  found,
  children,
}: {
  line: Line;
  found: Found;
  children?: ReactNode;
}) {
  const { t } = useTranslation();
  const say = useWords();
  return (
    <li
      className="check-line"
      data-line={line}
      data-colour={found.at === "found" ? found.colour : "none"}
      data-testid="check-line"
    >
      <span className="check-line__mark">
        <Icon name={iconOf(found)} />
      </span>
      <div className="check-line__body">
        <p className="check-line__title">
          <span className="check-line__name">{lineWords(t, line)}</span>
          <span className="check-line__state">{stateWords(t, found)}</span>
        </p>
        {"words" in found ? (
          <p className="check-line__words">{say(found.words)}</p>
        ) : (
          isByItself(line) && <p className="check-line__words check-line__words--none" />
        )}
        {children}
      </div>
    </li>
  );
}

/** It is found without anybody's help. Its place is kept, so that no button moves away from under a finger. */
function isByItself(line: Line): boolean {
  return line === "browser" || line === "line" || line === "ways";
}

function iconOf(found: Found): IconName {
  if (found.at !== "found") {
    return found.at === "skipped" ? "more" : "clock";
  }
  return ({ green: "check", yellow: "warning", red: "close" } as const)[found.colour];
}
