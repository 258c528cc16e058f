import type { TFunction } from "i18next";
import type { Message } from "../../protocol/generated";

/** A message where its files are not shown: of one that has nothing else, how many there are. */
export function inWords(
  t: TFunction,
  { text, files = [] }: Pick<Message, "text" | "files">,
): string {
  return text === "" && files.length > 0 ? t("chat.filesOnly", { count: files.length }) : text;
}
