/** What a teacher is offered for a person. Only what is shown: the server decides. Pure. */

import type { MemberView, Role } from "../protocol/generated";
import { isStaff } from "../state/selectors";

export type PersonAction =
  | "stopWriting"
  | "allowWriting"
  | "keepOut"
  | "letIn"
  | "letIntoCall"
  | "invite"
  | "remove";

export function actionsFor(
  me: MemberView | null,
  person: MemberView,
  room: string | null,
  /** A call is on in that room, and this person is not in it: perhaps because a teacher has removed them. */
  isOutOfCall: boolean,
): PersonAction[] {
  if (me === null || !isStaff(me.role)) {
    return [];
  }
  const actions: PersonAction[] = [];
  if (!isStaff(person.role)) {
    actions.push(person.capabilities.includes("post") ? "stopWriting" : "allowWriting");
    if (room !== null) {
      actions.push(person.room_bans.includes(room) ? "letIn" : "keepOut");
      if (isOutOfCall) {
        actions.push("letIntoCall");
      }
    }
  }
  if (isOfferedInvitation(me, person)) {
    actions.push("invite");
  }
  const isRemovable = !isStaff(person.role) || (person.role === "teacher" && me.role === "founder");
  if (isRemovable && person.id !== me.id) {
    actions.push("remove");
  }
  return actions;
}

function isOfferedInvitation(me: MemberView, person: MemberView): boolean {
  if (person.id === me.id || person.role === "visitor") {
    return true; // oneself: for another device
  }
  if (isStaff(person.role)) {
    return me.role === "founder" && person.role === "teacher";
  }
  return person.class_id === me.class_id;
}

/** Whom one can add. */
export function rolesToAdd(me: MemberView | null): Role[] {
  if (me === null || !isStaff(me.role)) {
    return [];
  }
  const roles: Role[] = ["pupil", "pupil-admin", "visitor"];
  return me.role === "founder" ? [...roles, "teacher"] : roles;
}
