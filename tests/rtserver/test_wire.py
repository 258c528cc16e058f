"""Everything that travels, in one table each."""

from rooms.board.messages import BOARD_PUSHES, BOARD_RESULTS
from rooms.chat.messages import CHAT_PUSHES, CHAT_RESULTS
from rooms.groups.messages import GROUPS_RESULTS
from rooms.lesson.messages import LESSON_PUSHES, LESSON_RESULTS
from rooms.messages import PUSHES, RESULTS
from rtserver.wire import WIRE_PUSHES, WIRE_RESULTS, WireCommand
from signaling.messages import CALL_PUSHES, CALL_RESULTS
from signaling.rehearsal import REHEARSAL_RESULTS

TABLES = (RESULTS, CHAT_RESULTS, BOARD_RESULTS, GROUPS_RESULTS, LESSON_RESULTS, CALL_RESULTS, REHEARSAL_RESULTS)
PUSH_TABLES = (PUSHES, CHAT_PUSHES, BOARD_PUSHES, LESSON_PUSHES, CALL_PUSHES)


def test_nothing_hides_anything() -> None:
    """No two commands, and no two pushes, are of one name."""
    assert len(WIRE_RESULTS) == sum(map(len, TABLES))
    assert len(WIRE_PUSHES) == sum(map(len, PUSH_TABLES))
    assert len({kind.__struct_config__.tag for kind in WIRE_RESULTS}) == len(WIRE_RESULTS)


def test_every_command_has_a_result() -> None:
    """And every result a command."""
    assert set(WireCommand.__args__) == set(WIRE_RESULTS)
