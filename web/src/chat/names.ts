import { createContext, useContext } from "react";
import { useTranslation } from "react-i18next";

interface Names {
  me: string;
  /** By member, as this reader may see them. */
  names: Readonly<Record<string, string>>;
}

/**
 * Who is who, for all that stands in the list of messages: asked for once, since thousands of chips and quotes that
 * each watch the store would make every event slow.
 */
export const NamesContext = createContext<Names | null>(null);

export function useNames() {
  const known = useContext(NamesContext);
  const { t } = useTranslation();
  if (known === null) {
    throw new Error("useNames outside of a room");
  }
  const { me, names } = known;
  return { me, names, nameOf: (member: string) => names[member] ?? t("common.somebody") };
}
