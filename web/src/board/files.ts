/** Pictures and documents of a project, over HTTP: they do not fit a socket. */

import { CommandFailed, noAnswer, readFailure } from "../connection/failure";
import type { StoredFile } from "./ports";

/** Who asks, and where from: the server has the same rules here as on the board. */
export interface Asker {
  project: string;
  member: string;
  room: string;
}

/** Where a stored picture is. */
export function fileUrl(
  { project, member }: Pick<Asker, "project" | "member">,
  id: string,
): string {
  return `${at(project)}/files/${encodeURIComponent(id)}?${query({ member })}`;
}

/** Put a picture, or (teachers) a document into the project: one stored picture for each page. Throws `CommandFailed`. */
export async function uploadFile(asker: Asker, file: Blob): Promise<StoredFile[]> {
  const { project, member, room } = asker;
  const response = await ask(`${at(project)}/files?${query({ member, room })}`, {
    method: "POST",
    headers: { "content-type": file.type || "application/octet-stream" },
    body: file,
  });
  const { files } = (await response.json()) as { files: StoredFile[] };
  return files;
}

/** A board as a file of Excalidraw, as this person sees it. Throws `CommandFailed`. */
export async function downloadBoard(asker: Asker, board: string): Promise<Blob> {
  const { project, member } = asker;
  const path = `${at(project)}/boards/${encodeURIComponent(board)}.excalidraw`;
  const response = await ask(`${path}?${query({ member })}`, {});
  return await response.blob().catch(() => {
    throw noAnswer();
  });
}

/** A request to this server. Throws `CommandFailed` when it is refused or not answered. */
export async function ask(path: string, request: RequestInit): Promise<Response> {
  const response = await fetch(path, { ...request, credentials: "same-origin" }).catch(() => {
    throw noAnswer();
  });
  if (response.ok) {
    return response;
  }
  const answer = (await response.json().catch(() => null)) as { error?: unknown } | null;
  const failure = readFailure(answer?.error);
  if (failure !== null) {
    throw new CommandFailed(failure.code, failure.message, failure.retry);
  }
  throw noAnswer(); // a proxy on the way, or a server that is starting
}

/** Below which address the files of a project are. */
export function at(project: string): string {
  return `/projects/${encodeURIComponent(project)}`;
}

function query(values: Record<string, string>): string {
  return new URLSearchParams(values).toString();
}
