"""The parent: starts the generator processes, sets rooms up, and leads everybody through the stages of a run."""

import multiprocessing
import secrets
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from time import perf_counter_ns
from typing import Protocol

from loadtests.generator import orders, rooms, worker
from loadtests.generator.activity import Activity
from loadtests.generator.observation import Observation, StageTime
from loadtests.generator.orders import Order, Report, Setup
from loadtests.generator.people import RoomPlan
from loadtests.generator.target import Target
from loadtests.problem import Problem
from loadtests.scenarios.scenario import Happening, Stage
from loadtests.schedule import NANOSECONDS

LEAD = NANOSECONDS // 2
"""Nanoseconds from an order to what it orders: every process knows of it by then."""

RUN_BYTES = 4
"""Random bytes in the tags of a run: those of another run, or of a stranger, are told apart."""

DRAIN_DEADLINE = 15.0
"""Seconds after the last message was due in which everything has to arrive; what has not is lost."""

QUIET = 0.5
"""Seconds without any delivery after which no signal is waited for any longer: they may be dropped."""

RETURN_DEADLINE = 60.0
"""Seconds in which everybody has to be back after a drop."""

RESTART_DEADLINE = 300.0
"""Seconds in which an operator has to have restarted the server, and everybody has to be back."""

END_DEADLINE = 5.0
"""Seconds for a process to end when it is told to."""

LISTEN_INTERVAL = 0.05
"""Seconds that the parent listens before it looks at the clock again."""


class Watcher(Protocol):
    """Who is told how it goes, and shows it."""

    def preparing(self, what: str, done: int, total: int) -> None:
        """Something is being set up."""
        ...

    def stage(self, name: str, seconds: float) -> None:
        """A stage begins; `seconds` 0: until what happens in it is over."""
        ...

    def please_restart(self) -> None:
        """The operator is to restart the server now."""
        ...

    def look(self, observation: Observation) -> None:
        """Something new is known."""
        ...


