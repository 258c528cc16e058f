"""`rooms.audience`: a partner class never sees a roster name, and only teachers know of the staff room."""

import msgspec
import pytest

from rooms import events
from rooms.audience import ERASED_NAME, NameAudience, as_seen, hidden_rooms, is_visible, project_view, roster
from rooms.messages import BoardView, RoomView
from rooms.model import Capability, Member, RoomKind
from rooms.stream import Event
from tests.rooms.samples import CLAIRE, CLASS_ROOM, MAREK, STAFF_ROOM, LiveProject


class Everybody:
    """A project with somebody of every kind."""

    def __init__(self) -> None:
        self.live = LiveProject()
        self.ids = {"founder fr": CLAIRE, "founder pl": MAREK}
        for role in ("teacher", "pupil", "pupil-admin"):
            for class_id in ("fr", "pl"):
                self.ids[f"{role} {class_id}"] = self.live.add(role, class_id, name=f"{role} {class_id}")
        self.ids["visitor"] = self.live.add("visitor", None, name="visitor")
        self.ids["visitor 2"] = self.live.add("visitor", None, name="visitor 2")

    def member(self, who: str) -> Member:
        return self.live.state.members[self.ids[who]]

    def names_for(self, reader: str) -> dict[str, str]:
        """The names that `reader` sees, by who they are."""
        members = self.live.state.members.values()
        seen = roster(members, self.live.names, NameAudience.of(self.member(reader))).names
        by_id = {named.member: named.name for named in seen}
        return {who: by_id[member] for who, member in self.ids.items()}


EVERYBODY = Everybody()
KINDS = list(EVERYBODY.ids)


@pytest.mark.parametrize("reader", KINDS)
@pytest.mark.parametrize("seen", KINDS)
def test_names_by_audience(reader: str, seen: str) -> None:
    """The roster name within one's own class; visitors' to staff; one's own; the alias to all others."""
    identity = EVERYBODY.live.names[EVERYBODY.ids[seen]]
    own_class = reader[-2:] == seen[-2:] and reader[-2:] in ("fr", "pl")
    visitor_to_staff = seen.startswith("visitor") and reader.startswith(("founder", "teacher"))
    expected = identity.roster_name if own_class or visitor_to_staff or reader == seen else identity.alias
    assert EVERYBODY.names_for(reader)[seen] == expected


@pytest.mark.parametrize("reader", [kind for kind in KINDS if kind.endswith("pl")])
def test_partner_class_never_sees_a_roster_name(reader: str) -> None:
    """Nobody of the Polish class, teachers included, gets a roster name of the French class in any way."""
    names = EVERYBODY.live.names
    secret = [names[EVERYBODY.ids[kind]].roster_name for kind in KINDS if kind.endswith("fr")]
    members = EVERYBODY.live.state.members.values()
    sent = msgspec.json.encode(roster(members, names, NameAudience.of(EVERYBODY.member(reader)))).decode()
    sent += msgspec.json.encode(project_view(EVERYBODY.live.state, EVERYBODY.member(reader).is_staff)).decode()
    sent += msgspec.json.encode(
        [as_seen(event, EVERYBODY.live.state, True) for event in EVERYBODY.live.events]
    ).decode()
    assert len(secret) == 4
    assert [name for name in secret if name in sent] == []


def test_visitors_see_aliases_only() -> None:
    """A visitor has no class, which is not the class of the other visitors."""
    names = EVERYBODY.names_for("visitor")
    aliases = {who: EVERYBODY.live.names[member].alias for who, member in EVERYBODY.ids.items()}
    own = EVERYBODY.live.names[EVERYBODY.ids["visitor"]].roster_name
    assert names == aliases | {"visitor": own}


def test_erased_names() -> None:
    """A member whose names were erased is still named, by a dash."""
    pupil = EVERYBODY.member("pupil fr")
    assert [named.name for named in roster([pupil], {}, NameAudience.of(pupil)).names] == [ERASED_NAME]


