"""Layers of a subscriber: step by step up as it fits, down when the line is full, up again when it is better."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.layers import (
    BURST_TIME,
    DOWN_INTERVAL,
    GUESS_INTERVAL,
    PICTURES_AT_ONCE,
    SMALL_LEVEL_MAX,
    STALLED_AFTER,
    TRIAL_INTERVAL,
    TRIAL_INTERVAL_MAX,
    UP_BELOW,
    UP_INTERVAL,
    Layer,
    LayerSelector,
    Picture,
    best,
)
from media.rate import START, SendRate

CAMERA = (Layer("q", 150_000), Layer("h", 500_000), Layer("f", 1_700_000))
SOUND = 40_000.0
TICK = 1.0


def gallery(pictures: int, large: int | None = None) -> list[Picture]:
    return [Picture(place, CAMERA, is_large=place == large) for place in range(pictures)]


class Line:
    """A subscriber behind a line of some capacity, with an estimate of its own as Chromium makes it, or without.

    `burst_share`: of what came before a step up, what Chromium says right after it, if it takes the keyframe amiss.
    """

    def __init__(
        self, pictures: list[Picture], capacity: float, has_remb: bool = True, burst_share: float | None = None
    ) -> None:
        self.pictures = pictures
        self.capacity = capacity
        self.now = 0.0
        self.selector = LayerSelector(self.now)
        self.rate = SendRate(self.now)
        self.remb = float(START) if has_remb else None
        self.burst_share = burst_share
        self.rids: tuple[str | None, ...] = ()
        self._sent_before = 0.0

    def run(self, seconds: float) -> Iterator[tuple[str | None, ...]]:
        for _ in range(int(seconds / TICK)):
            self.now += TICK
            sent = self.sent()
            loss = max(0.0, 1 - self.capacity / sent)
            if self.remb is not None:
                self.remb = _as_chromium(self.remb, sent, self.capacity)
                if self.burst_share is not None and sent > self._sent_before > 0:
                    self.remb = self.burst_share * self._sent_before
                self.rate.remb(int(self.remb), self.now)
            self._sent_before = sent
            self.rate.reported(int(sent / 8_000), loss)
            self.rate.advance(sent, self.now)
            self.rids = self.selector.choose(
                self.pictures, self.rate.estimate, SOUND, self.rate.loss, self.now, is_guess=self.remb is None
            )
            yield self.rids

    def settle(self, seconds: float = 60) -> tuple[str | None, ...]:
        list(self.run(seconds))
        return self.rids

    def sent(self) -> float:
        rates = {layer.rid: layer.bitrate for layer in CAMERA}
        return SOUND + sum(rates[rid] for rid in self.rids)


def _as_chromium(estimate: float, sent: float, capacity: float) -> float:
    """A second later: 0.85 of what arrives when the line is full, else 8 % more, to half as much again as arrives."""
    if sent > capacity:
        return 0.85 * capacity
    return max(estimate, min(estimate * 1.08, 1.5 * sent + 10_000))


@pytest.mark.parametrize("has_remb", [True, False])
def test_begins_low_and_climbs_while_the_line_carries_it(has_remb: bool) -> None:
    """Within seconds and never back, although the estimate is never far above what is sent."""
    line = Line(gallery(1), 5_000_000, has_remb)
    seen = list(line.run(120))
    assert list(dict.fromkeys(seen)) == [("q",), ("h",), ("f",)]
    assert seen == sorted(seen, key=lambda rids: "qhf".index(str(rids[0])))
    assert seen[20] == ("f",)


@pytest.mark.parametrize("has_remb", [True, False])
def test_goes_down_on_a_throttled_line_and_up_when_it_is_better(has_remb: bool) -> None:
    """Within seconds down; up again within the longest time between trials."""
    line = Line(gallery(1), 5_000_000, has_remb)
    assert line.settle() == ("f",)
    line.capacity = 250_000
    assert ("q",) in list(line.run(8))
    line.settle(60)
    line.capacity = 5_000_000
    assert line.settle(TRIAL_INTERVAL_MAX + 30) == ("f",)


def test_trials_on_a_full_line_become_rare() -> None:
    """Each one costs the participant a moment."""
    line = Line(gallery(1), capacity=300_000)
    line.settle(60)
    raised = [rids for rids in line.run(300) if rids != ("q",)]
    assert len(raised) <= 3 * 300 / TRIAL_INTERVAL_MAX
    assert raised


def test_the_large_picture_goes_first() -> None:
    """It is raised before the others and lowered after them; the small ones never get the best layer."""
    line = Line(gallery(4, large=2), capacity=10_000_000)
    first_raised = next(rids for rids in line.run(20) if "h" in rids)
    assert first_raised == ("q", "q", "h", "q")
    assert line.settle(120) == ("h", "h", "f", "h")
    line.capacity = 2_300_000
    lowered = next(rids for rids in line.run(20) if rids != ("h", "h", "f", "h"))
    assert lowered == ("h", "h", "f", "q")


def test_two_pictures_are_both_large() -> None:
    """On a screen with two people each has half."""
    assert Line(gallery(2), capacity=10_000_000).settle(90) == ("f", "f")


def test_follows_layers_that_go_and_come() -> None:
    """A sender leaves its best layer out when its own line is full."""
    line = Line(gallery(1), capacity=5_000_000)
    assert line.settle() == ("f",)
    line.pictures = [Picture(0, CAMERA[:2])]
    assert line.settle(2) == ("h",)
    line.pictures = [Picture(0, (Layer(None, 150_000),))]
    assert line.selector.choose(line.pictures, 1e6, SOUND, 0.0, line.now + 1) == (None,)


def test_a_new_picture_begins_low() -> None:
    """Also in the slot of one that was good."""
    line = Line(gallery(1), capacity=5_000_000)
    line.settle()
    newcomer = Picture("newcomer", CAMERA)
    assert line.selector.choose([newcomer], 0.0, SOUND, 0.0, line.now + 1) == ("q",)


def test_heavy_loss_leads_down_even_in_a_trial() -> None:
    """There is no time to wait for an estimate."""
    selector = LayerSelector(0.0)
    picture = gallery(1)
    assert selector.choose(picture, 1e6, SOUND, 0.0, TRIAL_INTERVAL) == ("h",)
    assert selector.choose(picture, 1e6, SOUND, 0.3, TRIAL_INTERVAL + DOWN_INTERVAL) == ("q",)


@pytest.mark.parametrize("pictures", [[], gallery(3)])
def test_nothing_can_be_lower_than_the_lowest(pictures: list[Picture]) -> None:
    """On a line that carries nothing the lowest layers go on; leaving pictures out is the participant's choice."""
    selector = LayerSelector(0.0)
    for second in range(20):
        assert selector.choose(pictures, 1.0, SOUND, 0.9, float(second)) == ("q",) * len(pictures)


