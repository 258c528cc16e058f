"""The product's server as a process of its own: started, looked at from outside, stopped."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from functools import cached_property
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import monotonic

from loadtests.machine import on_core
from loadtests.peer import Address
from loadtests.problem import Problem
from loadtests.schedule import NANOSECONDS

HOST = "127.0.0.1"

START_DEADLINE = 90.0
"""Seconds until a server has to be ready: an empty database is migrated in one, many times that on a busy machine."""

LOOK_INTERVAL = 0.05
"""Seconds between two looks whether it is ready."""

STOP_DEADLINE = 15.0
"""Seconds in which it has to stop when asked to."""

IDLE_LOOK = 0.1
"""Seconds in which it is looked at whether it does something."""

IDLE_CPU = 0.01
"""Seconds of processor time in them that are nothing: one step of the system's clock."""

LOG_LINES_SHOWN = 5
"""Last lines of its log that are shown when it did not start."""

SETTING_PREFIX = "RT_"

NO_LIMIT = "100000"
"""Commands a second: more than any member here will ask for. The limits are counted all the same."""

NO_LIMIT_BYTES = "1000000000"
"""Bytes a second: more than a board holds."""

SETTINGS = {
    "RT_COMMANDS_RATE": NO_LIMIT,
    "RT_COMMANDS_BURST": NO_LIMIT,
    "RT_MEMBER_COMMANDS_RATE": NO_LIMIT,
    "RT_MEMBER_COMMANDS_BURST": NO_LIMIT,
    "RT_SIGNALS_RATE": NO_LIMIT,
    "RT_SIGNALS_BURST": NO_LIMIT,
    "RT_MEMBER_SIGNALS_RATE": NO_LIMIT,
    "RT_MEMBER_SIGNALS_BURST": NO_LIMIT,
    "RT_BOARD_BYTES_RATE": NO_LIMIT_BYTES,
    "RT_BOARD_BYTES_BURST": NO_LIMIT_BYTES,
}
"""What is not as shipped: so that few members may carry a high rate. Drawing is at human speed, within its limits."""

TOKEN = re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])")
"""An API key where the command line prints it: 256 bits in URL-safe base64."""

ORGANISATION = "bench"


def find_command() -> Path:
    """The `rtserver` of this environment, or else of the PATH. Raises `Problem`."""
    beside = Path(sys.executable).with_name("rtserver")
    if beside.exists():
        return beside
    found = shutil.which("rtserver")
    if found is None:
        raise Problem("There is no rtserver command to measure: install rtserver, or name the command with --rtserver.")
    return Path(found)


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


class Installation:
    """A data folder and the command that serves from it, with its settings as they are shipped, but for `SETTINGS`."""

    def __init__(self, command: Path, data: Path, settings: Mapping[str, str] | None = None) -> None:
        """`settings`: variables of the environment that differ from what is shipped, besides `SETTINGS`."""
        self._command = command
        self.data = data.absolute()
        # Our own settings and configuration file, if there are any, are not what is measured.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(SETTING_PREFIX)}
        self._environment = inherited | SETTINGS | dict(settings or {})
        self.data.mkdir(parents=True, exist_ok=True)
        self.log = self.data / "server.log"

    @cached_property
    def key(self) -> str:
        """An API key for all projects of one organisation, made when it is first asked for. Raises `Problem`."""
        arguments = ["key", "create", "bench", "--organisation", ORGANISATION, "--data", str(self.data)]
        done = subprocess.run(  # noqa: S603 - the product's own command
            [str(self._command), *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.data,
            env=self._environment,
            timeout=START_DEADLINE,
        )
        found = TOKEN.search(done.stdout)
        if done.returncode != 0 or found is None:
            said = (done.stderr or done.stdout).strip() or "it said nothing"
            raise Problem(f"`rtserver key create` gave no key: {said}")
        return found.group()

    def start(self, port: int, core: int | None = None) -> "Server":
        """Serve on a port (0: any that is free), on one core if given. Returns when it is ready. Raises `Problem`."""
        address = Address(HOST, port or free_port())
        require_free(address)
        arguments = ["serve", "--host", address.host, "--port", str(address.port), "--data", str(self.data)]
        with self.log.open("ab") as log, on_core(core):
            process = subprocess.Popen(  # noqa: S603 - the product's own command
                [str(self._command), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.data,
                env=self._environment,
            )
        server = Server(process, address)
        try:
            self._wait_until_ready(server)
        except BaseException:
            server.stop()
            raise
        return server

    def _wait_until_ready(self, server: "Server") -> None:
        end = monotonic() + START_DEADLINE
        while not server.is_ready():
            if server.has_ended(LOOK_INTERVAL):
                raise Problem(f"The server did not start; its last words:\n{self._last_words()}")
            if monotonic() > end:
                raise Problem(
                    f"The server was not ready within {START_DEADLINE:g} s; its last words:\n{self._last_words()}"
                )

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-LOG_LINES_SHOWN:]) or "(none)"


