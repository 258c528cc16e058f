"""`rooms.chat.messages`: what clients may say about the chat since version 3."""

from typing import Any

import msgspec
import pytest

from rooms.chat.messages import (
    CHAT_PUSHES,
    CHAT_RESULTS,
    LANGUAGE_CHARACTERS_MAX,
    SEARCH_CHARACTERS_MAX,
    SEARCH_PAGE_MAX,
    ChatCommand,
    ChatRead,
    ChatSearch,
)
from rooms.chat.model import MessagePlace
from rooms.messages import Accepted, Command, DurableCommand
from rooms.versions import SINCE
from tests.rooms.samples import CHAT_COMMANDS, chat_command_kinds, command

NONCE = "nonce-0001"

SAMPLES: dict[str, dict[str, Any]] = {
    "chat.react": {"nonce": NONCE, "room": "r1", "message": 1, "reaction": "❤️", "on": True},
    "chat.pin": {"nonce": NONCE, "room": "r1", "message": 1, "pinned": True},
    "chat.set_language": {"nonce": NONCE, "room": "r1", "message": 1, "language": "uk"},
}
"""Every command by its documented name, with all of its fields."""

EACH_FIELD = [(tag, field) for tag, fields in SAMPLES.items() for field in fields]


def refused(tag: str, fields: dict[str, Any]) -> bool:
    """Whether the fields are no such command."""
    try:
        msgspec.convert({"command": tag, **fields}, ChatCommand)
    except msgspec.ValidationError:
        return True
    return False


def test_commands_have_the_documented_names() -> None:
    """A new command, or another name, is a change of the protocol."""
    assert set(chat_command_kinds()) == set(SAMPLES)


@pytest.mark.parametrize(("tag", "fields"), SAMPLES.items())
def test_samples_are_read(tag: str, fields: dict[str, Any]) -> None:
    """The name decides which command it is; its fields come as sent."""
    read = command(tag, **fields)
    assert type(read) is chat_command_kinds()[tag]
    assert msgspec.json.decode(msgspec.json.encode(read)) == {"command": tag, **fields}


@pytest.mark.parametrize("tag", SAMPLES)
def test_unknown_field(tag: str) -> None:
    """A field that the command does not have is refused."""
    assert refused(tag, {**SAMPLES[tag], "unknown": 1})


@pytest.mark.parametrize(("tag", "field"), EACH_FIELD)
def test_missing_field(tag: str, field: str) -> None:
    """None may be left out."""
    assert refused(tag, {name: value for name, value in SAMPLES[tag].items() if name != field})


@pytest.mark.parametrize(("tag", "field"), EACH_FIELD)
def test_wrong_type(tag: str, field: str) -> None:
    """No field takes a value of another type."""
    right = SAMPLES[tag][field]
    wrong: list[Any] = [1.5, b"bytes", {"a": 1}, [[1]], 10**30, ""]
    if not isinstance(right, bool):
        wrong += [True]
    if not isinstance(right, int) or isinstance(right, bool):
        wrong += [0, 1]
    if field != "language":
        wrong += [None]
    assert [value for value in wrong if not refused(tag, {**SAMPLES[tag], field: value})] == []


@pytest.mark.parametrize(
    ("language", "is_taken"),
    [(None, True), ("uk", True), ("zh-Hant-TW", True), ("u", False), ("x" * (LANGUAGE_CHARACTERS_MAX + 1), False)],
)
def test_language(language: str | None, is_taken: bool) -> None:
    """Of the length of a tag, or none."""
    assert refused("chat.set_language", {**SAMPLES["chat.set_language"], "language": language}) is not is_taken


@pytest.mark.parametrize("kind", CHAT_COMMANDS)
def test_every_command_has_a_result(kind: type[Command]) -> None:
    """What a command is answered with is written down, and named in its description."""
    assert CHAT_RESULTS[kind].__name__ in (kind.__doc__ or "")
    assert (CHAT_RESULTS[kind] is Accepted) is issubclass(kind, DurableCommand)


def test_everything_came_with_version_3() -> None:
    """To clients of before, none of it exists."""
    assert {SINCE.commands[tag] for tag in SAMPLES} == {3}
    assert all(SINCE.pushes[push] == 3 for push in CHAT_PUSHES)


def test_reading_and_searching() -> None:
    """Their limits: a message to read up to; two to a hundred characters, and pages of up to fifty."""
    assert msgspec.convert({"command": "chat.read", "room": "r1", "message": 7}, ChatRead) == ChatRead("r1", 7)
    asked = {"command": "chat.search", "room": None, "text": "le", "before": {"room": "r1", "message": 7}}
    assert msgspec.convert(asked, ChatSearch) == ChatSearch(None, "le", MessagePlace("r1", 7), 20)
    for wrong in (
        {"text": "l"},
        {"text": "l" * (SEARCH_CHARACTERS_MAX + 1)},
        {"limit": 0},
        {"limit": SEARCH_PAGE_MAX + 1},
        {"before": {"room": "r1"}},
        {"before": {"room": "r1", "message": 7, "x": 1}},
        {"room": ""},
    ):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({**asked, **wrong}, ChatSearch)
