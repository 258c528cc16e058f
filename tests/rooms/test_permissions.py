"""`rooms.permissions` against the table in `authorisation_matrix`: every combination of everything it depends on."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from rooms import project
from rooms.board.decide import decide as decide_on_board
from rooms.board.elements import Element
from rooms.board.messages import BoardMove, BoardRemove, BoardRename, BoardStreamCommand
from rooms.board.model import Board, BoardState
from rooms.chat import decide as chat
from rooms.chat.state import ChatState
from rooms.errors import ErrorCode, Refused
from rooms.events import BoardChanged, BoardCleared
from rooms.lesson import decide as lesson
from rooms.lesson import ending
from rooms.lesson.messages import LessonChange, LessonEnd, PollClose, PollVote
from rooms.lesson.model import Lesson, Poll
from rooms.messages import DurableCommand
from rooms.model import ALL_CAPABILITIES, Capability, Member, ProjectPhase, Role, Room, RoomKind
from rooms.permissions import Action, Standing, denial, require
from rooms.project import ProjectState
from signaling import endings, holds
from signaling.holds import CallState
from signaling.messages import CallEnd, CallHold, CallHoldPupils, CallRemove
from tests.rooms.authorisation_matrix import (
    ASKED_OVER_HTTP,
    CAPABILITY_OF,
    COLUMNS,
    COMMANDS,
    IN_A_ROOM,
    MEMBERS,
    TABLE,
    UPON_SOMEBODY,
    Case,
    deciding_row,
)
from tests.rooms.samples import (
    ALONE,
    FRENCH,
    POLISH,
    STROKE,
    board_command_kinds,
    board_with,
    chat_command_kinds,
    chat_with,
    command,
    command_kinds,
    groups_command_kinds,
    lesson_command_kinds,
)
from tests.signaling.samples import call_command, call_command_kinds

FAILURES_SHOWN = 12

WIRE_KINDS = (
    command_kinds()
    | groups_command_kinds()
    | lesson_command_kinds()
    | chat_command_kinds()
    | call_command_kinds()
    | board_command_kinds()
)
"""Every command, by its name on the wire."""

# --- Every case ---------------------------------------------------------------------------------------


def _askers() -> Iterator[tuple[str, str, str, str]]:
    """who, standing, able, banned"""
    yield "system", "system", "-", "-"
    for who in MEMBERS.split():
        yield who, "stranger", "-", "-"
        for standing, able, banned in product(("member", "removed"), ("on", "off"), ("yes", "no")):
            yield who, standing, able, banned


def _rooms(action: str) -> Iterator[tuple[str, str, str, str]]:
    """room, door, group, lock"""
    if action not in IN_A_ROOM.split():
        yield "-", "-", "-", "-"
        return
    yield "foreign", "-", "-", "-"
    yield from product(("class-room", "group-room", "staff-room"), ("open", "closed"), ("-",), ("locked", "unlocked"))
    yield from product(("group-room",), ("open", "closed"), ("own", "other"), ("locked", "unlocked"))


def _subjects(action: str, who: str) -> Iterator[tuple[str, str, str]]:
    """upon, upon_is, upon_class"""
    if action not in UPON_SOMEBODY.split():
        yield "-", "-", "-"
        return
    states = ["here"]
    if action != "add_member":  # who is to be added is neither oneself nor unknown nor removed
        yield "-", "unknown", "-"
        if who != "system":
            yield who, "self", "none" if who == "visitor" else "same"
        states.append("removed")
    for role, state in product(MEMBERS.split(), states):
        if role == "visitor":
            yield role, state, "none"
        else:
            yield from ((role, state, each) for each in ("same", "other"))


def every_case() -> Iterator[Case]:
    """All combinations of everything that can matter to an action."""
    for action in COLUMNS["does"].split():
        for asker, phase, teacher in product(_askers(), COLUMNS["phase"].split(), COLUMNS["teacher"].split()):
            for room in _rooms(action):
                for subject in _subjects(action, asker[0]):
                    yield Case(*asker, action, phase, teacher, *room, *subject)


# --- A case as the code sees it -----------------------------------------------------------------------

ASKER = "asker"
GROUPS = {"-": None, "own": frozenset({ASKER, "friend"}), "other": frozenset({"friend"})}
"""Whose a room is, by the word of the column."""


@cache
def _capability(does: str, is_in: bool) -> frozenset[Capability]:
    """The one that matters, or all others: whatever else is allowed, locked or banned elsewhere must not matter."""
    one = frozenset({Capability(CAPABILITY_OF.get(does, "post"))})
    return one if is_in else ALL_CAPABILITIES - one


@cache
def _asker(who: str, standing: str, able: str, banned: str, does: str) -> Member:
    return Member(
        id=ASKER,
        role=Role(who),
        class_id=None if who == "visitor" else FRENCH.id,
        capabilities=_capability(does, able == "on"),
        banned_rooms=frozenset(COLUMNS["room"].split()) if banned == "yes" else frozenset({"another room"}),
        removed=standing == "removed",
    )


@cache
def _subject(upon: str, upon_is: str, upon_class: str) -> Member:
    # The class of a system that has none, and that of visitors, is as foreign as any.
    class_id = {"same": FRENCH.id, "other": POLISH.id, "none": None}[upon_class]
    return Member("subject", Role(upon), class_id, ALL_CAPABILITIES, removed=upon_is == "removed")


@cache
def _project(
    who: str, standing: str, able: str, banned: str, does: str, phase: str, door: str, group: str, lock: str
) -> ProjectState:
    locked = _capability(does, lock == "locked")
    rooms = {kind.value: Room(kind.value, kind, "A room", open=door == "open", locked=locked) for kind in RoomKind}
    group_room = rooms[RoomKind.GROUP_ROOM]
    rooms[RoomKind.GROUP_ROOM] = replace(group_room, group=GROUPS[group], circle=GROUPS[group])
    members = {ASKER: _asker(who, standing, able, banned, does)} if standing in ("member", "removed") else {}
    boards = [Board(board, room, "A board") for room in rooms for board in (room, board_of(room))]
    return ProjectState(
        id="p",
        title="Rivers",
        phase=ProjectPhase(phase),
        classes={FRENCH.id: FRENCH, POLISH.id: POLISH},
        members=members,
        rooms=rooms,
        boards={board.id: board for board in boards},
    )


def board_of(room: str) -> str:
    """The second board of a room."""
    return f"board of {room}"


def project_of(case: Case) -> ProjectState:
    """A project in which the case's question comes up."""
    asker = (case.who, case.standing, case.able, case.banned)
    return _project(*asker, case.does, case.phase, case.door, case.group, case.lock)


