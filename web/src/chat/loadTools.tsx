/** What one can do with a message is not needed to read and write: it comes right after the page. */

import { type ComponentType, lazy, useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { EditBoxProps } from "./EditBox";
import type { LanguageMarkProps } from "./LanguageMark";
import { languageName } from "./languageOf";
import type { MessageToolsProps } from "./MessageTools";

type Loaded<Props> = { default: ComponentType<Props> };

/** Without a connection just now there are none, and one reads and writes as before. */
const loadMessageTools = (): Promise<Loaded<MessageToolsProps>> =>
  import("./MessageTools").catch(() => ({ default: () => null }));

const loadEditBox = (): Promise<Loaded<EditBoxProps>> =>
  import("./EditBox").catch(() => ({ default: NotNow }));

export const MessageTools = lazy(loadMessageTools);

export const EditBox = lazy(loadEditBox);

const loadLanguageMark = (): Promise<Loaded<LanguageMarkProps>> =>
  import("./LanguageMark").catch(() => ({ default: NameOnly }));

export const LanguageMark = lazy(loadLanguageMark);

/** Have them at hand before a pointer is over a message. */
export function loadTools(): void {
  void loadMessageTools();
  void loadEditBox();
  void loadLanguageMark();
}

/** The mark without its menu. */
export function NameOnly({ language }: Pick<LanguageMarkProps, "language">) {
  const { i18n } = useTranslation();
  return <span data-testid="language">{languageName(language, i18n.language)}</span>;
}

/** In place of the box: the message stays as it is. */
function NotNow({ onEnd }: EditBoxProps) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: once
  useEffect(onEnd, []);
  return null;
}
