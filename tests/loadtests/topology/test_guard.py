"""The guard ends what its starter left behind, and nothing else."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from loadtests.topology import guard

PARENT_OF_ONE = "sleep 600 & echo $!; wait"
END_WITHIN = 20


def family() -> tuple[subprocess.Popen[bytes], int]:
    """A process with one below it, and that one."""
    parent = subprocess.Popen(["/bin/sh", "-c", PARENT_OF_ONE], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    return parent, int(parent.stdout.readline())


def end_of(parent: subprocess.Popen[bytes]) -> int:
    """Waits for the end of a whole family: the pipe is closed when the last of them has ended."""
    assert parent.stdout is not None
    parent.stdout.read()
    parent.stdout.close()
    return parent.wait(END_WITHIN)


def test_descendants() -> None:
    """Those of every depth; none of a process that is not there."""
    parent, child = family()
    try:
        assert guard.descendants(parent.pid) == [child]
        assert {parent.pid, child} <= set(guard.descendants(os.getpid()))
        assert guard.descendants(child) == []
    finally:
        guard.signal_tree(parent.pid, signal.SIGKILL)
        end_of(parent)


def test_a_process_is_known_by_its_start() -> None:
    """A number that was given away again would tell another time; one that is free tells none."""
    parent, child = family()
    since = guard.started_at(child)
    assert since is not None
    assert guard.started_at(child) == since
    guard.signal_tree(parent.pid, signal.SIGKILL)
    assert end_of(parent) == -signal.SIGKILL
    assert guard.started_at(parent.pid) is None


def test_what_was_left_is_killed_and_nothing_else() -> None:
    """Whatever became of the one who wrote to it."""
    left, _ = family()
    taken_away, _ = family()
    program = subprocess.Popen([sys.executable, "-I", "-S", guard.__file__], stdin=subprocess.PIPE)
    program.communicate(f"+{left.pid}\n+{taken_away.pid}\n-{taken_away.pid}\n".encode(), END_WITHIN)
    assert program.returncode == 0
    assert end_of(left) == -signal.SIGKILL
    assert taken_away.poll() is None
    guard.signal_tree(taken_away.pid, signal.SIGKILL)
    end_of(taken_away)


def test_commands_are_run_in_the_end(tmp_path: Path) -> None:
    """Those that were added and not taken away; that one fails is no reason to leave out another."""
    wanted, unwanted = tmp_path / "wanted", tmp_path / "unwanted"
    words = ["touch", str(unwanted)]
    lines = [
        f"+{json.dumps(['false'])}",
        f"+{json.dumps(['touch', str(wanted)])}",
        f"+{json.dumps(words)}",
        f"-{json.dumps(words)}",
    ]
    program = subprocess.Popen([sys.executable, "-I", "-S", guard.__file__], stdin=subprocess.PIPE)
    program.communicate("".join(f"{line}\n" for line in lines).encode(), END_WITHIN)
    assert program.returncode == 0
    assert wanted.exists()
    assert not unwanted.exists()


def test_a_killed_family_has_ended() -> None:
    """When it returns, not some time later: what they held is free."""
    parent, child = family()
    guard.kill_tree(parent.pid)
    assert state_of(child) in ("gone", "Z")
    assert end_of(parent) == -signal.SIGKILL
    guard.kill_tree(child)  # and it does not mind that nobody is there


def state_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "gone"


def test_processes_that_are_gone_are_no_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One may end between being seen and being looked at."""
    (tmp_path / "12").mkdir()
    monkeypatch.setattr(guard, "PROC", tmp_path)
    assert guard.descendants(1) == []
