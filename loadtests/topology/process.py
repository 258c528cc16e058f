"""One program as a process of its own: started, asked to end, killed, paused; never left behind."""

import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from loadtests.problem import Problem
from loadtests.topology import guard

HOST = "127.0.0.1"

NAMESPACES = Path("/run/netns")
"""Where network namespaces that have a name lie (ip-netns(8))."""

ENTER = ("nsenter", "util-linux")
"""The program that enters one, and its package."""

PORTS = range(20_000, 32_000)
"""Below those that Linux gives to clients (net.ipv4.ip_local_port_range): a client that comes back while its server is
down could else be given the server's own port, and connect to itself."""

RESERVED_MAX = 100
"""Of these ports, so many were given away last: their servers have them by the time that one is forgotten."""

START_WITHIN = 60.0
"""Seconds in which a program has to be ready, on a busy machine."""

END_WITHIN = 20.0
"""Seconds after which a program that was asked to end is killed."""

LOOK_INTERVAL = 0.01
"""Seconds between two looks whether a program is ready, or has ended."""

LOG_TAIL = 15
"""Lines of its log that are shown when it did not start."""


_reserved: deque[int] = deque()
"""File descriptors of the sockets that say which ports this process has given away, the oldest first."""


def free_port() -> int:
    """A TCP port that nobody listens on just now, for a server; no other process is given it meanwhile."""
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        if _reserve(port):
            return port


def _reserve(port: int) -> bool:
    """By an abstract socket of that name (unix(7)): it is gone with the process, however that ends."""
    sign = socket.socket(socket.AF_UNIX)
    try:
        sign.bind(f"\0rtserver.port.{port}")
    except OSError:
        sign.close()
        return False
    _reserved.append(sign.detach())
    while len(_reserved) > RESERVED_MAX:
        os.close(_reserved.popleft())
    return True


def find_program(name: str, package: str, folders: Sequence[Path] = ()) -> Path:
    """A program in PATH or in one of `folders`. Raises `Problem`, which names the package to install."""
    found = shutil.which(name) or next((str(one / name) for one in folders if os.access(one / name, os.X_OK)), None)
    if found is None:
        raise Problem(f"There is no program {name}: install the package {package} (tools/system-packages does).")
    return Path(found)


def give_to(folder: Path, user: str | None) -> None:
    """Make a folder the user's, so that a `Child` of this user may write in it; for root only."""
    if user is not None and os.geteuid() == 0:
        entry = pwd.getpwnam(user)
        os.chown(folder, entry.pw_uid, entry.pw_gid)


@dataclass(frozen=True, slots=True)
class Host:
    """Where a program runs: its address, and the network namespace that it is in; None: ours."""

    address: str = HOST
    namespace: str | None = None

    def wrapper(self, user: str | None = None) -> tuple[str, ...]:
        """Words that a command begins with to run there; in a namespace, which only root may enter, also as `user`."""
        if self.namespace is None:
            return ()
        # Not `ip netns exec`: it mounts another /sys, in which nothing of cgroups is to be seen.
        words = [str(find_program(*ENTER)), f"--net={NAMESPACES / self.namespace}"]
        if user is not None:
            account = pwd.getpwnam(user)
            words += [f"--setuid={account.pw_uid}", f"--setgid={account.pw_gid}"]
        return (*words, "--")


HERE = Host()
"""This machine, as it is."""


