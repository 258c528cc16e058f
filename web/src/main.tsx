import "./ui/tokens.css";
import "./ui/base.css";
import "./ui/motion.css";
import "./ui/controls.css";
import "./ui/avatar.css";
import "./ui/overlays.css";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { startTranslations } from "./locales/i18n";
import { followAppearance } from "./ui/appearance";

const root = document.getElementById("root");
if (root !== null) {
  followAppearance();
  await startTranslations();
  createRoot(root).render(<App />);
}
