"""The process of a `Relay`: takes TCP connections, passes their bytes on to one server, and can be a bad line.

    python relay_process.py <control socket> <host> <port> <server's host> <server's port>

Each line on the control socket, a Unix one, is a JSON array of a command's name and its arguments; it is answered with
one of JSON when it has been done. Standard library only, so that it starts in a moment.
"""

import asyncio
import json
import socket
import struct
import sys
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, cast

TO_SERVER, TO_CLIENT = "to_server", "to_client"

HELD_MAX = 1_048_576
"""Bytes of one direction that wait in here before no more is read: as a network's buffers, it does not take all."""

BACKLOG = 1024
"""Connections that the kernel keeps until they are accepted: every pool of every node at once."""

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, for no time: closing sends a reset (socket(7))."""


class Line:
    """What the relay does to those who go through it."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.delay = 0.0
        """Seconds that each byte takes, each way."""
        self.is_hung = False
        self.cut_after: dict[str, int | None] = {TO_SERVER: None, TO_CLIENT: None}
        """Bytes that may still pass in a direction before everything is cut."""
        self.pairs: set[Pair] = set()
        self.counters = {"accepted": 0, "failed": 0, "cuts": 0, TO_SERVER: 0, TO_CLIENT: 0}
        self.was_cut = asyncio.Event()

    def allowed(self, direction: str, count: int) -> int:
        """How many of `count` bytes may pass."""
        left = self.cut_after[direction]
        return count if left is None else min(left, count)

    def passed(self, direction: str, count: int) -> bool:
        """That many have passed. Whether it is time to cut."""
        self.counters[direction] += count
        left = self.cut_after[direction]
        if left is None:
            return False
        self.cut_after[direction] = left - count
        return left <= count

    def cut(self) -> None:
        """End every connection with a reset."""
        self.counters["cuts"] += 1
        self.cut_after = {TO_SERVER: None, TO_CLIENT: None}
        for pair in list(self.pairs):
            pair.abort()
        self.was_cut.set()

    def hang(self) -> None:
        """From now on nothing goes through, not even that one side has gone."""
        self.is_hung = True
        for pair in list(self.pairs):
            pair.adjust()

    def let_go(self) -> None:
        """Go on, with what was held."""
        self.is_hung = False
        for pair in list(self.pairs):
            pair.adjust()


class Flow:
    """One direction of one connection: what is on its way, in order."""

    def __init__(self, line: Line, direction: str, pair: "Pair") -> None:
        self._line = line
        self._direction = direction
        self._pair = pair
        self._held: deque[tuple[float, bytes | None]] = deque()  # when it arrives, and what; None: the end
        self._held_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self.source: asyncio.Transport | None = None
        self.sink: asyncio.Transport | None = None
        self.is_full = False
        """The sink takes no more for now."""

    def take(self, data: bytes | None) -> None:
        """Something has come in."""
        self._held.append((self._loop.time() + self._line.delay, data))
        self._held_bytes += len(data or b"")
        self.pump()

    def pump(self) -> None:
        """Pass on what is due."""
        self.stop_timer()
        while self._held and self.sink is not None and not self.is_full and not self._line.is_hung:
            due, data = self._held[0]
            if due > self._loop.time():
                self._timer = self._loop.call_at(due, self.pump)
                break
            self._held.popleft()
            if data is None:
                self._pair.end(self)
                return
            self._held_bytes -= len(data)
            if not self._pass_on(data):
                return
        self.adjust()

    def adjust(self) -> None:
        """Read on, or not."""
        if self.source is None or self.source.is_closing():
            return
        if self._line.is_hung or self._held_bytes >= HELD_MAX:
            self.source.pause_reading()
        else:
            self.source.resume_reading()

    def stop_timer(self) -> None:
        """Wait for nothing more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _pass_on(self, data: bytes) -> bool:
        """False: that was the last of it."""
        assert self.sink is not None
        count = self._line.allowed(self._direction, len(data))
        self.sink.write(data[:count])
        if not self._line.passed(self._direction, count):
            return True
        # The other side is to see exactly that many bytes, and then the end: not a reset that overtakes them.
        self._pair.close_after_last(self.sink)
        self._line.cut()
        return False


class Side(asyncio.Protocol):
    """One end of a connection: what it reads goes into `out`, what it writes comes from `into`."""

    def __init__(self, pair: "Pair", out: Flow, into: Flow) -> None:
        self._pair = pair
        self._out = out
        self._into = into

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It stands."""
        if self._pair.is_aborted:
            cast(asyncio.Transport, transport).abort()
            return
        self._out.source = self._into.sink = cast(asyncio.Transport, transport)
        self._out.adjust()
        self._into.pump()

    def data_received(self, data: bytes) -> None:
        """Bytes from this end."""
        if not self._pair.is_aborted:
            self._out.take(data)

    def eof_received(self) -> bool:
        """This end sends no more; it may still be sent to."""
        if self._pair.is_aborted:
            return False  # which closes it
        self._out.take(None)
        return True

    def pause_writing(self) -> None:
        """This end is slow."""
        self._into.is_full = True

    def resume_writing(self) -> None:
        """This end takes more."""
        self._into.is_full = False
        self._into.pump()

    def connection_lost(self, error: Exception | None) -> None:
        """This end has gone."""
        if error is not None:
            self._pair.abort()
        self._pair.gone(self._out)


