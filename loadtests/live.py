"""What is shown while a run goes on: on a terminal live figures, else a line now and then."""

from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from loadtests.generator.observation import Observation, Second
from loadtests.results.words import milliseconds, number

LINE_EVERY = 10
"""Seconds between two lines where there is no terminal."""

MICROSECONDS_PER_MS = 1000


class Screen:
    """A `Watcher` (loadtests.generator.conductor) on standard error, so that standard output holds the result alone."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._is_live = self._console.is_terminal
        self._progress = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:.0f} / {task.total:.0f} {task.fields[unit]}"),
            TimeRemainingColumn(),
            console=self._console,
        )
        self._task = self._progress.add_task("", total=1, unit="", visible=False)
        self._live = Live(self._progress, console=self._console, transient=True, refresh_per_second=4)
        self._said = ""
        self._line_at = 0
        self._stage_began: float | None = None

    def __enter__(self) -> Self:
        if self._is_live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_live:
            self._live.stop()

    def say(self, text: str) -> None:
        """A line that stays."""
        self._console.print(text, highlight=False, soft_wrap=True)

    # --- Watcher ---

    def preparing(self, what: str, done: int, total: int) -> None:
        """Rooms and people."""
        self._progress.update(self._task, description=what, completed=done, total=total, unit="", visible=True)
        if not self._is_live and what != self._said:
            self._said = what
            self.say(f"{what}: {total} in all")

    def stage(self, name: str, seconds: float) -> None:
        """A stage begins."""
        self._stage_began = None
        self._progress.reset(self._task, description=name, total=seconds or None, unit="s", visible=True)
        if not self._is_live:
            self.say(f"stage {name}" + (f", {seconds:g} s" if seconds else ""))

    def please_restart(self) -> None:
        """The operator's part."""
        self.say("[bold]Restart the server now.[/bold] Its people are dropped, and should all come back.")

    def look(self, observation: Observation) -> None:
        """The newest figures."""
        second = observation.live()
        if second is None:
            return
        if self._is_live:
            self._show(observation, second)
        elif second.number >= self._line_at:
            self._line_at = second.number + LINE_EVERY
            self.say("  ".join(f"{name} {value}" for name, value in _figures(observation, second)))

    def _show(self, observation: Observation, second: Second) -> None:
        if self._stage_began is None:
            self._stage_began = float(second.number)
        self._progress.update(self._task, completed=second.number - self._stage_began + 1)
        table = Table.grid(padding=(0, 2))
        figures = _figures(observation, second)
        table.add_row(*(Text(name, style="dim", no_wrap=True) for name, _ in figures))
        table.add_row(*(Text(value, style="bold", no_wrap=True) for _, value in figures))
        self._live.update(Group(self._progress, table))


def _figures(observation: Observation, second: Second) -> list[tuple[str, str]]:
    still = max(0, observation.expected_durable - observation.durable)
    return [
        ("people", number(observation.here)),
        ("sent", number(observation.sent)),
        ("deliveries/s", number(second.deliveries)),
        ("p50", _latency(second.p50)),
        ("p99", _latency(second.p99)),
        ("on its way", number(still)),
        ("broken", number(observation.broken)),
        ("we: late", _latency(second.late)),
        ("busy", f"{second.busy:.0%}"),
    ]


def _latency(microseconds: int | None) -> str:
    return "-" if microseconds is None else milliseconds(microseconds / MICROSECONDS_PER_MS)