class Server:
    """A running server."""

    def __init__(self, process: "subprocess.Popen[bytes]", address: Address) -> None:
        self._process = process
        self._proc = Path("/proc") / str(process.pid)
        self._ticks_per_second = os.sysconf("SC_CLK_TCK")
        self.address = address

    @property
    def pid(self) -> int:
        """Of its main process."""
        return self._process.pid

    def is_ready(self) -> bool:
        """Whether it says so itself."""
        connection = HTTPConnection(self.address.host, self.address.port, timeout=START_DEADLINE)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def has_ended(self, wait: float) -> bool:
        """Whether the process is gone, or goes within `wait` seconds."""
        try:
            self._process.wait(wait)
        except subprocess.TimeoutExpired:
            return False
        return True

    def cpu_seconds(self) -> float:
        """Processor time of all its threads so far, in the kernel too (/proc/<pid>/stat, utime and stime)."""
        fields = self._read("stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / self._ticks_per_second

    def waited_seconds(self) -> float:
        """Time in which its main thread could have run and somebody else had the core (/proc/<pid>/schedstat)."""
        return waited_seconds(self._proc)

    def is_idle(self) -> bool:
        """Whether it has not used its core worth mentioning within `IDLE_LOOK` seconds. Raises `Problem`."""
        before = self.cpu_seconds()
        self.has_ended(IDLE_LOOK)
        return self.cpu_seconds() - before <= IDLE_CPU

    def resident_bytes(self) -> int:
        """Memory that it occupies. Raises `Problem` when it is gone."""
        return resident_bytes(self._proc)

    def _read(self, name: str) -> str:
        return _told(self._proc, name)

    def stop(self) -> None:
        """Ask it to stop; kill it when it does not."""
        self._process.terminate()
        if not self.has_ended(STOP_DEADLINE):
            self._process.kill()
            self._process.wait()


def resident_bytes(process: Path) -> int:
    """Memory that the process of a folder in /proc occupies (smaps_rollup, Rss). Raises `Problem` when it is gone."""
    for line in _told(process, "smaps_rollup").splitlines():
        name, _, value = line.partition(":")
        if name == "Rss":
            return int(value.split()[0]) * 1024
    raise Problem("This system does not tell how much memory a process occupies: /proc/<pid>/smaps_rollup has no Rss.")


def _told(process: Path, name: str) -> str:
    """What the system tells of a process. Raises `Problem` when it is gone."""
    try:
        return (process / name).read_text()
    except OSError:
        raise Problem("The server has ended during the measurement: see its log.") from None


def waited_seconds(process: Path = Path("/proc/self")) -> float:
    """How long the main thread of a process waited for a core that somebody else had; 0 where it is not known."""
    try:
        return int((process / "schedstat").read_text().split()[1]) / NANOSECONDS
    except (OSError, IndexError, ValueError):
        return 0.0


def accepts(address: Address) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(address) == 0


def require_free(address: Address) -> None:
    """Raise `Problem` when somebody else listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise Problem(
                f"Port {address.port} cannot be used ({error.strerror}): stop what listens there, "
                "or leave --port out to take a free one."
            ) from None
