/** What one can do with a message is not needed to read and write: it comes right after the page. */

import { type ComponentType, lazy, useEffect } from "react";
import type { EditBoxProps } from "./EditBox";
import type { MessageToolsProps } from "./MessageTools";

type Loaded<Props> = { default: ComponentType<Props> };

/** Without a connection just now there are none, and one reads and writes as before. */
const loadMessageTools = (): Promise<Loaded<MessageToolsProps>> =>
  import("./MessageTools").catch(() => ({ default: () => null }));

const loadEditBox = (): Promise<Loaded<EditBoxProps>> =>
  import("./EditBox").catch(() => ({ default: NotNow }));

export const MessageTools = lazy(loadMessageTools);

export const EditBox = lazy(loadEditBox);

/** Have them at hand before a pointer is over a message. */
export function loadTools(): void {
  void loadMessageTools();
  void loadEditBox();
}

/** In place of the box: the message stays as it is. */
function NotNow({ onEnd }: EditBoxProps) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: once
  useEffect(onEnd, []);
  return null;
}