def test_what_is_known_to_fit_follows_at_once() -> None:
    """A line that was tried: the large picture first, then some at a time, each begun anew with a keyframe."""
    selector = LayerSelector(0.0)
    pictures = gallery(6, large=4)
    assert selector.choose(pictures, 1e7, SOUND, 0.0, 0.5) == ("h", "h", "q", "q", "h", "q")
    assert selector.choose(pictures, 1e7, SOUND, 0.0, 0.5 + UP_INTERVAL / 2) == ("h", "h", "q", "q", "h", "q")
    assert selector.choose(pictures, 1e7, SOUND, 0.0, 0.5 + UP_INTERVAL) == ("h", "h", "h", "h", "f", "q")
    assert selector.choose(pictures, 1e7, SOUND, 0.0, 0.5 + 2 * UP_INTERVAL) == ("h", "h", "h", "h", "f", "h")


def test_no_more_are_raised_than_fit() -> None:
    """Two of three: the third would be too much."""
    room = SOUND + 3 * 150_000 + 2 * 350_000 + 1000
    assert LayerSelector(0.0).choose(gallery(3), room / UP_BELOW, SOUND, 0.0, 1.0) == ("h", "h", "q")


def test_nothing_is_known_to_fit_before_the_receiver_has_said_anything() -> None:
    """What we begin with is no more than a guess: a thin line would be flooded with it."""
    selector, now = LayerSelector(0.0), 0.0
    while now < GUESS_INTERVAL:
        assert selector.choose(gallery(1), 1e7, SOUND, 0.0, now, is_guess=True) == ("q",)
        now += TICK
    assert selector.choose(gallery(1), 1e7, SOUND, 0.0, now, is_guess=True) == ("h",)


def test_a_trial_goes_on_while_the_estimate_follows() -> None:
    """By a few per cent a second it takes half a minute to come after a layer of ten times the bits."""
    selector, now, estimate = LayerSelector(0.0), TRIAL_INTERVAL, 235_000.0
    assert selector.choose(gallery(1), estimate, SOUND, 0.0, now) == ("h",)
    for _ in range(10):
        now, estimate = now + TICK, estimate * 1.05
        assert selector.choose(gallery(1), estimate, SOUND, 0.0, now) == ("h",)


