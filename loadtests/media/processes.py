"""What a server's processes have used of the processor, its children's included, as the kernel tells it."""

import os
from pathlib import Path

from loadtests.problem import Problem
from loadtests.schedule import NANOSECONDS

PROC = Path("/proc")

MEDIA_WORKER = "media.worker"
"""In the command line of the process that forwards for our server."""

MAIN, WORKER = "server", "media worker"


def cpu_seconds(pid: int) -> dict[str, float]:
    """User and system time so far of a process and all below it, by what they are. Raises `Problem` when it is gone."""
    parents: dict[int, int] = {}
    for folder in PROC.glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(folder.name)] = int(fields[1])
    if pid not in parents:
        raise Problem("The server has ended during the measurement: see its log.")
    found: dict[str, float] = {}
    for process in parents:
        if is_below(process, pid, parents):
            name = _name(process)
            found[name] = found.get(name, 0.0) + used(PROC / str(process))
    return found


def is_below(process: int, ancestor: int, parents: dict[int, int]) -> bool:
    """Whether one process is the other, or was started by it or by one below it."""
    while process in parents:
        if process == ancestor:
            return True
        process = parents[process]
    return False


def used(process: Path) -> float:
    """Seconds: in nanoseconds where the scheduler tells (schedstat of each thread), else in steps of the clock."""
    try:
        threads = [(thread / "schedstat").read_text() for thread in (process / "task").iterdir()]
        return sum(int(fields.split()[0]) for fields in threads) / NANOSECONDS
    except (OSError, ValueError, IndexError):
        pass
    try:
        fields = (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _name(process: int) -> str:
    try:
        command = (PROC / str(process) / "cmdline").read_bytes()
    except OSError:
        return MAIN
    return WORKER if MEDIA_WORKER.encode() in command else MAIN
