"""Words as they are compared: `tests.contract.test_search` has what follows for searching."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtserver.chat.folding import (
    QUERY_WORDS_MAX,
    ROOM_KEY_CHARACTERS,
    WORD_CHARACTERS_MAX,
    beginnings,
    fold,
    wanted_words,
    words_of,
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Żółć", "zolc"),
        ("ŁÓDŹ", "lodz"),
        ("Straße", "strasse"),
        ("Æsop Œuvre", "aesop oeuvre"),
        ("Đak", "dak"),
        ("ısı İSTANBUL", "isi istanbul"),
        ("Ґанок Її Й", "ганок іі и"),
        ("أإآٱ ى ة", "اااا ي ه"),
        ("مـحمّد", "محمد"),
        ("٣ ३ ３", "3 3 3"),
        ("K ﬁ", "k fi"),
        ("a\u200bb c\u00add", "ab cd"),
    ],
)
def test_letters(text: str, folded: str) -> None:
    """Those that look or sound alike, and signs that nobody sees."""
    assert fold(text) == folded


@given(st.text())
def test_folding_is_done_at_once(text: str) -> None:
    """To fold what is folded changes nothing, and nothing is left but letters, digits and gaps."""
    folded = fold(text)
    assert fold(folded) == folded
    assert all(word.isprintable() and not set(word) & set("\"'*:()&|!<>\\") for word in folded.split(" "))


@given(st.text(), st.text())
def test_a_message_is_found_by_its_own_words(text: str, more: str) -> None:
    """Whatever is written around them."""
    found_by = words_of("room:r1", f"{more} {text}").split(" ")
    for word in beginnings("room:r1", wanted_words(text)):
        assert any(one.startswith(word) for one in found_by)


def test_words_of_rooms_are_apart() -> None:
    """Each begins with what tells its room; each is there once."""
    here, there = words_of("room:r1", "river River lake"), words_of("room:r2", "river lake")
    assert [word[ROOM_KEY_CHARACTERS:] for word in here.split()] == ["lake", "river"]
    assert not set(here.split()) & set(there.split())
    assert words_of("room:r1", "… 👋 <@m_1>") == ""


def test_limits() -> None:
    """Of a word's letters, and of a query's words."""
    assert wanted_words("x" * 100) == ("x" * WORD_CHARACTERS_MAX,)
    assert len(wanted_words(" ".join("abcdefghijklmnop"))) == QUERY_WORDS_MAX
    assert wanted_words("a b A") == ("a", "b")
    assert words_of("room:r1", "x" * 100).endswith("x" * WORD_CHARACTERS_MAX)
    assert len(words_of("room:r1", "x" * 100)) == WORD_CHARACTERS_MAX + ROOM_KEY_CHARACTERS
