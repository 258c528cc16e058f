"""What the parent learns of a run, second by second, put together from the reports of all processes."""

from collections import defaultdict

import msgspec
from msgspec import Struct

from loadtests.generator.orders import Account, Tick
from loadtests.generator.tally import Tally, add, quantile
from loadtests.generator.traffic import ACKNOWLEDGED, AT_SLOW, FILLED
from loadtests.schedule import NANOSECONDS

NO_DELIVERIES = frozenset({ACKNOWLEDGED, AT_SLOW, FILLED})
"""Latencies that are no live delivery: they have a row of their own, and no part in the plots."""

OPEN_SECONDS = 5
"""Seconds for which late reports are waited for, before the percentiles of a second are fixed."""


class Second(Struct, frozen=True):
    """One second of a run: deliveries that arrived in it, their latencies in microseconds, and who was there.

    `late`: the 99th percentile of how late the generator sent; `busy`: of a core, that of its busiest process.
    """

    number: int
    deliveries: int
    p50: int | None
    p99: int | None
    here: int
    away: int
    late: int | None
    busy: float


class StageTime(Struct, frozen=True):
    """A stage as it was run: seconds since the beginning."""

    name: str
    begin: float
    end: float
    is_judged: bool


class Latest(Struct):
    """The newest of one process."""

    expected_durable: int = 0
    expected_volatile: int = 0
    durable: int = 0
    volatile: int = 0
    broken: int = 0
    sent: int = 0
    here: int = 0
    away: int = 0
    at: int = 0


class Open(Struct):
    """A second of which reports are still coming."""

    deliveries: Tally = msgspec.field(default_factory=dict)
    lateness: Tally = msgspec.field(default_factory=dict)
    here: int = 0
    away: int = 0
    busy: float = 0.0


class Observation:
    """Collects. `start`: nanoseconds at which the first stage began."""

    def __init__(self, start: int, processes: int) -> None:
        self.start = start
        self.tallies: dict[tuple[str, str], Tally] = {}
        self.lateness: Tally = {}
        self.turns: Tally = {}
        self.returns: Tally = {}
        self.absences: Tally = {}
        """How long people were away who had lost their connection, or were asked by the server to come by another."""
        self.moves = 0
        """How often somebody was asked to."""
        self.cuts: dict[str, int] = {}
        self.seconds: list[Second] = []
        self.stages: list[StageTime] = []
        self.accounts: list[Account] = []
        self.busiest = 0.0
        """Of a core, over the whole run: the busiest process."""
        self.missing_in_storm = 0
        """Who had not come back when the storm was given up."""
        self._busy: defaultdict[int, list[float]] = defaultdict(lambda: [0.0, 0.0])
        self._latest = [Latest() for _ in range(processes)]
        self._open: dict[int, Open] = {}

    def take(self, tick: Tick) -> Second | None:
        """A report. The second that it completes, if it does."""
        for key, tally in tick.tallies.items():
            add(self.tallies.setdefault(key, {}), tally)
        add(self.lateness, tick.lateness)
        add(self.turns, tick.turns)
        add(self.returns, tick.returns)
        add(self.absences, tick.absences)
        self.moves += tick.moves
        for reason, often in tick.cuts.items():
            self.cuts[reason] = self.cuts.get(reason, 0) + often
        self._keep_latest(tick)
        self._keep_busy(tick)
        return self._into_second(tick)

    # --- Where it stands ---

    @property
    def expected_durable(self) -> int:
        """Deliveries of chat that there should be by now."""
        return sum(one.expected_durable for one in self._latest)

    @property
    def durable(self) -> int:
        """Those that there were."""
        return sum(one.durable for one in self._latest)

    @property
    def volatile(self) -> int:
        """Deliveries of signals."""
        return sum(one.volatile for one in self._latest)

    @property
    def broken(self) -> int:
        """Messages that came twice, out of order, or from nobody of us."""
        return sum(one.broken for one in self._latest)

    @property
    def sent(self) -> int:
        """Messages sent."""
        return sum(one.sent for one in self._latest)

    @property
    def here(self) -> int:
        """People in their rooms."""
        return sum(one.here for one in self._latest)

    def away_after(self, at: int) -> int | None:
        """People who are not in their rooms, as seen after `at` by everybody; None before that is known."""
        if any(one.at <= at for one in self._latest):
            return None
        return sum(one.away for one in self._latest)

    def is_known_after(self, at: int) -> bool:
        """Whether every process has reported since."""
        return all(one.at > at for one in self._latest)

    def finish(self) -> None:
        """Nothing more comes: fix what is still open."""
        for number in sorted(self._open):
            self._fix(number)

    def _keep_latest(self, tick: Tick) -> None:
        self._latest[tick.process] = Latest(
            expected_durable=tick.totals.expected_durable,
            expected_volatile=tick.totals.expected_volatile,
            durable=tick.durable,
            volatile=tick.volatile,
            broken=tick.broken,
            sent=tick.totals.sent,
            here=tick.here,
            away=tick.away,
            at=tick.at,
        )

    def _keep_busy(self, tick: Tick) -> None:
        total = self._busy[tick.process]
        total[0] += tick.busy
        total[1] += tick.lasted
        self.busiest = max(busy / lasted for busy, lasted in self._busy.values() if lasted)

    def _into_second(self, tick: Tick) -> Second | None:
        number = max(0, round((tick.at - self.start) / NANOSECONDS) - 1)
        if self.seconds and number <= self.seconds[-1].number:
            return None
        second = self._open.setdefault(number, Open())
        for (_, name), tally in tick.tallies.items():
            if name not in NO_DELIVERIES:
                add(second.deliveries, tally)
        add(second.lateness, tick.lateness)
        second.here = sum(one.here for one in self._latest)
        second.away = sum(one.away for one in self._latest)
        second.busy = max(second.busy, tick.busy / tick.lasted if tick.lasted else 0.0)
        oldest = min(self._open)
        return self._fix(oldest) if number >= oldest + OPEN_SECONDS else None

    def live(self) -> Second | None:
        """The newest second that all processes are past, for people who watch."""
        numbers = sorted(self._open)
        if len(numbers) < 2:
            return self.seconds[-1] if self.seconds else None
        return self._summary(numbers[-2])

    def _fix(self, number: int) -> Second:
        second = self._summary(number)
        del self._open[number]
        self.seconds.append(second)
        return second

    def _summary(self, number: int) -> Second:
        second = self._open[number]
        return Second(
            number=number,
            deliveries=sum(second.deliveries.values()),
            p50=quantile(second.deliveries, 0.5),
            p99=quantile(second.deliveries, 0.99),
            here=second.here,
            away=second.away,
            late=quantile(second.lateness, 0.99),
            busy=second.busy,
        )
