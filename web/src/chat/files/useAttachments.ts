/** What somebody adds to the message that they write: chosen, pasted or dropped onto the chat. */

import { type RefObject, useEffect, useRef, useState } from "react";
import type { SendingFile } from "../../state/outgoing";
import type { Problem } from "./prepare";

export interface Attachments {
  files: readonly SendingFile[];
  problems: readonly Problem[];
  isBusy: boolean;
  /** Something is held over the chat. */
  isDropping: boolean;
  add(chosen: readonly File[]): void;
  remove(file: SendingFile): void;
  clear(): void;
  forgetProblems(): void;
}

/** `within`: an element of the chat; what is dropped onto the chat or pasted into it is taken, if `isOpen`. `lost`: names
 *  of what was chosen for this message before the page was loaded anew. */
export function useAttachments(
  within: RefObject<HTMLElement | null>,
  isOpen: boolean,
  lost: readonly string[] = [],
): Attachments {
  const [files, setFiles] = useState<readonly SendingFile[]>([]);
  const [problems, setProblems] = useState<readonly Problem[]>(() =>
    lost.map((name) => ({ name, why: "lost" })),
  );
  const [busy, setBusy] = useState(0);
  const [isDropping, setDropping] = useState(false);

  async function add(chosen: readonly File[]): Promise<void> {
    setProblems((before) => before.filter(({ name, why }) => why === "lost" && !has(chosen, name)));
    setBusy((count) => count + 1);
    try {
      const { prepare, FILES_MAX } = await import("./prepare");
      const ready = await prepare(chosen, Math.max(0, FILES_MAX - files.length));
      setFiles((before) => [...before, ...ready.files].slice(0, FILES_MAX));
      setProblems((before) => [...before, ...ready.problems]); // others are made ready at the same time
    } catch {
      const missing = chosen.map(({ name }) => ({ name, why: "offline" }) as const);
      setProblems((before) => [...before, ...missing]);
    } finally {
      setBusy((count) => count - 1);
    }
  }

  const latest = useRef(add);
  latest.current = add;
  useEffect(() => {
    const chat = within.current?.closest(".chat");
    if (!(chat instanceof HTMLElement) || !isOpen) {
      return;
    }
    return takeFilesFrom(chat, (chosen) => void latest.current(chosen), setDropping);
  }, [within, isOpen]);

  return {
    files,
    problems,
    isBusy: busy > 0,
    isDropping,
    add: (chosen) => void add(chosen),
    remove: (file) => setFiles((before) => before.filter((other) => other !== file)),
    clear: () => setFiles([]),
    forgetProblems: () => setProblems([]),
  };
}

/** The names of what is to go with the message, be it here or to be added again. */
export function namesOf(files: readonly SendingFile[], problems: readonly Problem[]): string[] {
  return [...problems.filter(({ why }) => why === "lost"), ...files].map(({ name }) => name);
}

function has(chosen: readonly File[], name: string): boolean {
  return chosen.some((file) => file.name === name);
}

function takeFilesFrom(
  chat: HTMLElement,
  take: (chosen: readonly File[]) => void,
  setDropping: (isDropping: boolean) => void,
): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const over = (event: DragEvent) => {
    if (event.dataTransfer?.types.includes("Files")) {
      event.preventDefault(); // else the browser would leave the page and show the file
      event.dataTransfer.dropEffect = "copy";
      setDropping(true);
    }
  };
  const dropped = (event: DragEvent) => {
    setDropping(false);
    if (event.dataTransfer !== null && event.dataTransfer.files.length > 0) {
      event.preventDefault();
      take([...event.dataTransfer.files]);
    }
  };
  const pasted = (event: ClipboardEvent) => {
    const data = event.clipboardData;
    // Programs put a picture of words beside words.
    if (data !== null && data.files.length > 0 && data.getData("text/plain") === "") {
      event.preventDefault();
      take([...data.files]);
    }
  };
  chat.addEventListener("dragover", over, { signal });
  chat.addEventListener("dragleave", () => setDropping(false), { signal });
  chat.addEventListener("drop", dropped, { signal });
  chat.addEventListener("paste", pasted, { signal });
  return () => {
    stop.abort();
    setDropping(false);
  };
}