class _Guard:
    """Our end of the program `guard`: one for all children of this process, started with the first of them."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()

    def tell(self, sign: str, what: int | Sequence[str]) -> None:
        with self._turn:
            if self._process is None or self._process.poll() is not None:
                # A session of its own: what is sent to our group is not meant for it.
                self._process = subprocess.Popen(  # noqa: S603 - our own program
                    [sys.executable, "-I", "-S", guard.__file__], stdin=subprocess.PIPE, start_new_session=True
                )
            assert self._process.stdin is not None
            self._process.stdin.write(f"{sign}{json.dumps(what)}\n".encode())
            self._process.stdin.flush()


_guard = _Guard()


def clean_up_by(command: Sequence[str]) -> None:
    """When this process ends, however it does, the command is run; unless `cleaned_up` says that it need not be."""
    _guard.tell("+", command)


def cleaned_up(command: Sequence[str]) -> None:
    """End `clean_up_by`."""
    _guard.tell("-", command)


class Child:
    """A program and, while it runs, its process and all below it. What it prints goes to the end of `log`.

    When this process ends, however it does, the program is killed. As a context manager it starts at the beginning and
    is ended at the end. All methods are for one thread at a time; none needs an event loop.
    """

    def __init__(
        self,
        argv: Sequence[str | Path],
        folder: Path,
        *,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        name: str | None = None,
        host: Host = HERE,
        stop_signal: signal.Signals = signal.SIGTERM,
        is_ready: Callable[[], bool] | None = None,
    ) -> None:
        """`folder`: where it runs, and where `<name>.log` lies (`name`: usually that of the program).

        `env`: its whole environment; None: ours. `user`: whom it becomes when we are root. `host`: where it runs.
        `stop_signal`: what asks it to end. `is_ready`: looked at until it is true, when it starts; it must answer
        within milliseconds.
        """
        self.argv = [str(word) for word in argv]
        self.folder = folder
        self.name = name or Path(self.argv[0]).name
        self.log = folder / f"{self.name}.log"
        self._env = None if env is None else dict(env)
        self._user = user if os.geteuid() == 0 else None
        self._host = host
        self._stop_signal = stop_signal
        self._is_ready = is_ready
        self._process: subprocess.Popen[bytes] | None = None
        self._is_paused = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Its process. Raises `Problem` when it does not run."""
        if self._process is None:
            raise Problem(f"{self.name} does not run: start it.")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended, by itself or otherwise."""
        return self._process is not None and self._process.poll() is None

    def start(self, within: float = START_WITHIN) -> None:
        """Start it and wait, `within` seconds, until it is ready. Raises `Problem`; then it does not run."""
        if self.is_running:
            raise Problem(f"{self.name} runs already.")
        self._forget()
        wrapper = self._host.wrapper(self._user)
        account = None if self._user is None or wrapper else pwd.getpwnam(self._user)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the caller's own program
                [*wrapper, *self.argv],
                cwd=self.folder,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us: we end it in order
                user=None if account is None else account.pw_uid,
                group=None if account is None else account.pw_gid,
                extra_groups=None if account is None else [],
            )
        _guard.tell("+", self._process.pid)
        try:
            self._wait_until_ready(within)
        except BaseException:
            self.kill()
            raise

    def stop(self, within: float = END_WITHIN) -> int | None:
        """Ask it to end, and kill it when it has not after `within` seconds. Its exit code; None: it was not running.

        What it has started and left running is killed.
        """
        if not self.is_running:
            return self._forget()
        self.resume()
        below = {pid: guard.started_at(pid) for pid in guard.descendants(self.pid)}
        os.kill(self.pid, self._stop_signal)
        try:
            self._popen.wait(within)
        except subprocess.TimeoutExpired:
            return self.kill()
        for pid, since in below.items():
            if since is not None and guard.started_at(pid) == since:
                guard.kill_tree(pid)
        return self._forget()

    def wait(self, within: float) -> int | None:
        """Wait until it has ended by itself, and kill it when it has not. Its exit code; None: it was not running."""
        if self._process is None:
            return None
        try:
            self._process.wait(within)
        except subprocess.TimeoutExpired:
            return self.kill()
        return self._forget()

    def kill(self) -> int | None:
        """End it and all below it as a power cut would (SIGKILL)."""
        if self.is_running:
            guard.kill_tree(self.pid)
            self._popen.wait()
        return self._forget()

    def pause(self) -> None:
        """Stop it where it is, with all below it (SIGSTOP): it holds its connections and answers nobody."""
        guard.signal_tree(self.pid, signal.SIGSTOP)
        self._is_paused = True
        # The signal is taken when it next runs: a paused program must not answer once more. (NOWAIT: its end, should
        # it come first, is for others to see.)
        os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def resume(self) -> None:
        """Let it go on."""
        if self._is_paused:
            guard.signal_tree(self.pid, signal.SIGCONT)
            self._is_paused = False

    def log_text(self) -> str:
        """All that it has printed, over all its lives."""
        return self.log.read_text(errors="backslashreplace") if self.log.exists() else ""

    def log_tail(self) -> str:
        """The last lines of it."""
        return "\n".join(self.log_text().splitlines()[-LOG_TAIL:])

    @property
    def _popen(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def _wait_until_ready(self, within: float) -> None:
        deadline = time.monotonic() + within
        while self._is_ready is not None and not self._is_ready():
            if not self.is_running:
                raise Problem(
                    f"{self.name} ended with {self._popen.returncode} instead of starting:\n{self.log_tail()}"
                )
            if time.monotonic() > deadline:
                raise Problem(f"{self.name} is not ready after {within:g} seconds:\n{self.log_tail()}")
            time.sleep(LOOK_INTERVAL)

    def _forget(self) -> int | None:
        """It has ended. Its exit code."""
        if self._process is None:
            return None
        code = self._process.wait()
        _guard.tell("-", self._process.pid)
        self._process = None
        self._is_paused = False
        return code
