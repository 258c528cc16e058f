"""A program as a child: started, ready, ended in order or not, paused, never left behind."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtests.problem import Problem
from loadtests.topology import process
from loadtests.topology.process import PORTS, Child, find_program, free_port

FOREVER = "exec 3<> fifo; echo here; echo $$ > ready; while :; do read -r line <&3; done"
"""Waits for what is never written."""

POLITE = f"trap 'echo bye; exit 3' TERM; {FOREVER}"
DEAF = f"trap '' TERM; {FOREVER}"
WITH_ORPHAN = f"setsid sleep 600 & trap 'exit 0' TERM; {FOREVER}"

STARTER = """
import sys
from pathlib import Path
from loadtests.topology.process import Child

child = Child(["/bin/sh", "-c", sys.argv[2]], Path(sys.argv[1]))
child.start()
print(child.pid, flush=True)
sys.stdin.read()
"""

END_WITHIN = 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "fifo")
    return tmp_path


def shell(folder: Path, script: str) -> Child:
    ready = folder / "ready"

    def is_ready() -> bool:
        return ready.exists() and ready.read_text() == f"{child.pid}\n"

    child = Child(["/bin/sh", "-c", script], folder, name="script", is_ready=is_ready)
    return child


@pytest.fixture
def polite(folder: Path) -> Iterator[Child]:
    with shell(folder, POLITE) as child:
        yield child


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_it_runs_until_it_is_asked_to_end(polite: Child) -> None:
    """Its exit code is given, what it said is kept."""
    assert polite.is_running
    assert polite.stop() == 3
    assert not polite.is_running
    assert polite.log_text() == "here\nbye\n"
    assert polite.log == polite.folder / "script.log"
    assert polite.stop() is None
    with pytest.raises(Problem, match="does not run"):
        _ = polite.pid


def test_it_starts_again(polite: Child) -> None:
    """After its end, not before; the log goes on."""
    with pytest.raises(Problem, match="runs already"):
        polite.start()
    polite.kill()
    polite.start()
    assert polite.is_running
    assert polite.log_text() == "here\nhere\n"


def test_who_does_not_end_is_killed(folder: Path) -> None:
    """After the time that was given."""
    with shell(folder, DEAF) as child:
        assert child.stop(within=0.1) == -signal.SIGKILL


def test_what_it_has_left_is_killed(folder: Path) -> None:
    """Also what made a session of its own; and so when it is killed."""
    for end in (Child.stop, Child.kill):
        with shell(folder, WITH_ORPHAN) as child:
            (orphan,) = (int(one) for one in children_of(child.pid))
            gone = os.pidfd_open(orphan)
            end(child)
            assert wait_for(gone)


def children_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def wait_for(pidfd: int) -> bool:
    """Until a process that is not our child has ended; the timeout of the test bounds it."""
    try:
        return bool(select.select([pidfd], [], [], END_WITHIN)[0])
    finally:
        os.close(pidfd)


def test_paused_it_does_nothing(polite: Child) -> None:
    """Until it may go on. It can be ended from there."""
    polite.pause()
    assert state_of(polite.pid) == "T"
    polite.resume()
    assert state_of(polite.pid) != "T"
    polite.pause()
    assert polite.stop() == 3


def test_a_program_that_ends_at_once(tmp_path: Path) -> None:
    """What it said is in the sentence."""
    child = Child(["/bin/sh", "-c", "echo no such luck >&2; exit 4"], tmp_path, is_ready=lambda: False)
    with pytest.raises(Problem, match="sh ended with 4 instead of starting:\nno such luck"):
        child.start()
    assert not child.is_running


def test_a_program_that_is_never_ready(folder: Path) -> None:
    """It does not run on behind one's back."""
    child = Child(["/bin/sh", "-c", POLITE], folder, is_ready=lambda: False)
    with pytest.raises(Problem, match=r"not ready after 0\.1 seconds"):
        child.start(within=0.1)
    assert not child.is_running


def test_a_program_that_ends_by_itself(tmp_path: Path) -> None:
    """Waited for, within a time."""
    child = Child(["/bin/sh", "-c", 'echo "$word"; exit 5'], tmp_path, env={"word": "tea"})
    child.start()
    assert child.wait(END_WITHIN) == 5
    assert child.log_text() == "tea\n"
    assert child.wait(END_WITHIN) is None


def test_waiting_has_an_end(folder: Path) -> None:
    """Then it is killed."""
    with shell(folder, POLITE) as child:
        assert child.wait(0.1) == -signal.SIGKILL


def test_nothing_outlives_the_one_who_started_it(folder: Path) -> None:
    """Not even when that one is killed."""
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(folder), POLITE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    assert starter.stdout is not None
    gone = os.pidfd_open(int(starter.stdout.readline()))
    starter.kill()
    assert wait_for(gone)
    starter.communicate()


def test_a_missing_program(tmp_path: Path) -> None:
    """The operator is told what to install; one that lies elsewhere is found there."""
    with pytest.raises(Problem, match="no program nonsense-1: install the package nonsense"):
        find_program("nonsense-1", "nonsense", [tmp_path])
    (tmp_path / "nonsense-1").touch(mode=0o755)
    assert find_program("nonsense-1", "nonsense", [tmp_path]) == tmp_path / "nonsense-1"
    assert find_program("sh", "dash").name == "sh"


def test_a_port_is_given_away_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also before its server listens, and whichever process asks; one that was given away long ago is free again."""
    monkeypatch.setattr(process, "PORTS", range(20_000, 20_050))
    monkeypatch.setattr(process, "RESERVED_MAX", 1)
    asks = "from loadtests.topology.process import _reserve; print(_reserve({}))"

    def elsewhere(port: int) -> str:
        return subprocess.check_output([sys.executable, "-c", asks.format(port)], text=True)

    first = free_port()
    assert elsewhere(first) == "False\n"
    second = free_port()
    assert second != first
    assert (elsewhere(first), elsewhere(second)) == ("True\n", "False\n")


def test_ports_are_not_those_of_clients() -> None:
    """And differ, as good as always."""
    found = {free_port() for _ in range(5)}
    assert len(found) > 1
    assert all(port in PORTS for port in found)