def subject_of(case: Case) -> Member | None:
    """The person acted upon. A visitor who asks has no class to share."""
    if case.upon_is == "self":
        return (
            None if case.standing == "stranger" else _asker(case.who, case.standing, case.able, case.banned, case.does)
        )
    if case.upon_is in ("unknown", "-"):
        return None
    same_as_visitor = case.who == "visitor" and case.upon_class == "same"
    return _subject(case.upon, case.upon_is, "other" if same_as_visitor else case.upon_class)


def standing_of(case: Case, state: ProjectState) -> Standing:
    """As the hub asks for it. Raises `Refused` for strangers."""
    return state.standing(
        actor=None if case.who == "system" else ASKER,
        teacher_present=case.teacher == "present",
        room=None if case.room == "-" else case.room,
        subject=subject_of(case),
    )


def answer_of_code(case: Case) -> str:
    """What the code says to the case, in the table's words."""
    try:
        code = denial(standing_of(case, project_of(case)), Action(case.does))
    except Refused as refused:
        code = refused.code
    return "allowed" if code is None else code.value


def described(case: Case) -> str:
    """The case in one line, without what does not matter to it."""
    return " ".join(f"{column}={value}" for column, value in zip(Case._fields, case, strict=True) if value != "-")


def readable(failures: list[tuple[str, str, Case]]) -> str:
    """Failures by sentence, an example of each."""
    counted = Counter((expected, got) for expected, got, _ in failures)
    examples = {(expected, got): case for expected, got, case in reversed(failures)}
    lines = [f"{len(failures)} cases differ from the table, such as:"]
    for (expected, got), count in counted.most_common(FAILURES_SHOWN):
        lines.append(f"\n  {expected}\n    but the code says {got} ({count} times), for example to")
        lines.append(f"    {described(examples[expected, got])}")
    return "\n".join(lines)


# --- The tests ----------------------------------------------------------------------------------------


def test_code_agrees_with_table_in_every_case() -> None:
    """Role, membership, capability, ban, phase, room, teacher, subject and class: the full product of them."""
    failures = []
    deciding = Counter[str]()
    cases = 0
    for case in every_case():
        cases += 1
        row = deciding_row(case)
        assert row is not None, f"no row of the table answers {described(case)}"
        deciding[row.sentence] += 1
        got = answer_of_code(case)
        if got != row.answer:
            failures.append((f"{row.answer}: {row.sentence}", got, case))
    assert not failures, readable(failures)
    assert cases > 100_000
    unused = [row.sentence for row in TABLE if not deciding[row.sentence]]
    assert not unused, f"rows that never decide anything: {unused}"


