"""`rooms.stored`: bodies in the log can be read for ever."""

import msgspec
import pytest
from msgspec import UNSET
from msgspec.structs import replace

from rooms import events, stored
from rooms.board.elements import Frame, Rectangle, TextElement
from rooms.board.model import BoardPolicy, Drawers
from rooms.chat.model import Message, MessageFile, Reacted
from rooms.groups.model import Group
from rooms.lesson.model import PollKind
from rooms.model import Capability, Medium, ProjectPhase, Role, RoomKind
from tests.rooms.samples import STROKE

MESSAGE = Message(1, 2, "m1", "Salut", "nonce-0001", 3, False, 1, ("m2",), "fr", (Reacted("👍", ("m2",)),), True)

A_PICTURE = MessageFile("ab" * 32, "Łódź.png", "image/png", 4, 3, 2)

BODIES: dict[str, events.Body] = {
    "project.opened": events.ProjectOpened("Rivers of Europe", True),
    "project.phase_set": events.ProjectPhaseSet(ProjectPhase.ARCHIVED),
    "class.added": events.ClassAdded("c1", "4e B", "Collège", "FR", "Europe/Paris", ("fr", "oc")),
    "member.added": events.MemberAdded("m1", Role.VISITOR, None),
    "member.removed": events.MemberRemoved("m1"),
    "member.capability_set": events.CapabilitySet("m1", Capability.PUBLISH_SCREEN, False),
    "member.room_ban_set": events.RoomBanSet("m1", "r1", True),
    "room.added": events.RoomAdded("r1", RoomKind.GROUP_ROOM, "Group 1 🐟", 1),
    "room.open_set": events.RoomOpenSet("r1", True),
    "room.lock_set": events.RoomLockSet("r1", Capability.POST, True),
    "groups.formed": events.GroupsFormed("r1", (Group("r2", ("m1", "m2")), Group("r3", ()))),
    "groups.ended": events.GroupsEnded(),
    "timer.set": events.TimerChanged(1_795_327_810_874, 600),
    "poll.opened": events.PollOpened("r1", "q1", "Où ?", ("à Łódź", "ailleurs"), PollKind.FREE),
    "poll.closed": events.PollClosed("r1", "q1", (3, 0)),
    "poll.put_away": events.PollRemoved("r1", "q1"),
    "call.ended": events.CallEnded("r1", "m1"),
    "lesson.ended": events.LessonEnded("r1"),
    "chat.posted": events.ChatPosted("Zażółć gęślą jaźń\n<b>&amp;", 3, ("m1",), "pl", (A_PICTURE,)),
    "chat.edited": events.ChatEdited(2**53 - 1, "…", ("m1", "m2"), "fr"),
    "chat.deleted": events.ChatDeleted(1),
    "chat.reacted": events.ChatReacted(1, "❤️", True),
    "chat.pinned": events.ChatPinned(1, True, MESSAGE),
    "chat.language_set": events.ChatLanguageSet(1, None),
    "call.held": events.CallHeld("m1", Medium.SCREEN, True),
    "call.pupils_held": events.CallPupilsHeld(Medium.AUDIO, False),
    "call.removed": events.CallRemoved("m1", True),
    "board.added": events.BoardAdded("b1", "r1", "Oder 🐟"),
    "board.renamed": events.BoardRenamed("b1", "r1", "Loire"),
    "board.moved": events.BoardMoved("b1", "r1", None),
    "board.removed": events.BoardRemoved("b1", "r1"),
    "board.changed": events.BoardChanged((STROKE,)),
    "board.cleared": events.BoardCleared(None),
    "board.clear_undone": events.BoardClearUndone(7),
    "board.hidden": events.BoardHidden(("stroke",)),
    "board.shown": events.BoardShown((STROKE,)),
    "board.policy_set": events.BoardPolicySet(BoardPolicy(Drawers.CHOSEN, members=("m1",), export=False)),
}
"""One of every kind, by the name it has in the log."""


def test_no_kind_is_missing() -> None:
    """Every event kind that is stored is in the table above: a new one needs a line there."""
    assert {type(body) for body in BODIES.values()} == set(events.Body.__args__) - {events.Hidden}


@pytest.mark.parametrize(("kind", "body"), BODIES.items())
def test_round_trip(kind: str, body: events.Body) -> None:
    """What is written is read as it was."""
    assert stored.kind_of(body) == kind
    assert stored.decode_body(kind, stored.BODY_VERSION, stored.encode_body(body)) == body


@pytest.mark.parametrize(("kind", "body"), BODIES.items())
def test_bodies_are_plain_maps(kind: str, body: events.Body) -> None:
    """In the log lies a map with the kind and the fields by name, readable without our code."""
    fields = msgspec.msgpack.decode(stored.encode_body(body))
    assert fields.pop("kind") == kind
    assert set(fields) == set(body.__struct_fields__)


def test_bytes_of_version_1() -> None:
    """What version 1 wrote is read for ever: these bytes must not be changed."""
    written = bytes.fromhex(
        "84a46b696e64ac6d656d6265722e6164646564a66d656d626572a26d31a4726f6c65ab707570696c2d61646d696ea8636c6173735f6964a26672"
    )
    expected = events.MemberAdded("m1", Role.PUPIL_ADMIN, "fr")
    assert stored.decode_body("member.added", 1, written) == expected