class Pair:
    """A client's connection, and ours to the server for it."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._flows = Flow(line, TO_SERVER, self), Flow(line, TO_CLIENT, self)
        self._opening: asyncio.Task[None] | None = None
        self._ended: set[Flow] = set()
        self._spared: asyncio.Transport | None = None
        self.is_aborted = False
        line.pairs.add(self)
        line.counters["accepted"] += 1

    def client(self) -> Side:
        """The client's end, which has just come."""
        to_server, to_client = self._flows
        self._opening = asyncio.get_running_loop().create_task(self._open())
        return Side(self, to_server, to_client)

    def adjust(self) -> None:
        """The line hangs, or goes on."""
        if not self._line.is_hung and self._opening is None and self._flows[0].sink is None:
            self._opening = asyncio.get_running_loop().create_task(self._open())
        for flow in self._flows:
            flow.pump()
            flow.adjust()

    def end(self, flow: Flow) -> None:
        """All of a direction has passed, and its source sends no more."""
        self._ended.add(flow)
        sink = flow.sink
        if sink is None or sink.is_closing():
            return
        if len(self._ended) == len(self._flows):
            for one in self._flows:
                if one.sink is not None:
                    one.sink.close()
        else:
            sink.write_eof()

    def close_after_last(self, sink: asyncio.Transport) -> None:
        """Let what was written to it arrive when everything is cut."""
        self._spared = sink

    def abort(self) -> None:
        """End it with a reset."""
        if self.is_aborted:
            return
        self.is_aborted = True
        if self._opening is not None:
            self._opening.cancel()
        for flow in self._flows:
            flow.stop_timer()
            sink = flow.sink
            if sink is None:
                continue
            if sink is self._spared:
                # Its end, and what it still sends is read, to be dropped: closed with something unread, a connection
                # is reset, and takes along what has not been read over there.
                sink.write_eof()
                sink.resume_reading()
                continue
            peer = sink.get_extra_info("socket")
            if not sink.is_closing():
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            sink.abort()
        self._line.pairs.discard(self)

    def gone(self, flow: Flow) -> None:
        """The source of a direction has gone; with it the pair, once what it has sent has passed."""
        self._ended.add(flow)
        if len(self._ended) == len(self._flows):
            self._line.pairs.discard(self)
        flow.source = None

    async def _open(self) -> None:
        if self._line.is_hung:
            self._opening = None  # later
            return
        to_server, to_client = self._flows
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: Side(self, to_client, to_server), *self._line.target)
        except OSError:
            self._line.counters["failed"] += 1
            self.abort()
        self._opening = None


class Control:
    """Does what it is told on the control socket."""

    def __init__(self, line: Line, address: tuple[str, int]) -> None:
        self._line = line
        self._address = address
        self._server: asyncio.Server | None = None
        self._commands: dict[str, Callable[..., Awaitable[Any]]] = {
            "accept": self.accept,
            "refuse": self._refuse,
            "delay": self._delay,
            "hang": self._hang,
            "let_go": self._let_go,
            "restore": self._restore,
            "cut": self._cut,
            "cut_after": self._cut_after,
            "wait_until_cut": self._wait_until_cut,
            "counters": self._counters,
        }

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of the control socket."""
        try:
            while line := await reader.readline():
                name, *arguments = json.loads(line)
                answer = await self._commands[name](*arguments)
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except ConnectionError:
            pass  # whoever asked has not waited for the answer
        finally:
            writer.close()

    async def accept(self) -> None:
        """Take connections (again)."""
        if self._server is None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(lambda: Pair(self._line).client(), *self._address, backlog=BACKLOG)

    async def _refuse(self) -> None:
        """Take no new connections; those that stand are left."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _delay(self, seconds: float) -> None:
        self._line.delay = seconds

    async def _hang(self) -> None:
        self._line.hang()

    async def _let_go(self) -> None:
        self._line.let_go()

    async def _restore(self) -> None:
        """A good line again."""
        self._line.delay = 0.0
        self._line.cut_after = dict.fromkeys(self._line.cut_after)
        self._line.let_go()
        await self.accept()

    async def _cut(self) -> None:
        self._line.cut()

    async def _cut_after(self, count: int, direction: str) -> None:
        self._line.was_cut.clear()
        self._line.cut_after[direction] = count

    async def _wait_until_cut(self, within: float) -> bool:
        try:
            async with asyncio.timeout(within):
                await self._line.was_cut.wait()
        except TimeoutError:
            return False
        return True

    async def _counters(self) -> dict[str, int]:
        return {**self._line.counters, "open": len(self._line.pairs)}


async def main(control: str, host: str, port: str, server_host: str, server_port: str) -> None:
    """Relay until it is killed."""
    commands = Control(Line((server_host, int(server_port))), (host, int(port)))
    await commands.accept()
    # Last: whoever can reach it knows that the port is open.
    server = await asyncio.start_unix_server(commands.serve, control)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
