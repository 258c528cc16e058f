"""`rooms.board.ordering`: keys as the editor makes them, no two alike, whatever clients send."""

from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.board import ordering
from rooms.board.ordering import (
    DIGITS,
    KEY_CHARACTERS_MAX,
    NEIGHBOURS,
    PLACE_CHARACTERS_MAX,
    SMALLEST_INTEGER,
    ZERO,
    Places,
    is_place,
    is_valid,
    key_between,
)

LARGEST_INTEGER = "z" * 27

OF_THE_EDITOR = [
    (None, None, "a0"),
    ("a0", None, "a1"),
    (None, "a0", "Zz"),
    ("a0", "a1", "a0V"),
    ("a0", "a0V", "a0G"),
    ("a1", "a2", "a1V"),
    ("Zz", "a0", "ZzV"),
    ("Zz", None, "a0"),
    ("a0V", None, "a1"),
    ("az", None, "b00"),
    ("bzz", None, "c000"),
    (None, "Zz", "Zy"),
    (None, "Z0", "Yzz"),
    (None, "Yzz", "Yzy"),
    (None, "Y00", "Xzzz"),
    ("a0", "a0G", "a08"),
    ("a0", "a01", "a00V"),
    ("a0z", "a1", "a0zV"),
    ("a0zz", "a1", "a0zzV"),
    ("a1", "b00", "a2"),
    ("a0", "z" + "0" * 26, "a1"),
    (LARGEST_INTEGER, None, LARGEST_INTEGER + "V"),
    (LARGEST_INTEGER + "V", None, LARGEST_INTEGER + "l"),
    (None, SMALLEST_INTEGER + "V", SMALLEST_INTEGER + "G"),
    (None, SMALLEST_INTEGER + "01", SMALLEST_INTEGER + "00V"),
    ("a49", "a5", "a4a"),
    ("a0001", "a001", "a000W"),
    ("a0", "a00001", "a00000V"),
    ("a1V", "a2", "a1l"),
    ("b0g", "b0gV", "b0gG"),
    (None, "a0V", "a0"),
    ("Y05V", "Z0", "Y06"),
    ("c000", "c0008", "c0004"),
    ("a0hV", "a0i", "a0hl"),
]
"""What `generateKeyBetween` of fractional-indexing 3.2.0 (npm) answers."""

FRACTIONS = st.text(DIGITS, max_size=6).map(lambda digits: digits.rstrip("0"))
SPARSE_FRACTIONS = st.text("0z", max_size=6).map(lambda digits: digits.rstrip("0"))
INTEGERS = st.one_of(
    st.tuples(st.just("a"), st.text(DIGITS, min_size=1, max_size=1)),
    st.tuples(st.just("Z"), st.text("0z", min_size=1, max_size=1)),
    st.tuples(st.just("b"), st.text("0z", min_size=2, max_size=2)),
    st.tuples(st.just("z"), st.text("0z", min_size=26, max_size=26)),
    st.tuples(st.just("A"), st.text("01", min_size=26, max_size=26)),
).map("".join)
KEYS = st.tuples(INTEGERS, st.one_of(FRACTIONS, SPARSE_FRACTIONS)).map("".join).filter(is_valid)


@pytest.mark.parametrize(("low", "high", "between"), OF_THE_EDITOR)
def test_keys_are_the_editors(low: str | None, high: str | None, between: str) -> None:
    """The server puts an element where the editor would."""
    assert key_between(low, high) == between


def test_before_the_first() -> None:
    """Where the editor's library answers with what it does not take for a key itself, ours is one."""
    key = key_between(None, SMALLEST_INTEGER[:-1] + "1")
    assert is_valid(key)
    assert key == SMALLEST_INTEGER + "V"


