/** Why something asked of the server did not happen. */

import type { ErrorCode, Failure } from "../protocol/generated";

/** The server's codes, and what only this side can know: no answer came; an answer that makes no sense. */
export type FailureCode = ErrorCode | "no_answer" | "unknown";

export class CommandFailed extends Error {
  readonly code: FailureCode;
  /** The same command may succeed later by itself. */
  readonly retry: boolean;

  constructor(code: FailureCode, message: string, retry: boolean) {
    super(message);
    this.name = "CommandFailed";
    this.code = code;
    this.retry = retry;
  }
}

export function noAnswer(): CommandFailed {
  return new CommandFailed("no_answer", "The server did not answer.", true);
}

/** A `Failure` if that is what `value` is, whoever sent it. */
export function readFailure(value: unknown): Failure | null {
  if (typeof value !== "object" || value === null) {
    return null;
  }
  const { code, message, retry } = value as Partial<Record<keyof Failure, unknown>>;
  if (typeof code !== "string") {
    return null;
  }
  return {
    code: code as ErrorCode,
    message: typeof message === "string" ? message : code,
    retry: retry === true,
  };
}

export function asCommandFailed(error: unknown): CommandFailed {
  if (error instanceof CommandFailed) {
    return error;
  }
  const message = error instanceof Error ? error.message : String(error);
  return new CommandFailed("unknown", message, false);
}
