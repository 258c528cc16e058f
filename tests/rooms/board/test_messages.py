"""`rooms.board.messages`: what clients may say about boards, and what it is answered with."""

from typing import Any

import msgspec
import pytest

from rooms.board.messages import (
    BOARD_PUSHES,
    BOARD_RESULTS,
    CHANGES_MAX,
    SELECTED_MAX,
    STROKE_POINTS_MAX,
    BoardAnswered,
    BoardChange,
    BoardListCommand,
    BoardStreamCommand,
    BoardVolatileCommand,
)
from rooms.messages import Accepted, Command, Done, DurableCommand
from tests.rooms.samples import BOARD_COMMANDS, STROKE, board_command_kinds, command

NONCE = "nonce-0001"
RECT = {"x": 0.0, "y": -5.5, "width": 800.0, "height": 600.0}
STROKE_LOOK = {"x": 1.0, "y": 2.0, "color": "#1e1e1e", "width": 2.0, "opacity": 100.0}

SAMPLES: dict[str, dict[str, Any]] = {
    "board.add": {"nonce": NONCE, "room": "r1", "name": "Oder"},
    "board.rename": {"nonce": NONCE, "board": "b1", "name": "Loire"},
    "board.move": {"nonce": NONCE, "board": "b1", "before": None},
    "board.remove": {"nonce": NONCE, "board": "b1"},
    "board.change": {
        "nonce": NONCE,
        "board": "b1",
        "changes": [{"base": 0, "element": msgspec.to_builtins(STROKE.element)}],
    },
    "board.clear": {"nonce": NONCE, "board": "b1", "member": None},
    "board.undo_clear": {"nonce": NONCE, "board": "b1", "clear": 7},
    "board.set_hidden": {"nonce": NONCE, "board": "b1", "elements": ["a"], "hidden": True},
    "board.set_policy": {"nonce": NONCE, "board": "b1", "policy": {"drawers": "chosen", "members": ["m1"]}},
    "board.join": {"board": "b1", "position": {"epoch": "e", "seq": 3}},
    "board.page": {"board": "b1", "page": 1},
    "board.leave": {"board": "b1"},
    "board.history": {"board": "b1", "after": 0, "limit": 200},
    "board.cursor": {"board": "b1", "x": 1.0, "y": 2.0, "tool": "laser", "pressed": True, "selected": ["a"]},
    "board.stroke": {
        "board": "b1",
        "stroke": "a",
        "offset": 0,
        "points": [[0.0, 0.0], [1.5, 2.0]],
        "look": STROKE_LOOK,
        "over": False,
    },
    "board.viewport": {"board": "b1", **RECT},
    "board.bring": {"board": "b1", **RECT},
}
"""Every command by its documented name, with all of its fields."""

OPTIONAL = {
    ("board.join", "position"),
    ("board.history", "limit"),
    *(("board.cursor", field) for field in ("tool", "pressed", "selected")),
    *(("board.stroke", field) for field in ("look", "over")),
}


def refused(tag: str, fields: dict[str, Any]) -> bool:
    """Whether the fields are no such command."""
    try:
        msgspec.convert({"command": tag, **fields}, board_command_kinds()[tag])
    except msgspec.ValidationError:
        return True
    return False


def test_commands_have_the_documented_names() -> None:
    """A new command, or another name, is a change of the protocol."""
    assert set(board_command_kinds()) == set(SAMPLES)
    assert len(BOARD_COMMANDS) == len(SAMPLES)


@pytest.mark.parametrize(("tag", "fields"), SAMPLES.items())
def test_samples_are_read(tag: str, fields: dict[str, Any]) -> None:
    """The name decides which command it is; no field is missing in the table."""
    read = command(tag, **fields)
    assert type(read) is board_command_kinds()[tag]
    assert set(fields) == set(read.__struct_fields__)


@pytest.mark.parametrize("tag", SAMPLES)
def test_unknown_field(tag: str) -> None:
    """A field that the command does not have is refused."""
    assert refused(tag, {**SAMPLES[tag], "unknown": 1})


@pytest.mark.parametrize(("tag", "field"), [(tag, field) for tag, fields in SAMPLES.items() for field in fields])
def test_missing_field(tag: str, field: str) -> None:
    """Fields may be left out only where a default is documented."""
    fields = {name: value for name, value in SAMPLES[tag].items() if name != field}
    assert refused(tag, fields) is ((tag, field) not in OPTIONAL)


@pytest.mark.parametrize(
    ("tag", "field", "largest", "too_much"),
    [
        ("board.change", "changes", None, []),
        ("board.change", "changes", SAMPLES["board.change"]["changes"] * CHANGES_MAX, 1),
        ("board.set_hidden", "elements", ["a"] * CHANGES_MAX, 1),
        ("board.cursor", "selected", ["a"] * SELECTED_MAX, 1),
        ("board.stroke", "points", [[0.0, 0.0]] * STROKE_POINTS_MAX, 1),
    ],
)
def test_lists_are_limited(tag: str, field: str, largest: list[Any] | None, too_much: Any) -> None:
    """The longest list is taken, a longer one is not; nor are no changes at all."""
    fields = SAMPLES[tag]
    if largest is None:
        assert refused(tag, {**fields, field: too_much})
        return
    assert not refused(tag, {**fields, field: largest})
    assert refused(tag, {**fields, field: [*largest, *largest[:too_much]]})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1e7 + 1, "1", None, True])
@pytest.mark.parametrize("field", list(RECT))
def test_lengths_are_finite_and_on_the_board(field: str, value: object) -> None:
    """What no canvas can show is refused."""
    assert refused("board.viewport", {**SAMPLES["board.viewport"], field: value})


@pytest.mark.parametrize("kind", BOARD_COMMANDS)
def test_every_command_has_a_result(kind: type[Command]) -> None:
    """What a command is answered with is written down, and named in its description."""
    assert set(BOARD_RESULTS) == set(BOARD_COMMANDS)
    assert BOARD_RESULTS[kind].__name__ in (kind.__doc__ or "")


def test_kinds_of_commands() -> None:
    """Those of the list and of one board are logged, those in passing are not and say nothing in answer."""
    durable = {kind for kind in BOARD_COMMANDS if issubclass(kind, DurableCommand)}
    assert durable == {*BoardListCommand.__args__, *BoardStreamCommand.__args__}
    for kind in durable:
        assert BOARD_RESULTS[kind] is (BoardAnswered if kind is BoardChange else Accepted)
    for kind in BoardVolatileCommand.__args__:
        assert BOARD_RESULTS[kind] is Done


@pytest.mark.parametrize(("name", "kind"), BOARD_PUSHES.items())
def test_pushes_say_of_which_board(name: str, kind: Any) -> None:
    """Each names its board, and its own name stands in its description; who it is about is a member, never a name."""
    assert "board" in kind.__struct_fields__
    assert f'"{name}"' in (kind.__doc__ or "")
