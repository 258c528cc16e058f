"""Everything that travels between clients and the hub: that of rooms, chat, boards and calls, in one table each."""

from typing import Any

from rooms.board.messages import BOARD_PUSHES, BOARD_RESULTS, BoardCommand
from rooms.chat.messages import CHAT_PUSHES, CHAT_RESULTS, ChatCommand, ReadingCommand
from rooms.groups.messages import GROUPS_RESULTS, GroupsCommand
from rooms.lesson.messages import LESSON_PUSHES, LESSON_RESULTS, LessonCommand
from rooms.messages import PUSHES, RESULTS, AnyCommand, Command
from signaling.messages import CALL_PUSHES, CALL_RESULTS, CallCommand
from signaling.rehearsal import REHEARSAL_RESULTS, RehearsalCommand

WireCommand = (
    AnyCommand
    | ChatCommand
    | ReadingCommand
    | BoardCommand
    | GroupsCommand
    | LessonCommand
    | CallCommand
    | RehearsalCommand
)
"""Every command."""

WIRE_RESULTS: dict[type[Command], Any] = {
    **RESULTS,
    **CHAT_RESULTS,
    **BOARD_RESULTS,
    **GROUPS_RESULTS,
    **LESSON_RESULTS,
    **CALL_RESULTS,
    **REHEARSAL_RESULTS,
}
"""What each command is answered with."""

WIRE_PUSHES: dict[str, Any] = {**PUSHES, **CHAT_PUSHES, **BOARD_PUSHES, **LESSON_PUSHES, **CALL_PUSHES}
"""The name of each Socket.IO event that the server sends, and what it carries."""
