/** What one can do with a message is not needed to read and write: it comes right after the page. */

import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { lazyPart } from "../ui/laterParts";
import type { EditBoxProps } from "./EditBox";
import type { LanguageMarkProps } from "./LanguageMark";
import { languageName } from "./languageOf";

const loadMessageTools = () => import("./MessageTools");
const loadEditBox = () => import("./EditBox");
const loadLanguageMark = () => import("./LanguageMark");

export const MessageTools = lazyPart(loadMessageTools);
export const EditBox = lazyPart(loadEditBox, NotNow);
export const LanguageMark = lazyPart(loadLanguageMark, NameOnly);

/** Have them at hand before a pointer is over a message. What does not come now is asked for when it is wanted. */
export function loadTools(): void {
  for (const load of [loadMessageTools, loadEditBox, loadLanguageMark]) {
    load().catch(() => {});
  }
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