@pytest.mark.parametrize(("after", "change"), [(STALLED_AFTER + TICK, 1.0), (TICK, 0.85)])
def test_a_trial_ends_when_the_estimate_stands_still_or_falls(after: float, change: float) -> None:
    """That of Chromium, on a line that is full."""
    selector, now, estimate = LayerSelector(0.0), TRIAL_INTERVAL, 235_000.0
    selector.choose(gallery(1), estimate, SOUND, 0.0, now)
    now += BURST_TIME
    assert selector.choose(gallery(1), estimate, SOUND, 0.0, now) == ("h",)
    assert selector.choose(gallery(1), estimate * change, SOUND, 0.0, now + after) == ("q",)


def test_a_trial_outlives_the_burst_that_it_begins_with() -> None:
    """Chromium takes the keyframe for a full line, and says 0.85 of what came before it: on a line with room, too."""
    line = Line(gallery(1), 5_000_000, burst_share=0.85)
    seen = list(line.run(60))
    assert list(dict.fromkeys(seen)) == [("q",), ("h",), ("f",)]


def test_a_second_fall_ends_a_trial() -> None:
    """The first one may be the keyframe's."""
    selector, now = LayerSelector(0.0), TRIAL_INTERVAL
    for after, estimate, rids in (
        (0.0, 235_000.0, ("h",)),
        (BURST_TIME - TICK, 190_000.0, ("h",)),
        (BURST_TIME, 190_000.0, ("h",)),
        (BURST_TIME + TICK, 160_000.0, ("q",)),
    ):
        assert selector.choose(gallery(1), estimate, SOUND, 0.0, now + after) == rids


def test_down_goes_as_far_as_it_has_to() -> None:
    """From the best layer to the lowest in one step, when that is what the line carries."""
    selector = LayerSelector(0.0)
    for second in (1.0, 2.0):
        selector.choose(gallery(1), 1e7, SOUND, 0.0, second)
    selector.choose(gallery(1), 1e7, SOUND, 0.0, 2.0 + BURST_TIME)
    assert selector.choose(gallery(1), 200_000, SOUND, 0.0, 2.0 + BURST_TIME + TICK) == ("q",)


def test_what_would_be_best() -> None:
    """An estimate with which each picture has the best layer that is meant for it, and not a bit less."""
    pictures = gallery(4, large=1)
    wanted = best(pictures, SOUND)
    for estimate, rids in ((wanted * 1.001, ("h", "f", "h", "h")), (wanted * 0.999, ("h", "f", "h", "q"))):
        selector = LayerSelector(0.0)
        chosen = [selector.choose(pictures, estimate, SOUND, 0.0, step * UP_INTERVAL) for step in range(1, 4)]
        assert chosen[-1] == rids


@given(
    steps=st.lists(
        st.tuples(
            st.lists(
                st.tuples(st.integers(0, 5), st.integers(1, 3), st.booleans()), max_size=6, unique_by=lambda p: p[0]
            ),
            st.floats(0, 1e7),
            st.floats(0, 1),
            st.floats(0, 10),
        ),
        max_size=40,
    )
)
def test_up_one_layer_at_a_time_and_only_to_what_is_there(
    steps: list[tuple[list[tuple[int, int, bool]], float, float, float]],
) -> None:
    """Whatever the line, the people and their layers do; and never up and down at once."""
    selector, now = LayerSelector(0.0), 0.0
    before: dict[object, int] = {}
    for described, estimate, loss, time in steps:
        now += time
        pictures = [Picture(source, CAMERA[:layers], is_large) for source, layers, is_large in described]
        rids = selector.choose(pictures, estimate, SOUND, loss, now)
        levels = {}
        moved = []
        for picture, rid in zip(pictures, rids, strict=True):
            names = [layer.rid for layer in picture.layers]
            assert rid in names
            level = levels[picture.source] = names.index(rid)
            if not picture.is_large and len(pictures) > 2:
                assert level <= SMALL_LEVEL_MAX
            was = min(before.get(picture.source, 0), len(names) - 1)
            if not picture.is_large and len(pictures) > 2:
                was = min(was, SMALL_LEVEL_MAX)
            moved.append(level - was)
        up = [step for step in moved if step > 0]
        assert set(up) <= {1}
        assert len(up) <= PICTURES_AT_ONCE
        assert not (up and min(moved) < 0)
        before = dict(levels)
