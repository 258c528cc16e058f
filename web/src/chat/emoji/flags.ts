/** Flags are two letters that a font draws as one; that of Windows has no flags. */

/** What is drawn as one is about as wide as one of the letters alone, and what is not, twice as wide. */
const ONE_MAX = 1.5;

/** Whether this device draws flags, not letters. */
export function drawsFlags(): boolean {
  const canvas = document.createElement("canvas").getContext("2d");
  if (canvas === null) {
    return false;
  }
  canvas.font = '20px "Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji", sans-serif';
  const letter = "\u{1F1EB}";
  const flag = `${letter}\u{1F1F7}`;
  return canvas.measureText(flag).width < ONE_MAX * canvas.measureText(letter).width;
}
