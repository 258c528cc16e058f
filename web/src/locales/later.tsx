/** Components that come later, with the words that they need. */

import { type ComponentType, lazy } from "react";
import { addPart } from "./i18n";
import type { LaterPart } from "./languages";

type Module<Props> = { default: ComponentType<Props> };

/**
 * A component whose code and whose words (`part` of the catalogue) are fetched when it is drawn first: put it below a
 * `Suspense`. `instead` is drawn when they cannot be fetched; without it nothing is, and the next page load tries again.
 */
export function lazyWithWords<Props extends object>(
  part: LaterPart,
  load: () => Promise<Module<Props>>,
  instead: ComponentType<Props> = Nothing,
) {
  return lazy(async () => {
    try {
      const [module] = await Promise.all([load(), addPart(part)]);
      return module;
    } catch {
      return { default: instead };
    }
  });
}

function Nothing() {
  return null;
}
