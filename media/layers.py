"""Which simulcast layer each slot of a subscriber gets: step by step, from what the line carries.

The bounds are Galene's: up while less than 7/8 of the estimate is used, down beyond 3/2 of it. At the beginning the
line is tried (`media.probing`), and what is known to fit follows at once. Later a receiver's estimate cannot grow far
beyond what it is sent, so a step up is also a trial: when it does not hold, the next one waits longer.
"""

import math
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

GUESS_INTERVAL = 6.0
"""Seconds before a step up while the receiver has said no estimate. Chromium has one after 5 s at the latest, and much
sooner when its line has carried a cluster (`media.probing`): whoever is silent longer has none to say."""

TRIAL_INTERVAL_MAX = 30.0
"""Seconds at most: a line that has become better is found within half a minute."""

STALLED_AFTER = 2.0
"""Seconds without growth after which the estimate does not follow a step up: that of Chromium grows by 8 % a second
while the line carries what is sent, and stands still when it does not. A layer has up to four times the bits of the one
below, so to follow may take it half a minute; until then only losses, or that it stands still or falls, lead down."""

FALLEN_BELOW = 0.95
"""Of the best estimate since the last step up: below, it has fallen. Chromium's falls by 15 % when the line is full."""

BURST_TIME = 1.5
"""Seconds after a step up in which a fall says nothing. A better layer begins with a keyframe, ten times a picture in
one go, which Chromium takes for a full line in every other case, and says 0.85 of the bits of the layer before. From
there it grows again if there was room; if not, it falls a second time or packets are lost."""

PICTURES_AT_ONCE = 3
"""Pictures that are raised in the same moment: each begins anew with a keyframe."""

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

    __slots__ = (
        "_began_at",
        "_best_estimate",
        "_grew_at",
        "_last_down_at",
        "_last_up_at",
        "_levels",
        "_trial_interval",
    )

    def __init__(self, now: float) -> None:
        self._levels: dict[Hashable, int] = {}
        """By source, counted from the lowest layer."""
        self._trial_interval = TRIAL_INTERVAL
        self._began_at = now
        self._last_up_at = self._last_down_at = -math.inf
        self._best_estimate = 0.0
        """Since the last step up."""
        self._grew_at = now
        """When it became that."""

    def choose(
        self,
        pictures: Sequence[Picture],
        estimate: float,
        sound: float,
        loss: float,
        now: float,
        *,
        is_guess: bool = False,
    ) -> tuple[str | None, ...]:
        """The rid for each picture, in their order. Call it once a second or more often.

        `estimate` and `sound` (what goes out besides pictures) are bits a second, `loss` is the last fraction.
        `is_guess`: the receiver has said no estimate of its own, so that nothing is known to fit.
        """
        self._watch(0.0 if is_guess else estimate, now)
        caps = [_cap(picture, len(pictures)) for picture in pictures]
        levels = [min(self._levels.get(picture.source, 0), cap) for picture, cap in zip(pictures, caps, strict=True)]
        used = sound + sum(picture.layers[level].bitrate for picture, level in zip(pictures, levels, strict=True))
        if self._is_too_much(used, estimate, loss, now):
            self._step_down(pictures, levels, used - estimate * DOWN_ABOVE, now)
        elif used < estimate * UP_BELOW and loss <= LOSS_DOWN:
            self._step_up(pictures, levels, caps, estimate * UP_BELOW - used, now, is_guess=is_guess)
        self._watch(0.0 if is_guess else estimate, now)
        self._levels = {picture.source: level for picture, level in zip(pictures, levels, strict=True)}
        return tuple(picture.layers[level].rid for picture, level in zip(pictures, levels, strict=True))

    def _watch(self, estimate: float, now: float) -> None:
        """Remember when the estimate became better; it begins anew right after a step up, and while there is none."""
        if estimate > self._best_estimate or not estimate or now - self._last_up_at <= BURST_TIME:
            self._best_estimate, self._grew_at = estimate, now

    def _is_too_much(self, used: float, estimate: float, loss: float, now: float) -> bool:
        if now - self._last_down_at < DOWN_INTERVAL:
            return False
        return loss > LOSS_DOWN or (used > estimate * DOWN_ABOVE and not self._is_followed(estimate, now))

    def _is_followed(self, estimate: float, now: float) -> bool:
        """Whether the estimate comes after what is sent, so that the line may carry it."""
        return estimate >= self._best_estimate * FALLEN_BELOW and now - self._grew_at < STALLED_AFTER

    def _step_down(self, pictures: Sequence[Picture], levels: list[int], excess: float, now: float) -> None:
        """One step, and more while there are bits in excess."""
        while (lowered := _least_important(pictures, levels)) is not None:
            levels[lowered] -= 1
            excess -= _step(pictures[lowered], levels[lowered])
            if now > self._last_down_at:
                self._stepped_down(now)
            if excess <= 0:
                return

    def _stepped_down(self, now: float) -> None:
        if now - self._last_up_at < FAILED_WITHIN and self._last_down_at <= self._last_up_at:
            self._trial_interval = min(self._trial_interval * 2, TRIAL_INTERVAL_MAX)
        self._last_down_at = now

    def _step_up(
        self,
        pictures: Sequence[Picture],
        levels: list[int],
        caps: Sequence[int],
        room: float,
        now: float,
        *,
        is_guess: bool,
    ) -> None:
        """Of each picture one step at most: of some pictures if that fits into the room, or of one that may not fit."""
        caps = [min(cap, level + 1) for cap, level in zip(caps, levels, strict=True)]
        for place in range(PICTURES_AT_ONCE):
            raised = _most_important(pictures, levels, caps)
            if raised is None:
                return
            room -= _step(pictures[raised], levels[raised])
            fits = room > 0 and not is_guess
            if not (fits if place else self._may_step_up(fits, is_guess, now)):
                return
            levels[raised] += 1
            self._last_up_at = now

    def _may_step_up(self, fits: bool, is_guess: bool, now: float) -> bool:
        since_up, since_down = now - self._last_up_at, now - self._last_down_at
        if self._last_up_at > self._last_down_at and since_up >= FAILED_WITHIN:
            self._trial_interval = TRIAL_INTERVAL  # the last one holds
        if fits:
            return since_up >= UP_INTERVAL and since_down >= self._trial_interval
        wait = max(self._trial_interval, GUESS_INTERVAL) if is_guess else self._trial_interval
        return min(since_up, since_down, now - self._began_at) >= wait


def _step(picture: Picture, level: int) -> float:
    """Bits a second between a layer and the next."""
    return picture.layers[level + 1].bitrate - picture.layers[level].bitrate


def best(pictures: Sequence[Picture], sound: float) -> float:
    """Bits a second of an estimate with which each of these would be sent in the best layer that is meant for it."""
    each = (picture.layers[_cap(picture, len(pictures))].bitrate for picture in pictures)
    return (sound + sum(each)) / UP_BELOW


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
