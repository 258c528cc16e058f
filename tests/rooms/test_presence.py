"""`rooms.presence`: devices, grace times and diffs, with the time passed in."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.messages import MemberPresence, PresenceChange
from rooms.presence import AUDIENCES_MAX, REJOIN_TIME, DeviceReport, Presence

GRACE = 10_000
TEACHER_GRACE = 60_000


@pytest.fixture
def presence() -> Presence:
    return Presence(GRACE, TEACHER_GRACE)


def here(presence: Presence) -> dict[str, tuple[str, ...]]:
    """Who is here, and where."""
    return {each.member: each.rooms for each in presence.snapshot()}


# --- Members and devices ------------------------------------------------------------------------------


def test_empty(presence: Presence) -> None:
    """Nobody is here, nothing to tell."""
    assert presence.is_empty()
    assert presence.snapshot() == ()
    assert presence.take_changes() == ()
    assert not presence.teacher_present(0)
    assert not presence.has_live_teacher()


def test_coming_and_entering(presence: Presence) -> None:
    """A member is here from the first device on, and in the rooms it entered, in order."""
    presence.connect("c1", "zoe", is_staff=False)
    presence.enter("c1", "r2")
    presence.enter("c1", "r1")
    assert presence.snapshot() == (MemberPresence("zoe", ("r1", "r2")),)
    assert presence.take_changes() == (PresenceChange("zoe", ("r1", "r2")),)
    assert not presence.is_empty()


def test_several_devices_count_once(presence: Presence) -> None:
    """Two devices are one member, in the rooms of both."""
    presence.connect("c1", "zoe", is_staff=False)
    presence.connect("c2", "zoe", is_staff=False)
    presence.enter("c1", "r1")
    presence.enter("c2", "r1")
    presence.enter("c2", "r2")
    assert presence.snapshot() == (MemberPresence("zoe", ("r1", "r2")),)
    presence.leave("c2", "r1")
    assert here(presence) == {"zoe": ("r1", "r2")}
    presence.leave("c1", "r1")
    assert here(presence) == {"zoe": ("r2",)}


def test_leaving_on_purpose_has_no_grace(presence: Presence) -> None:
    """Who leaves a room is out of it at once."""
    presence.connect("c1", "zoe", is_staff=False)
    presence.enter("c1", "r1")
    presence.take_changes()
    presence.leave("c1", "r1")
    assert presence.take_changes() == (PresenceChange("zoe", ()),)


def test_dropped_connection_stays_for_the_grace_time(presence: Presence) -> None:
    """Until the last millisecond of the grace time the member is here, then not."""
    presence.connect("c1", "zoe", is_staff=False)
    presence.enter("c1", "r1")
    presence.take_changes()
    presence.drop("c1", now=1000)
    presence.advance(1000 + GRACE - 1)
    assert here(presence) == {"zoe": ("r1",)}
    assert presence.take_changes() == ()
    presence.advance(1000 + GRACE)
    assert here(presence) == {}
    assert presence.take_changes() == (PresenceChange("zoe", None),)
    assert presence.is_empty()


def test_back_within_the_grace_time(presence: Presence) -> None:
    """Who reloads the page has not left, and what the old connection was in fades with it."""
    presence.connect("c1", "zoe", is_staff=False)
    presence.enter("c1", "r1")
    presence.take_changes()
    presence.drop("c1", now=0)
    presence.connect("c2", "zoe", is_staff=False)
    assert presence.take_changes() == ()
    presence.enter("c2", "r2")
    presence.advance(GRACE)
    assert presence.take_changes() == (PresenceChange("zoe", ("r2",)),)


def test_a_page_whose_line_was_cut_unnoticed(presence: Presence) -> None:
    """It is where it was until it has had the time to say so anew, and then only where it says."""
    presence.connect("c1", "zoe", is_staff=False, page="page")
    presence.enter("c1", "r1")
    presence.connect("c2", "zoe", is_staff=False, page="page")
    presence.take_changes()
    assert presence.succeed("c2", now=500) == ["c1"]
    assert presence.connected_devices_of("zoe") == ("c2",)
    presence.enter("c2", "r2")
    presence.advance(500 + REJOIN_TIME - 1)
    assert here(presence) == {"zoe": ("r1", "r2")}
    presence.advance(500 + REJOIN_TIME)
    assert here(presence) == {"zoe": ("r2",)}


@pytest.mark.parametrize(("cut_at", "leaves_at"), [(0, REJOIN_TIME), (-GRACE + 1_000, 1_000)])
def test_a_page_whose_line_was_seen_to_be_cut(cut_at: int, leaves_at: int) -> None:
    """Then, too, and never later than without coming back."""
    presence = Presence(GRACE, TEACHER_GRACE)
    presence.connect("c1", "zoe", is_staff=False, page="page")
    presence.enter("c1", "r1")
    presence.drop("c1", now=cut_at)
    presence.connect("c2", "zoe", is_staff=False, page="page")
    assert presence.succeed("c2", now=0) == ["c1"]
    presence.advance(leaves_at - 1)
    assert here(presence) == {"zoe": ("r1",)}
    presence.advance(leaves_at)
    assert here(presence) == {"zoe": ()}


def test_other_pages_stay(presence: Presence) -> None:
    """Another tab, another person who has the same name by chance, and whoever has none."""
    presence.connect("c1", "zoe", is_staff=False, page="one page")
    presence.connect("c2", "jan", is_staff=False, page="another page")
    presence.connect("c3", "zoe", is_staff=False)
    presence.connect("c4", "zoe", is_staff=False, page="another page")
    assert presence.succeed("c4", now=0) == []
    presence.connect("c5", "zoe", is_staff=False)
    assert presence.succeed("c5", now=0) == []


def test_grace_counts_from_the_first_drop(presence: Presence) -> None:
    """That a connection went is heard once, however often it is said."""
    presence.connect("c1", "zoe", is_staff=False)
    presence.drop("c1", now=0)
    presence.drop("c1", now=5000)
    presence.advance(GRACE)
    assert presence.is_empty()


def test_unknown_connections(presence: Presence) -> None:
    """What comes late from a connection that is forgotten is ignored."""
    presence.enter("c1", "r1")
    presence.leave("c1", "r1")
    presence.drop("c1", now=0)
    presence.forget("zoe")
    presence.advance(GRACE)
    assert presence.take_changes() == ()
    assert presence.is_empty()


# --- Removed members ----------------------------------------------------------------------------------


def test_forget(presence: Presence) -> None:
    """A removed member is gone at once, on every device, connected or in grace."""
    for connection in ("c1", "c2"):
        presence.connect(connection, "zoe", is_staff=False)
        presence.enter(connection, "r1")
    presence.connect("c3", "jan", is_staff=False)
    presence.take_changes()
    presence.drop("c2", now=0)
    presence.forget("zoe")
    assert here(presence) == {"jan": ()}
    assert presence.take_changes() == (PresenceChange("zoe", None),)
    presence.enter("c1", "r1")
    presence.advance(GRACE)
    assert here(presence) == {"jan": ()}


def test_forgotten_before_told(presence: Presence) -> None:
    """Who came and was removed between two diffs was never seen."""
    presence.connect("c1", "zoe", is_staff=False)
    presence.forget("zoe")
    assert presence.take_changes() == ()


# --- Teachers -----------------------------------------------------------------------------------------


def test_teacher_present_while_connected(presence: Presence) -> None:
    """A connected teacher is present for ever; a pupil is no teacher."""
    presence.connect("c1", "zoe", is_staff=False)
    assert not presence.teacher_present(0)
    presence.connect("c2", "claire", is_staff=True)
    assert presence.has_live_teacher()
    assert presence.teacher_present(10**12)


def test_teacher_grace(presence: Presence) -> None:
    """After the last teacher's connection went pupils go on for the teachers' grace time, which then ends."""
    presence.connect("c1", "claire", is_staff=True)
    presence.drop("c1", now=1000)
    assert not presence.has_live_teacher()
    presence.advance(1000 + GRACE)
    assert presence.is_empty()
    assert presence.teacher_present(1000 + TEACHER_GRACE - 1)
    assert not presence.teacher_present(1000 + TEACHER_GRACE)
    presence.advance(1000 + TEACHER_GRACE)
    assert not presence.teacher_present(1000 + TEACHER_GRACE)


def test_teacher_comes_back(presence: Presence) -> None:
    """A teacher who returns ends the pause, and the next grace time counts from the next drop."""
    presence.connect("c1", "claire", is_staff=True)
    presence.drop("c1", now=0)
    presence.advance(TEACHER_GRACE)
    assert not presence.teacher_present(TEACHER_GRACE)
    presence.connect("c2", "claire", is_staff=True)
    assert presence.teacher_present(TEACHER_GRACE)
    presence.drop("c2", now=100_000)
    assert presence.teacher_present(100_000 + TEACHER_GRACE - 1)
    assert not presence.teacher_present(100_000 + TEACHER_GRACE)


def test_second_device_of_a_teacher(presence: Presence) -> None:
    """One of two devices that goes does not start a pause."""
    presence.connect("c1", "claire", is_staff=True)
    presence.connect("c2", "claire", is_staff=True)
    presence.drop("c1", now=0)
    presence.advance(TEACHER_GRACE)
    assert presence.teacher_present(10 * TEACHER_GRACE)


def test_last_of_two_teachers_counts(presence: Presence) -> None:
    """The grace time counts from the teacher who went last."""
    presence.connect("c1", "claire", is_staff=True)
    presence.connect("c2", "marek", is_staff=True)
    presence.drop("c2", now=0)
    presence.drop("c1", now=5000)
    presence.advance(TEACHER_GRACE)
    assert presence.teacher_present(5000 + TEACHER_GRACE - 1)
    assert not presence.teacher_present(5000 + TEACHER_GRACE)


def test_pupils_do_not_keep_a_teacher_present(presence: Presence) -> None:
    """That a pupil drops says nothing about teachers."""
    presence.connect("c1", "zoe", is_staff=False)
    presence.drop("c1", now=0)
    assert not presence.teacher_present(0)


def test_teacher_seen_before_a_restart() -> None:
    """After a restart pupils go on for what is left of the grace time, without any teacher connected."""
    presence = Presence(GRACE, TEACHER_GRACE, teacher_seen_at=1000)
    assert presence.teacher_present(1000 + TEACHER_GRACE - 1)
    assert not presence.teacher_present(1000 + TEACHER_GRACE)
    presence.advance(1000 + TEACHER_GRACE)


def test_teacher_seen_long_before_a_restart() -> None:
    """A grace time that ended while the server was down is over."""
    presence = Presence(GRACE, TEACHER_GRACE, teacher_seen_at=0)
    assert not presence.teacher_present(TEACHER_GRACE)
    presence.advance(TEACHER_GRACE)


def test_removed_teacher_is_not_present(presence: Presence) -> None:
    """Pupils do not go on under the eyes of a teacher who was removed, connected or in grace."""
    presence.connect("c1", "teacher", is_staff=True)
    presence.forget("teacher")
    assert not presence.teacher_present(0)
    presence.connect("c2", "teacher", is_staff=True)
    presence.drop("c2", now=0)
    presence.forget("teacher")
    assert not presence.teacher_present(0)


def test_removed_teacher_whose_device_has_left(presence: Presence) -> None:
    """Also when the device is gone already and only the teachers' grace time runs."""
    presence.connect("c1", "teacher", is_staff=True)
    presence.drop("c1", now=0)
    presence.advance(GRACE)
    presence.forget("teacher")
    assert not presence.teacher_present(GRACE)


