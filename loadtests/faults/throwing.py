"""One fault after the other, at random and yet the same with the same seed; how long each of them hurt."""

import random
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import perf_counter_ns

from msgspec import Struct

from loadtests.faults.lesson import Lesson, is_calm_again
from loadtests.faults.plan import CALM_WITHIN
from loadtests.faults.stage import Interrupted, Stage
from loadtests.measure import Say
from loadtests.schedule import NANOSECONDS

LOOK_INTERVAL = 0.05
"""Seconds between two looks whether all is calm."""

NS_PER_MS = 1e6


class Thrown(Struct, frozen=True):
    """A fault. `at_s`: seconds from the beginning of the lesson. Milliseconds from then: `lasted_ms` until it was
    healed; `hurt_ms` until every writer got acks and every reader events within the usual time again, 0: they always
    did, None: they did not in time."""

    kind: str
    at_s: float
    lasted_ms: float
    hurt_ms: float | None


def sequence(kinds: Sequence[str], seed: int) -> Iterator[str]:
    """Without an end: all kinds in a random order, then all in another one."""
    dice = random.Random(seed)
    while True:
        yield from dice.sample(list(kinds), len(kinds))


class Thrower(threading.Thread):
    """Throws faults while the lesson goes on in the main thread, and ends it."""

    def __init__(self, stage: Stage, faults: Mapping[str, Callable[[], None]], lesson: Lesson, say: Say) -> None:
        """`faults`: by their kind; each returns when it is over."""
        super().__init__(name="faults", daemon=True)
        self.thrown: list[Thrown] = []
        self.error: Exception | None = None
        self._stage = stage
        self._faults = faults
        self._lesson = lesson
        self._say = say

    def run(self) -> None:
        """At least one, until the time is over, or not all is well again."""
        try:
            self._throw_all()
        except Interrupted:
            pass
        except Exception as error:  # noqa: BLE001 - told by the main thread
            self.error = error
        finally:
            self._lesson.stop()

    def _throw_all(self) -> None:
        plan, began = self._stage.plan, perf_counter_ns()
        self._wait_for_calm(began)
        for kind in sequence(tuple(self._faults), plan.seed):
            self._stage.wait(self._stage.dice.uniform(plan.pause_min, plan.pause_max))
            if self.thrown and perf_counter_ns() - began >= plan.seconds * NANOSECONDS:
                return
            self.thrown.append(self._throw(kind, began))
            thrown = self.thrown[-1]
            if thrown.hurt_ms is None:
                self._say(f"{kind}: not all is well {CALM_WITHIN:g} s after its end")
                return
            self._say(f"{kind}: hurt for {thrown.hurt_ms:.0f} ms, lasted {thrown.lasted_ms:.0f} ms")

    def _throw(self, kind: str, began: int) -> Thrown:
        struck = perf_counter_ns()
        self._faults[kind]()
        healed = perf_counter_ns()
        is_well = self._wait_for_calm(healed)
        return Thrown(
            kind=kind,
            at_s=round((struck - began) / NANOSECONDS, 3),
            lasted_ms=round((healed - struck) / NS_PER_MS, 1),
            hurt_ms=round(max(0, self._lesson.last_late - struck) / NS_PER_MS, 1) if is_well else None,
        )

    def _wait_for_calm(self, since: int) -> bool:
        while not is_calm_again(self._lesson, since, now := perf_counter_ns()):
            if now - since > CALM_WITHIN * NANOSECONDS:
                return False
            self._stage.wait(LOOK_INTERVAL)
        return True
