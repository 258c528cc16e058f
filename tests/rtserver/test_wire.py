"""Everything that travels, in one table each."""

from rooms.board.messages import BOARD_PUSHES, BOARD_RESULTS
from rooms.chat.messages import CHAT_PUSHES, CHAT_RESULTS
from rooms.messages import PUSHES, RESULTS
from rtserver.wire import WIRE_PUSHES, WIRE_RESULTS, WireCommand
from signaling.messages import CALL_PUSHES, CALL_RESULTS


def test_nothing_hides_anything() -> None:
    """No two commands, and no two pushes, are of one name."""
    assert len(WIRE_RESULTS) == len(RESULTS) + len(CHAT_RESULTS) + len(BOARD_RESULTS) + len(CALL_RESULTS)
    assert len(WIRE_PUSHES) == len(PUSHES) + len(CHAT_PUSHES) + len(BOARD_PUSHES) + len(CALL_PUSHES)
    assert len({kind.__struct_config__.tag for kind in WIRE_RESULTS}) == len(WIRE_RESULTS)


def test_every_command_has_a_result() -> None:
    """And every result a command."""
    assert set(WireCommand.__args__) == set(WIRE_RESULTS)
