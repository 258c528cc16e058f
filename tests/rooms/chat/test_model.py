"""`rooms.chat.model`: the list of reactions, and how many of each there may be."""

import unicodedata

import msgspec
import pytest

from rooms.chat.model import MENTIONS_MAX, PINS_MAX, REACTIONS, REACTIONS_MAX, Message, Reaction

EMOJI_STYLE = "\ufe0f"


def test_reactions() -> None:
    """Twenty-four different ones, each a single picture; those that are letters by themselves say that they are not."""
    assert len(set(REACTIONS)) == len(REACTIONS) == 24
    for reaction in REACTIONS:
        picture, style = reaction[0], reaction[1:]
        assert unicodedata.category(picture) == "So"
        is_picture_by_itself = unicodedata.east_asian_width(picture) == "W"
        assert style == ("" if is_picture_by_itself else EMOJI_STYLE), unicodedata.name(picture)


@pytest.mark.parametrize("other", ["", "👎", "👍👍", "👍🏽", "❤", "a", ":thumbsup:"])
def test_no_other_reaction(other: str) -> None:
    """What is not on the list does not get in."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(other, Reaction)


def test_limits() -> None:
    """Those of the protocol's documentation."""
    assert (REACTIONS_MAX, PINS_MAX, MENTIONS_MAX) == (20, 10, 20)


def test_messages_of_the_first_servers() -> None:
    """What came later has defaults: nothing of it."""
    old = {"id": 1, "at": 2, "actor": "zoe", "text": "a", "nonce": None, "edited_at": None, "deleted": False}
    assert msgspec.convert(old, Message) == Message(1, 2, "zoe", "a", None, None, False, None, (), None, (), False)
