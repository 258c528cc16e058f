/** Which of the four parts of a classroom is large, which are small, and which are away. Pure. */

export const PARTS = ["people", "chat", "call", "board"] as const;

export type Part = (typeof PARTS)[number];

export type Size = "large" | "small" | "away";

/** One part is always large; those that are neither large nor small are away. */
export interface Arrangement {
  large: Part;
  /** The one that came last is the first. */
  small: readonly Part[];
}

/** What is there to be arranged: a call only for whoever is in it, a board while it is open. */
export interface Situation {
  isCalling: boolean;
  isBoardOpen: boolean;
}

/** The name under which what was chosen in a situation is kept. */
export type SituationName = "quiet" | "call" | "board" | "call+board";

export function nameOf({ isCalling, isBoardOpen }: Situation): SituationName {
  if (isBoardOpen) {
    return isCalling ? "call+board" : "board";
  }
  return isCalling ? "call" : "quiet";
}

/** What goes on is large, the messages stand beside it; when nothing goes on, the people do beside the messages. */
export const DEFAULTS: Record<SituationName, Arrangement> = {
  quiet: { large: "chat", small: ["people"] },
  call: { large: "call", small: ["chat"] },
  board: { large: "board", small: ["chat"] },
  "call+board": { large: "board", small: ["call", "chat"] },
};

export function isThere(part: Part, { isCalling, isBoardOpen }: Situation): boolean {
  return part === "call" ? isCalling : part === "board" ? isBoardOpen : true;
}

export function sizeOf({ large, small }: Arrangement, part: Part): Size {
  return part === large ? "large" : small.includes(part) ? "small" : "away";
}

/** The part takes the large place; the one that had it stays, small. */
export function enlarge(arrangement: Arrangement, part: Part): Arrangement {
  if (part === arrangement.large) {
    return arrangement;
  }
  return { large: part, small: [arrangement.large, ...without(arrangement.small, part)] };
}

/** The part stands beside the large one. */
export function bringBeside(arrangement: Arrangement, part: Part): Arrangement {
  return sizeOf(arrangement, part) === "away"
    ? { ...arrangement, small: [part, ...arrangement.small] }
    : arrangement;
}

/** Who takes the large place when it becomes free. */
const HEIRS: readonly Part[] = ["board", "call", "chat", "people"];

/** The part goes; the only one that is shown stays. */
export function putAway(arrangement: Arrangement, part: Part): Arrangement {
  const { large, small } = arrangement;
  if (part !== large) {
    return { large, small: without(small, part) };
  }
  const heir = HEIRS.find((candidate) => small.includes(candidate));
  return heir === undefined ? arrangement : { large: heir, small: without(small, heir) };
}

/**
 * What is shown where `capacity` small parts have space: those that came last. With space for several the call is
 * always among them: one is in it, and does not want to lose sight of it.
 */
export function fitted({ large, small }: Arrangement, capacity: number): Arrangement {
  const keepsCall = capacity > 1 && small.includes("call");
  const ordered = keepsCall ? ["call" as const, ...without(small, "call")] : small;
  return { large, small: ordered.slice(0, capacity) };
}

/** As `arrangement`, without parts that are not there in this situation. */
export function present(arrangement: Arrangement, situation: Situation): Arrangement {
  const gone = PARTS.filter((part) => !isThere(part, situation));
  const small = arrangement.small.filter((part) => !gone.includes(part));
  if (!gone.includes(arrangement.large)) {
    return { large: arrangement.large, small };
  }
  return { large: "chat", small: without(small, "chat") };
}

function without(parts: readonly Part[], part: Part): readonly Part[] {
  return parts.filter((other) => other !== part);
}
