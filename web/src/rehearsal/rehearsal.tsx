/** The way to the check before a lesson: from the settings, the lobby of a call, and by an address that ends in #check. */

import { createContext, type ReactNode, Suspense, useContext, useState } from "react";
import { lazyWithWords } from "../locales/later";

/** Of an address within a TwinSpace: whoever comes by it sees the check first, whether or not a room is open. */
export const CHECK_HASH = "#check";

const RehearsalDialog = lazyWithWords("rehearsal", () => import("./loadRehearsal"));

const RehearsalContext = createContext<() => void>(() => {});

/** Opens the check. */
export function useOpenRehearsal(): () => void {
  return useContext(RehearsalContext);
}

export function RehearsalProvider({ children }: { children: ReactNode }) {
  const [isOpen, setOpen] = useState(() => window.location.hash === CHECK_HASH);
  return (
    <RehearsalContext value={() => setOpen(true)}>
      {children}
      {isOpen && (
        <Suspense>
          <RehearsalDialog onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </RehearsalContext>
  );
}
