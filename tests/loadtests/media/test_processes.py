"""Processor time of a tree of processes."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from loadtests.media.processes import MAIN, WORKER, cpu_seconds, is_below, used
from loadtests.problem import Problem


def test_our_own_time_grows() -> None:
    before = cpu_seconds(os.getpid())[MAIN]
    end = time.process_time() + 0.05
    while time.process_time() < end:
        pass
    assert cpu_seconds(os.getpid())[MAIN] - before >= 0.04


def test_a_media_worker_is_told_apart() -> None:
    program = "import sys; print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", program, "media.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        found = cpu_seconds(os.getpid())
        child.communicate()
    assert found[WORKER] > 0
    assert found[MAIN] > 0


def test_where_the_scheduler_does_not_tell(tmp_path: Path) -> None:
    process = tmp_path / "17"
    process.mkdir()
    (process / "stat").write_text("17 (a (strange) name) S 1 " + "0 " * 9 + "150 50 0 0")
    assert used(process) == pytest.approx(200 / os.sysconf("SC_CLK_TCK"))
    assert used(tmp_path / "gone") == 0.0


def test_a_process_that_is_gone_is_a_problem() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    with pytest.raises(Problem, match="has ended"):
        cpu_seconds(child.pid)


def test_who_is_below_whom() -> None:
    parents = {1: 0, 5: 1, 7: 5, 9: 1}
    assert is_below(7, 5, parents)
    assert is_below(5, 5, parents)
    assert not is_below(9, 5, parents)
    assert not is_below(1, 5, parents)