def test_removed_members_have_names() -> None:
    """Their messages remain, and so does who wrote them."""
    everybody = Everybody()
    everybody.live.do(CLAIRE, "member.remove", member=everybody.ids["pupil fr"])
    assert everybody.names_for("pupil-admin fr")["pupil fr"] == "pupil fr (roster)"
    assert everybody.names_for("pupil pl")["pupil fr"] == "pupil fr (alias)"


# --- The staff room -----------------------------------------------------------------------------------


@pytest.mark.parametrize("reader", KINDS)
def test_staff_room_in_the_view(reader: str) -> None:
    """Founders and teachers see the staff room in the list of rooms, others do not."""
    rooms = [room.id for room in project_view(EVERYBODY.live.state, EVERYBODY.member(reader).is_staff).rooms]
    is_staff = reader.startswith(("founder", "teacher"))
    assert rooms == ([CLASS_ROOM, STAFF_ROOM] if is_staff else [CLASS_ROOM])


@pytest.mark.parametrize("reader", KINDS)
def test_hidden_rooms(reader: str) -> None:
    """Whoever does not see the staff room does not see who is in it."""
    hidden = hidden_rooms(EVERYBODY.live.state, EVERYBODY.member(reader).is_staff)
    assert hidden == (frozenset() if reader.startswith(("founder", "teacher")) else {STAFF_ROOM})


def test_staff_room_is_hidden_event() -> None:
    """In place of the staff room's making others get its number and nothing else."""
    state = EVERYBODY.live.state
    hidden = [event for event in EVERYBODY.live.events if not is_visible(event, state, to_staff=False)]
    (made,) = hidden
    assert made.body == events.RoomAdded(STAFF_ROOM, RoomKind.STAFF_ROOM, "Staff room")
    assert as_seen(made, state, to_staff=True) is made
    seen = as_seen(made, state, to_staff=False)
    assert seen == Event(made.stream, made.seq, 0, "", None, events.Hidden())
    assert STAFF_ROOM not in msgspec.json.encode(seen).decode()


def test_pupils_get_no_sign_of_the_staff_room() -> None:
    """Neither in the snapshot nor in any event."""
    reader = EVERYBODY.member("pupil fr")
    sent = msgspec.json.encode(project_view(EVERYBODY.live.state, reader.is_staff)).decode()
    sent += msgspec.json.encode(
        [as_seen(event, EVERYBODY.live.state, False) for event in EVERYBODY.live.events]
    ).decode()
    assert "Staff room" not in sent
    assert RoomKind.STAFF_ROOM.value not in sent


def test_other_rooms_are_seen_by_all() -> None:
    """The same event goes to everybody."""
    for kind in (RoomKind.CLASS_ROOM, RoomKind.GROUP_ROOM):
        event = Event("project:p", 1, 1, CLAIRE, None, events.RoomAdded("r", kind, "A room"))
        state = EVERYBODY.live.state
        assert as_seen(event, state, False) is as_seen(event, state, True) is event


class Boards:
    """A project in which everything has happened to a board of every room, that of the last one to its name only."""

    def __init__(self) -> None:
        self.live = LiveProject()
        self.rooms = {CLASS_ROOM: self._arranged(CLASS_ROOM), STAFF_ROOM: self._arranged(STAFF_ROOM)}

    def _arranged(self, room: str) -> list[Event]:
        """All that can be done to the boards of a room; the last one is removed."""
        begun = len(self.live.events)
        kept, gone = self.live.add_board(room, f"Kept in {room}"), self.live.add_board(room, f"Gone from {room}")
        self.live.do(CLAIRE, "board.rename", board=kept, name=f"Renamed in {room}")
        self.live.do(CLAIRE, "board.move", board=gone, before=kept)
        self.live.do(CLAIRE, "board.remove", board=gone)
        return self.live.events[begun:]


