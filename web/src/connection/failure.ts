/** Why something asked of the server did not happen. */

import type { ErrorCode, Failure } from "../protocol/generated";

/** The server's codes, and what only this side can know: no answer came; an answer that makes no sense. */
export type FailureCode = ErrorCode | "no_answer" | "unknown";

export class CommandFailed extends Error {
  readonly code: FailureCode;
  /** The same command may succeed later by itself. */
  readonly retry: boolean;
  /** Seconds after which the server takes it again, where it has said so. */
  readonly retryAfter: number | null;

  constructor(
    code: FailureCode,
    message: string,
    retry: boolean,
    retryAfter: number | null = null,
  ) {
    super(message);
    this.name = "CommandFailed";
    this.code = code;
    this.retry = retry;
    this.retryAfter = retryAfter;
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
  const { code, message, retry, retry_after } = value as Partial<Record<keyof Failure, unknown>>;
  if (typeof code !== "string") {
    return null;
  }
  return {
    code: code as ErrorCode,
    message: typeof message === "string" ? message : code,
    retry: retry === true,
    ...(typeof retry_after === "number" && retry_after > 0 ? { retry_after } : {}),
  };
}

export function asCommandFailed(error: unknown): CommandFailed {
  if (error instanceof CommandFailed) {
    return error;
  }
  const message = error instanceof Error ? error.message : String(error);
  return new CommandFailed("unknown", message, false);
}
