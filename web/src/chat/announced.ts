/** A message as a screen reader is told of it. Pure. */

import type { TFunction } from "i18next";
import type { Message } from "../protocol/generated";
import { inWords } from "./files/inWords";
import { withNames } from "./mentions";

/** A long message is read as far as it tells whether to look. */
const READ_CHARACTERS_MAX = 240;

/** Who says what; whoever is mentioned by name. */
export function announced(
  t: TFunction,
  message: Pick<Message, "actor" | "text" | "files">,
  names: Readonly<Record<string, string>>,
): string {
  return t("chat.announceOne", {
    name: names[message.actor] ?? t("common.somebody"),
    text: withNames(inWords(t, message), names).slice(0, READ_CHARACTERS_MAX),
  });
}
