"""`rooms.board.arrangement`: the boards of each room, in the order that teachers give them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms import events
from rooms.board import arrangement
from rooms.board.arrangement import BOARDS_MAX, Boards, first_board, of_room
from rooms.board.messages import BoardListCommand
from rooms.board.model import Board
from rooms.errors import ErrorCode, Refused
from tests.rooms.samples import command, refusal

HALL, GROUP = "hall", "group"


def decided(boards: Boards, tag: str, new_id: str = "new", **fields: Any) -> list[arrangement.ListEvent]:
    """The events that a command leads to."""
    wanted: BoardListCommand = command(tag, **fields)
    bodies = arrangement.decide(boards, wanted, new_id).bodies
    assert all(isinstance(body, arrangement.ListEvent) for body in bodies)
    return list(bodies)  # type: ignore[arg-type]


def after(boards: Boards, tag: str, new_id: str = "new", **fields: Any) -> Boards:
    """The boards after a command."""
    for body in decided(boards, tag, new_id, **fields):
        boards = arrangement.apply(boards, body)
    return boards


def two_rooms(*further: str) -> Boards:
    """Two rooms' first boards, and further ones of the hall; those of the other room stand between."""
    boards: Boards = {HALL: first_board(HALL), GROUP: first_board(GROUP)}
    for number, board in enumerate(further):
        boards = after(boards, "board.add", board, room=HALL, name=board.upper())
        boards = after(boards, "board.add", f"other{number}", room=GROUP, name="Other")
    return boards


def ids(boards: Boards, room: str = HALL) -> list[str]:
    """The boards of a room in their order."""
    return [board.id for board in of_room(boards, room)]


def test_first_board() -> None:
    """A room's first board is called like the room and has no name of its own."""
    assert first_board(HALL) == Board(HALL, HALL, "")


def test_adding() -> None:
    """A board comes behind the others of its room, with the id that it was given."""
    boards = two_rooms("b1")
    assert decided(boards, "board.add", "b2", room=HALL, name="Oder ") == [events.BoardAdded("b2", HALL, "Oder ")]
    grown = after(boards, "board.add", "b2", room=HALL, name="Oder")
    assert of_room(grown, HALL) == (first_board(HALL), Board("b1", HALL, "B1"), Board("b2", HALL, "Oder"))
    assert ids(grown, GROUP) == ids(boards, GROUP)
    assert ids(boards) == [HALL, "b1"]


def test_no_more_boards_than_the_limit() -> None:
    """The last one fits, one more does not; another room has its own limit."""
    boards = two_rooms(*(f"b{number}" for number in range(BOARDS_MAX - 2)))
    boards = after(boards, "board.add", "last", room=HALL, name="Last")
    assert len(of_room(boards, HALL)) == BOARDS_MAX
    assert refusal(decided, boards, "board.add", room=HALL, name="More") is ErrorCode.TOO_MANY
    assert len(decided(boards, "board.add", room=GROUP, name="More")) == 1
    fewer = after(boards, "board.remove", board="b0")
    assert len(decided(fewer, "board.add", room=HALL, name="More")) == 1


@pytest.mark.parametrize("name", ["  ", "a\x00", "a\nb", "\udc00", "\u202eabc"])
def test_names_are_names(name: str) -> None:
    """What cannot be read, stored, or would mislead, is no name."""
    boards = two_rooms("b1")
    assert refusal(decided, boards, "board.add", room=HALL, name=name) is ErrorCode.INVALID
    assert refusal(decided, boards, "board.rename", board="b1", name=name) is ErrorCode.INVALID


def test_renaming() -> None:
    """A board keeps its place; the first one gets a name as any other; the same name leads to nothing."""
    boards = two_rooms("b1", "b2")
    assert decided(boards, "board.rename", board="b1", name="Loire") == [events.BoardRenamed("b1", HALL, "Loire")]
    renamed = after(boards, "board.rename", board="b1", name="Loire")
    assert renamed["b1"] == Board("b1", HALL, "Loire")
    assert list(renamed) == list(boards)
    assert after(boards, "board.rename", board=HALL, name="Start")[HALL] == Board(HALL, HALL, "Start")
    assert decided(renamed, "board.rename", board="b1", name="Loire") == []


@pytest.mark.parametrize(
    ("board", "before", "order"),
    [
        ("b2", HALL, ["b2", HALL, "b1"]),
        ("b2", "b1", [HALL, "b2", "b1"]),
        (HALL, None, ["b1", "b2", HALL]),
        ("b1", None, [HALL, "b2", "b1"]),
        (HALL, "b2", ["b1", HALL, "b2"]),
    ],
)
def test_moving(board: str, before: str | None, order: list[str]) -> None:
    """In front of another of the same room, or to the end; other rooms' boards stay as they are."""
    boards = two_rooms("b1", "b2")
    assert decided(boards, "board.move", board=board, before=before) == [events.BoardMoved(board, HALL, before)]
    moved = after(boards, "board.move", board=board, before=before)
    assert ids(moved) == order
    assert ids(moved, GROUP) == ids(boards, GROUP)
    assert moved == boards


