// Holds any number of official socket.io-client sockets and speaks JSON lines: commands on stdin, what happens on stdout.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const { io } = require("socket.io-client");
const msgpack = require("socket.io-msgpack-parser");

// `timeout`: a connection that ends between the WebSocket's handshake and Engine.IO's is noticed by nothing else.
const RECONNECT = {
  timeout: 5_000,
  reconnectionDelay: 20,
  reconnectionDelayMax: 200,
  randomizationFactor: 0.5,
};

const sockets = new Map();

// Bytes as the text codec writes them, whatever the parser made of them.
function asText(_, value) {
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return Buffer.from(value).toString("base64");
  return value?.type === "Buffer" && Array.isArray(value.data) ? Buffer.from(value.data).toString("base64") : value;
}

function say(id, kind, rest) {
  process.stdout.write(`${JSON.stringify({ id, kind, ...rest }, asText)}\n`);
}

function watchEngine(id, socket) {
  const engine = socket.io.engine;
  engine.on("upgrade", (transport) => say(id, "upgraded", { transport: transport.name }));
  engine.on("upgradeError", (error) => say(id, "upgrade_failed", { reason: String(error) }));
}

const commands = {
  open({ id, url, query, auth, transports, parser, headers, reconnect, upgrade }) {
    const socket = io(url, {
      forceNew: true,
      autoConnect: false,
      query,
      auth,
      transports,
      upgrade,
      extraHeaders: headers,
      reconnection: reconnect,
      ...RECONNECT,
      ...(parser === "msgpack" ? { parser: msgpack } : {}),
    });
    sockets.set(id, socket);
    socket.io.on("open", () => watchEngine(id, socket));
    socket.connections = 0;
    socket.on("connect", () => {
      socket.connections += 1;
      say(id, "connected", { transport: socket.io.engine.transport.name });
    });
    socket.on("disconnect", (reason) => say(id, "disconnected", { reason }));
    socket.on("connect_error", (error) =>
      say(id, "refused", {
        code: error.message,
        data: error.data ?? null,
        status: typeof error.description === "number" ? error.description : null,
        body: error.context?.responseText ?? null,
        final: !socket.active,
      }),
    );
    socket.on("session", (granted) => {
      socket.auth = { version: socket.auth.version, session: granted.session };
    });
    socket.onAny((name, ...args) => say(id, "push", { name, args }));
    socket.connect();
  },

  // `on`: only if this is still the socket's so many-th connection; null: the library keeps it until there is one.
  emit({ id, name, args, ack, on }) {
    const socket = sockets.get(id);
    if (on !== null && !(socket.connected && socket.connections === on)) {
      return;
    }
    if (ack === null) {
      socket.emit(name, ...args);
    } else {
      socket.emit(name, ...args, (...answer) => say(id, "ack", { ack, answer }));
    }
  },

  // A drop as the application sees it: the transport goes, the library comes back by itself.
  drop({ id }) {
    sockets.get(id).io.engine.close();
  },

  // Socket.IO begins to upgrade as soon as it is open; a socket opened with `upgrade: false` waits for this.
  upgrade({ id }) {
    sockets.get(id).io.engine._probe("websocket");
  },

  offline({ id }) {
    sockets.get(id).disconnect();
  },

  online({ id, auth }) {
    const socket = sockets.get(id);
    if (auth) {
      socket.auth = auth;
    }
    socket.connect();
  },

  close({ id }) {
    sockets.get(id).disconnect();
    sockets.get(id).offAny();
    sockets.delete(id);
    say(id, "closed", {});
  },
};

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const command = JSON.parse(line);
    try {
      commands[command.op](command);
    } catch (error) {
      say(command.id, "failed", { reason: String(error?.stack ?? error) });
    }
  })
  .on("close", () => process.exit(0));

say(0, "ready", { node: process.version });
