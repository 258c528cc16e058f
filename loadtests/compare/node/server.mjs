// Node socket.io exactly as shipped, doing what the comparison asks of every server.
//
//   node server.mjs ws|uws|publish PORT
//
// publish: on uWebSockets, to everybody in the room, the sender included. Only then does socket.io's adapter use
// uWebSockets' own publish; to leave the sender out it goes through the sockets one by one.

import { createServer } from "node:http";
import { Server } from "socket.io";

const HOST = "127.0.0.1";
const [engine, port] = [process.argv[2], Number(process.argv[3])];
const io = new Server();

io.on("connection", (socket) => {
  socket.on("room.join", ({ room }, answer) => {
    socket.join(room);
    answer({ ok: {} });
  });
  socket.on("room.signal", ({ room, topic, data }) => {
    const to = engine === "publish" ? io.to(room) : socket.to(room);
    to.emit("signal", { room, member: socket.id, topic, data });
  });
});

if (engine === "ws") {
  const server = createServer();
  io.attach(server);
  server.listen(port, HOST);
} else {
  const { default: uWebSockets } = await import("uwebsockets");
  const app = uWebSockets.App();
  io.attachApp(app);
  app.listen(HOST, port, (token) => {
    if (!token) {
      console.error(`port ${port} cannot be used`);
      process.exit(1);
    }
  });
}