def test_table_knows_the_names_of_the_code() -> None:
    """Every role, action, phase, kind of room and code has the same name in the table and in the code."""
    assert set(COLUMNS["who"].split()) == {*Role, "system"}
    assert sorted(COLUMNS["does"].split()) == sorted(Action)
    assert set(COLUMNS["phase"].split()) == set(ProjectPhase)
    assert set(COLUMNS["room"].split()) == {*RoomKind, "foreign", "-"}
    assert {row.answer for row in TABLE} <= {*ErrorCode, "allowed"}
    assert set(CAPABILITY_OF.values()) <= set(Capability)


def test_sentences_of_the_table_are_distinct() -> None:
    """A failure names its row by the sentence."""
    assert len({row.sentence for row in TABLE}) == len(TABLE)


def test_every_command_is_in_the_table() -> None:
    """A new command needs a row that says which action it asks for."""
    assert set(COMMANDS) == set(WIRE_KINDS)


def test_every_action_belongs_to_a_command() -> None:
    """No action is left that nothing asks for: a command, or a request over HTTP."""
    asked = {action for actions in COMMANDS.values() for each in actions.values() for action in each.split()}
    assert asked | set(ASKED_OVER_HTTP.split()) == set(Action)


def test_require_raises_the_code() -> None:
    """`require` refuses with the code that `denial` names, and is silent otherwise."""
    state = _project("pupil", "member", "on", "no", "post", "active", "closed", "-", "unlocked")
    pupil = state.standing(ASKER, True, "class-room")
    with pytest.raises(Refused) as refused:
        require(pupil, Action.POST)
    assert refused.value.code is ErrorCode.ROOM_CLOSED
    require(pupil, Action.READ_ROOM)


# --- Commands, through decide: that each asks for the action of the table -------------------------------


def stroke_called(name: str) -> Element:
    """The sample stroke under another id."""
    return replace(STROKE.element, id=name)


CLEARED = 2
"""The seq of the clearing in `BOARD`."""

FIELDS: dict[str, dict[str, object]] = {
    "project.set_phase": {"phase": "archived"},
    "class.add": {"name": "5c", "school": "S", "country": "IT", "timezone": "Europe/Rome", "languages": ["it"]},
    "member.add": {"roster_name": "Ada", "alias": "A."},
    "member.remove": {},
    "member.set_capability": {"capability": "post", "allowed": True},
    "member.set_room_ban": {"banned": True},
    "room.add": {"name": "Group 7"},
    "room.set_open": {"open": True},
    "room.set_lock": {"capability": "post", "locked": True},
    "groups.form": {"groups": [{"room": None, "name": "Oder", "members": []}]},
    "groups.end": {},
    "timer.set": {"seconds": 60},
    "poll.open": {"question": "Ready?", "choices": ["Yes", "No"]},
    "poll.vote": {"poll": "q1", "choice": 0},
    "poll.close": {"poll": "q1"},
    "poll.put_away": {"poll": "q1"},
    "lesson.end": {},
    "chat.post": {"text": "Bonjour"},
    "chat.edit": {"text": "Bonsoir"},
    "chat.delete": {},
    "chat.react": {"reaction": "👍", "on": True},
    "chat.pin": {"pinned": True},
    "chat.set_language": {"language": "fr"},
    "call.hold": {"medium": "audio", "held": True},
    "call.hold_pupils": {"medium": "audio", "held": True},
    "call.remove": {"removed": True},
    "call.end": {},
    "board.add": {"name": "Oder"},
    "board.rename": {"name": "Oder"},
    "board.move": {"before": None},
    "board.remove": {},
    "board.change": {"changes": [{"base": 0, "element": msgspec.to_builtins(stroke_called("new"))}]},
    "board.clear": {},
    "board.undo_clear": {"clear": CLEARED},
    "board.set_hidden": {"elements": ["there"], "hidden": True},
    "board.set_policy": {"policy": {"export": False}},
}
"""What the commands that change something say besides whom and where."""

BOARD: BoardState = board_with(
    BoardChanged((STROKE,)),
    BoardCleared(None),
    BoardChanged((replace(STROKE, element=stroke_called("there")),)),
)
"""With something there, and something cleared just now."""

ON_A_BOARD = (BoardRename, BoardMove, BoardRemove)
"""Those that name the board and not its room."""

POLLS = Lesson(polls={room: Poll("q1", room, "Ready?", ("Yes", "No")) for room in RoomKind})
"""A poll in each room."""

CHAT: ChatState = chat_with((ASKER, "mine"), ("somebody", "theirs"))
MESSAGES = {"own": 1, "other": 2, "always": 2}


