/** One connection to the server, from its opening to its end. Never reopened: the next try makes a new one. */

import { Manager } from "socket.io-client";
import * as msgpackParser from "socket.io-msgpack-parser";
import type { Commands, ConnectAuth, Failure, Pushes } from "../protocol/generated";
import { CommandFailed, noAnswer, readFailure } from "./failure";
import type { Transport } from "./transports";

/** How long an ack may take: a poll over a slow school line, and a commit. */
const ANSWER_TIMEOUT_MS = 15_000;

/** How long opening may take, both transports together. */
const OPEN_TIMEOUT_MS = 10_000;

export type CommandName = keyof Commands;

export type Push = { [Name in keyof Pushes]: { name: Name; payload: Pushes[Name] } }[keyof Pushes];

export interface LinkHandlers {
  onOpen(): void;
  onPush(push: Push): void;
  /** Called once, also when it never opened. `failure`: what the server said, if it said something. */
  onClose(failure: Failure | null): void;
}

export interface Link {
  request<Name extends CommandName>(
    name: Name,
    params: Commands[Name]["params"],
  ): Promise<Commands[Name]["result"]>;
  close(): void;
  /** The transport in use, or the one that was tried last; null before any. */
  transport(): Transport | null;
}

export type OpenLink = (
  /** `node`: the server that was named to us, by way of the balancer. */
  target: { project: string; node: string | null; auth: ConnectAuth; transports: Transport[] },
  handlers: LinkHandlers,
) => Link;

const PUSH_NAMES: Record<keyof Pushes, true> = {
  event: true,
  rights: true,
  session: true,
  signal: true,
  presence: true,
  read_marks: true,
  expelled: true,
  bye: true,
  moving: true,
  problem: true,
  call: true,
  call_changed: true,
  call_left: true,
  call_asked: true,
  call_speaking: true,
  call_slots: true,
  call_rebuild: true,
  call_description: true,
  call_candidate: true,
  board_rights: true,
  board_cursor: true,
  board_stroke: true,
  board_viewport: true,
  board_brought: true,
  poll_progress: true,
  attention: true,
  mentioned: true,
};

export const openLink: OpenLink = (target, handlers) => {
  const manager = new Manager({
    path: "/socket.io/",
    query: { project: target.project, ...(target.node === null ? {} : { node: target.node }) },
    transports: target.transports,
    tryAllTransports: true,
    parser: msgpackParser,
    timeout: OPEN_TIMEOUT_MS,
    reconnection: false,
    autoConnect: false,
  });
  const socket = manager.socket("/", { auth: { ...target.auth } });
  let closed = false;

  function end(failure: Failure | null): void {
    if (closed) {
      return;
    }
    closed = true;
    socket.disconnect();
    manager.engine?.close();
    handlers.onClose(failure);
  }

  socket.on("connect", handlers.onOpen);
  socket.on("disconnect", () => end(null));
  socket.on("connect_error", (error) => end(failureOfConnectError(error)));
  socket.onAny((name: string, payload: unknown) => {
    // Unknown pushes are a newer server's: a client ignores what it does not know.
    if (!closed && name in PUSH_NAMES) {
      handlers.onPush({ name, payload } as Push);
    }
  });
  socket.connect();
  // A proxy may close a WebSocket right after it has opened, before the handshake: the manager would only notice by its
  // timeout. Not at once: a refused CONNECT closes first and says why just after.
  manager.engine.on("close", () => queueMicrotask(() => end(null)));

  return {
    async request(name, params) {
      if (!socket.connected) {
        throw noAnswer();
      }
      const answer: unknown = await socket
        .timeout(ANSWER_TIMEOUT_MS)
        .emitWithAck(name, params)
        .catch(() => {
          throw noAnswer();
        });
      return readAnswer(answer) as never;
    },
    close: () => end(null),
    transport: () => (manager.engine?.transport?.name as Transport | undefined) ?? null,
  };
};

function readAnswer(answer: unknown): unknown {
  if (typeof answer === "object" && answer !== null) {
    if ("ok" in answer) {
      return answer.ok;
    }
    const failure = "error" in answer ? readFailure(answer.error) : null;
    if (failure !== null) {
      throw new CommandFailed(failure.code, failure.message, failure.retry);
    }
  }
  throw new CommandFailed("unknown", "The answer could not be read.", false);
}

/** What the server said: in the CONNECT_ERROR packet, or as the body of a refused HTTP request. */
function failureOfConnectError(error: Error): Failure | null {
  const details = error as Error & { data?: unknown; context?: { responseText?: unknown } };
  return readFailure(details.data) ?? ofRefusedRequest(details.context?.responseText);
}

/**
 * Only refusals of this page as such are for good. A sid that is not known any more (`session_ended`) is that of a
 * server which has restarted meanwhile, not of a person who was signed out.
 */
function ofRefusedRequest(body: unknown): Failure | null {
  const failure = readFailure(parse(body));
  const forGood = ["origin_refused", "version_unsupported", "unknown_project"];
  return failure === null || failure.retry || forGood.includes(failure.code) ? failure : null;
}

function parse(text: unknown): unknown {
  if (typeof text !== "string") {
    return null;
  }
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "error" in value ? value.error : value;
  } catch {
    return null;
  }
}
