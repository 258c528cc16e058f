"""Starting from the command line: the port and the event loop. The rest is in test_cli.py, with the real program."""

import asyncio
import socket
from pathlib import Path

import pytest

from rtserver import serving
from rtserver.config import Settings
from rtserver.ending import Ending
from rtserver.serving import CannotListen, free_port, run


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "set_up_logging", lambda _level: None)


def settings_of(folder: Path, **chosen: object) -> Settings:
    return Settings(data=folder, **{"port": 0, **chosen})  # type: ignore[arg-type]


@pytest.mark.parametrize(("chosen", "module"), [("asyncio", "asyncio"), ("uvloop", "uvloop")])
def test_the_event_loop_is_the_one_that_was_chosen(tmp_path: Path, chosen: str, module: str) -> None:
    """And the port that was found is told."""
    seen: list[tuple[str, int]] = []

    async def serve(settings: Settings, _ending: Ending) -> None:
        seen.append((type(asyncio.get_running_loop()).__module__.partition(".")[0], settings.port))

    run(settings_of(tmp_path, event_loop=chosen), "advice", serve)
    ((loop, port),) = seen
    assert loop == module
    assert port > 0


def test_ctrl_c_before_it_listens(tmp_path: Path) -> None:
    """Is an end like any other."""

    async def serve(_: Settings, _ending: Ending) -> None:
        raise KeyboardInterrupt

    run(settings_of(tmp_path), "advice", serve)


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    """Is said before anything is made."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=rf"^Port {port} is taken by another program: do this\.$"):
            free_port(settings_of(tmp_path, port=port), "do this")


def test_a_port_that_is_taken_meanwhile(tmp_path: Path) -> None:
    """Between the look and the listening: the same sentence."""

    async def serve(settings: Settings, _ending: Ending) -> None:
        with socket.create_server(("127.0.0.1", settings.port)), socket.create_server(("127.0.0.1", settings.port)):
            pass

    with pytest.raises(CannotListen, match=r"^Port \d+ is taken by another program: do this\.$"):
        run(settings_of(tmp_path), "do this", serve)


def test_an_address_that_is_not_ours(tmp_path: Path) -> None:
    """Another sentence."""
    with pytest.raises(CannotListen, match=r"^192\.0\.2\.1 port 0 cannot be listened on: .+\.$"):
        free_port(settings_of(tmp_path, host="192.0.2.1"), "do this")
