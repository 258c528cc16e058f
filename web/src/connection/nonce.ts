import type { Commands } from "../protocol/generated";
import type { CommandName } from "./link";

/** A command whose effect lasts. */
export type DurableCommand = {
  [Name in CommandName]: "nonce" extends keyof Commands[Name]["params"] ? Name : never;
}[CommandName];

/** A name for one command, made once and kept through every resend: the server does each name once. */
export function makeNonce(): string {
  // Not crypto.randomUUID(): it is missing on pages served without TLS, as on a school's own machine.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function withNonce<Name extends DurableCommand>(
  _name: Name,
  params: Omit<Commands[Name]["params"], "nonce">,
  nonce: string,
): Commands[Name]["params"] {
  return { ...params, nonce } as unknown as Commands[Name]["params"];
}
