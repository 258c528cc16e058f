/** Files on their way to the server, and how far each message's are: with XMLHttpRequest, since fetch does not tell. */

import { CommandFailed, noAnswer, readFailure } from "../../connection/failure";
import type { SendingFile } from "../../state/outgoing";

export interface Asker {
  project: string;
  member: string;
  room: string;
}

/** A message's file that is being sent: its name, and the share of its bytes that has gone, 0 to 1. */
export interface Progress {
  name: string;
  share: number;
}

/** On a line that has died without a word, nothing comes or goes for so long. */
const STALL_MS = 30_000;

/** The server answers within a minute, unless it is gone: a picture may wait for those of a class before it. */
const ANSWER_MS = 90_000;

const requests = new Map<string, XMLHttpRequest>();
const progress = new Map<string, Progress>();
const listeners = new Set<() => void>();

/** Have the server keep a file for a room's chat. Throws `CommandFailed`; what is tried again begins anew. */
export function upload(asker: Asker, nonce: string, file: SendingFile): Promise<string> {
  const { project, member, room } = asker;
  const query = new URLSearchParams({ member, room, for: "chat" });
  const request = new XMLHttpRequest();
  requests.set(nonce, request);
  return new Promise<string>((resolve, reject) => {
    let stalled = setTimeout(() => request.abort(), STALL_MS);
    const waitFor = (milliseconds: number) => {
      clearTimeout(stalled);
      stalled = setTimeout(() => request.abort(), milliseconds);
    };
    request.upload.onprogress = ({ loaded, total }) => {
      waitFor(STALL_MS);
      tell(nonce, { name: file.name, share: total > 0 ? loaded / total : 0 });
    };
    request.upload.onload = () => waitFor(ANSWER_MS);
    request.onerror = request.onabort = () => reject(noAnswer());
    request.onload = () => {
      const id = storedId(request);
      if (id !== null) {
        resolve(id);
      } else {
        reject(failureOf(request));
      }
    };
    request.onloadend = () => {
      clearTimeout(stalled);
      requests.delete(nonce);
      tell(nonce, null);
    };
    request.open("POST", `/projects/${encodeURIComponent(project)}/files?${query}`);
    request.setRequestHeader("content-type", file.blob.type || "application/octet-stream");
    tell(nonce, { name: file.name, share: 0 });
    request.send(file.blob);
  });
}

/** Stop sending what belongs to a message. */
export function cancel(nonce: string): void {
  requests.get(nonce)?.abort();
}

/** For `useSyncExternalStore`. */
export function onProgress(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function progressOf(nonce: string): Progress | null {
  return progress.get(nonce) ?? null;
}

function tell(nonce: string, now: Progress | null): void {
  if (now === null) {
    progress.delete(nonce);
  } else {
    progress.set(nonce, now);
  }
  for (const listener of listeners) {
    listener();
  }
}

function storedId(request: XMLHttpRequest): string | null {
  const answer = parsed(request) as { files?: { id?: unknown }[] } | null;
  const id = request.status === 201 ? answer?.files?.[0]?.id : null;
  return typeof id === "string" ? id : null;
}

function failureOf(request: XMLHttpRequest): CommandFailed {
  const answer = parsed(request) as { error?: unknown } | null;
  const failure = readFailure(answer?.error);
  return failure === null
    ? noAnswer() // a proxy on the way, or a server that is starting
    : new CommandFailed(failure.code, failure.message, failure.retry);
}

function parsed(request: XMLHttpRequest): unknown {
  try {
    return JSON.parse(request.responseText);
  } catch {
    return null;
  }
}
