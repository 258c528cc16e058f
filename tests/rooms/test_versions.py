"""What came with which version of the protocol."""

from typing import get_args

import pytest

from rooms import messages
from rooms.chat.messages import CHAT_PUSHES, ChatCommand, ReadingCommand
from rooms.errors import ErrorCode, Refused
from rooms.groups.messages import GroupsCommand
from rooms.lesson.messages import LESSON_PUSHES, LessonCommand
from rooms.messages import OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION, PUSHES
from rooms.versions import SINCE, Since, require_supported
from signaling.messages import CallCommand
from signaling.rehearsal import RehearsalCommand

VERSION_1 = {"event", "rights", "session", "signal", "presence", "expelled", "bye", "problem"}
"""The pushes of rooms that clients of version 1 know."""


def test_what_a_version_1_client_is_sent() -> None:
    """All but `moving`: a new push says with which version it came, and the version is raised with it."""
    assert {push for push in PUSHES if SINCE.knows_push(1, push)} == VERSION_1
    assert {push for push in PUSHES if SINCE.knows_push(2, push)} == {*VERSION_1, "moving"}


def test_what_a_version_2_client_knows_of_the_chat() -> None:
    """Posting, editing, deleting and paging, without what came with version 3."""
    commands = ("post", "edit", "delete", "history", "react", "pin", "set_language")
    known = {version: [name for name in commands if SINCE.knows_command(version, f"chat.{name}")] for version in (2, 3)}
    assert known == {2: ["post", "edit", "delete", "history"], 3: list(commands)}
    assert SINCE.later_fields(2, "chat.post") == {"reply", "files"}
    assert SINCE.later_fields(2, "chat.history") == {"after"}


def test_the_table_holds_only_what_there_is() -> None:
    """Names of commands, their fields and pushes, with versions between the second and the newest."""
    kinds = (*get_args(messages.AnyCommand), *get_args(ChatCommand), *get_args(ReadingCommand))
    kinds += (*get_args(GroupsCommand), *get_args(LessonCommand), *get_args(RehearsalCommand), *get_args(CallCommand))
    commands = {str(kind.__struct_config__.tag): kind for kind in kinds}
    assert set(SINCE.commands) <= set(commands)
    assert all(field in commands[command].__struct_fields__ for command, field in SINCE.fields)
    assert set(SINCE.pushes) <= {*PUSHES, *CHAT_PUSHES, *LESSON_PUSHES}
    versions = {*SINCE.commands.values(), *SINCE.fields.values(), *SINCE.pushes.values()}
    assert versions <= set(range(OLDEST_PROTOCOL_VERSION + 1, PROTOCOL_VERSION + 1))


def test_since() -> None:
    """Known from its version on; what is not named, always."""
    since = Since(commands={"a": 3}, fields={("b", "x"): 2, ("b", "y"): 3, ("c", "z"): 2}, pushes={"p": 2})
    assert [since.knows_command(version, "a") for version in (1, 2, 3)] == [False, False, True]
    assert since.knows_command(1, "b")
    assert [sorted(since.later_fields(version, "b")) for version in (1, 2, 3)] == [["x", "y"], ["y"], []]
    assert since.later_fields(1, "a") == frozenset()
    assert [since.knows_push(version, "p") for version in (1, 2)] == [False, True]
    assert since.knows_push(1, "q")


@pytest.mark.parametrize("version", range(OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION + 1))
def test_supported(version: int) -> None:
    """From the oldest to the newest."""
    require_supported(version)


@pytest.mark.parametrize("version", [OLDEST_PROTOCOL_VERSION - 1, PROTOCOL_VERSION + 1, -1, 10**30])
def test_unsupported(version: int) -> None:
    """Says what is spoken here: the makers of clients see which side is behind."""
    with pytest.raises(Refused) as caught:
        require_supported(version)
    assert caught.value.code is ErrorCode.VERSION_UNSUPPORTED
    assert caught.value.detail == f"version {version}; this server speaks 1 to 3"
    assert "Reload" in caught.value.message
    assert not caught.value.retry