def test_boards_of_the_staff_room_are_hidden() -> None:
    """Made, named, moved or removed: others than teachers get the number only, also when the board is gone by now."""
    boards = Boards()
    happened = boards.rooms[STAFF_ROOM]
    assert [event.body.__struct_config__.tag for event in happened] == [
        "board.added",
        "board.added",
        "board.renamed",
        "board.moved",
        "board.removed",
    ]
    for event in happened:
        assert as_seen(event, boards.live.state, to_staff=True) is event
        assert as_seen(event, boards.live.state, to_staff=False) == Event(
            event.stream, event.seq, 0, "", None, events.Hidden()
        )
    seen = msgspec.json.encode(project_view(boards.live.state, to_staff=False)).decode()
    assert STAFF_ROOM not in seen
    assert f"Renamed in {CLASS_ROOM}" in seen


def test_boards_of_other_rooms_are_seen_by_all() -> None:
    """The same events go to everybody."""
    boards = Boards()
    assert len(boards.rooms[CLASS_ROOM]) == 5
    for event in boards.rooms[CLASS_ROOM]:
        assert as_seen(event, boards.live.state, False) is as_seen(event, boards.live.state, True) is event


# --- The view -----------------------------------------------------------------------------------------


def test_view_of_the_project() -> None:
    """Title, phase, classes, members and rooms, with lists in one order for all."""
    everybody = Everybody()
    pupil = everybody.ids["pupil fr"]
    everybody.live.do(CLAIRE, "member.set_room_ban", member=pupil, room=CLASS_ROOM, banned=True)
    everybody.live.do(CLAIRE, "room.set_open", room=CLASS_ROOM, open=True)
    everybody.live.do(CLAIRE, "room.set_lock", room=CLASS_ROOM, capability="react", locked=True)
    everybody.live.do(CLAIRE, "room.set_lock", room=CLASS_ROOM, capability="draw", locked=True)
    view = project_view(everybody.live.state, everybody.member("pupil pl").is_staff)
    assert (view.id, view.title, view.national, view.phase) == ("p1", "Rivers of Europe", False, "active")
    assert [school_class.id for school_class in view.classes] == ["fr", "pl"]
    assert view.rooms == (
        RoomView(
            CLASS_ROOM,
            RoomKind.CLASS_ROOM,
            "Class room",
            True,
            (Capability.DRAW, Capability.REACT),
            (BoardView(CLASS_ROOM, ""),),
        ),
    )
    seen = next(member for member in view.members if member.id == pupil)
    assert (seen.role, seen.class_id, seen.room_bans, seen.removed) == ("pupil", "fr", (CLASS_ROOM,), False)
    assert list(seen.capabilities) == ["draw", "post", "publish-audio", "publish-video", "react"]


def test_numbers_of_groups_in_the_view() -> None:
    """Of those only that were given no name."""
    groups = [("Groupe 1", 1), ("Oder", None)]
    live = LiveProject()
    wanted: list[object] = [{"room": None, "name": name, "members": [], "number": number} for name, number in groups]
    live.do(CLAIRE, "groups.form", room=CLASS_ROOM, groups=wanted)
    rooms = project_view(live.state, to_staff=False).rooms
    assert [(room.name, room.group_number) for room in rooms] == [("Class room", None), *groups]


def test_boards_in_the_view() -> None:
    """Each room with its own, in their order."""
    live = LiveProject()
    first, second, other = live.add_board(), live.add_board(name="Oder"), live.add_board(STAFF_ROOM, "Marks")
    live.do(CLAIRE, "board.move", board=second, before=CLASS_ROOM)
    rooms = {room.id: room.boards for room in project_view(live.state, to_staff=True).rooms}
    assert rooms == {
        CLASS_ROOM: (BoardView(second, "Oder"), BoardView(CLASS_ROOM, ""), BoardView(first, "Rivers")),
        STAFF_ROOM: (BoardView(STAFF_ROOM, ""), BoardView(other, "Marks")),
    }


def test_view_before_opening() -> None:
    """A project that nobody opened has no title, not none."""
    live = LiveProject()
    reader = live.state.members[CLAIRE]
    assert project_view(live.rules.empty("project:p2"), reader.is_staff).title == ""
