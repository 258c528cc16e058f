"""HAProxy with the very configuration that is shipped, before nodes on this machine."""

import csv
import io
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from loadtests.problem import Problem
from loadtests.topology.certificates import Authority
from loadtests.topology.process import HOST, LOOK_INTERVAL, START_WITHIN, Child, find_program, free_port
from loadtests.topology.program import Program

PACKAGE = "haproxy"

PROGRAM_FOLDERS = (Path("/usr/sbin"), Path("/usr/local/sbin"))
"""Not in everybody's PATH."""

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "haproxy" / "haproxy.cfg"
"""What is shipped; only which nodes there are is said in a file of the topology's own."""

BACKEND, LAST_RESORT = "nodes", "alive"
"""As the shipped files call them: those that are ready, and, when none is, those that live."""

BY_NAME = "use-server %[var(txn.node)] if { var(txn.node) -m found }"
"""As in the lists that are shipped."""

ANSWER_WITHIN = 15.0
"""Seconds in which it answers on its private port and its admin socket, on a busy machine."""

OK = 200


class HAProxy(Program):
    """A balancer on ports that stay. As a context manager it runs, and is gone after.

    `nodes`: name and address of each, in the order in which they are listed. A client trusts `authority`.
    """

    called = "HAProxy"

    def __init__(
        self,
        folder: Path,
        nodes: Sequence[tuple[str, str, int]],
        authority: Authority,
        *,
        port: int | None = None,
    ) -> None:
        """`folder`: for its certificate, the list of nodes, its log. `port`: where people come in; None: a free one."""
        if not CONFIGURATION.is_file():
            raise Problem("There is no deploy/haproxy/haproxy.cfg: run this from a copy of the sources.")
        super().__init__(folder)
        self.port = port or free_port()
        self.http_port, self.private_port = free_port(), free_port()
        self._nodes = tuple(nodes)
        self._authority = authority
        # The path of a Unix socket has 107 bytes at most (unix(7)), fewer than a test's folder may take.
        self._sockets: Path | None = None

    @property
    def url(self) -> str:
        """Where people come in."""
        return f"https://{HOST}:{self.port}"

    def close(self) -> None:
        """End it; its log stays."""
        super().close()
        if self._sockets is not None:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = None

    # --- What an operator does with it ---

    def drop_connections(self) -> None:
        """Cut every connection that goes through it, and go on."""
        for name, _, _ in self._nodes:
            for backend in (BACKEND, LAST_RESORT):
                self.command(f"shutdown sessions server {backend}/{name}")

    def command(self, words: str) -> str:
        """What it answers to a command on its admin socket (HAProxy's management guide, 9.3). Raises `Problem`."""
        if self._sockets is None:
            raise Problem(f"{self.called} was not started.")
        answer: list[bytes] = []
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(ANSWER_WITHIN)
                line.connect(str(self._sockets / "admin"))
                line.sendall(words.encode() + b"\n")
                while part := line.recv(65_536):
                    answer.append(part)
        except OSError as error:
            raise Problem(f"HAProxy does not answer on its admin socket: {error}.") from None
        return b"".join(answer).decode()

    def statistics(self) -> dict[str, dict[str, str]]:
        """Of each node, by its name, the fields of `show stat` (management guide, 9.1), such as `status` and `stot`."""
        rows = csv.DictReader(io.StringIO(self.command("show stat").removeprefix("# ")))
        return {row["svname"]: row for row in rows if row["pxname"] == BACKEND and row["svname"] != "BACKEND"}

    def requests(self) -> dict[str, int]:
        """How many requests each node was sent since the start, by its name."""
        return {name: int(row["stot"]) for name, row in self.statistics().items()}

    def ready_nodes(self) -> frozenset[str]:
        """The names of the nodes that get new connections."""
        return frozenset(name for name, row in self.statistics().items() if row["status"].startswith("UP"))

    def wait_for_nodes(self, names: Iterable[str], within: float = START_WITHIN) -> None:
        """Wait until it gives new connections to these nodes and to no others. Raises `Problem`. Blocks."""
        wanted = frozenset(names)
        deadline = time.monotonic() + within
        while (ready := self.ready_nodes()) != wanted:
            if time.monotonic() > deadline:
                raise Problem(f"HAProxy has {sorted(ready)} instead of {sorted(wanted)} after {within:g} seconds.")
            time.sleep(LOOK_INTERVAL)

    # --- Inside ---

    def _make(self) -> Child:
        program = find_program("haproxy", PACKAGE, PROGRAM_FOLDERS)
        certificates = self.folder / "certificates"
        self._authority.issue_for_balancer(certificates)
        self._sockets = Path(tempfile.mkdtemp(prefix="rtserver-haproxy-"))
        listed = self.folder / "nodes.cfg"
        listed.write_text(self._listed())
        command: list[str | Path] = [program, "-db", "-f", CONFIGURATION, "-f", listed]
        return Child(command, self.folder, name="haproxy", env=self._environment(certificates), is_ready=self._is_ready)

    def _listed(self) -> str:
        servers = "".join(f"    server {name} {host}:{port}\n" for name, host, port in self._nodes)
        admin = f"global\n    stats socket {self._sockets}/admin mode 600 level admin\n"
        rows = f"    {BY_NAME}\n{servers}"
        backends = (f"backend {backend} from of-{backend}\n{rows}\n" for backend in (BACKEND, LAST_RESORT))
        return "".join((*backends, admin))

    def _environment(self, certificates: Path) -> Mapping[str, str]:
        return os.environ | {
            "BALANCER_HTTPS": f"{HOST}:{self.port}",
            "BALANCER_HTTP": f"{HOST}:{self.http_port}",
            "BALANCER_PRIVATE": f"{HOST}:{self.private_port}",
            "BALANCER_CERTIFICATES": f"{certificates}/",
        }

    def _is_ready(self) -> bool:
        connection = HTTPConnection(HOST, self.private_port, timeout=ANSWER_WITHIN)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == OK
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()
