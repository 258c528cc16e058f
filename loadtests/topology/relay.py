"""A TCP line of one's own between a node and what it needs, which can be slow, hang, and be cut."""

import json
import shutil
import socket
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from loadtests.problem import Problem
from loadtests.topology import relay_process
from loadtests.topology.process import HERE, START_WITHIN, Child, Host, free_port
from loadtests.topology.program import Part

ANSWER_WITHIN = 10.0
"""Seconds in which its process answers, on a busy machine."""

Direction = Literal["to_server", "to_client"]


@dataclass(frozen=True)
class Counters:
    """What has happened since the start."""

    accepted: int
    """Connections that came in."""
    open: int
    """Those that stand now."""
    failed: int
    """Those that were reset since the server did not take ours."""
    cuts: int
    """How often everything was cut."""
    to_server: int
    """Bytes that went through."""
    to_client: int
    """Bytes that went through."""


class Relay(Part):
    """Passes on to `target` what comes to its own port, which stays. As a context manager it runs, and is gone after.

    A process of its own: a busy test does not make it slow. Every method returns when what it asks for is in force;
    each takes less than a millisecond or so, so that it may be called in an event loop, too. Faults add up; `restore`
    ends them all.
    """

    def __init__(
        self,
        folder: Path,
        target: tuple[str, int],
        *,
        name: str = "relay",
        host: Host = HERE,
    ) -> None:
        """`folder`: for its log. `host`: where it runs and listens."""
        self.folder = folder
        self.host, self.port = host.address, free_port()
        self._runs_on = host
        self._target = target
        self._name = name
        self._child: Child | None = None
        # The path of a Unix socket has 107 bytes at most (unix(7)), fewer than a test's folder may take.
        self._sockets: Path | None = None

    def start(self, within: float = START_WITHIN) -> None:
        """Open the port. Raises `Problem`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._sockets = Path(tempfile.mkdtemp(prefix="rtserver-relay-"))
        program = [sys.executable, "-I", "-S", relay_process.__file__]
        line = [str(self._sockets / "control"), self.host, str(self.port), self._target[0], str(self._target[1])]
        self._child = Child(
            [*program, *line], self.folder, name=self._name, host=self._runs_on, is_ready=self._is_ready
        )
        self._child.start(within)

    def close(self) -> None:
        """End it, and every connection."""
        if self._child is not None:
            self._child.kill()
            self._child = None
        if self._sockets is not None:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = None

    # --- Faults ---

    def delay(self, seconds: float) -> None:
        """From now on every byte takes that long, each way, in order."""
        self._ask("delay", seconds)

    def hang(self) -> None:
        """Nothing goes through, and nobody is told, not even of a side that goes. New connections are not answered."""
        self._ask("hang")

    def let_go(self) -> None:
        """End `hang`: what was held goes on its way."""
        self._ask("let_go")

    def cut(self) -> None:
        """End every connection with a reset; new ones are taken."""
        self._ask("cut")

    def cut_after(self, count: int, direction: Direction) -> None:
        """Cut when `count` more bytes, of all connections together, have gone in that direction: these arrive."""
        self._ask("cut_after", count, direction)

    def wait_until_cut(self, within: float) -> bool:
        """Wait until `cut_after` has cut; False: not within that many seconds. Blocks."""
        return bool(self._ask("wait_until_cut", within, patience=within))

    def refuse(self) -> None:
        """Take no new connections; those that stand are left."""
        self._ask("refuse")

    def accept(self) -> None:
        """End `refuse`."""
        self._ask("accept")

    def restore(self) -> None:
        """A good line again. Those who were connected during a hang are still connected."""
        self._ask("restore")

    def counters(self) -> Counters:
        """What has happened since the start."""
        return Counters(**self._ask("counters"))

    # --- Inside ---

    def _ask(self, *words: Any, patience: float = 0.0) -> Any:
        if self._sockets is None:
            raise Problem(f"{self._name} does not run: start it.")
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(ANSWER_WITHIN + patience)
                line.connect(str(self._sockets / "control"))
                line.sendall(json.dumps(words).encode() + b"\n")
                with line.makefile("rb") as answers:
                    return json.loads(answers.readline())
        except (OSError, ValueError) as error:
            raise Problem(f"{self._name} does not answer: {error}.") from None

    def _is_ready(self) -> bool:
        assert self._sockets is not None
        with socket.socket(socket.AF_UNIX) as line:
            return line.connect_ex(str(self._sockets / "control")) == 0
