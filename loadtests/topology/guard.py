"""A program that outlives whoever started it just long enough to end what that one left behind.

It reads `+<pid>` and `-<pid>` lines on standard input; when that ends, however its writer ended, it kills the processes
that were added and not taken away, with all below them. Instead of a process there may be a command, a JSON array of
its words: that is run, after the kills. (The kernel's PR_SET_PDEATHSIG would not do: it goes by the thread that started
a process, and is forgotten when that process becomes another user.)
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

PROC = Path("/proc")

KILLED_WITHIN = 5.0
"""Seconds that a killed process may take to end: it may have to wait for a disk."""


def descendants(pid: int) -> list[int]:
    """The processes below one, at any depth. Also those that made a session of their own, as PostgreSQL's do."""
    children: dict[int, list[int]] = {}
    for folder in PROC.glob("[0-9]*"):
        try:
            # The name, in parentheses, may hold anything: the fields are counted from its end.
            fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        children.setdefault(int(fields[1]), []).append(int(folder.name))
    found: list[int] = []
    below = [pid]
    while below:
        below = [child for parent in below for child in children.get(parent, ())]
        found += below
    return found


def started_at(pid: int) -> int | None:
    """When a process was started, in clock ticks since the system's start; None: it is gone. A number that was given
    to another process meanwhile is told by it."""
    try:
        return int((PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()[19])
    except OSError:
        return None


def signal_tree(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process and to all below it; first to itself, so that it starts no more of them."""
    below = descendants(pid)
    for one in (pid, *below):
        try:
            os.kill(one, number)
        except ProcessLookupError:
            continue


def kill_tree(pid: int) -> None:
    """Kill a process and all below it, and return when they have ended: only then are their ports and memory free."""
    endings = select.poll()
    opened = []
    for one in (pid, *descendants(pid)):
        try:
            ending = os.pidfd_open(one)
        except ProcessLookupError:
            continue
        opened.append(ending)
        endings.register(ending, select.POLLIN)
    signal_tree(pid, signal.SIGKILL)
    deadline = time.monotonic() + KILLED_WITHIN
    waiting = len(opened)
    while waiting and (left := deadline - time.monotonic()) > 0:
        for ending, _ in endings.poll(left * 1000):
            endings.unregister(ending)
            waiting -= 1
    for ending in opened:
        os.close(ending)


def main() -> None:
    """Read until the end, then kill, and run."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole terminal, and is for the one who started us
    kept: set[int | tuple[str, ...]] = set()
    for line in sys.stdin:
        said = json.loads(line[1:])
        what = said if isinstance(said, int) else tuple(said)
        if line[0] == "+":
            kept.add(what)
        else:
            kept.discard(what)
    for pid in kept:
        if isinstance(pid, int):
            signal_tree(pid, signal.SIGKILL)
    for command in kept:
        if isinstance(command, tuple):
            # It may find that somebody was quicker, and nobody is left to be told.
            nowhere = subprocess.DEVNULL
            subprocess.run(command, check=False, stdin=nowhere, stdout=nowhere, stderr=nowhere)  # noqa: S603 - its own


if __name__ == "__main__":
    main()
