/** What one can do with a message is not needed to read and write: it comes right after the page. */

import { type ComponentType, lazy } from "react";
import type { MessageToolsProps } from "./MessageTools";

type Tools = { default: ComponentType<MessageToolsProps> };

/** Without a connection just now there are none, and one reads and writes as before. */
const load = (): Promise<Tools> => import("./MessageTools").catch(() => ({ default: () => null }));

export const MessageTools = lazy(load);

/** Have them at hand before a pointer is over a message. */
export function loadTools(): void {
  void load();
}
