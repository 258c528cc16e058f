"""When no file is left a server pauses instead of trying without end, and says so once in a while."""

import asyncio
import errno
import inspect
import socket
from importlib.metadata import version
from typing import Any, cast

import aiofastnet
import pytest
from aiofastnet.api_utils import Server
from structlog.testing import capture_logs

from rtserver.hub import accepting
from rtserver.hub.accepting import EXHAUSTED, ErrorTeller, PatientServer, patient


def test_upstream_is_the_one_that_needs_it() -> None:
    """When this fails, read `Server._accept_connection` of the new version: is it mended? Then accepting.py can go."""
    assert version("aiofastnet") == "1.2.0"
    assert "listening_sock.remove_reader(" in inspect.getsource(Server._accept_connection)


def test_another_kind_of_server_is_refused() -> None:
    with pytest.raises(TypeError):
        patient(cast(Any, object()))


class Listening:
    """A listening socket of a process that has no file left, for the first `failures` times."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.tries = 0

    def fileno(self) -> int:
        return 7

    def accept(self) -> tuple[socket.socket, Any]:
        self.tries += 1
        if self.tries <= self.failures:
            raise OSError(errno.EMFILE, "Too many open files")
        raise BlockingIOError

    def listen(self, backlog: int) -> None:
        pass


class Loop:
    """Notes what the server asks its loop for."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.later: list[tuple[float, Any, Any]] = []

    def add_reader(self, fileno: int, *_: Any) -> None:
        self.done.append(f"add {fileno}")

    def remove_reader(self, fileno: int) -> None:
        self.done.append(f"remove {fileno}")

    def call_later(self, delay: float, what: Any, given: Any) -> None:
        self.later.append((delay, what, given))

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.done.append(context["message"])

    def get_debug(self) -> bool:
        return False


def made(listening: Listening) -> tuple[Any, Loop]:
    loop = Loop()
    server: Any = Server(loop, [listening], asyncio.Protocol, None, 9, None, None, None, None)
    return patient(server), loop


def test_it_pauses_and_tries_again() -> None:
    listening = Listening(failures=1)
    server, loop = made(listening)
    server._accept_connection(listening)
    assert loop.done == [EXHAUSTED, "remove 7"]
    ((delay, again, given),) = loop.later
    assert delay == accepting.RETRY_DELAY
    again(given)
    assert loop.done[-1] == "add 7"
    server._accept_connection(listening)
    assert listening.tries == 2
    assert len(loop.later) == 1


def test_one_that_is_closed_meanwhile_stays_so() -> None:
    listening = Listening(failures=1)
    server, loop = made(listening)
    server._accept_connection(listening)
    server._sockets = None
    ((_, again, given),) = loop.later
    again(given)
    assert "add 7" not in loop.done


async def test_a_real_one_serves() -> None:
    loop = asyncio.get_running_loop()
    server = patient(await aiofastnet.create_server(loop, asyncio.Protocol, "127.0.0.1", 0, start_serving=False))
    await server.start_serving()
    assert isinstance(server, PatientServer)
    _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.close()
    await writer.wait_closed()
    server.close()
    await server.wait_closed()


async def test_it_is_told_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    now = [0.0]
    monkeypatch.setattr(loop, "time", lambda: now[0])
    others: list[dict[str, Any]] = []
    monkeypatch.setattr(loop, "default_exception_handler", others.append)
    tell = ErrorTeller()
    with capture_logs() as logs:
        for now[0] in (0.0, 1.0, 9.9, 10.0):
            tell(loop, {"message": EXHAUSTED, "exception": OSError(errno.EMFILE, "Too many open files")})
        tell(loop, {"message": "something else"})
    assert [line["event"] for line in logs] == ["files.exhausted"] * 2
    assert others == [{"message": "something else"}]
