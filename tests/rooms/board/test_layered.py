"""Dicts with cheap copies, against plain ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.board.layered import LATEST_MAX, LayeredDict

KEYS = st.integers(0, 12)
STEPS = st.lists(st.tuples(st.sampled_from(["put", "remove", "copy", "merge"]), KEYS, st.integers()), max_size=60)


@given(st.dictionaries(KEYS, st.integers()), STEPS)
def test_as_a_dict(entries: dict[int, int], steps: list[tuple[str, int, int]]) -> None:
    """Whatever is put in and taken out, and however often it is copied: what was put in last comes last."""
    plain, layered = dict(entries), LayeredDict(entries)
    left_behind: list[tuple[dict[int, int], LayeredDict[int, int]]] = []
    for step, key, value in steps:
        match step:
            case "put":
                plain.pop(key, None)
                plain[key] = layered[key] = value
            case "remove":
                assert layered.pop(key, None) == plain.pop(key, None)
            case "copy":
                left_behind.append((dict(plain), layered))
                layered = layered.copy()
            case "merge":
                layered = LayeredDict(layered)
        assert list(layered.items()) == list(plain.items())
        assert (list(layered), list(layered.values())) == (list(plain), list(plain.values()))
        assert (len(layered), key in layered, layered.get(key)) == (len(plain), key in plain, plain.get(key))
        assert layered == plain
    for before, copied in left_behind:
        assert list(copied.items()) == list(before.items())


def test_what_is_not_there() -> None:
    """It raises as a dict does, also for what was there."""
    layered = LayeredDict({"one": 1})
    del layered["one"]
    for missing in ("one", "two"):
        with pytest.raises(KeyError):
            layered[missing]
        with pytest.raises(KeyError):
            del layered[missing]


def test_layers_stay_few() -> None:
    """However many copies of copies change something, little lies above the shared entries."""
    layered = LayeredDict((number, number) for number in range(2_000))
    for number in range(3_000):
        layered = layered.copy()
        layered[number % 1_000] = -number
        del layered[1_000 + number % 1_000]
        layered[1_000 + number % 1_000] = number
        assert len(layered._latest) <= LATEST_MAX + 3
    assert repr(LayeredDict({1: 2})) == "LayeredDict({1: 2})"
