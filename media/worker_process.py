"""One process of a media worker, from its start to its end, and the conversation with it (see `media.protocol`)."""

import asyncio
import contextlib
import os
import signal
import socket
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from media.engine import EngineUnavailable
from media.protocol import (
    Answered,
    Counted,
    FromWorker,
    MalformedFrame,
    Refused,
    RequestId,
    ToWorker,
    encode,
    parent_side,
)

FOLDER = Path(__file__).resolve().parents[1]
"""Where it runs: `-m` looks here first, so it is of the same installation, wherever the server was started."""

END_DEADLINE = 3.0
"""Seconds for a worker to say goodbye to its peers, before it is killed."""

READ_BYTES = 1 << 16

Answer = Answered | Refused | Counted
"""What names the request that it answers."""


class Unfit(Exception):
    """The worker cannot be used: it did not start, said so, or does not speak the protocol. The text says why."""


class WorkerProcess:
    """A process that was started; `end` it in any case."""

    __slots__ = ("_last_request", "_process", "_reader", "_requests", "_writer")

    def __init__(self, process: Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        self._requests: dict[RequestId, asyncio.Future[Answer]] = {}
        self._last_request: RequestId = 0

    @classmethod
    async def spawn(cls, command: Sequence[str]) -> "WorkerProcess":
        """Start one; `command` without the descriptor. Raises `Unfit`."""
        ours, theirs = socket.socketpair()
        with theirs:
            reader, writer = await asyncio.open_unix_connection(sock=ours)
            try:
                process = await asyncio.create_subprocess_exec(
                    *command,
                    str(theirs.fileno()),
                    pass_fds=(theirs.fileno(),),
                    stdin=DEVNULL,
                    cwd=FOLDER,
                    start_new_session=True,  # Ctrl-C is for the server, which ends its workers itself
                )
            except BaseException as error:
                writer.close()
                if isinstance(error, OSError):
                    raise Unfit(str(error)) from error
                raise
        return cls(process, reader, writer)

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def send(self, message: ToWorker) -> None:
        """Say something; a process that is gone does not hear it."""
        self._writer.write(encode(message))

    async def ask(self, message: Callable[[RequestId], ToWorker]) -> Answer:
        """The answer to what `message` makes of a request's number. Raises `EngineUnavailable` when it ends before."""
        self._last_request += 1
        request = self._last_request
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._requests[request] = future
        try:
            self.send(message(request))
            return await future
        finally:
            self._requests.pop(request, None)

    async def messages(self) -> AsyncIterator[FromWorker]:
        """What it says of itself, until it is gone; answers go to those who asked. Raises `Unfit`."""
        decoder = parent_side()
        while data := await self._read():
            try:
                messages = decoder.feed(data)
            except MalformedFrame as error:
                raise Unfit(f"it does not speak our protocol: {error}") from error
            for message in messages:
                if isinstance(message, Answer):
                    self._answered(message)
                else:
                    yield message

    def kill(self) -> None:
        """End it without a goodbye."""
        # Not `Process.kill`: that looks first whether it has ended, and then asyncio misses the exit status.
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def hang_up(self) -> None:
        """End the conversation: to the worker that is the sign to exit; what was asked has no answer."""
        self._writer.close()
        for future in self._requests.values():
            if not future.done():
                future.set_exception(EngineUnavailable("the media worker was lost"))
        self._requests.clear()

    async def end(self) -> int:
        """Hang up and wait for its end, for which it has `END_DEADLINE`. Its exit status, as that of `subprocess`."""
        self.hang_up()
        try:
            async with asyncio.timeout(END_DEADLINE):
                return await self._process.wait()
        except TimeoutError:
            self.kill()
            return await self._process.wait()

    async def _read(self) -> bytes:
        try:
            return await self._reader.read(READ_BYTES)
        except ConnectionError:
            return b""

    def _answered(self, answer: Answer) -> None:
        future = self._requests.pop(answer.request, None)
        if future is not None and not future.done():  # else nobody waits any more
            future.set_result(answer)
