/** What is offered for somebody's tile. Only what is shown: the server decides. Pure. */

import type { Medium, Participant, Role } from "../protocol/generated";
import { isSending } from "../state/callSelectors";
import { isStaff } from "../state/selectors";

export type TileAction =
  | "enlarge"
  | "shrink"
  | `${"stop" | "allow" | "ask"}-${Exclude<Medium, "screen">}`
  | "stop-screen"
  | "allow-screen"
  | "lower-hand"
  | "remove";

export interface TileQuestion {
  participant: Participant;
  role: Role;
  isMe: boolean;
  isLarge: boolean;
  hasHandUp: boolean;
  /** One may act upon others here. */
  moderates: boolean;
}

export function tileActions(question: TileQuestion): TileAction[] {
  const { participant, role, isMe, isLarge, hasHandUp, moderates } = question;
  const actions: TileAction[] = [isLarge ? "shrink" : "enlarge"];
  if (isMe) {
    return isLarge ? actions : [];
  }
  if (!moderates) {
    return actions;
  }
  for (const medium of ["audio", "video"] as const) {
    actions.push(`${switching(participant, medium)}-${medium}`);
  }
  if (isSending(participant, "screen")) {
    actions.push("stop-screen");
  } else if (participant.held.includes("screen")) {
    actions.push("allow-screen");
  }
  if (hasHandUp) {
    actions.push("lower-hand");
  }
  if (!isStaff(role)) {
    actions.push("remove");
  }
  return actions;
}

function switching(participant: Participant, medium: Medium): "stop" | "allow" | "ask" {
  if (participant.held.includes(medium)) {
    return "allow";
  }
  return isSending(participant, medium) ? "stop" : "ask";
}
