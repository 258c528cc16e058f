/**
 * In place of the editor's part that cuts fonts to the letters a picture uses (tools/editor.ts says why): they go into
 * the picture as they are. It has the names that the editor asks for.
 */

const FONT_TYPE = "font/woff2";

/** The editor's names of what its workers do. */
export const Commands = { Subset: "SUBSET" } as const;

export const WorkerUrl = undefined;

/** A font as an address that holds it. */
export function toBase64(font: ArrayBuffer): Promise<string> {
  const reader = new FileReader();
  return new Promise((resolve, reject) => {
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(new Blob([font], { type: FONT_TYPE }));
  });
}

export function subsetToBinary(font: ArrayBuffer): Promise<ArrayBuffer> {
  return Promise.resolve(font);
}

export function subsetToBase64(font: ArrayBuffer): Promise<string> {
  return toBase64(font);
}
