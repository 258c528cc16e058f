/** Countries and times as people read them. */

/**
 * The reader's own variant of the page's language, where the browser names one: English speakers do not agree on how to
 * write the time. Else that of Europe.
 */
export function formatLocale(language: string): string {
  const own = navigator.languages.find((tag) => tag.split("-")[0] === language && tag !== language);
  return own ?? (language === "en" ? "en-GB" : language);
}

/** The flag of a country as an emoji: its two letters as regional indicators. Decoration beside the country's name. */
export function flagOf(country: string): string {
  const regionalIndicatorA = 0x1f1e6;
  const letters = [...country.toUpperCase()].map((letter) => letter.charCodeAt(0) - 65);
  return String.fromCodePoint(...letters.map((letter) => regionalIndicatorA + letter));
}

export function countryName(country: string, language: string): string {
  return new Intl.DisplayNames([language], { type: "region" }).of(country) ?? country;
}

/** "10:05", in a time zone, or in the reader's own. */
export function clockTime(at: number, language: string, timeZone?: string): string {
  return timeFormat(language, timeZone).format(at);
}

export function dateTime(at: number, language: string): string {
  return new Intl.DateTimeFormat(formatLocale(language), {
    dateStyle: "long",
    timeStyle: "short",
  }).format(at);
}

/** The day of a message as a heading: "Today", "Yesterday", "Monday, 14 September". */
export function dayName(at: number, now: number, language: string): string {
  const daysAgo = Math.round((startOfDay(now) - startOfDay(at)) / (24 * 60 * 60 * 1000));
  const name =
    daysAgo <= 1
      ? new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-daysAgo, "day")
      : new Intl.DateTimeFormat(formatLocale(language), {
          weekday: "long",
          day: "numeric",
          month: "long",
          ...(daysAgo > 300 ? { year: "numeric" } : {}),
        }).format(at);
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
}

export function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** A formatter costs more than its use: one per language and zone. */
const formats = new Map<string, Intl.DateTimeFormat>();

function timeFormat(language: string, timeZone: string | undefined): Intl.DateTimeFormat {
  const key = `${language} ${timeZone ?? ""}`;
  const known = formats.get(key);
  if (known !== undefined) {
    return known;
  }
  const zone = timeZone === undefined ? {} : { timeZone };
  const made = new Intl.DateTimeFormat(formatLocale(language), {
    hour: "numeric",
    minute: "2-digit",
    ...zone,
  });
  formats.set(key, made);
  return made;
}