@pytest.mark.parametrize(
    "key", ["a0", "Zz", "a0V", "b00", "Y00", LARGEST_INTEGER, "a0" + "V" * (KEY_CHARACTERS_MAX - 2)]
)
def test_keys(key: str) -> None:
    """Short and long ones, around zero and at the end."""
    assert is_valid(key)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "0",
        "a",
        "b0",
        "Y0",
        "a00",
        "a0V0",
        "z",
        SMALLEST_INTEGER,
        SMALLEST_INTEGER + "0",
        "a0-",
        "a0\n",
        "a0é",
        "a٣",
        " a0",
        "a0" + "V" * (KEY_CHARACTERS_MAX - 1),
    ],
)
def test_no_keys(key: str) -> None:
    """Too short for its integer, with a zero at the end, other characters, too long."""
    assert not is_valid(key)


@settings(max_examples=500)
@given(KEYS | st.none(), KEYS | st.none())
def test_between_two(one: str | None, other: str | None) -> None:
    """It is a key, lies between them, and is at most one character longer."""
    if one is not None and other is not None and one == other:
        return
    low, high = (one, other) if one is None or other is None or one < other else (other, one)
    key = key_between(low, high)
    longest = max(len(low or ""), len(high or ""))
    assert is_valid(key) or longest >= KEY_CHARACTERS_MAX
    assert low is None or low < key
    assert high is None or key < high
    assert len(key) <= max(2, longest + 1)


def test_many_at_the_same_place() -> None:
    """Always behind the first, always before the last, and always at the end."""
    for low, high in (("a0", "a1"), ("a0", None), (None, "a0")):
        key = first = key_between(low, high)
        for _ in range(300):
            assert is_valid(key)
            key = key_between(low, key) if high is not None else key_between(key, high)
        assert key != first


# --- Places -------------------------------------------------------------------------------------------


def give(taken: list[str], *wanted: str, leaving: tuple[str, ...] = ()) -> list[str]:
    """The places that elements get, in the order of their asking."""
    places = Places(taken, leaving).give({str(number): key for number, key in enumerate(wanted)})
    return [places[str(number)] for number in range(len(wanted))]


def test_a_free_place_is_given() -> None:
    """As it was asked for."""
    assert give(["a0"], "a1") == ["a1"]


def test_a_taken_place() -> None:
    """The one who was there keeps it; the new one comes right behind."""
    places = Places(["a0", "a1"])
    assert places.give({"three": "a0"}) == {"three": "a0V"}
    assert places.give({"four": "a0"}) == {"four": "a0G"}
    assert places.give({"five": "a1"}) == {"five": "a2"}


@pytest.mark.parametrize(("key", "instead"), [("a0V0", "a0V"), ("zz", "a2"), ("A", "Zz")])
def test_what_is_no_key(key: str, instead: str) -> None:
    """It goes where its bytes would have stood."""
    assert give(["a0", "a1"], key) == [instead]


def test_a_place_is_given_once() -> None:
    """Also when the same command asks for it again; those who ask for a free one get it."""
    places = Places([]).give({"one": "a5", "two": "a5", "three": "a5", "four": "a6"})
    assert places == {"one": "a5", "two": "a5V", "three": "a5G", "four": "a6"}


def test_a_place_that_becomes_free() -> None:
    """Who is about to move leaves a place for others of the same command."""
    assert give(["a0", "a1"], "a1", "a0", leaving=("a0", "a1")) == ["a1", "a0"]


def neighbours(count: int) -> list[str]:
    """The longest keys that elements get, one right behind the other: between them there is no room."""
    ends = (first + second + third for first in DIGITS for second in DIGITS for third in DIGITS)
    return ["a0" + "V" * (PLACE_CHARACTERS_MAX - 5) + last.rstrip(ZERO) for last in islice(ends, count)]


@pytest.mark.parametrize(
    "key", ["a0", "Zz", "a0V", "izzzzzzzzz", "R000000000", "a0" + "V" * (PLACE_CHARACTERS_MAX - 2)]
)
def test_what_may_be_asked_for(key: str) -> None:
    """What drawing leads to, and far more."""
    assert is_place(key)
    assert give([], key) == [key]


