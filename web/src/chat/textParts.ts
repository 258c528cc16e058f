/** A message's text in the pieces in which it is shown: words, links, members. Pure. */

import { splitLinks } from "./links";
import { splitMentions } from "./mentions";

export type TextPart =
  | { kind: "words"; text: string }
  | { kind: "link"; text: string; href: string }
  | { kind: "mention"; text: string; member: string };

/** `mentions`: whom the server has found in the text; any other id is left as it was typed. */
export function textParts(text: string, mentions: readonly string[]): TextPart[] {
  return splitMentions(text).flatMap((part): TextPart[] => {
    if (part.member !== null && mentions.includes(part.member)) {
      return [{ kind: "mention", text: part.text, member: part.member }];
    }
    return splitLinks(part.text).map(({ text: words, href }) =>
      href === null ? { kind: "words", text: words } : { kind: "link", text: words, href },
    );
  });
}
