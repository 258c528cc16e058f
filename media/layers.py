"""Which simulcast layer each slot of a subscriber gets: one step at a time, from what the line carries.

The bounds are Galene's: up while less than 7/8 of the estimate is used, down beyond 3/2 of it. A receiver's estimate
cannot grow far beyond what it is sent, so a step up is also a trial: when it does not hold, the next one waits longer.
"""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

UP_BELOW = 7 / 8
"""Of the estimate: with less in use there is room for a step up."""

DOWN_ABOVE = 3 / 2
"""Of the estimate: with more in use a step down is due."""

UP_INTERVAL = 1.0
"""Seconds between two steps up that are known to fit."""

TRIAL_INTERVAL = 3.0
"""Seconds before a step up that may not fit, at first; doubled each time it did not."""

TRIAL_INTERVAL_MAX = 30.0
"""Seconds at most: a line that has become better is found within half a minute."""

TRIAL_TIME = 8.0
"""Seconds for the estimate to follow a step up: that of Chromium grows by 8 % a second, and a layer has up to four
times the bits of the one below. Until then only losses, or an estimate that falls instead, lead down."""

FAILED_WITHIN = 12.0
"""Seconds after a step up within which a step down means that it did not hold."""

DOWN_INTERVAL = 1.0
"""Seconds between two steps down: the estimate follows a step within one."""

LOSS_DOWN = 0.10
"""Fraction of packets: beyond it a step down is due, whatever the estimate says."""

SMALL_LEVEL_MAX = 1
"""The best level for pictures that are not large, counted from the lowest: half the height of a camera."""

FEW_PICTURES = 2
"""Pictures up to which each is large."""


class Layer(NamedTuple):
    """A layer that comes in now: its rid (None: there is only one) and its bits a second."""

    rid: str | None
    bitrate: float


class Picture(NamedTuple):
    """A slot in use. `source`: whatever tells one source from another; `layers`: the lowest first, at least one."""

    source: Hashable
    layers: Sequence[Layer]
    is_large: bool = False


class LayerSelector:
    """The layers of all slots of one subscriber. A new picture begins in its lowest layer."""

    __slots__ = ("_estimate_before", "_last_down_at", "_last_up_at", "_levels", "_trial_interval")

    def __init__(self, now: float) -> None:
        self._levels: dict[Hashable, int] = {}
        """By source, counted from the lowest layer."""
        self._trial_interval = TRIAL_INTERVAL
        self._last_up_at = now
        self._estimate_before = 0.0
        """When the last step up was taken."""
        self._last_down_at = now

    def choose(
        self, pictures: Sequence[Picture], estimate: float, sound: float, loss: float, now: float
    ) -> tuple[str | None, ...]:
        """The rid for each picture, in their order.

        `estimate` and `sound` (what goes out besides pictures) are bits a second, `loss` is the last fraction. Call it
        about once a second: each call takes one step at most.
        """
        caps = [_cap(picture, len(pictures)) for picture in pictures]
        levels = [min(self._levels.get(picture.source, 0), cap) for picture, cap in zip(pictures, caps, strict=True)]
        used = sound + sum(picture.layers[level].bitrate for picture, level in zip(pictures, levels, strict=True))
        if self._is_too_much(used, estimate, loss, now):
            lowered = _least_important(pictures, levels)
            if lowered is not None:
                levels[lowered] -= 1
                self._stepped_down(now)
        elif used < estimate * UP_BELOW and loss <= LOSS_DOWN:
            raised = _most_important(pictures, levels, caps)
            if raised is not None:
                layers, level = pictures[raised].layers, levels[raised]
                more = layers[level + 1].bitrate - layers[level].bitrate
                if self._may_step_up((used + more) < estimate * UP_BELOW, now):
                    levels[raised] += 1
                    self._last_up_at = now
                    self._estimate_before = estimate
        self._levels = {picture.source: level for picture, level in zip(pictures, levels, strict=True)}
        return tuple(picture.layers[level].rid for picture, level in zip(pictures, levels, strict=True))

    def _is_too_much(self, used: float, estimate: float, loss: float, now: float) -> bool:
        if now - self._last_down_at < DOWN_INTERVAL:
            return False
        has_had_time = now - self._last_up_at >= TRIAL_TIME or estimate < self._estimate_before
        return loss > LOSS_DOWN or (used > estimate * DOWN_ABOVE and has_had_time)

    def _stepped_down(self, now: float) -> None:
        if now - self._last_up_at < FAILED_WITHIN and self._last_down_at <= self._last_up_at:
            self._trial_interval = min(self._trial_interval * 2, TRIAL_INTERVAL_MAX)
        self._last_down_at = now

    def _may_step_up(self, fits: bool, now: float) -> bool:
        since_up, since_down = now - self._last_up_at, now - self._last_down_at
        if self._last_up_at > self._last_down_at and since_up >= FAILED_WITHIN:
            self._trial_interval = TRIAL_INTERVAL  # the last one holds
        wait = UP_INTERVAL if fits else self._trial_interval
        return since_up >= wait and since_down >= self._trial_interval


def _cap(picture: Picture, pictures: int) -> int:
    best = len(picture.layers) - 1
    return best if picture.is_large or pictures <= FEW_PICTURES else min(best, SMALL_LEVEL_MAX)


def _least_important(pictures: Sequence[Picture], levels: Sequence[int]) -> int | None:
    """The place of the picture that is lowered first: small before large, the best of them, the last of those."""
    lowerable = [place for place, level in enumerate(levels) if level > 0]
    return max(lowerable, key=lambda place: (not pictures[place].is_large, levels[place], place), default=None)


def _most_important(pictures: Sequence[Picture], levels: Sequence[int], caps: Sequence[int]) -> int | None:
    """The place of the picture that is raised first: large before small, the worst of them, the first of those."""
    raisable = [place for place, level in enumerate(levels) if level < caps[place]]
    return min(raisable, key=lambda place: (not pictures[place].is_large, levels[place], place), default=None)
