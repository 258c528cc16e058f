/** The way to the cards of a class. They stand above the page: a narrower window may put away what they were opened from. */

import { createContext, type ReactNode, Suspense, useContext, useState } from "react";
import { lazyWithWords } from "../locales/later";

/** Only teachers print, and seldom: the code and the words come when somebody does. */
const SheetDialog = lazyWithWords("sheet", () => import("./SheetDialog"));

const SheetContext = createContext<() => void>(() => {});

/** Opens the links of one's own class: for teachers who have one. */
export function useOpenSheet(): () => void {
  return useContext(SheetContext);
}

export function SheetProvider({ children }: { children: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <SheetContext value={() => setOpen(true)}>
      {children}
      {isOpen && (
        <Suspense>
          <SheetDialog onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </SheetContext>
  );
}
