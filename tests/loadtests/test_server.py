"""What keeps a server from being measured is said in one sentence."""

import resource
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from loadtests import machine
from loadtests.peer import Address
from loadtests.portal import Portal
from loadtests.problem import Problem
from loadtests.server import HOST, SETTINGS, Installation, Server, accepts, find_command, free_port, waited_seconds


def command(folder: Path, script: str) -> Path:
    """A command that does what `script` says."""
    file = folder / "rtserver"
    file.write_text(f"#!{sys.executable}\n{script}\n")
    file.chmod(0o755)
    return file


def test_the_command_of_this_environment() -> None:
    assert find_command().name == "rtserver"


def test_no_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Problem, match="install rtserver"):
        find_command()


def test_the_port_is_taken(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Problem, match=f"Port {port} cannot be used .*--port"):
            Installation(command(tmp_path, ""), tmp_path / "data").start(port)


def test_the_server_ends_at_once(tmp_path: Path) -> None:
    script = "import sys; sys.exit('rtserver: the disk is full')"
    with pytest.raises(Problem, match="did not start; its last words:\nrtserver: the disk is full"):
        Installation(command(tmp_path, script), tmp_path / "data").start(0)


def test_settings_of_the_environment_are_not_what_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RT_COMMANDS_RATE", "1")
    monkeypatch.setenv("RT_PING_INTERVAL", "1")
    script = "import os, sys; sys.exit(' '.join(sorted(f'{n}={v}' for n, v in os.environ.items() if n[:3] == 'RT_')))"
    expected = " ".join(sorted(f"{name}={value}" for name, value in SETTINGS.items()))
    with pytest.raises(Problem, match=f"last words:\n{expected}$"):
        Installation(command(tmp_path, script), tmp_path / "data").start(0)
    with pytest.raises(Problem, match="RT_MESH_PARTICIPANTS_MAX=0"):
        Installation(command(tmp_path, script), tmp_path / "data", {"RT_MESH_PARTICIPANTS_MAX": "0"}).start(0)


def test_a_key_is_found_in_what_is_printed(tmp_path: Path) -> None:
    token = "a-B_" + "c" * 39
    installation = Installation(command(tmp_path, f"print('{token}\\nIt is shown only now.')"), tmp_path / "data")
    assert installation.key == token


@pytest.mark.parametrize("script", ["", "raise SystemExit('no such folder')"])
def test_no_key(tmp_path: Path, script: str) -> None:
    with pytest.raises(Problem, match=r"gave no key: (it said nothing|no such folder)"):
        _ = Installation(command(tmp_path, script), tmp_path / "data").key


def test_nobody_answers_the_portal() -> None:
    portal = Portal(Address(HOST, free_port()), "key")
    with pytest.raises(Problem, match="does not answer POST /api/v1/projects"):
        portal.open_lesson("Lesson", 2)


def test_too_few_open_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 1_000))
    with pytest.raises(Problem, match=r"the limit is 1000: raise it \(ulimit -n 1120\)"):
        machine.allow_files(1_020)


def test_a_limit_that_can_be_raised_is(monkeypatch: pytest.MonkeyPatch) -> None:
    raised: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 4_096))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: raised.append(limits))
    machine.allow_files(1_020)
    assert raised == [(1_120, 4_096)]


def test_a_process_is_looked_at_from_outside(tmp_path: Path) -> None:
    with (
        socket.create_server((HOST, 0)) as taken,
        subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process,
    ):
        address = Address(HOST, taken.getsockname()[1])
        server = Server(process, address)
        assert server.pid == process.pid
        assert server.cpu_seconds() >= 0
        assert server.waited_seconds() >= 0
        assert server.resident_bytes() > 0
        server.stop()
        with pytest.raises(Problem, match="has ended"):
            server.is_idle()
        assert accepts(address)
    assert not accepts(address)
    assert waited_seconds(tmp_path) == 0


def test_cores_are_not_shared() -> None:
    cores = machine.share_out()
    assert cores.server is None or cores.server != cores.generator
    described = machine.describe_shared(cores)
    assert described.cpu
    assert described.cores >= 1
