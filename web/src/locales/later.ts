/** Components that come later, with the words that they need. */

import type { ComponentType } from "react";
import { type LoadedPart, lazyPart } from "../ui/laterParts";
import { addPart } from "./i18n";
import type { LaterPart } from "./languages";

/** As `lazyPart`, with its words: `part` of the catalogue. */
export function lazyWithWords<Props extends object>(
  part: LaterPart,
  load: () => Promise<LoadedPart<Props>>,
  instead?: ComponentType<Props>,
) {
  return lazyPart(async () => {
    const [module] = await Promise.all([load(), addPart(part)]);
    return module;
  }, instead);
}