def test_removed_teacher_among_others(presence: Presence) -> None:
    """The grace time of another teacher, who only dropped, is not lost with the removed one."""
    presence.connect("c1", "teacher", is_staff=True)
    presence.connect("c2", "claire", is_staff=True)
    presence.drop("c2", now=0)
    presence.drop("c1", now=5000)
    presence.forget("teacher")
    assert presence.teacher_present(TEACHER_GRACE - 1)
    assert not presence.teacher_present(TEACHER_GRACE)


def test_removed_pupil_leaves_the_teachers_grace() -> None:
    """Removing a pupil does not pause the others."""
    presence = Presence(GRACE, TEACHER_GRACE, teacher_seen_at=0)
    presence.connect("c1", "zoe", is_staff=False)
    presence.forget("zoe")
    assert presence.teacher_present(TEACHER_GRACE - 1)


def test_removed_teacher_may_be_the_one_before_the_restart() -> None:
    """Nobody remembers who was there before the restart: when a teacher is removed, better no teacher than that one."""
    presence = Presence(GRACE, TEACHER_GRACE, teacher_seen_at=0)
    presence.connect("c1", "teacher", is_staff=True)
    presence.forget("teacher")
    assert not presence.teacher_present(1)


# --- Diffs --------------------------------------------------------------------------------------------


