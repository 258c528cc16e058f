"""`rooms.text`: what may be written is kept as typed; what cannot be kept is refused."""

import pytest

from rooms.errors import ErrorCode, Refused
from rooms.text import checked_name, checked_text, is_language_tag


@pytest.mark.parametrize(
    "text",
    [
        "a",
        " a ",
        "<script>alert(1)</script>",
        "👩🏽‍🏫",
        "e\u0301",
        "\u202eright to left",
        "line\nline",
        "\ufffe",
        "\x7f",
        "\ta\r\n",
    ],
)
def test_kept_as_typed(text: str) -> None:
    """Nothing is trimmed, normalised or escaped."""
    assert checked_text(text, "name") == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "nothing but spaces"),
        (" \t\n\u00a0\u2003", "nothing but spaces"),
        ("a\x00b", "the NUL character"),
        ("half \ud83d", "not a Unicode text"),
        ("\udfff", "not a Unicode text"),
        ("\x01x", "control characters"),
        ("a\x0bb", "control characters"),
        ("a\x1f", "control characters"),
    ],
)
def test_refused(text: str, why: str) -> None:
    """Blank texts and those that UTF-8 or PostgreSQL cannot hold are refused, naming the field but not the text."""
    with pytest.raises(Refused) as refused:
        checked_text(text, "alias")
    assert refused.value.code is ErrorCode.INVALID
    assert refused.value.detail == f"alias: {why}"


@pytest.mark.parametrize("text", ["a\nb", "a\x07b", "a\x9fb", "\u202enaM", "\u2066x\u2069", "a\x00b"])
def test_names_do_not_mislead(text: str) -> None:
    """A name cannot turn what stands beside it, nor start a new line."""
    with pytest.raises(Refused) as refused:
        checked_name(text, "alias")
    assert refused.value.code is ErrorCode.INVALID


@pytest.mark.parametrize("text", ["Zoë O’Brien-Łukasz", "محمد", "👩🏽‍🏫 Anna", "4e B"])
def test_names_of_all_scripts(text: str) -> None:
    """Joiners of emoji and letters of every script are no control characters."""
    assert checked_name(text, "name") == text


@pytest.mark.parametrize("tag", ["fr", "PL", "mul", "zh-Hant-TW", "sr-Latn", "ca-valencia"])
def test_language_tags(tag: str) -> None:
    """Language, script, region, variants (BCP 47)."""
    assert is_language_tag(tag)


@pytest.mark.parametrize("text", ["", "f", "french", "fr_FR", "fr-", "fr\n", " fr", "français", "fr-123456789"])
def test_no_language_tags(text: str) -> None:
    """Anything else is none."""
    assert not is_language_tag(text)
