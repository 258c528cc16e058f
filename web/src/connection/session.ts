/** The few HTTP requests of our own page: invitation links and the persons this browser is signed in as. */

import type { Role } from "../protocol/generated";
import { CommandFailed, noAnswer, readFailure } from "./failure";

export interface InvitationPreview {
  project: string;
  member: string;
  title: string;
  name: string;
  role: Role;
  class_name: string | null;
  school: string | null;
  country: string | null;
  /** `used_by_you`: this browser went in with it already. */
  state: "open" | "used" | "used_by_you";
}

export interface SignedIn {
  project: string;
  member: string;
  title: string;
  name: string;
}

/** Who an invitation is for. Does not spend it. */
export function previewInvitation(token: string): Promise<InvitationPreview> {
  return ask("POST", "/session/invitation", { token });
}

/** Spend an invitation: this browser is signed in as its member from now on. */
export function acceptInvitation(token: string): Promise<{ project: string; member: string }> {
  return ask("POST", "/session", { invitation: token });
}

export async function listSessions(): Promise<SignedIn[]> {
  const { sessions } = await ask<{ sessions: SignedIn[] }>("GET", "/session");
  return sessions;
}

export async function signOut(member: string): Promise<void> {
  await ask("DELETE", `/session?member=${encodeURIComponent(member)}`);
}

/** One of our own JSON requests. Throws `CommandFailed`. */
export async function ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const json = { "content-type": "application/json" };
  const content = body === undefined ? {} : { body: JSON.stringify(body), headers: json };
  let response: Response;
  let answer: unknown;
  try {
    response = await fetch(path, { method, credentials: "same-origin", ...content });
    answer = await response.json().catch(() => null);
  } catch {
    throw noAnswer();
  }
  if (response.ok) {
    return answer as Answer;
  }
  const failure = readFailure((answer as { error?: unknown } | null)?.error);
  if (failure !== null) {
    throw new CommandFailed(failure.code, failure.message, failure.retry);
  }
  // A proxy on the way, or a server that is starting.
  throw noAnswer();
}
