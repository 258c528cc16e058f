import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { classOf } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import type { BoardSession } from "./boardSession";
import { colourOfClass } from "./colours";

/** Others' pointers with their names, in the colours of their classes. Where they are is set without React. */
export function BoardCursors({ session }: { session: BoardSession }) {
  const { pointers } = useSyncExternalStore(session.subscribe, session.getShown);
  return pointers.map((member) => <BoardCursor key={member} member={member} />);
}

function BoardCursor({ member }: { member: string }) {
  const { t } = useTranslation();
  const name = useTwinSpace((state) => state.names[member] ?? null) ?? t("common.somebody");
  const number = useTwinSpace((state) => classOf(state, member)?.number ?? null);
  return (
    <div
      className="board-cursor"
      data-testid="board-cursor"
      data-member={member}
      style={{ color: colourOfClass(number) }}
    >
      <svg width="18" height="20" viewBox="0 0 18 20" focusable="false" aria-hidden="true">
        <path d="M2 1.500 15.500 11l-6 .8L6 17.500Z" />
      </svg>
      <span className="board-cursor__name" dir="auto">
        {name}
      </span>
    </div>
  );
}