def test_diffs_are_batched(presence: Presence) -> None:
    """However much happens between two diffs, each member has one entry, in a fixed order."""
    presence.connect("c2", "zoe", is_staff=False)
    presence.connect("c1", "ada", is_staff=False)
    presence.enter("c2", "r1")
    presence.leave("c2", "r1")
    presence.enter("c2", "r2")
    assert presence.take_changes() == (PresenceChange("ada", ()), PresenceChange("zoe", ("r2",)))
    assert presence.take_changes() == ()


def test_nothing_visible_is_nothing(presence: Presence) -> None:
    """Out and in again, a second device, a reload: no difference, no diff."""
    presence.connect("c1", "zoe", is_staff=False)
    presence.enter("c1", "r1")
    presence.take_changes()
    presence.leave("c1", "r1")
    presence.enter("c1", "r1")
    presence.connect("c2", "zoe", is_staff=False)
    presence.enter("c2", "r1")
    presence.drop("c1", now=0)
    presence.advance(GRACE)
    assert presence.take_changes() == ()


def test_come_and_gone_between_two_diffs(presence: Presence) -> None:
    """Who came and went in between was never seen."""
    presence.connect("c1", "zoe", is_staff=False)
    presence.drop("c1", now=0)
    presence.advance(GRACE)
    assert presence.take_changes() == ()


