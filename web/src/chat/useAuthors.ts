import { useMemo } from "react";
import { useTwinSpace } from "../state/store";
import type { Author } from "./MessageGroup";

const UNKNOWN: Author = { name: null, schoolClass: null, number: null };

/** Who wrote, by id; looked up once for the whole list. An author who has not changed is the same object. */
export function useAuthors(): (member: string) => Author {
  const names = useTwinSpace((state) => state.names);
  const members = useTwinSpace((state) => state.project?.view.members ?? null);
  const classes = useTwinSpace((state) => state.project?.view.classes ?? null);
  return useMemo(() => {
    const authors = new Map<string, Author>();
    for (const { id, class_id } of members ?? []) {
      const number = classes?.findIndex((each) => each.id === class_id) ?? -1;
      const schoolClass = classes?.[number] ?? null;
      const name = names[id] ?? null;
      authors.set(id, { name, schoolClass, number: schoolClass === null ? null : number });
    }
    return (member) => authors.get(member) ?? withName(names[member]);
  }, [names, members, classes]);
}

function withName(name: string | undefined): Author {
  return name === undefined ? UNKNOWN : { ...UNKNOWN, name };
}
