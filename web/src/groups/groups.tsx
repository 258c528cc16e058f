/** Opens the groups' dialog from wherever a button for it stands. It stays when that button goes, as with a drawer. */

import { createContext, type ReactNode, Suspense, useContext, useState } from "react";
import { lazyWithWords } from "../locales/later";
import { useTwinSpace } from "../state/store";

/** A few times a lesson, by teachers. */
const GroupsDialog = lazyWithWords("groups", () => import("./GroupsDialog"));

const GroupsContext = createContext<() => void>(() => {});

/** Opens it. */
export function useGroupsDialog(): () => void {
  return useContext(GroupsContext);
}

export function GroupsProvider({ children }: { children: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  const isEnded = useTwinSpace((state) => state.connection.phase === "ended");
  return (
    <GroupsContext value={() => setOpen(true)}>
      {children}
      {isOpen && !isEnded && (
        <Suspense fallback={null}>
          <GroupsDialog onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </GroupsContext>
  );
}
