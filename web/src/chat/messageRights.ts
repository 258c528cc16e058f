/** What one may do with a message, by what the server says of the room. It has the last word. Pure. */

import type { Rights } from "../protocol/generated";

export interface MessageRights {
  react: boolean;
  reply: boolean;
  edit: boolean;
  remove: boolean;
  pin: boolean;
  setLanguage: boolean;
}

export function messageRights(
  denied: Rights["denied"] | undefined,
  isMine: boolean,
): MessageRights {
  const may = (action: string) => denied?.[action] === null;
  const moderates = may("delete_others");
  return {
    react: may("react"),
    reply: may("post"),
    edit: isMine && may("post"),
    // One's own words can be taken back even when one may not write; the server knows when not.
    remove: isMine || moderates,
    pin: may("pin"),
    setLanguage: (isMine && may("post")) || moderates,
  };
}
