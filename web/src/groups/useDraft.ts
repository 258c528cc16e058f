/** What a teacher arranges: it begins with the groups that there are, and begins anew when the server says of others. */

import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { MemberView, ProjectView } from "../protocol/generated";
import { runningRooms } from "../state/groups";
import { presentNow } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { type Draft, draftOf, redrawn, ungrouped } from "./draft";
import { arranged, type Rule } from "./rule";

/** Who is put into groups by rule: those who are here, or all. */
export type Who = "here" | "everybody";

/** Four is what one hears of most: all of them speak, and two come from each of two classes. */
const FIRST_RULE: Rule = { by: "size", value: 4, mixesClasses: true };

export interface GroupsDraft {
  draft: Draft;
  rule: Rule;
  who: Who;
  /** Who could be in a group. */
  pupils: readonly MemberView[];
  /** Who of them is in none, by id. */
  left: readonly string[];
  change(draft: Draft): void;
  /** Draw groups by the rule. */
  draw(rule: Rule, who: Who): void;
  /** What the n-th group is called. */
  nameOf(number: number): string;
}

export function useDraft(view: ProjectView): GroupsDraft {
  const { t } = useTranslation();
  const presence = useTwinSpace(presentNow);
  const pupils = useMemo(() => view.members.filter(isPupil), [view.members]);
  const nameOf = (number: number) => t("rooms.groupName", { number });
  const [rule, setRule] = useState(FIRST_RULE);
  const [who, setWho] = useState<Who>("here");
  const [draft, setDraft] = useState<Draft>(() =>
    hasGroups(view) ? serverDraft(view) : drawn([], FIRST_RULE, "here"),
  );
  const signature = JSON.stringify(hasGroups(view) ? serverDraft(view) : null);
  const [known, setKnown] = useState(signature);
  if (signature !== known) {
    setKnown(signature);
    if (hasGroups(view)) {
      setDraft(serverDraft(view));
    }
  }

  function drawn(before: Draft, by: Rule, of: Who): Draft {
    const taken = pupils.filter(({ id }) => of === "everybody" || presence[id] !== undefined);
    const lists = arranged(
      taken.map(({ id, class_id }) => ({ id, classId: class_id })),
      by,
      Math.random,
    );
    return redrawn(before, lists, nameOf);
  }

  return {
    draft,
    rule,
    who,
    pupils,
    left: ungrouped(
      draft,
      pupils.map(({ id }) => id),
    ),
    change: setDraft,
    draw(by, of) {
      setRule(by);
      setWho(of);
      setDraft(drawn(draft, by, of));
    },
    nameOf,
  };
}

export function isPupil({ role, removed }: MemberView): boolean {
  return !removed && (role === "pupil" || role === "pupil-admin");
}

export function serverDraft({ groups, rooms }: ProjectView): Draft {
  return groups == null ? [] : draftOf(groups, rooms);
}

function hasGroups({ groups }: ProjectView): boolean {
  return runningRooms(groups).length > 0;
}
