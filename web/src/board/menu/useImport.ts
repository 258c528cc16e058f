import { useRef, useState } from "react";
import type { Element } from "../../protocol/generated";
import type { BoardClient } from "../ports";
import {
  FILE_BYTES_MAX,
  type ImportPlan,
  ImportRefused,
  planImport,
  type Refusal,
  readBoardFile,
  withPictures,
} from "./importFile";
import type { BoardFiles } from "./useBoardFiles";

export interface Taken {
  elements: number;
  linksDropped: number;
  leftOut: ImportPlan["leftOut"];
  picturesLost: number;
}

export type ImportState =
  | { phase: "choosing"; refusal: Refusal | null }
  | { phase: "reading" }
  /** Nothing is on the board yet: this is what would be. */
  | { phase: "planned"; plan: ImportPlan }
  | { phase: "sending"; done: number; total: number }
  | { phase: "done"; taken: Taken };

export interface Import {
  state: ImportState;
  read(file: File): Promise<void>;
  send(): Promise<void>;
  again(): void;
}

/** Brings a file onto the board, step by step: nothing is sent before its reader has seen what will be. */
export function useImport(
  client: BoardClient,
  files: BoardFiles,
  onTaken: (elements: readonly Element[]) => void,
): Import {
  const [state, setState] = useState<ImportState>({ phase: "choosing", refusal: null });
  const file = useRef<File | null>(null);

  async function plan(from: File): Promise<ImportPlan> {
    if (from.size > FILE_BYTES_MAX) {
      throw new ImportRefused("tooLarge");
    }
    const content = readBoardFile(await from.text());
    try {
      const { restoreElements, newId } = files;
      const present = client.getState().elements;
      return planImport(content, { present, restoreElements, newId });
    } catch (error) {
      // The editor's own repair gives up on what it cannot make sense of.
      throw error instanceof ImportRefused ? error : new ImportRefused("damaged");
    }
  }

  async function read(from: File): Promise<void> {
    file.current = from;
    setState({ phase: "reading" });
    try {
      setState({ phase: "planned", plan: await plan(from) });
    } catch (error) {
      const refusal = error instanceof ImportRefused ? error.refusal : "damaged";
      setState({ phase: "choosing", refusal });
    }
  }

  async function send(): Promise<void> {
    if (state.phase !== "planned" || file.current === null) {
      return;
    }
    const { pictures } = state.plan;
    const stored = new Map<string, string>();
    let done = 0;
    for (const [name, address] of pictures) {
      setState({ phase: "sending", done, total: pictures.size });
      const id = await upload(files, address);
      if (id !== null) {
        stored.set(name, id);
      }
      done += 1;
    }
    try {
      // Again: others have drawn since it was planned.
      const planned = await plan(file.current);
      const { elements, lost } = withPictures(planned.elements, stored);
      client.add(elements);
      onTaken(elements);
      const { linksDropped, leftOut } = planned;
      const taken = { elements: elements.length, linksDropped, leftOut, picturesLost: lost };
      setState({ phase: "done", taken });
    } catch (error) {
      const refusal = error instanceof ImportRefused ? error.refusal : "damaged";
      setState({ phase: "choosing", refusal });
    }
  }

  return { state, read, send, again: () => setState({ phase: "choosing", refusal: null }) };
}

/** The server's name of a picture; null when it does not take it, which the report counts. */
async function upload(files: BoardFiles, address: string): Promise<string | null> {
  try {
    const [stored] = await files.upload(fileOf(address));
    return stored?.id ?? null;
  } catch {
    return null;
  }
}

/** The file in a `data:` address. Not by fetch(): the page's policy lets it ask its own server only. */
function fileOf(address: string): Blob {
  const comma = address.indexOf(",");
  const head = address.slice("data:".length, comma);
  const body = address.slice(comma + 1);
  const text = head.endsWith(";base64") ? atob(body) : decodeURIComponent(body);
  const type = head.split(";")[0] ?? "";
  if (!head.endsWith(";base64")) {
    return new Blob([text], { type });
  }
  return new Blob([Uint8Array.from(text, (character) => character.charCodeAt(0))], { type });
}