class Conductor:
    """Everything on our side of a run. Close it, whatever happened."""

    def __init__(self, target: Target, key: str, processes: int, watcher: Watcher) -> None:
        self.rooms: list[RoomPlan] = []
        self.entrance_seconds = 0.0
        """How long it has taken to let everybody in so far, tickets included."""
        self._target = target
        self._key = key
        self._watcher = watcher
        self._taken = [0] * processes
        self._started: list[multiprocessing.process.BaseProcess] = []
        self._lines: list[Connection[Order, Report]] = []
        self._start_processes(processes)

    @property
    def people(self) -> int:
        """How many are in."""
        return sum(self._taken)

    @property
    def processes(self) -> int:
        """How many play them."""
        return len(self._lines)

    def close(self) -> None:
        """Everybody leaves; the projects are archived."""
        for line in self._lines:
            try:
                line.send(orders.Quit())
            except OSError:
                pass  # it is gone already
        for process in self._started:
            process.join(END_DEADLINE)
            if process.is_alive():
                process.kill()
                process.join()
        if self.rooms:
            rooms.archive(self._target, self._key, self.rooms)

    def open_rooms(self, count: int, size: int) -> None:
        """So many rooms of `size` people, all of them in; those that there are already are kept. Raises `Problem`."""
        first, new = len(self.rooms), count - len(self.rooms)
        if new <= 0:
            return

        def ready(number: int) -> None:
            self._watcher.preparing("rooms set up", number, new)

        self._watcher.preparing("rooms set up", 0, new)
        plans = rooms.furnish(self._target, self._key, first, new, size, ready)
        self.rooms += plans
        start = perf_counter_ns()
        self._let_in(plans, new * size)
        self.entrance_seconds += (perf_counter_ns() - start) / NANOSECONDS

    def run(self, stages: Sequence[Stage], activities: tuple[Activity, ...], rooms_used: int, slow: int) -> Observation:
        """All stages one after the other, and what came of it. Raises `Problem`."""
        start = perf_counter_ns() + LEAD
        observation = Observation(start, self.processes)
        self._order(orders.Begin(start, activities, rooms_used))
        at = start
        for stage in stages:
            end = self._stage(stage, at, slow, observation)
            observation.stages.append(_stage_time(stage, start, at, end))
            at = end
        self._listen_until(at, observation)
        self._order(orders.Wake())
        self._order(orders.End())
        self._drain(observation)
        self._account(observation)
        observation.finish()
        return observation

    # --- Stages ---

    def _stage(self, stage: Stage, at: int, slow: int, observation: Observation) -> int:
        """Lead through one stage that begins at `at`; when it ends. Orders go out shortly before they hold."""
        self._listen_until(at - LEAD, observation)
        self._order(orders.Stage(stage.name, at))
        self._watcher.stage(stage.name, stage.seconds)
        happening = stage.happening
        if happening is Happening.STALL:
            self._listen_until(at, observation)
            self._order(orders.Stall(slow))
        elif happening is Happening.DROP:
            self._order(orders.Drop(at, by_operator=False))
            return self._storm(at, at, RETURN_DEADLINE, observation)
        elif happening is Happening.RESTART:
            self._watcher.please_restart()
            self._order(orders.Drop(at, by_operator=True))
            dropped = self._wait_for_drop(at, observation)
            return self._storm(at, dropped, RESTART_DEADLINE, observation)
        return at + round(stage.seconds * NANOSECONDS)

    def _wait_for_drop(self, at: int, observation: Observation) -> int:
        deadline = at + round(RESTART_DEADLINE * NANOSECONDS)
        while not observation.away_after(at):
            if perf_counter_ns() > deadline:
                raise Problem(
                    f"The server was not restarted within {RESTART_DEADLINE:g} s: restart it when you are asked to, "
                    "or leave --restart-by-operator out."
                )
            self._listen(observation)
        return perf_counter_ns()

    def _storm(self, at: int, since: int, patience: float, observation: Observation) -> int:
        """Wait until everybody is back; when the next stage may begin."""
        deadline = since + round(patience * NANOSECONDS)
        self._listen_until(at, observation)
        while observation.away_after(since) != 0:
            if perf_counter_ns() > deadline:
                observation.missing_in_storm = observation.away_after(since) or 0
                break
            self._listen(observation)
        return perf_counter_ns() + LEAD

    def _drain(self, observation: Observation) -> None:
        """Until all chat has arrived, and no signal does any more."""
        began = perf_counter_ns()
        deadline = began + round(DRAIN_DEADLINE * NANOSECONDS)
        volatile, quiet_since = -1, began
        while (now := perf_counter_ns()) < deadline:
            self._listen(observation)
            if observation.volatile != volatile:
                volatile, quiet_since = observation.volatile, now
            is_complete = observation.durable >= observation.expected_durable and observation.is_known_after(began)
            if is_complete and now - quiet_since > QUIET * NANOSECONDS:
                return

    def _account(self, observation: Observation) -> None:
        self._order(orders.AccountFor())
        while len(observation.accounts) < self.processes:
            for report in self._reports():
                if isinstance(report, orders.Account):
                    observation.accounts.append(report)
                elif isinstance(report, orders.Tick):
                    observation.take(report)

    # --- Processes ---

    def _start_processes(self, count: int) -> None:
        context = multiprocessing.get_context("spawn")  # our threads and the terminal stay ours
        run = secrets.token_hex(RUN_BYTES)
        for number in range(count):
            ours, theirs = context.Pipe()
            setup = Setup(number, run, self._target, self._key)
            process = context.Process(target=worker.main, args=(setup, theirs), daemon=True)
            process.start()
            theirs.close()
            self._started.append(process)
            self._lines.append(ours)

    def _let_in(self, plans: Sequence[RoomPlan], people: int) -> None:
        shares = rooms.share_out(plans, self._taken)
        for line, share in zip(self._lines, shares, strict=True):
            line.send(orders.LetIn(tuple(share)))
        counts: dict[int, int] = {}
        done = 0
        while done < len(self._lines):
            for number, report in self._answers():
                if isinstance(report, orders.IsIn):
                    counts[number] = report.count
                    done += report.is_done
                    self._watcher.preparing("people let in", sum(counts.values()), people)

    def _order(self, order: Order) -> None:
        for line in self._lines:
            line.send(order)

    def _listen_until(self, at: int, observation: Observation) -> None:
        while perf_counter_ns() < at:
            self._listen(observation, min(LISTEN_INTERVAL, (at - perf_counter_ns()) / NANOSECONDS))

    def _listen(self, observation: Observation, seconds: float = LISTEN_INTERVAL) -> None:
        is_new = False
        for report in self._reports(seconds):
            if isinstance(report, orders.Tick):
                observation.take(report)
                is_new = True
        if is_new:
            self._watcher.look(observation)

    def _reports(self, seconds: float = LISTEN_INTERVAL) -> list[Report]:
        return [report for _, report in self._answers(seconds)]

    def _answers(self, seconds: float = LISTEN_INTERVAL) -> list[tuple[int, Report]]:
        """What has come within `seconds`, and from which process. Raises `Problem` when a process could not go on."""
        found: list[tuple[int, Report]] = []
        ready = wait(self._lines, max(0.0, seconds))
        for number, line in enumerate(self._lines):
            if line not in ready:
                continue
            try:
                report = line.recv()
            except EOFError:
                raise Problem("A generator process has ended by itself: is this machine out of memory?") from None
            if isinstance(report, orders.Failed):
                raise Problem(report.sentence) if report.is_problem else RuntimeError(report.sentence)
            found.append((number, report))
        return found


def _stage_time(stage: Stage, start: int, begin: int, end: int) -> StageTime:
    return StageTime(stage.name, (begin - start) / NANOSECONDS, (end - start) / NANOSECONDS, stage.is_judged)
