"""What the parts of a topology have in common: they run as long as a `with` does, and have one process to do it."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self, TypeVar

from loadtests.problem import Problem
from loadtests.topology.process import END_WITHIN, START_WITHIN, Child

Result = TypeVar("Result")


def run_apart(work: Coroutine[Any, Any, Result]) -> Result:
    """Run it to its end, whether or not an event loop runs here."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()


class Part(ABC):
    """As a context manager it runs, and is gone after."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @abstractmethod
    def start(self) -> None:
        """Start it; returns when it answers. Raises `Problem`."""

    @abstractmethod
    def close(self) -> None:
        """End it."""


class Program(Part):
    """A part that is one program, made when it is first started. It may be stopped, killed, paused, started again."""

    called: ClassVar[str]
    """What it is called in a sentence."""

    def __init__(self, folder: Path) -> None:
        """`folder`: for its log, and what else it needs."""
        self.folder = folder
        self._child: Child | None = None

    @abstractmethod
    def _make(self) -> Child:
        """Its process, with the settings of now. Raises `Problem`."""

    @property
    def child(self) -> Child:
        """Its process. Raises `Problem` before the first start."""
        if self._child is None:
            raise Problem(f"{self.called} was not started.")
        return self._child

    def start(self, within: float = START_WITHIN) -> None:
        """Start it and return when it answers. Raises `Problem`."""
        if self._child is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._child = self._make()
        self._child.start(within)

    def stop(self, within: float = END_WITHIN) -> int | None:
        """Ask it to end, and with it every connection. Its exit code; None: it was not running."""
        return self.child.stop(within)

    def kill(self) -> None:
        """End it, and all its processes, as a power cut does."""
        self.child.kill()

    def restart(self) -> None:
        """End it in order and start it again, on the same ports."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Let it hang: it keeps its connections and answers nobody."""
        self.child.pause()

    def resume(self) -> None:
        """Let it go on."""
        self.child.resume()

    def close(self) -> None:
        """End it; its log stays."""
        if self._child is not None:
            self._child.stop()
            self._child = None