def test_snapshot_between_there_and_back(presence: Presence) -> None:
    """A newcomer who saw a member in a room hears that the member left, though to the others nothing has changed."""
    presence.connect("c1", "zoe", is_staff=False)
    presence.take_changes()
    presence.enter("c1", "r1")
    assert here(presence) == {"zoe": ("r1",)}
    presence.leave("c1", "r1")
    assert presence.take_changes() == (PresenceChange("zoe", ()),)


def test_snapshot_of_somebody_who_goes_before_the_diff(presence: Presence) -> None:
    """A newcomer who saw a member hears that the member is gone, though the others never saw the member come."""
    presence.connect("c1", "zoe", is_staff=False)
    assert here(presence) == {"zoe": ()}
    presence.forget("zoe")
    assert presence.take_changes() == (PresenceChange("zoe", None),)
    assert presence.take_changes() == ()


# --- Rooms that not everybody is told of ---------------------------------------------------------------

HIDDEN = frozenset({"staff"})


def told(presence: Presence) -> tuple[tuple[PresenceChange, ...], tuple[PresenceChange, ...]]:
    """What those hear who are not told of every room, and those who are."""
    return presence.changes_without(HIDDEN), presence.take_changes()


def test_a_hidden_room_is_left_out(presence: Presence) -> None:
    """Who is in it is here, and in the other rooms."""
    presence.connect("c1", "claire", is_staff=True)
    presence.enter("c1", "staff")
    presence.enter("c1", "r1")
    assert presence.snapshot(HIDDEN) == (MemberPresence("claire", ("r1",)),)
    assert told(presence) == ((PresenceChange("claire", ("r1",)),), (PresenceChange("claire", ("r1", "staff")),))


def test_coming_and_going_in_a_hidden_room_is_not_told(presence: Presence) -> None:
    """Not even that something has changed."""
    presence.connect("c1", "claire", is_staff=True)
    told(presence)
    presence.enter("c1", "staff")
    assert told(presence) == ((), (PresenceChange("claire", ("staff",)),))
    presence.leave("c1", "staff")
    assert told(presence) == ((), (PresenceChange("claire", ()),))
    presence.forget("claire")
    assert told(presence) == ((PresenceChange("claire", None),), (PresenceChange("claire", None),))


def test_hidden_room_in_place_of_a_room_that_a_newcomer_saw(presence: Presence) -> None:
    """The newcomer hears that the member has left it."""
    presence.connect("c1", "claire", is_staff=True)
    told(presence)
    presence.enter("c1", "r1")
    assert presence.snapshot(HIDDEN) == (MemberPresence("claire", ("r1",)),)
    presence.leave("c1", "r1")
    presence.enter("c1", "staff")
    assert told(presence) == ((PresenceChange("claire", ()),), (PresenceChange("claire", ("staff",)),))


# --- Random lessons -----------------------------------------------------------------------------------

MEMBERS = ("claire", "marek", "zoe", "jan", "ada")
STAFF = ("claire", "marek")
ROOMS = ("r1", "r2", "r3")

