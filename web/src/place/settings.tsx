/** The way to the settings. The dialog stands above the page: larger letters may put away what it was opened from. */

import { type ComponentType, createContext, type ReactNode, useContext, useState } from "react";
import { useNotices } from "../ui/Notices";

const SettingsContext = createContext<() => void>(() => {});

/** Opens the settings of this device. */
export function useOpenSettings(): () => void {
  return useContext(SettingsContext);
}

export function SettingsProvider({ children }: { children: ReactNode }) {
  const { attempt } = useNotices();
  const [Settings, setSettings] = useState<ComponentType<{ onClose(): void }> | null>(null);

  /** Chosen once, if at all: the dialog is loaded when somebody asks for it. */
  async function open(): Promise<void> {
    const { default: Dialog } = await import("./SettingsDialog");
    setSettings(() => Dialog);
  }

  return (
    <SettingsContext value={() => void attempt(open)}>
      {children}
      {Settings !== null && <Settings onClose={() => setSettings(null)} />}
    </SettingsContext>
  );
}
