/** Gives the person a file: where browsers put what one downloads. */

/** Browsers begin to read the file after the click; by then it is surely theirs. */
const READ_WITHIN_MS = 60_000;

/** Characters that some system does not allow in the name of a file. */
const NOT_IN_NAMES = /[\p{Cc}\\/:*?"<>|]/gu;

export function saveFile(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), READ_WITHIN_MS);
}

/** A name that every system takes, with the day: who saves each week finds the right one. */
export function fileName(title: string, day: Date, ending: string): string {
  const date = day.toLocaleDateString("sv-SE"); // year-month-day
  return `${title.replace(NOT_IN_NAMES, " ").trim()} ${date}.${ending}`;
}
