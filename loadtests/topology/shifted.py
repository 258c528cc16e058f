"""A program with another clock: `python shifted.py FILE PROGRAM ARGUMENT...` runs a Python program.

Its `time.time` is off by as many seconds as FILE says (a double, native), which may change at any moment: as a machine
whose clock nobody sets, or somebody has just set. What counts intervals is left alone.
"""

import mmap
import runpy
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path

SECONDS = struct.Struct("d")
NANOSECONDS = 1_000_000_000


class Clock:
    """The file, written by whoever plays with the clock. It has to be there before the program starts."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def set(self, seconds: float) -> None:
        """From now on it is off by so many."""
        if not self.file.exists():
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.write_bytes(SECONDS.pack(seconds))
            return
        with self.file.open("r+b") as file, mmap.mmap(file.fileno(), SECONDS.size) as shared:
            SECONDS.pack_into(shared, 0, seconds)

    def wrapper(self) -> tuple[str, ...]:
        """Words that the command of a program begins with, to run it by this clock."""
        self.set(0.0)
        return (sys.executable, str(Path(__file__).resolve()), str(self.file))


def shift(file: Path) -> None:
    """Have this process go by the clock of the file."""
    with file.open("rb") as opened:
        shared = mmap.mmap(opened.fileno(), SECONDS.size, access=mmap.ACCESS_READ)
    real, real_ns = time.time, time.time_ns

    def offset() -> float:
        seconds: float = SECONDS.unpack_from(shared)[0]
        return seconds

    def shifted() -> float:
        return real() + offset()

    def shifted_ns() -> int:
        return real_ns() + round(offset() * NANOSECONDS)

    _replace(shifted, shifted_ns)


def _replace(seconds: Callable[[], float], nanoseconds: Callable[[], int]) -> None:
    time.time, time.time_ns = seconds, nanoseconds


if __name__ == "__main__":
    sys.path.pop(0)  # this file's own folder: it holds modules of common names
    del sys.argv[0]
    shift(Path(sys.argv.pop(0)))
    runpy.run_path(sys.argv[0], run_name="__main__")