OPERATIONS = st.one_of(
    st.tuples(st.just("connect"), st.sampled_from(MEMBERS), st.sampled_from((None, "one page", "another page"))),
    st.tuples(st.sampled_from(("enter", "leave")), st.integers(0, 7), st.sampled_from(ROOMS)),
    st.tuples(st.just("drop"), st.integers(0, 7)),
    st.tuples(st.just("forget"), st.sampled_from(MEMBERS)),
    st.tuples(st.just("advance"), st.integers(0, 12_000)),
    st.tuples(st.just("advance"), st.sampled_from((GRACE, TEACHER_GRACE))),
    st.tuples(st.just("join")),
    st.tuples(st.just("diff")),
)


@dataclass
class Device:
    """What is known of a device from the outside."""

    member: str
    rooms: set[str] = field(default_factory=set)
    page: str | None = None
    dropped: int | None = None
    leaves: int | None = None
    forgotten: bool = False

    def counts(self, now: int) -> bool:
        return not self.forgotten and (self.leaves is None or now < self.leaves)

    def drop(self, now: int, grace: int) -> None:
        self.dropped = now if self.dropped is None else self.dropped
        self.leaves = now + grace if self.leaves is None else min(self.leaves, now + grace)


class Lesson:
    """Presence, a plain account of what happened to it, and clients that joined at some time."""

    def __init__(self) -> None:
        self.presence = Presence(GRACE, TEACHER_GRACE)
        self.now = 0
        self.devices: list[Device] = []
        self.clients: list[dict[str, tuple[str, ...]]] = []

    def do(self, operation: str, *arguments: object) -> None:
        match operation, *arguments:
            case "connect", str(member), page:
                assert page is None or isinstance(page, str)
                for at, earlier in enumerate(self.devices):
                    is_the_same = page is not None and (earlier.member, earlier.page) == (member, page)
                    if is_the_same and earlier.counts(self.now) and self.node_of(at) is self.presence:
                        earlier.drop(self.now, REJOIN_TIME)
                self.presence.connect(f"c{len(self.devices)}", member, member in STAFF, page)
                self.presence.succeed(f"c{len(self.devices)}", self.clock(self.presence))
                self.devices.append(Device(member, page=page))
            case "enter" | "leave", int(number), str(room):
                if (device := self.device(number)) is not None:
                    if operation == "enter":
                        self.presence.enter(f"c{number}", room)
                        device.rooms.add(room)
                    else:
                        self.presence.leave(f"c{number}", room)
                        device.rooms.discard(room)
            case "drop", int(number):
                if (device := self.device(number)) is not None and device.dropped is None:
                    self.presence.drop(f"c{number}", self.now)
                    device.drop(self.now, GRACE)
            case "forget", str(member):
                self.presence.forget(member)
                for device in self.devices:
                    device.forgotten |= device.member == member
            case "advance", int(milliseconds):
                self.now += milliseconds
                self.presence.advance(self.now)
            case "join", *_:
                self.clients.append(here(self.presence))
            case "diff", *_:
                self.tell()

    def node_of(self, number: int) -> Presence:
        """Where a device is connected, by its number."""
        return self.presence

    def clock(self, node: Presence) -> int:
        """What a node takes for the time."""
        return self.now

    def device(self, number: int) -> Device | None:
        return self.devices[number] if number < len(self.devices) and self.devices[number].counts(self.now) else None

    def tell(self) -> None:
        """Every client hears the diff."""
        for change in self.presence.take_changes():
            for client in self.clients:
                if change.rooms is None:
                    client.pop(change.member, None)
                else:
                    client[change.member] = change.rooms

    def account(self) -> dict[str, tuple[str, ...]]:
        """Who must be here, from what happened."""
        rooms: dict[str, set[str]] = {}
        for device in self.devices:
            if device.counts(self.now):
                rooms.setdefault(device.member, set()).update(device.rooms)
        return {member: tuple(sorted(entered)) for member, entered in rooms.items()}

    def teacher_must_be_present(self) -> bool:
        """Whether a teacher is here or went so short a time ago that pupils go on."""
        return any(
            device.member in STAFF
            and not device.forgotten
            and (device.dropped is None or self.now < device.dropped + TEACHER_GRACE)
            for device in self.devices
        )


