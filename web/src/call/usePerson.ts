import { useTranslation } from "react-i18next";
import type { Participant, Role, SchoolClass } from "../protocol/generated";
import { classOf, findMember } from "../state/selectors";
import { useTwinSpace } from "../state/store";

export interface CallPerson {
  /** What a tile is called: a person's name; of a class camera, that of the class. */
  name: string;
  /** Whose device it is, where the tile is called otherwise. */
  owner: string;
  role: Role;
  schoolClass: SchoolClass | null;
  classNumber: number | null;
}

/** Who a participant is, in this reader's words. */
export function usePerson({ member, kind }: Pick<Participant, "member" | "kind">): CallPerson {
  const { t } = useTranslation();
  const owner = useTwinSpace((state) => state.names[member] ?? null) ?? t("common.somebody");
  const role = useTwinSpace((state) => findMember(state, member)?.role ?? "pupil");
  const schoolClass = useTwinSpace((state) => classOf(state, member)?.schoolClass ?? null);
  const classNumber = useTwinSpace((state) => classOf(state, member)?.number ?? null);
  const name = kind === "class-camera" && schoolClass !== null ? schoolClass.name : owner;
  return { name, owner, role, schoolClass, classNumber };
}
