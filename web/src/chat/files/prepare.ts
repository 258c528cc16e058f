/** Files that somebody has chosen, as they are sent: of a kind that the server takes, and not larger than needed. */

import { uploadable } from "../../board/menu/uploadable";
import type { SendingFile } from "../../state/outgoing";

/** Of one message: FILES_MAX in rooms/chat/model.py. */
export const FILES_MAX = 4;

/** Of a name: FILE_NAME_CHARACTERS_MAX in rooms/chat/model.py. */
const NAME_CHARACTERS_MAX = 120;

const PDF = "application/pdf";

/** What the server takes, and what this browser can make of the rest: SIGNATURES in rtserver/files/frames.py. */
const TAKEN = new Set(["image/png", "image/jpeg", "image/webp", "image/gif", PDF]);

export interface Problem {
  name: string;
  /** `type`: no picture and no PDF. `picture`: of a kind that this browser cannot read. `many`: one more than fits.
   *  `offline`: what makes files ready could not be fetched. `lost`: chosen before the page was loaded anew. */
  why: "type" | "picture" | "empty" | "many" | "offline" | "lost";
}

export interface Prepared {
  files: SendingFile[];
  problems: Problem[];
}

/** Make files ready; `places`: how many the message still takes. */
export async function prepare(chosen: readonly File[], places: number): Promise<Prepared> {
  const files: SendingFile[] = [];
  const problems: Problem[] = [];
  for (const file of chosen) {
    const name = nameOf(file);
    if (files.length >= places) {
      problems.push({ name, why: "many" });
      continue;
    }
    const ready = await prepareOne(file, name);
    if (typeof ready === "string") {
      problems.push({ name, why: ready });
    } else {
      files.push(ready);
    }
  }
  return { files, problems };
}

async function prepareOne(file: File, name: string): Promise<SendingFile | Problem["why"]> {
  if (file.size === 0) {
    return "empty";
  }
  if (file.type === PDF || (file.type === "" && name.toLowerCase().endsWith(".pdf"))) {
    return { name, blob: file, width: null, height: null };
  }
  if (!file.type.startsWith("image/")) {
    return "type";
  }
  const blob = await uploadable(file);
  const size = TAKEN.has(blob.type) ? await sizeOf(blob) : null;
  return size === null ? "picture" : { name, blob, ...size };
}

/** A picture from the clipboard has a name of the browser's own, or none. */
function nameOf(file: File): string {
  return [...file.name].slice(-NAME_CHARACTERS_MAX).join("") || "picture.png";
}

async function sizeOf(blob: Blob): Promise<{ width: number; height: number } | null> {
  const address = URL.createObjectURL(blob);
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    return { width: image.naturalWidth, height: image.naturalHeight };
  } catch {
    return null;
  } finally {
    URL.revokeObjectURL(address);
  }
}
