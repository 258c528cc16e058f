"""`rooms.board.model`: what a board begins with, and a policy as it comes from the wire."""

import msgspec
import pytest

from rooms.board.layered import LayeredDict
from rooms.board.model import DRAWERS_MAX, BoardPolicy, BoardState, Drawers


def test_a_new_board() -> None:
    """It is empty, all may draw on it and save it, and change what is theirs."""
    assert BoardState() == BoardState(LayeredDict(), frozenset(), LayeredDict(), (), BoardPolicy(), 0, ())
    assert BoardPolicy() == BoardPolicy(Drawers.ALL, (), None, change_others=False, export=True)


@pytest.mark.parametrize(
    "fields",
    [
        {"drawers": "everybody"},
        {"members": "m1"},
        {"members": [1]},
        {"members": ["m"] * (DRAWERS_MAX + 1)},
        {"class_id": 5},
        {"change_others": 1},
        {"export": None},
        {"more": True},
    ],
)
def test_no_policy(fields: dict[str, object]) -> None:
    """Unknown words and fields, wrong types, too many names."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(fields, BoardPolicy)
