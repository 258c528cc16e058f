"""A program whose clock is wrong, and is set while it runs."""

import subprocess
import sys
import time
from pathlib import Path

from loadtests.topology.shifted import Clock

PROGRAM = """
import sys, time
for line in sys.stdin:
    print(time.time(), time.time_ns(), time.monotonic(), *sys.argv[1:], __name__, flush=True)
"""

HOUR = 3_600.0

NEAR = 60.0
"""Seconds: a busy machine may take a while between two looks at a clock."""


def test_the_clock_of_another_program(tmp_path: Path) -> None:
    """It goes right, forward, back, and right again; what measures intervals always goes right."""
    (tmp_path / "program.py").write_text(PROGRAM)
    clock = Clock(tmp_path / "folder" / "clock")
    command = [*clock.wrapper(), str(tmp_path / "program.py"), "word"]
    assert command[0] == sys.executable
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        for shift in (0.0, HOUR, -HOUR, 0.0):
            clock.set(shift)
            program.stdin.write("look\n")
            program.stdin.flush()
            seconds, nanoseconds, monotonic, word, name = program.stdout.readline().split()
            assert abs(float(seconds) - shift - time.time()) < NEAR
            assert abs(int(nanoseconds) / 1e9 - shift - time.time()) < NEAR
            assert abs(float(monotonic) - time.monotonic()) < NEAR
            assert (word, name) == ("word", "__main__")
        program.stdin.close()
        assert program.wait() == 0