def outcome_of_decide(tag: str, whose: str, case: Case) -> str:
    """What `decide` does with the command of the case."""
    state = project_of(case)
    subject = subject_of(case)
    if subject is not None and case.does != "add_member" and case.upon_is != "self":
        state = ProjectState(
            **{name: getattr(state, name) for name in state.__struct_fields__ if name != "members"},
            members={**state.members, subject.id: subject},
        )
    try:
        asked = _command(tag, whose, case, subject)
        room = None if case.room == "-" else case.room
        actor = None if case.who == "system" else ASKER
        present = case.teacher == "present"
        if isinstance(asked, chat.ChatCommand):
            chat.decide(CHAT, state.standing(actor, present, room), actor or "system", asked, ALONE)
        elif isinstance(asked, CallHold | CallHoldPupils | CallRemove):
            holds.decide(
                CallState(), state.standing(actor, present, room, holds.subject_of(state.members, asked)), asked
            )
        elif isinstance(asked, CallEnd):
            endings.decide(state.standing(actor, present, room), asked)
        elif isinstance(asked, BoardStreamCommand):
            decide_on_board(BOARD, state.standing(actor, present, room), actor or "system", asked, now=0)
        elif isinstance(asked, PollVote):
            lesson.check_vote(POLLS, state.standing(actor, present, room), asked.room, asked.poll, asked.choice)
        elif isinstance(asked, PollClose):
            lesson.decide_close(Lesson(), state.standing(actor, present, room), asked.room, asked.poll, (0, 0))
        elif isinstance(asked, LessonEnd):
            ending.decide(Lesson(), state.rooms, None, state.standing(actor, present, room), asked.room, {})
        elif isinstance(asked, LessonChange):
            lesson.decide(Lesson(), state.standing(actor, present, room), asked, 0, "q1")
        else:
            is_unknown_board = isinstance(asked, ON_A_BOARD) and room == "foreign"
            assert project.room_of(state, asked) == (None if is_unknown_board else room)
            room = project.room_of(state, asked)
            upon = project.subject_of(state, asked)
            project.decide(state, state.standing(actor, present, room, upon), asked, "new")
    except Refused as refused:
        return refused.code.value
    return "allowed"


@cache
def _made(tag: str, whose: str, room: str, member: str, role: str, class_id: str | None) -> Any:
    fields = dict(FIELDS[tag])
    has = WIRE_KINDS[tag].__struct_fields__
    offered: dict[str, object] = {
        "room": room,
        "board": board_of(room),
        "member": member,
        "message": MESSAGES[whose],
        "role": role,
        "class_id": class_id,
    }
    if tag.startswith("chat."):
        offered.pop("member")
    fields |= {name: value for name, value in offered.items() if name in has}
    if tag.startswith("call."):
        return call_command(tag, **fields)
    return command(tag, **fields)


def _command(tag: str, whose: str, case: Case, subject: Member | None) -> Any:
    member = "nobody" if subject is None else subject.id
    class_id = None if subject is None else subject.class_id
    return _made(tag, whose, case.room, member, case.upon, class_id)


def test_all_durable_commands_are_tried() -> None:
    """The test below leaves no command out that changes something."""
    durable = {tag for tag, kind in WIRE_KINDS.items() if issubclass(kind, DurableCommand)}
    assert set(FIELDS) == durable


def test_decide_asks_for_the_actions_of_the_table() -> None:
    """Every durable command, in every case, is refused by `decide` as its actions are in the table."""
    questions = [(tag, whose, actions.split()) for tag in FIELDS for whose, actions in COMMANDS[tag].items()]
    by_action: dict[str, list[Case]] = {}
    for case in every_case():
        by_action.setdefault(case.does, []).append(case)
    failures = []
    for tag, whose, actions in questions:
        for case in by_action[actions[-1]]:
            if case.who == "system" and whose == "own":
                continue  # the system has written nothing
            expected = "allowed"
            for action in actions:
                row = deciding_row(case._replace(does=action))
                assert row is not None
                if row.answer != "allowed":
                    expected = row.answer
                    break
            got = outcome_of_decide(tag, whose, case)
            if expected == "unknown_room" and issubclass(WIRE_KINDS[tag], ON_A_BOARD):
                expected = "unknown_board"  # whoever names a board is not told whether the room is there either
            if tag == "member.add" and expected == "allowed" and case.who == "system" and case.upon == "founder":
                expected = "invalid"  # a permission nobody denies, but there is no such thing
            if got != expected:
                failures.append((f"{tag} ({whose}) should be {expected}", got, case))
    assert not failures, readable(failures)
