/** Texts as they are compared: without case and accents, as the server's search folds them. Pure. */

/** Letters that no decomposition brings together, and what they are taken for: the twin of rtserver/chat/folding.py. */
const ALIKE: Record<string, string> = {
  ...{ ł: "l", ø: "o", đ: "d", ð: "d", ħ: "h", ŧ: "t", ŋ: "n", ı: "i", ĸ: "k" },
  ...{ æ: "ae", œ: "oe", þ: "th", ə: "e", ß: "ss" },
  ...{ ґ: "г", ђ: "д", є: "е", ς: "σ" },
  ...{ ٱ: "ا", ى: "ي", ی: "ي", ک: "ك", ة: "ه", ء: "", ـ: "" },
};

const ALIKE_LETTERS = new RegExp(`[${Object.keys(ALIKE).join("")}]`, "gu");

export function fold(text: string): string {
  return text
    .toLowerCase()
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(ALIKE_LETTERS, (letter) => ALIKE[letter] ?? letter);
}

/** A word in any script, with its marks. */
export const WORD = /[\p{L}\p{N}\p{M}]+/gu;