@pytest.mark.parametrize(("board", "before"), [("b1", "b1"), ("b1", "b2"), (HALL, "b1"), ("b2", None), ("b2", "b2")])
def test_moving_to_where_it_is(board: str, before: str | None) -> None:
    """Leads to nothing, also where another room's board stands between."""
    assert decided(two_rooms("b1", "b2"), "board.move", board=board, before=before) == []


@pytest.mark.parametrize("before", [GROUP, "other0", "nowhere"])
def test_moving_before_what_is_elsewhere(before: str) -> None:
    """Boards stay in their room."""
    assert refusal(decided, two_rooms("b1"), "board.move", board="b1", before=before) is ErrorCode.UNKNOWN_BOARD


def test_removing() -> None:
    """Any board can go, the first one too, but the last of a room stays."""
    boards = two_rooms("b1")
    assert decided(boards, "board.remove", board=HALL) == [events.BoardRemoved(HALL, HALL)]
    fewer = after(boards, "board.remove", board=HALL)
    assert ids(fewer) == ["b1"]
    assert refusal(decided, fewer, "board.remove", board="b1") is ErrorCode.BOARD_LAST
    assert ids(fewer, GROUP) == [GROUP, "other0"]


@pytest.mark.parametrize(
    ("tag", "fields"),
    [("board.rename", {"name": "Loire"}), ("board.move", {"before": None}), ("board.remove", {})],
)
def test_what_is_not_there(tag: str, fields: dict[str, Any]) -> None:
    """A board that was removed is as unknown as one that never was."""
    boards = after(two_rooms("b1"), "board.remove", board="b1")
    for board in ("b1", "nowhere"):
        assert refusal(decided, boards, tag, board=board, **fields) is ErrorCode.UNKNOWN_BOARD


# --- Every history ------------------------------------------------------------------------------------

BOARD = st.sampled_from((HALL, GROUP, *(f"b{number}" for number in range(8))))
COMMANDS = st.one_of(
    st.tuples(
        st.just("board.add"),
        st.fixed_dictionaries({"room": st.sampled_from((HALL, GROUP)), "name": st.sampled_from("ab")}),
    ),
    st.tuples(st.just("board.rename"), st.fixed_dictionaries({"board": BOARD, "name": st.sampled_from("ab")})),
    st.tuples(st.just("board.move"), st.fixed_dictionaries({"board": BOARD, "before": st.none() | BOARD})),
    st.tuples(st.just("board.remove"), st.fixed_dictionaries({"board": BOARD})),
)


class Lists:
    """The plainest account of the same: a list of `[id, name]` for each room."""

    def __init__(self) -> None:
        self.rooms: dict[str, list[list[str]]] = {HALL: [[HALL, ""]], GROUP: [[GROUP, ""]]}

    def room_with(self, board: str) -> list[list[str]] | None:
        return next((boards for boards in self.rooms.values() if any(each[0] == board for each in boards)), None)

    def do(self, tag: str, new_id: str, fields: dict[str, Any]) -> None:
        """Carry out a command that makes sense, leave others."""
        if tag == "board.add":
            self.rooms[fields["room"]].append([new_id, fields["name"]])
            return
        boards = self.room_with(fields["board"])
        if boards is None:
            return
        this = next(each for each in boards if each[0] == fields["board"])
        if tag == "board.rename":
            this[1] = fields["name"]
        elif tag == "board.remove" and len(boards) > 1:
            boards.remove(this)
        elif tag == "board.move" and fields["before"] != fields["board"]:
            before = next((each for each in boards if each[0] == fields["before"]), None)
            if before is not None or fields["before"] is None:
                boards.remove(this)
                boards.insert(len(boards) if before is None else boards.index(before), this)


@given(st.lists(COMMANDS, max_size=BOARDS_MAX - 2))
def test_boards_are_what_was_done(history: list[tuple[str, dict[str, Any]]]) -> None:
    """After any commands, refused ones among them: the same boards as in a plain account, and never a room without."""
    boards, plain = two_rooms(), Lists()
    for number, (tag, fields) in enumerate(history):
        plain.do(tag, f"b{number}", fields)
        before = boards
        try:
            boards = after(boards, tag, f"b{number}", **fields)
        except Refused:
            assert boards is before
        for room, expected in plain.rooms.items():
            assert [[board.id, board.name] for board in of_room(boards, room)] == expected
            assert expected