@given(st.lists(OPERATIONS, max_size=60))
def test_diffs_applied_to_a_snapshot(operations: list[tuple[object, ...]]) -> None:
    """Whenever a client joins: its snapshot and the diffs since are what a later snapshot says."""
    lesson = Lesson()
    for operation in operations:
        lesson.do(*operation)  # type: ignore[arg-type]
    lesson.tell()
    now = here(lesson.presence)
    assert all(client == now for client in lesson.clients)


@given(st.lists(OPERATIONS, max_size=60))
def test_presence_is_what_happened(operations: list[tuple[object, ...]]) -> None:
    """Who is here, and whether a teacher is, always follows from what happened to the devices."""
    lesson = Lesson()
    for operation in operations:
        lesson.do(*operation)  # type: ignore[arg-type]
        assert here(lesson.presence) == lesson.account()
        assert lesson.presence.teacher_present(lesson.now) == lesson.teacher_must_be_present()
        assert lesson.presence.is_empty() == (not lesson.account())


@given(st.lists(OPERATIONS, max_size=60))
def test_every_audience_has_its_own_snapshot(operations: list[tuple[object, ...]]) -> None:
    """What is kept for one is never told to another, and follows what happens, whichever was asked before."""
    lesson = Lesson()
    hidden = frozenset({"r1"})
    for operation in operations:
        lesson.do(*operation)  # type: ignore[arg-type]
        told = {each.member: each.rooms for each in lesson.presence.snapshot(hidden)}
        assert told == {
            member: tuple(room for room in rooms if room not in hidden) for member, rooms in lesson.account().items()
        }
        assert here(lesson.presence) == lesson.account()


def test_audiences_that_come_and_go(presence: Presence) -> None:
    """Only some are kept in mind; each is told what is so."""
    presence.connect("c1", "zoe", is_staff=False)
    presence.enter("c1", "r1")
    for number in range(2 * AUDIENCES_MAX):
        assert presence.snapshot(frozenset({f"hidden {number}"})) == (MemberPresence("zoe", ("r1",)),)
    assert presence.snapshot(frozenset({"r1"})) == (MemberPresence("zoe", ()),)
    presence.forget("zoe")
    assert presence.snapshot(frozenset({"r1"})) == presence.snapshot() == ()


def test_devices_of_a_member(presence: Presence) -> None:
    """The oldest first, those in their grace time included."""
    assert presence.devices_of("zoe") == ()
    for connection in ("c2", "c1", "c3"):
        presence.connect(connection, "zoe", is_staff=False)
    presence.connect("c4", "jan", is_staff=False)
    presence.drop("c1", now=0)
    assert presence.devices_of("zoe") == ("c2", "c1", "c3")
    presence.advance(GRACE)
    assert presence.devices_of("zoe") == ("c2", "c3")


# --- Several nodes ------------------------------------------------------------------------------------

CLOCKS_APART = 300_000
"""Milliseconds between the clocks of two nodes."""


class SharedLesson(Lesson):
    """A lesson of two nodes, each with a clock of its own; each device is connected to one of them."""

    def __init__(self) -> None:
        super().__init__()
        self.nodes = (Presence(GRACE, TEACHER_GRACE), Presence(GRACE, TEACHER_GRACE))

    def node_of(self, number: int) -> Presence:
        return self.nodes[number % 2]

    def clock(self, node: Presence) -> int:
        return self.now + (CLOCKS_APART if node is self.nodes[1] else 0)

    def do(self, operation: str, *arguments: object) -> None:
        match operation, *arguments:
            case "connect", *_:
                self.presence = self.node_of(len(self.devices))
            case "enter" | "leave" | "drop", int(number), *_:
                self.presence = self.node_of(number)
        match operation, *arguments:
            case "drop", int(number):
                if (device := self.device(number)) is not None:
                    self.presence.drop(f"c{number}", self.clock(self.presence))
                    device.drop(self.now, GRACE)
            case "forget", str(member):
                for node in self.nodes:
                    node.forget(member)
                for device in self.devices:
                    device.forgotten |= device.member == member
            case "advance", int(milliseconds):
                self.now += milliseconds
                for node in self.nodes:
                    node.advance(self.clock(node))
            case "connect" | "enter" | "leave", *_:
                super().do(operation, *arguments)
        self.exchange()

    def exchange(self) -> None:
        """Each node hears what the other has to report."""
        for name, node, other in (("one", *self.nodes), ("two", *self.nodes[::-1])):
            reports = node.report(self.clock(node))
            if reports is not None:
                other.hear(name, reports, self.clock(other))