def test_rooms_from_before_groups_were_counted() -> None:
    """A room that was made when there were no numbers has none, and is written as it was."""
    written = msgspec.msgpack.encode({"kind": "room.added", "room": "r1", "room_kind": "group-room", "name": "Oder"})
    room = events.RoomAdded("r1", RoomKind.GROUP_ROOM, "Oder")
    assert stored.decode_body("room.added", 1, written) == room
    assert stored.encode_body(room) == written


def test_upgrade_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """An old body goes through every step since its version, in order."""

    def renamed(fields: dict[str, object]) -> dict[str, object]:
        return {("words" if name == "message_text" else name): value for name, value in fields.items()}

    def renamed_again(fields: dict[str, object]) -> dict[str, object]:
        return {("text" if name == "words" else name): value for name, value in fields.items()}

    monkeypatch.setattr(stored, "BODY_VERSION", 3)
    monkeypatch.setattr(stored, "UPGRADES", {("chat.posted", 1): renamed, ("chat.posted", 2): renamed_again})
    first = msgspec.msgpack.encode({"kind": "chat.posted", "message_text": "Salut"})
    second = msgspec.msgpack.encode({"kind": "chat.posted", "words": "Salut"})
    third = msgspec.msgpack.encode({"kind": "chat.posted", "text": "Salut"})
    assert stored.decode_body("chat.posted", 1, first) == events.ChatPosted("Salut")
    assert stored.decode_body("chat.posted", 2, second) == events.ChatPosted("Salut")
    assert stored.decode_body("chat.posted", 3, third) == events.ChatPosted("Salut")


@pytest.mark.parametrize(("kind", "body"), BODIES.items())
def test_kinds_without_a_step_stay_readable(kind: str, body: events.Body, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the version is raised for one kind, old bodies of the others are read as they are."""
    written = stored.encode_body(body)
    monkeypatch.setattr(stored, "BODY_VERSION", stored.BODY_VERSION + 1)
    assert stored.decode_body(kind, stored.BODY_VERSION - 1, written) == body


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "chat.exploded"},
        {"text": "no kind"},
        {"kind": "chat.posted"},
        {"kind": "chat.posted", "text": 5},
        {"kind": "member.added", "member": "m", "role": "king", "class_id": None},
    ],
)
def test_what_is_no_event_of_ours(fields: dict[str, object]) -> None:
    """A body that is none of ours is an error, not a guess."""
    with pytest.raises(msgspec.ValidationError):
        stored.decode_body("chat.posted", stored.BODY_VERSION, msgspec.msgpack.encode(fields))


def test_blanked_texts() -> None:
    """Blanking takes out what was written and keeps which message it was about."""
    assert stored.blanked(events.ChatPosted("secret", 3, ("m1",), "fr")) == events.ChatPosted("", 3)
    assert stored.blanked(events.ChatEdited(7, "secret", ("m1",), "fr")) == events.ChatEdited(7, "")
    assert stored.blanked(events.ChatReacted(7, "😢", True)) == events.ChatReacted(7, "", True)
    assert stored.blanked(events.ChatPinned(7, True, MESSAGE)) == events.ChatPinned(7, True)
    assert stored.blanked(events.ChatLanguageSet(7, "fr")) == events.ChatLanguageSet(7, None)


@pytest.mark.parametrize("event", [events.BoardChanged, events.BoardShown])
def test_blanked_boards(event: type[events.BoardChanged | events.BoardShown]) -> None:
    """From a board go the words, wherever an element can have some; what was drawn stays."""
    box = {name: getattr(STROKE.element, name) for name in Rectangle.__struct_fields__}
    frame = Frame(**box, name="Zoé's family")
    text = TextElement(
        **box,
        font_size=20,
        font_family=5,
        text="I am\nZoé",
        text_align="left",
        vertical_align="top",
        container_id=None,
        original_text="I am Zoé",
        auto_resize=True,
        line_height=1.25,
    )
    blanked = stored.blanked(event(tuple(replace(STROKE, element=drawn) for drawn in (STROKE.element, frame, text))))
    assert isinstance(blanked, event)
    expected = (replace(STROKE.element, custom_data=UNSET), replace(frame, name=None, custom_data=UNSET))
    assert tuple(kept.element for kept in blanked.elements[:2]) == expected
    assert blanked.elements[2].element == replace(text, text="", original_text="", custom_data=UNSET)
    assert {kept.creator for kept in blanked.elements} == {STROKE.creator}
    assert "Zoé".encode() not in stored.encode_body(blanked)


def test_blanking_a_question() -> None:
    """Its words go; how many choices there were stays, so that the counts fit."""
    blanked = stored.blanked(BODIES["poll.opened"])
    assert blanked == events.PollOpened("r1", "q1", "", ("", ""), PollKind.FREE)


WRITTEN = (
    *("chat.posted", "chat.edited", "chat.reacted", "chat.pinned", "chat.language_set"),
    *("board.changed", "board.shown", "poll.opened"),
)


@pytest.mark.parametrize("body", [body for kind, body in BODIES.items() if kind not in WRITTEN])
def test_blanking_leaves_the_rest(body: events.Body) -> None:
    """What holds nothing written by a person stays."""
    assert stored.blanked(body) is body
