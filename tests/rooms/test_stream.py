"""`rooms.stream`: names of streams, and positions as they come from clients."""

import msgspec
import pytest

from rooms.stream import Decision, Position, project_stream, room_stream


def test_names_of_streams() -> None:
    """A stream is named by its kind and the id."""
    assert project_stream("abc") == "project:abc"
    assert room_stream("abc") == "room:abc"


def test_position_from_the_wire() -> None:
    """Zero is where one stands who has seen nothing."""
    assert msgspec.convert({"epoch": "e", "seq": 0}, Position) == Position("e", 0)


@pytest.mark.parametrize(
    "fields",
    [
        {"epoch": "e"},
        {"seq": 1},
        {"epoch": "e", "seq": -1},
        {"epoch": "e", "seq": 2**53},
        {"epoch": "e", "seq": 2**80},
        {"epoch": "e", "seq": "1"},
        {"epoch": "e", "seq": True},
        {"epoch": 1, "seq": 1},
        {"epoch": "e" * 65, "seq": 1},
        {"epoch": "e", "seq": 1, "extra": 1},
    ],
)
def test_no_position(fields: dict[str, object]) -> None:
    """What no database could look up is refused where it is read."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(fields, Position)


def test_decision_without_events() -> None:
    """A command may be accepted although nothing is left to do."""
    assert Decision() == Decision((), ())