@pytest.mark.parametrize(
    "key", ["j0000000000", "Qzzzzzzzzzz", LARGEST_INTEGER, "a0" + "V" * (PLACE_CHARACTERS_MAX - 1)]
)
def test_what_nobody_gets(key: str) -> None:
    """Keys at the end of all, and such as leave others no room: in their place one that does, where they would be."""
    assert not is_place(key)
    (instead,) = give(["a0", "a1"], key)
    assert len(instead) <= 3
    assert (key < "a0", "a0" < key < "a1", key > "a1") == (instead < "a0", "a0" < instead < "a1", instead > "a1")


def test_the_next_gap() -> None:
    """When no key fits behind the one that was asked for, the gaps above it are looked at, then those below."""
    full = neighbours(2)
    assert give([*full, "a1", "a2"], full[0]) == ["a0l"]
    low, *rest = neighbours(NEIGHBOURS + 2)
    (below,) = give(["a0", low, *rest, "a1"], low)
    assert "a0" < below < low
    assert len(below) <= 3


def test_behind_all_when_there_is_no_room_near_by() -> None:
    """Not at the bottom, where it would be seen least."""
    full = neighbours(2 * NEIGHBOURS + 4)
    assert give(["a0", *full, "a5"], full[NEIGHBOURS + 2]) == ["a6"]


def test_what_is_there_already_does_not_matter() -> None:
    """Also behind keys that nobody gets there is a place for everybody."""
    at_the_end = LARGEST_INTEGER + "z" * (KEY_CHARACTERS_MAX - 27)
    assert give(["a0", at_the_end], at_the_end) == ["a1"]
    full = [at_the_end[:-1] + digit for digit in DIGITS[1:]]
    assert give(["a0", *full], at_the_end) == ["a1"]
    assert give(["izzzzzzzzz"], "izzzzzzzzz", "izzzzzzzzz") == ["j0000000000", "izzzzzzzzzV"]
    assert give(["izzzzzzzzz", "j0000000000"], "j0000000001") == ["j0000000001"]


def test_a_crowded_place_costs_others_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand keys without room between them, and a command that wants places there: a few keys are tried for each
    of its elements, however many others there are."""
    full = neighbours(9_990)
    tried = 0

    def counted(low: str | None, high: str | None) -> str:
        nonlocal tried
        tried += 1
        return key_between(low, high)

    monkeypatch.setattr(ordering, "key_between", counted)
    wanted = full[5_000:5_500]
    given_keys = give(full, *wanted)
    assert tried <= len(wanted) * (2 * NEIGHBOURS + 2)
    assert all(key > full[-1] and is_place(key) for key in given_keys)
    assert len(set(given_keys)) == len(wanted)


@given(st.lists(KEYS, max_size=8, unique=True), st.lists(st.one_of(KEYS, st.text(DIGITS, min_size=1)), max_size=12))
def test_places_are_unique_and_in_order(taken: list[str], wanted: list[str]) -> None:
    """Nobody gets a place that another has; who does not get theirs comes behind it, before all that were behind it."""
    used = sorted(taken)
    places = Places(used)
    for key in wanted:
        given_key = places.give({"new": key})["new"]
        assert is_valid(given_key)
        assert given_key not in used
        if is_place(key):
            assert given_key >= key
        assert [other for other in used if key < other < given_key] == []
        used = sorted([*used, given_key])


@given(st.lists(KEYS, max_size=8, unique=True), st.lists(st.one_of(KEYS, st.text(DIGITS, min_size=1)), max_size=12))
def test_places_given_at_once(taken: list[str], wanted: list[str]) -> None:
    """They are unique, too, and who asks for a free place first gets it."""
    given_keys = give(sorted(taken), *wanted)
    assert len(given_keys) == len(wanted)
    assert len({*taken, *given_keys}) == len(taken) + len(wanted)
    for index, key in enumerate(wanted):
        if is_place(key) and key not in taken and key not in wanted[:index]:
            assert given_keys[index] == key
