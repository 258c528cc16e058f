/**
 * How the page looks on this device: colours, contrast, size of letters, motion. What was chosen is kept here; what
 * holds now is in attributes of the document, which tokens.css reads. appearance-early.js has set them before the first
 * paint.
 */

import { recall, remember } from "../connection/memory";

export const CHOICES = {
  theme: ["auto", "light", "dark"],
  contrast: ["auto", "high"],
  text: ["normal", "large", "huge"],
  motion: ["auto", "less"],
} as const;

export type Aspect = keyof typeof CHOICES;

export type Appearance = { [A in Aspect]: (typeof CHOICES)[A][number] };

/** What the device says of itself. */
export interface DeviceWishes {
  dark: boolean;
  contrast: boolean;
  stillness: boolean;
}

/** The attributes of the document, by the names that style sheets use. */
export type Attributes = {
  theme: "light" | "dark";
  contrast: "normal" | "high";
  text: Appearance["text"];
  motion: "full" | "less";
};

export const REMEMBERED = "appearance";

const QUERIES: Record<keyof DeviceWishes, string> = {
  dark: "(prefers-color-scheme: dark)",
  contrast: "(prefers-contrast: more)",
  stillness: "(prefers-reduced-motion: reduce)",
};

/** The first choice of each aspect holds until somebody chooses. */
export function parseAppearance(kept: string | null): Appearance {
  let found: Record<string, unknown> = {};
  try {
    found = (JSON.parse(kept ?? "{}") ?? {}) as Record<string, unknown>;
  } catch {
    // changed by hand
  }
  const chosen = Object.entries(CHOICES).map(([aspect, values]) => {
    const value = values.find((known) => known === found[aspect]);
    return [aspect, value ?? values[0]];
  });
  return Object.fromEntries(chosen) as Appearance;
}

/** What holds, of what was chosen and what the device wishes. */
export function resolve(chosen: Appearance, wishes: DeviceWishes): Attributes {
  const isDark = chosen.theme === "dark" || (chosen.theme === "auto" && wishes.dark);
  return {
    theme: isDark ? "dark" : "light",
    contrast: chosen.contrast === "high" || wishes.contrast ? "high" : "normal",
    text: chosen.text,
    motion: chosen.motion === "less" || wishes.stillness ? "less" : "full",
  };
}

const listeners = new Set<() => void>();
let appearance: Appearance = parseAppearance(null);

export function getAppearance(): Appearance {
  return appearance;
}

/** Calls `listener` after each change. Answers how to stop. */
export function onAppearance(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Choose how one aspect is, keep it on this device, and show it. */
export function chooseAppearance<A extends Aspect>(aspect: A, choice: Appearance[A]): void {
  appearance = { ...appearance, [aspect]: choice };
  remember(REMEMBERED, JSON.stringify(appearance));
  apply();
}

/** From now on the page follows what was chosen, what the device wishes, and what is chosen in another tab. */
export function followAppearance(): void {
  appearance = parseAppearance(recall(REMEMBERED));
  for (const query of Object.values(QUERIES)) {
    matchMedia(query).addEventListener("change", apply);
  }
  addEventListener("storage", () => {
    appearance = parseAppearance(recall(REMEMBERED));
    apply();
  });
  apply();
}

function apply(): void {
  const wishes = {
    dark: matchMedia(QUERIES.dark).matches,
    contrast: matchMedia(QUERIES.contrast).matches,
    stillness: matchMedia(QUERIES.stillness).matches,
  };
  Object.assign(document.documentElement.dataset, resolve(appearance, wishes));
  colourBrowser();
  for (const listener of listeners) {
    listener();
  }
}

/** The browser's own frame has the colour of the page. */
function colourBrowser(): void {
  const paper = getComputedStyle(document.documentElement).getPropertyValue("--paper").trim();
  document.querySelector("meta[name=theme-color]")?.setAttribute("content", paper);
}
