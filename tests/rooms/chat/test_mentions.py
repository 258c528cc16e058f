"""`rooms.chat.mentions`: who is called by a text."""

import pytest

from rooms.chat.mentions import mentioned
from rooms.chat.model import MENTIONS_MAX

KNOWN = {"m_abc", "m_def", *(f"m{number}" for number in range(50))}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("Salut <@m_abc>!", ("m_abc",)),
        ("<@m_def><@m_abc>", ("m_def", "m_abc")),
        ("<@m_abc> and <@m_def> and <@m_abc>", ("m_abc", "m_def")),
        ("<@<@m_abc>>", ("m_abc",)),
        ("<@stranger> <@m_abc>", ("m_abc",)),
        ("@m_abc <m_abc> <@m_abc", ()),
        ("<@ m_abc> <@m_abc > <@m_abc\n> <@>", ()),
        ("<@" * 4000, ()),
    ],
)
def test_mentioned(text: str, expected: tuple[str, ...]) -> None:
    """Whole marks of known members, each once, in the order of the words."""
    assert mentioned(text, KNOWN.__contains__) == expected


def test_how_many() -> None:
    """The first twenty are called; the rest is text."""
    text = " ".join(f"<@m{number}>" for number in range(50))
    assert mentioned(text, KNOWN.__contains__) == tuple(f"m{number}" for number in range(MENTIONS_MAX))


def test_strangers_do_not_use_up_the_places() -> None:
    """A text may name as many as it likes who are not here."""
    text = " ".join(f"<@x{number}>" for number in range(100)) + "<@m_abc>"
    assert mentioned(text, KNOWN.__contains__) == ("m_abc",)
