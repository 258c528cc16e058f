/** The colours of classes on a board, whose paper is white in light and in dark pages. */

/** The twin of `--class-1` to `--class-6` of the light page in ui/tokens.css. */
export const CLASS_COLOURS = [
  "#97401f",
  "#2b4f9f",
  "#2d692d",
  "#7a2f79",
  "#735200",
  "#1d5b6e",
] as const;

/** Visitors have no class. */
export const NO_CLASS_COLOUR = "#5e5867";

/** `number`: of the class in the project. */
export function colourOfClass(number: number | null): string {
  return number === null
    ? NO_CLASS_COLOUR
    : (CLASS_COLOURS[number % CLASS_COLOURS.length] ?? NO_CLASS_COLOUR);
}
