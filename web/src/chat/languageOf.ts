/** The language of a message, as a reader is told of it. Pure. */

/** Whether a reader of one language would want to be told that a text is in another. */
export function isForeign(language: string | null | undefined, reader: string): boolean {
  return typeof language === "string" && primary(language) !== primary(reader);
}

/** The name of a language in the reader's own: "Polish". The tag itself where the browser knows no name. */
export function languageName(tag: string, reader: string): string {
  try {
    return new Intl.DisplayNames([reader], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag; // no language tag at all
  }
}

/** Languages with their names, in the order of these. */
export function byName(tags: readonly string[], reader: string): { tag: string; name: string }[] {
  return tags
    .map((tag) => ({ tag, name: languageName(tag, reader) }))
    .sort((one, other) => one.name.localeCompare(other.name, reader));
}

function primary(tag: string): string | undefined {
  return tag.toLowerCase().split("-")[0];
}
