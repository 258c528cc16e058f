"""A real server, a process of its own on a free port, with its data in a folder; its log is kept."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, ClassVar

from loadtests.topology.process import free_port
from rtserver.config import PREFIX, Settings
from rtserver.config_loading import load
from tests.wire.fork_server import FORK_SERVER, Forked

START_WITHIN = 40.0
"""Seconds in which a server has to be ready, on a busy machine."""

END_WITHIN = 20.0
"""Seconds after which a server that does not end is a failure."""

READY, ALL_READY = b'"event": "server.ready"', b'"event": "workers.ready"'

LOG_TAIL = 25
"""Lines of the log that are shown when a test fails."""

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(sys.executable).with_name("rtserver")

SPOKEN_MIN = 8
"""Characters from which on a text is looked for in the log: shorter ones may stand there by chance."""

TROUBLE = re.compile(r'Traceback \(most recent|"level": "error"|"exception":|never retrieved|never awaited')
"""What no log may hold after whatever clients have sent."""


class ServerEnded(Exception):
    """A server that was to be started has ended."""


class Server:
    """Starts, stops, kills and restarts a server on the same data and port."""

    running: ClassVar[list["Server"]] = []
    """Those whose log is shown when a test fails."""

    spoken: ClassVar[set[str]] = set()
    """Tokens that were handed out and texts that were posted in this test process: none of it belongs in a log."""

    def __init__(self, folder: Path, *, workers: int = 1, as_program: bool = False, **settings: Any) -> None:
        """`settings` as those of `rtserver.config`. `workers`: processes, on ports that follow the server's own.

        `as_program`: started as an operator does, and not forked from a process that has loaded the modules before.
        """
        self._workers = workers
        self._as_program = as_program or workers > 1
        self.overrides: dict[str, Any] = {"port": free_port(), "data": str(folder), "log_level": "info", **settings}
        self.log_file = folder / "server.log"
        self._process: subprocess.Popen[bytes] | Forked | None = None
        self._keeper: threading.Thread | None = None
        self._is_ready = threading.Event()
        self._written = threading.Condition()

    @property
    def settings(self) -> Settings:
        """The settings that the server runs with."""
        return load(**self.overrides)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{'https' if 'tls_certificate' in self.overrides else 'http'}://127.0.0.1:{self.overrides['port']}"

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    def memory(self) -> float:
        """Megabytes of its process."""
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.pid}/status").read_text())
        assert found is not None
        return int(found[1]) / 1024

    def start(self) -> "Server":
        """Start it and return once it is ready."""
        assert self._process is None
        own = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        chosen = {
            f"{PREFIX}{name.upper()}": value if isinstance(value, str) else json.dumps(value)
            for name, value in self.overrides.items()
        }
        folder = self.log_file.parent
        if self._as_program:
            self._process = subprocess.Popen(
                [str(PROGRAM), "serve", *(() if self._workers == 1 else ("--workers", str(self._workers)))],
                cwd=folder,
                env={**own, **chosen},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
        else:
            self._process = FORK_SERVER.start(["serve"], folder, {**own, **chosen})
        self._is_ready.clear()
        self._keeper = threading.Thread(target=self._keep_log, daemon=True)
        self._keeper.start()
        self.running.append(self)
        in_time = self._is_ready.wait(START_WITHIN)
        assert in_time, f"the server is not ready in time:\n{self.log_tail()}"
        if self._process.poll() is not None:
            code, _ = self._end(signal.SIGTERM)
            raise ServerEnded(f"the server ended with {code} instead of starting:\n{self.log_tail()}")
        return self

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, and do not wait."""
        assert self._process is not None
        self._process.send_signal(number)

    def stop(self) -> tuple[int, float]:
        """End it as an operator does (SIGTERM). Its exit code, and how many seconds it took."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut does to a process (SIGKILL)."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """End it, if it still runs."""
        if self._process is not None:
            self.kill()

    def log(self) -> str:
        """All that it has written to stderr, over all its lives."""
        return self.log_file.read_text(errors="backslashreplace") if self.log_file.exists() else ""

    async def logged(self, event: str, times: int = 1) -> None:
        """Wait until its log tells of an event so many times."""
        await self.wrote(f'"event": "{event}"', times)

    async def wrote(self, text: str, times: int = 1) -> None:
        """Wait until its log holds a text so many times."""

        def wait() -> bool:
            with self._written:
                return self._written.wait_for(lambda: self.log().count(text) >= times, START_WITHIN)

        assert await asyncio.to_thread(wait), f"no {text}:\n{self.log_tail()}"

    def log_tail(self) -> str:
        """The last lines of its log."""
        return "\n".join(self.log().splitlines()[-LOG_TAIL:])

    def check_log(self, expected: str | None = None) -> None:
        """Fail when the log holds a traceback, a token or what somebody wrote; lines with `expected` left out."""
        log = "".join(line for line in self.log().splitlines(True) if expected is None or expected not in line)
        trouble = TROUBLE.search(log)
        if trouble is not None:
            start = log.rfind("\n", 0, trouble.start()) + 1
            raise AssertionError(f"the server's log tells of a failure:\n{log[start : start + 4000]}")
        found = _first_spoken(log, self.spoken)
        assert found is None, f"the server's log holds {found!r}"

    def _end(self, number: signal.Signals) -> tuple[int, float]:
        assert self._process is not None
        assert self._keeper is not None
        written = self._process.stderr
        assert written is not None
        started = time.monotonic()
        self._process.send_signal(number)
        try:
            code = self._process.wait(END_WITHIN)
            seconds = time.monotonic() - started
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise AssertionError(f"the server does not end:\n{self.log_tail()}") from None
        finally:
            self._keeper.join()
            written.close()
            self._process = None
            self.running.remove(self)
        return code, seconds

    def _keep_log(self) -> None:
        """Until its end: copy what it writes into the log file; wake who waits for it to be ready, or to give up."""
        assert self._process is not None
        assert self._process.stderr is not None
        with self.log_file.open("ab", buffering=0) as log:
            for line in self._process.stderr:
                log.write(line)
                with self._written:
                    self._written.notify_all()
                if (READY if self._workers == 1 else ALL_READY) in line:
                    self._is_ready.set()
        self._process.wait()
        self._is_ready.set()


def _first_spoken(log: str, spoken: set[str]) -> str | None:
    """One of the texts that stands in the log, plain or as JSON writes it; in one pass, for they are many."""
    by_head: dict[str, list[str]] = {}
    for text in spoken:
        for written in {text, json.dumps(text)[1:-1]}:
            by_head.setdefault(written[:SPOKEN_MIN], []).append(written)
    for place in range(len(log) - SPOKEN_MIN + 1):
        for text in by_head.get(log[place : place + SPOKEN_MIN], ()):
            if log.startswith(text, place):
                return text
    return None


def speak(text: str) -> str:
    """Remember a token or a text: the log is searched for it."""
    if len(text) >= SPOKEN_MIN:
        Server.spoken.add(text)
    return text
