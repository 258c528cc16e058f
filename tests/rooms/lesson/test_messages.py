"""`rooms.lesson.messages`: what clients may say about a lesson."""

from typing import Any

import msgspec
import pytest

from rooms.lesson.messages import (
    CHOICE_CHARACTERS_MAX,
    LESSON_PUSHES,
    LESSON_RESULTS,
    QUESTION_CHARACTERS_MAX,
    AttentionCall,
    LessonCommand,
    Part,
    PollVote,
)
from rooms.messages import Accepted, Command, Done, DurableCommand
from rooms.versions import SINCE

NONCE = "nonce-0001"
POLL = {"nonce": NONCE, "room": "r1", "poll": "q1"}
OPEN = {"nonce": NONCE, "room": "r1", "question": "Ready?", "choices": ["Yes", "No"], "kind": "free"}

SAMPLES: dict[str, dict[str, Any]] = {
    "timer.set": {"nonce": NONCE, "room": "r1", "seconds": 300},
    "poll.open": OPEN,
    "poll.vote": {**POLL, "choice": 0},
    "poll.close": POLL,
    "poll.put_away": POLL,
    "lesson.end": {"nonce": NONCE, "room": "r1"},
    "attention.call": {
        "room": "r1",
        "part": "board",
        "board": "r1",
        "view": {"x": 1, "y": 2, "width": 300, "height": 200},
    },
}
"""Every command by its documented name, with all of its fields."""

KINDS: dict[str, type[Command]] = {str(kind.__struct_config__.tag): kind for kind in LessonCommand.__args__}
OPTIONAL = {"kind", "board", "view"}
EACH_FIELD = [(tag, field) for tag, fields in SAMPLES.items() for field in fields if field not in OPTIONAL]


def refused(tag: str, fields: dict[str, Any]) -> bool:
    """Whether the fields are no such command."""
    try:
        msgspec.convert({"command": tag, **fields}, LessonCommand)
    except msgspec.ValidationError:
        return True
    return False


def test_commands_have_the_documented_names() -> None:
    """A new command, or another name, is a change of the protocol; all came with version 3, as did the pushes."""
    assert set(KINDS) == set(SAMPLES)
    assert all(SINCE.commands[tag] == 3 for tag in SAMPLES)
    assert all(SINCE.pushes[name] == 3 for name in LESSON_PUSHES)


@pytest.mark.parametrize(("tag", "fields"), SAMPLES.items())
def test_samples_are_read(tag: str, fields: dict[str, Any]) -> None:
    """The name decides which command it is; its fields come as sent, and no other."""
    read = msgspec.convert({"command": tag, **fields}, LessonCommand)
    assert type(read) is KINDS[tag]
    assert msgspec.json.decode(msgspec.json.encode(read)) == {"command": tag, **fields}
    assert refused(tag, {**fields, "unknown": 1})


@pytest.mark.parametrize(("tag", "field"), EACH_FIELD)
def test_missing_field(tag: str, field: str) -> None:
    """Each is needed."""
    assert refused(tag, {name: value for name, value in SAMPLES[tag].items() if name != field})


@pytest.mark.parametrize(
    ("tag", "field", "value", "is_refused"),
    [
        ("timer.set", "seconds", 9, True),
        ("timer.set", "seconds", 10, False),
        ("timer.set", "seconds", 10_800, False),
        ("timer.set", "seconds", 10_801, True),
        ("timer.set", "seconds", 60.5, True),
        ("timer.set", "seconds", None, False),
        ("poll.open", "question", "", False),
        ("poll.open", "question", "x" * QUESTION_CHARACTERS_MAX, False),
        ("poll.open", "question", "x" * (QUESTION_CHARACTERS_MAX + 1), True),
        ("poll.open", "choices", ["one"], True),
        ("poll.open", "choices", list("abcdef"), False),
        ("poll.open", "choices", list("abcdefg"), True),
        ("poll.open", "choices", ["", "b"], True),
        ("poll.open", "choices", ["x" * CHOICE_CHARACTERS_MAX, "b"], False),
        ("poll.open", "choices", ["x" * (CHOICE_CHARACTERS_MAX + 1), "b"], True),
        ("poll.open", "kind", "quiz", True),
        ("poll.vote", "choice", -1, True),
        ("poll.vote", "choice", 5, False),
        ("poll.vote", "choice", 6, True),
        ("poll.vote", "choice", True, True),
        ("poll.vote", "choice", None, False),
        ("attention.call", "part", "window", True),
        ("attention.call", "board", None, False),
        ("attention.call", "view", None, False),
        ("attention.call", "view", {"x": 1, "y": 2, "width": 300}, True),
        ("attention.call", "view", {"x": "1", "y": 2, "width": 300, "height": 200}, True),
    ],
)
def test_limits(tag: str, field: str, value: object, is_refused: bool) -> None:
    """What fits is taken, the next larger or smaller is not."""
    assert refused(tag, {**SAMPLES[tag], field: value}) is is_refused


def test_results() -> None:
    """Every command has one; only what is logged has a place in the log."""
    assert set(LESSON_RESULTS) == set(KINDS.values())
    logged = {kind for kind in KINDS.values() if issubclass(kind, DurableCommand)} - {PollVote}
    assert {kind for kind, result in LESSON_RESULTS.items() if result is Accepted} == logged
    assert {kind for kind, result in LESSON_RESULTS.items() if result is Done} == {PollVote, AttentionCall}


def test_parts() -> None:
    """Those of the page, and the teacher's face."""
    assert {part.value for part in Part} == {"call", "board", "chat", "people", "teacher"}
