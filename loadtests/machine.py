"""The machine that a figure was taken on, and which of its cores does what."""

import gc
import os
import platform
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict

from loadtests.problem import Problem

FILES_BESIDES_SOCKETS = 100
"""Open files that a process needs besides one a connection: libraries, the database, logs."""


class Cores(Struct, frozen=True):
    """Which core is whose; None where it is left to the system, because there is only one or it cannot be set."""

    server: int | None
    generator: int | None


class Machine(Struct, frozen=True):
    """What has to be known to compare a figure with another one."""

    date: str
    cores: int
    cpu: str
    python: str
    kernel: str
    load_before: float
    """Processes that wanted a core in the last minute before: above 0.5 somebody else was at work."""


class SharedMachine(Machine, frozen=True):
    """One on which the server and the generator have cores of their own."""

    pinned: Cores


def describe() -> Machine:
    """The machine, now."""
    return Machine(
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        cores=os.cpu_count() or 1,
        cpu=_cpu(),
        python=platform.python_version(),
        kernel=f"{platform.system()} {platform.release().partition('-')[0]}",
        load_before=round(os.getloadavg()[0], 2),
    )


def describe_shared(cores: Cores) -> SharedMachine:
    """The machine, now, and whose its cores are."""
    return SharedMachine(**asdict(describe()), pinned=cores)


def share_out() -> Cores:
    """One core for the server and another one for the generator, if there are two that we may use."""
    if not hasattr(os, "sched_getaffinity"):
        return Cores(None, None)
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        return Cores(None, None)
    return Cores(server=usable[0], generator=usable[1])


@contextmanager
def on_core(core: int | None) -> Iterator[None]:
    """Run this process, and what it starts, on one core; None changes nothing."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """The generator's own pauses are not the server's."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def allow_files(connections: int, fewer: str = "--connections") -> None:
    """Raise the limit of open files as far as `connections` sockets need. Raises `Problem` when that is forbidden.

    `fewer`: the option with which one asks for fewer.
    """
    needed = connections + FILES_BESIDES_SOCKETS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise Problem(
            f"{connections} connections need {needed} open files and the limit is {hard}: "
            f"raise it (ulimit -n {needed}) or ask for fewer ({fewer})."
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