@given(st.lists(OPERATIONS, max_size=60))
def test_nodes_that_report_agree(operations: list[tuple[object, ...]]) -> None:
    """Each knows who is here and whether a teacher is, wherever they are connected and whatever the clocks say."""
    lesson = SharedLesson()
    for operation in operations:
        lesson.do(*operation)  # type: ignore[arg-type]
        for node in lesson.nodes:
            assert here(node) == lesson.account()
            assert node.teacher_present(lesson.clock(node)) == lesson.teacher_must_be_present()


def device(connection: str, member: str = "zoe", *rooms: str, **changes: Any) -> DeviceReport:
    return DeviceReport(**{"connection": connection, "member": member, "is_staff": False, "rooms": rooms, **changes})


def test_reports_when_something_has_changed(presence: Presence) -> None:
    """Of the devices of this process only."""
    assert presence.report(0) is None
    presence.connect("c1", "zoe", is_staff=False)
    presence.enter("c1", "r1")
    presence.hear("other", [device("c2", "jan")], now=0)
    assert presence.report(0) == (device("c1", "zoe", "r1"),)
    assert presence.report(0) is None
    presence.drop("c1", now=0)
    assert presence.report(1_000) == (device("c1", "zoe", "r1", leaves_in=GRACE - 1_000),)
    presence.report_again()
    assert presence.report(GRACE + 1) == (device("c1", "zoe", "r1", leaves_in=0),)
    presence.advance(GRACE)
    assert presence.report(GRACE) == ()


def test_a_lost_node_is_heard_again(presence: Presence) -> None:
    """Within the grace time nobody has seen its members go, and after it they are here again."""
    reports = [device("c1", "zoe", "r1")]
    presence.hear("other", reports, now=0)
    presence.take_changes()
    for later in (GRACE - 1, 2 * GRACE):
        presence.lose("other", now=later - GRACE + 1)
        assert not presence.is_elsewhere("r1")
        presence.advance(later)
        presence.hear("other", reports, now=later)
        assert here(presence) == {"zoe": ("r1",)}
        assert presence.is_elsewhere("r1")


def test_where_members_are_connected(presence: Presence) -> None:
    """What is connected to nodes: rooms, members' devices, and whose node a device is of."""
    presence.connect("c1", "zoe", is_staff=False)
    presence.hear("other", [device("c2", "zoe", "r1"), device("c3", "jan", "r2", leaves_in=500)], now=0)
    presence.hear("third", [device("c4", "zoe")], now=0)
    assert presence.nodes() == {"other", "third"}
    assert [presence.is_elsewhere(room) for room in ("r1", "r2", "r3")] == [True, False, False]
    assert [presence.nodes_of(member) for member in ("zoe", "jan", "ada")] == [3, 1, 1]
    assert presence.connected_devices_of("zoe") == ("c1", "c2", "c4")
    assert presence.connected_devices_of("jan") == ()
    presence.drop("c1", now=0)
    presence.advance(GRACE)
    assert presence.is_empty()


def test_a_device_is_of_one_node(presence: Presence) -> None:
    """Another that claims it is not believed."""
    presence.connect("c1", "zoe", is_staff=False)
    presence.hear("other", [device("c1", "zoe", "r9")], now=0)
    assert here(presence) == {"zoe": ()}
    presence.hear("other", [], now=0)
    assert here(presence) == {"zoe": ()}


def test_teachers_of_other_nodes(presence: Presence) -> None:
    """They count as present, but it is for their node to remember them."""
    presence.hear("other", [device("c1", "claire", is_staff=True)], now=0)
    assert presence.teacher_present(TEACHER_GRACE * 2)
    assert not presence.has_live_teacher()
    assert presence.is_idle(0)
    presence.lose("other", now=5)
    assert presence.teacher_present(5 + TEACHER_GRACE - 1)
    assert not presence.is_idle(5)
    presence.advance(5 + TEACHER_GRACE)
    assert not presence.teacher_present(5 + TEACHER_GRACE)
    presence.teacher_seen(now=100_000)
    assert presence.teacher_present(100_000 + TEACHER_GRACE - 1)
