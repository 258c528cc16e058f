"""Servers without the second that each needs to load its modules: a process loads them once and forks, as Python's own
`multiprocessing` does with its start method `forkserver`.

A fork runs `rtserver serve` from the command line's entry point to the interpreter's end, as a program does; only who
loads the modules differs. `test_restart.py` and `tests/rtserver/test_cli.py` start the program itself.

Run as `python -m tests.wire.fork_server <descriptor>` it is that process: each message on the socket is a `Wanted`,
with the descriptor of the fork's standard error; it answers with `Begun` and, when the fork has ended, with `Ended`.
"""

import atexit
import gc
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

ROOT = Path(__file__).resolve().parents[2]

MESSAGE_BYTES_MAX = 131_072
"""Of a `Wanted`: arguments and an environment."""

FORK_WITHIN = 60.0
"""Seconds for a fork, the first of which waits until the modules are loaded, on a busy machine."""


class Wanted(Struct, tag=True):
    """Fork a server: arguments of `rtserver`, where it runs, and its whole environment."""

    arguments: tuple[str, ...]
    folder: str
    environment: dict[str, str]


class Begun(Struct, tag=True):
    """It runs."""

    pid: int


class Ended(Struct, tag=True):
    """It has ended; `code` as in `subprocess.Popen.returncode`."""

    pid: int
    code: int


_encode = msgspec.msgpack.Encoder().encode
_told = msgspec.msgpack.Decoder(Begun | Ended)


class Forked:
    """A server that was forked, with what tests use of `subprocess.Popen`."""

    def __init__(self, pid: int, written: int) -> None:
        self.pid = pid
        self.stderr = os.fdopen(written, "rb")
        self._code: int | None = None
        self._ended = threading.Event()

    def poll(self) -> int | None:
        """The exit code; None: it runs."""
        return self._code

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, when it has ended. Raises `subprocess.TimeoutExpired`."""
        if not self._ended.wait(timeout):
            raise subprocess.TimeoutExpired("rtserver", timeout or 0.0)
        assert self._code is not None
        return self._code

    def send_signal(self, number: int) -> None:
        """Send it a signal, when it has not ended."""
        if self._code is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def told_of_end(self, code: int) -> None:
        """It has ended."""
        self._code = code
        self._ended.set()


class ForkServer:
    """The one of this test process; it ends with it, and its forks with it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._running: dict[int, Forked] = {}
        self._begun: Forked | None = None
        self._has_begun = threading.Event()
        self._written = -1
        """The descriptor that gives what the fork under way writes to its standard error."""

    def start(self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Forked:
        """Fork a server."""
        with self._lock:
            control = self._socket or self._open()
            self._written, write_end = os.pipe()
            self._has_begun.clear()
            try:
                wanted = Wanted(tuple(arguments), str(folder), dict(environment))
                socket.send_fds(control, [_encode(wanted)], [write_end])
            finally:
                os.close(write_end)
            assert self._has_begun.wait(FORK_WITHIN), "no server was forked in time"
            assert self._begun is not None, "the process that forks servers has ended: see its words above"
            return self._begun

    def _open(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.wire.fork_server", str(theirs.fileno())],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        self._socket = ours
        listening = threading.Thread(target=self._listen, args=(ours,), name="fork-server", daemon=True)
        listening.start()

        def close() -> None:
            ours.shutdown(socket.SHUT_RDWR)
            process.wait()
            listening.join()
            ours.close()

        atexit.register(close)
        return ours

    def _listen(self, control: socket.socket) -> None:
        while data := control.recv(MESSAGE_BYTES_MAX):
            told = _told.decode(data)
            if isinstance(told, Begun):
                self._begun = self._running[told.pid] = Forked(told.pid, self._written)
                self._has_begun.set()
            else:
                self._running.pop(told.pid).told_of_end(told.code)
        self._begun = None
        self._has_begun.set()


FORK_SERVER = ForkServer()


def _serve_forks(control: socket.socket) -> list[str]:
    """Fork until the other end is closed. Returns the arguments in each fork."""
    wanted = msgspec.msgpack.Decoder(Wanted)
    running: dict[int, int] = {}
    """Processes by the descriptor that tells of their end (pidfd_open(2))."""
    while True:
        readable, _, _ = select.select([control.fileno(), *running], [], [])
        for descriptor in running.keys() & readable:
            pid = running.pop(descriptor)
            os.close(descriptor)
            _, status = os.waitpid(pid, 0)
            control.send(_encode(Ended(pid, os.waitstatus_to_exitcode(status))))
        if control.fileno() not in readable:
            continue
        data, descriptors, _, _ = socket.recv_fds(control, MESSAGE_BYTES_MAX, 1)
        if not data:
            break
        pid = os.fork()
        if pid == 0:
            control.close()
            for other in running:
                os.close(other)
            return _become(wanted.decode(data), descriptors[0])
        os.close(descriptors[0])
        running[os.pidfd_open(pid)] = pid
        control.send(_encode(Begun(pid)))
    for pid in running.values():
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    sys.exit()


def _become(wanted: Wanted, written: int) -> list[str]:
    """As a program that was started so."""
    os.dup2(written, sys.stderr.fileno())
    os.close(written)
    os.chdir(wanted.folder)
    os.environ.clear()
    os.environ.update(wanted.environment)
    return list(wanted.arguments)


def _load() -> None:
    """What a server loads, wherever it does so."""
    import rtserver.app
    import rtserver.cli
    import rtserver.serving  # noqa: F401

    gc.collect()
    gc.freeze()  # the memory stays shared with the forks: nobody writes to it while looking for garbage


def main() -> None:
    """The process that forks."""
    _load()
    arguments = _serve_forks(socket.socket(fileno=int(sys.argv[1])))
    gc.unfreeze()
    sys.argv = ["rtserver", *arguments]
    from rtserver.cli import main as run

    run()


if __name__ == "__main__":
    main()
