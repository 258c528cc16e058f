import "./ui/tokens.css";
import "./ui/base.css";
import "./ui/motion.css";
import "./ui/controls.css";
import "./ui/avatar.css";
import "./ui/overlays.css";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { startTranslations } from "./locales/i18n";
import { noteFaults } from "./report/happenings";
import { followAppearance } from "./ui/appearance";

/** By then somebody who comes in over a slow line has what they came for. */
const KEEP_AFTER_MS = 3_000;

/** What must be there when nothing else can be fetched. */
async function prepareForTrouble(): Promise<void> {
  const { prepare } = await import("./offline/prepare");
  await prepare();
}

noteFaults();
const root = document.getElementById("root");
if (root !== null) {
  followAppearance();
  await startTranslations();
  createRoot(root).render(<App />);
  if (import.meta.env.PROD) {
    setTimeout(() => void prepareForTrouble().catch(() => {}), KEEP_AFTER_MS);
  }
}
