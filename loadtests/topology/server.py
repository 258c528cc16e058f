"""One node: `rtserver serve`, as an operator starts it."""

import json
import os
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from loadtests.server import SETTING_PREFIX, find_command
from loadtests.topology.process import HERE, Child, Host, free_port
from loadtests.topology.program import Program

ANSWER_WITHIN = 2.5
"""Seconds in which it says whether it is ready: its own checks have two."""

OK = 200


class Server(Program):
    """A node on a port that stays. As a context manager it runs, and is gone after."""

    called = "The server"

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, Any],
        *,
        host: Host = HERE,
        arguments: Sequence[str] = (),
        prefix: Sequence[str] = (),
    ) -> None:
        """`settings`: as those of `rtserver.config`, by their names; `host`: where it runs and listens.

        `arguments`: of `serve`, such as `--workers 2`. `prefix`: words that the command begins with.
        """
        super().__init__(folder)
        self._host = host
        self.settings: dict[str, Any] = {"host": host.address, "port": free_port(), "data": str(folder), **settings}
        self._command = [*prefix, str(find_command()), "serve", *arguments]

    @property
    def host(self) -> str:
        """The address that it listens on."""
        return str(self.settings["host"])

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.settings["port"])

    @property
    def url(self) -> str:
        """Where it can be asked past the balancer."""
        return f"http://{self.host}:{self.port}"

    def close(self) -> None:
        """End it at once, if it still runs; its log stays."""
        if self._child is not None:
            self._child.kill()

    def log_text(self) -> str:
        """All that it has logged, over all its lives."""
        return self.child.log_text()

    def _make(self) -> Child:
        return Child(
            self._command,
            self.folder,
            name="rtserver",
            host=self._host,
            env=self._environment(),
            is_ready=self._is_ready,
        )

    def _environment(self) -> dict[str, str]:
        """Our own settings, if there are any, are not the node's."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(SETTING_PREFIX)}
        chosen = {
            f"{SETTING_PREFIX}{name.upper()}": value if isinstance(value, str) else json.dumps(value)
            for name, value in self.settings.items()
        }
        return own | chosen

    def _is_ready(self) -> bool:
        connection = HTTPConnection(self.host, self.port, timeout=ANSWER_WITHIN)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == OK
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()
