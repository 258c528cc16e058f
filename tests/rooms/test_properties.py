"""What holds for every history: snapshots, what members see of them, and that the rules refuse but never break."""

from collections import Counter
from typing import Any

import msgspec
import msgspec.inspect as inspect
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms import project, stored
from rooms.audience import as_seen, project_view
from rooms.board.messages import BoardStreamCommand
from rooms.chat import decide as chat
from rooms.chat.changing import changed_message
from rooms.chat.model import PINS_MAX, REACTIONS, REACTIONS_MAX, Message, Reacted
from rooms.chat.rules import ChatRules
from rooms.chat.state import WINDOW, ChatState, recall
from rooms.errors import Refused
from rooms.events import ChatDeleted, ChatPosted
from rooms.messages import Command
from rooms.model import SYSTEM_ACTOR, Member, MemberId, Role
from rooms.project import ProjectCommand
from rooms.stream import Event
from tests.rooms.samples import (
    CLAIRE,
    CLASS_ROOM,
    MAREK,
    STAFF_ROOM,
    LiveProject,
    board_command_kinds,
    chat_command_kinds,
    command,
    command_kinds,
    groups_command_kinds,
)

# --- Random projects ----------------------------------------------------------------------------------

# Ids are made in order (see `busy_project`): later commands hit what earlier ones have made, or nothing.
MADE = tuple(f"new{number}" for number in range(2, 6))
LATER = tuple(f"new{number}" for number in range(6, 20))
MEMBERS = st.one_of(st.sampled_from((CLAIRE, *MADE[:3])), st.sampled_from(MADE[:3]), st.sampled_from(LATER))
ROOMS = st.one_of(st.sampled_from((CLASS_ROOM, "new5")), st.sampled_from((STAFF_ROOM, *LATER)))
ACTORS = st.one_of(st.sampled_from((None, CLAIRE, MAREK)), st.sampled_from((None, CLAIRE, *MADE)))
BOARDS = st.one_of(st.sampled_from((CLASS_ROOM, "new8")), st.sampled_from((STAFF_ROOM, "new5", "new9", *LATER)))
CAPABILITIES = st.sampled_from(("post", "react", "draw", "publish-screen"))
# Groups of the two pupils that there are from the first, in a room that there may be or in a new one.
GROUP_ROOMS = st.sampled_from(("new5", "new10", "new12-1", None))
GROUPS = st.lists(GROUP_ROOMS, min_size=1, max_size=3, unique=True).flatmap(
    lambda rooms: st.tuples(
        *(
            st.fixed_dictionaries(
                {
                    "room": st.just(room),
                    "name": st.just("Oder" if room is None else None),
                    "members": st.sampled_from(((), MADE[:1], MADE[1:2], MADE[:2])),
                    "number": st.sampled_from((None, 7)) if room is None else st.none(),
                }
            )
            for room in rooms
        )
    )
)

PROJECT_COMMANDS = st.one_of(
    st.tuples(
        st.just("member.add"),
        st.sampled_from(
            [
                {"role": role, "class_id": class_id, "roster_name": "Zoé", "alias": "Z"}
                for role, class_id in (
                    ("pupil", "fr"),
                    ("pupil", "pl"),
                    ("pupil-admin", "fr"),
                    ("teacher", "pl"),
                    ("visitor", None),
                )
            ]
        ),
    ),
    st.tuples(st.just("room.add"), st.just({"name": "Group"})),
    st.tuples(st.just("room.set_open"), st.fixed_dictionaries({"room": ROOMS, "open": st.booleans()})),
    st.tuples(
        st.just("room.set_lock"),
        st.fixed_dictionaries({"room": ROOMS, "capability": CAPABILITIES, "locked": st.booleans()}),
    ),
    st.tuples(
        st.just("member.set_capability"),
        st.fixed_dictionaries({"member": MEMBERS, "capability": CAPABILITIES, "allowed": st.booleans()}),
    ),
    st.tuples(
        st.just("member.set_room_ban"),
        st.fixed_dictionaries({"member": MEMBERS, "room": ROOMS, "banned": st.booleans()}),
    ),
    st.tuples(st.just("groups.form"), st.fixed_dictionaries({"room": ROOMS, "groups": GROUPS})),
    st.tuples(st.just("groups.end"), st.just({})),
    st.tuples(st.just("member.remove"), st.fixed_dictionaries({"member": MEMBERS})),
    st.tuples(
        st.just("class.add"),
        st.just({"name": "5c", "school": "S", "country": "IT", "timezone": "Europe/Rome", "languages": ["it"]}),
    ),
    st.tuples(st.just("board.add"), st.fixed_dictionaries({"room": ROOMS, "name": st.sampled_from(("Oder", "Loire"))})),
    st.tuples(
        st.just("board.rename"), st.fixed_dictionaries({"board": BOARDS, "name": st.sampled_from(("Oder", "Loire"))})
    ),
    st.tuples(st.just("board.move"), st.fixed_dictionaries({"board": BOARDS, "before": st.none() | BOARDS})),
    st.tuples(st.just("board.remove"), st.fixed_dictionaries({"board": BOARDS})),
    st.tuples(
        st.just("project.set_phase"),
        st.fixed_dictionaries(
            {"phase": st.sampled_from(("active", "active", "active", "active", "draft", "archived"))}
        ),
    ),
)
HISTORIES_COUNTED = 250
"""Of which one can say that together they lead to everything: of a hundred, by chance, some kinds are in none."""

PROJECT_HISTORIES = st.lists(st.tuples(ACTORS, PROJECT_COMMANDS), min_size=20, max_size=40)

ProjectHistory = list[tuple[MemberId | None, tuple[str, dict[str, Any]]]]


def busy_project(phase: str = "active") -> LiveProject:
    """Two pupils and a teacher ("new2" to "new4"), a group room ("new5"), both rooms open, a second board of the
    class room ("new8") and of the staff room ("new9")."""
    live = LiveProject()
    for role, class_id in (("pupil", "fr"), ("pupil-admin", "pl"), ("teacher", "pl")):
        live.add(role, class_id)
    live.add_room(open=True)
    live.do(CLAIRE, "room.set_open", room=CLASS_ROOM, open=True)
    for room in (CLASS_ROOM, STAFF_ROOM):
        live.add_board(room)
    if phase != "active":
        live.do(None, "project.set_phase", phase=phase)
    return live


def played(history: ProjectHistory) -> LiveProject:
    """A busy project after those of the commands that are allowed."""
    live = busy_project()
    for actor, (tag, fields) in history:
        try:
            live.do(actor, tag, **fields)
        except Refused:
            continue
    return live


def from_log(events: list[Event]) -> list[Event]:
    """The events as they are read from the log."""
    read = []
    for event in events:
        kind, body = stored.kind_of(event.body), stored.encode_body(event.body)
        again = stored.decode_body(kind, stored.BODY_VERSION, body)
        read.append(msgspec.structs.replace(event, body=again))
    return read


def test_histories_are_full_of_events() -> None:
    """The random commands are worth trying: together they lead to every kind of event."""
    kinds = Counter[str]()

    @settings(max_examples=HISTORIES_COUNTED)
    @given(PROJECT_HISTORIES)
    def collect(history: ProjectHistory) -> None:
        live = played(history)
        kinds.update(stored.kind_of(event.body) for event in live.events[len(busy_project().events) :])

    collect()
    assert {kind for kind, count in kinds.items() if count >= 5} == {
        "project.phase_set",
        "class.added",
        "member.added",
        "member.removed",
        "member.capability_set",
        "member.room_ban_set",
        "room.added",
        "room.open_set",
        "room.lock_set",
        "groups.formed",
        "groups.ended",
        "board.added",
        "board.renamed",
        "board.moved",
        "board.removed",
    }


@given(PROJECT_HISTORIES)
def test_project_snapshot_and_later_events(history: ProjectHistory) -> None:
    """At every cut: the decoded snapshot and the events after it are the fresh state."""
    live = played(history)
    events = from_log(live.events)
    assert events == live.events
    for cut, state in enumerate(live.states):
        again = live.rules.decode(live.rules.encode(state))
        assert again == state
        for event in events[cut:]:
            again = live.rules.apply(again, event)
        assert again == live.state
        assert list(again.members) == list(live.state.members)
        assert list(again.rooms) == list(live.state.rooms)
        assert list(again.boards) == list(live.state.boards)


# --- What a member sees -------------------------------------------------------------------------------

GIVEN_TO = {
    "founder": ["draw", "post", "publish-audio", "publish-screen", "publish-video", "react"],
    "teacher": ["draw", "post", "publish-audio", "publish-screen", "publish-video", "react"],
    "pupil": ["draw", "post", "publish-audio", "publish-video", "react"],
    "pupil-admin": ["draw", "post", "publish-audio", "publish-screen", "publish-video", "react"],
    "visitor": [],
}
"""The capabilities of a role, as a client has to know them."""


OF_NEW_ROOMS = {"open": False, "locked": [], "group": None, "circle": None, "lesson_over": False}
"""What a room says of itself before anything has happened there."""


class Client:
    """A client's view of a project: plain JSON, a snapshot and what the events make of it."""

    def __init__(self, snapshot: bytes, seq: int) -> None:
        self.view: dict[str, Any] = msgspec.json.decode(snapshot)
        self.seq = seq

    def take(self, sent: bytes) -> None:
        """An event from the wire."""
        event: dict[str, Any] = msgspec.json.decode(sent)
        assert event["seq"] == self.seq + 1
        self.seq += 1
        self.apply(event["body"])

    def apply(self, body: dict[str, Any]) -> None:
        match body.pop("kind"):
            case "project.phase_set":
                self.view["phase"] = body["phase"]
            case "class.added":
                self.view["classes"].append({"id": body.pop("class_id"), **body})
            case "member.added":
                self.view["members"].append(
                    {
                        "id": body["member"],
                        "role": body["role"],
                        "class_id": body["class_id"],
                        "capabilities": GIVEN_TO[body["role"]],
                        "room_bans": [],
                        "removed": False,
                    }
                )
            case "member.removed":
                self.member(body)["removed"] = True
                for room in self.view["rooms"]:
                    for name in ("group", "circle"):
                        if room[name] is not None:
                            room[name] = [member for member in room[name] if member != body["member"]]
            case "member.capability_set":
                switch(self.member(body), "capabilities", body["capability"], body["allowed"])
            case "member.room_ban_set":
                switch(self.member(body), "room_bans", body["room"], body["banned"])
            case "room.added":
                room = {"id": body["room"], "kind": body["room_kind"], "name": body["name"]}
                number = body.get("group_number")
                first = {"id": body["room"], "name": ""}
                self.view["rooms"].append({**room, "group_number": number, "boards": [first], **OF_NEW_ROOMS})
            case "room.open_set":
                self.room(body)["open"] = body["open"]
            case "room.lock_set":
                switch(self.room(body), "locked", body["capability"], body["locked"])
            case "groups.formed":
                formed = {group["room"]: group["members"] for group in body["groups"]}
                self.put_away(without=[*formed])
                for room, members in formed.items():
                    self.room({"room": room})["group"] = sorted(members)
                self.view["groups"] = {"origin": body["origin"], "rooms": [*formed], "on": True}
            case "groups.ended":
                self.put_away(without=[])
                self.view["groups"]["on"] = False
            case "board.added":
                self.room(body)["boards"].append({"id": body["board"], "name": body["name"]})
            case "board.renamed":
                self.board(body)["name"] = body["name"]
            case "board.moved":
                boards, moving = self.room(body)["boards"], self.board(body)
                boards.remove(moving)
                ids = [board["id"] for board in boards]
                boards.insert(len(ids) if body["before"] is None else ids.index(body["before"]), moving)
            case "board.removed":
                self.room(body)["boards"].remove(self.board(body))
            case "hidden":
                assert body == {}
            case other:
                pytest.fail(f"a client does not know {other}")

    def put_away(self, without: list[str]) -> None:
        """The rooms of the groups that there are, but for some, belong to their circle from now on."""
        groups = self.view["groups"]
        for name in groups["rooms"] if groups is not None and groups["on"] else ():
            if name not in without:
                room = self.room({"room": name})
                room["group"] = room["circle"] = room["group"] if room["circle"] is None else room["circle"]

    def member(self, body: dict[str, Any]) -> dict[str, Any]:
        (found,) = (member for member in self.view["members"] if member["id"] == body["member"])
        return dict_of(found)

    def room(self, body: dict[str, Any]) -> dict[str, Any]:
        (found,) = (room for room in self.view["rooms"] if room["id"] == body["room"])
        return dict_of(found)

    def board(self, body: dict[str, Any]) -> dict[str, Any]:
        (found,) = (board for board in self.room(body)["boards"] if board["id"] == body["board"])
        return dict_of(found)


def dict_of(found: Any) -> dict[str, Any]:
    """The map itself."""
    assert isinstance(found, dict)
    return found


def switch(owner: dict[str, Any], name: str, value: str, is_on: bool) -> None:
    """A sorted list with the value in it, or not."""
    owner[name] = sorted({*owner[name], value} if is_on else {*owner[name]} - {value})


READERS = ("founder", "teacher", "pupil", "pupil-admin", "visitor")


@given(PROJECT_HISTORIES, st.sampled_from(READERS))
def test_what_a_member_sees_stays_consistent(history: ProjectHistory, role: str) -> None:
    """Whenever a member joined: its snapshot and the events it may see are the view of who joins now."""
    live = played(history)
    reader = Member("reader", Role(role), "fr", frozenset())
    fresh = msgspec.json.decode(msgspec.json.encode(project_view(live.state, reader.is_staff)))
    sent = [msgspec.json.encode(as_seen(event, live.state, reader.is_staff)) for event in live.events]
    for cut in range(1, len(live.states)):
        client = Client(msgspec.json.encode(project_view(live.states[cut], reader.is_staff)), cut)
        for event in sent[cut:]:
            client.take(event)
        assert client.view == fresh


@pytest.mark.parametrize("role", READERS)
def test_who_is_no_teacher_misses_only_the_staff_room(role: str) -> None:
    """The reducer above does see rooms: two for teachers, one for others."""
    live = LiveProject()
    reader = Member("reader", Role(role), "fr", frozenset())
    client = Client(msgspec.json.encode(project_view(live.states[1], reader.is_staff)), 1)
    for event in live.events[1:]:
        client.take(msgspec.json.encode(as_seen(event, live.state, reader.is_staff)))
    assert [room["id"] for room in client.view["rooms"]] == [CLASS_ROOM, STAFF_ROOM][: 1 + reader.is_staff]


# --- Random chats -------------------------------------------------------------------------------------

WANTED = st.one_of(st.integers(1, 8), st.integers(40, 80))
CHAT_COMMANDS = st.one_of(
    st.tuples(st.just("post"), st.sampled_from(("a", "b", "ł" * 3))),
    st.tuples(st.just("post"), st.sampled_from(("a", "b", "ł" * 3))),
    st.tuples(st.just("edit"), WANTED, st.sampled_from(("a", "c"))),
    st.tuples(st.just("delete"), WANTED),
    st.tuples(st.just("reply"), st.sampled_from(("a", "<@zoe> <@jan>")), WANTED),
    st.tuples(st.just("react"), WANTED, st.sampled_from(REACTIONS), st.booleans()),
    st.tuples(st.just("react"), WANTED, st.sampled_from(REACTIONS[:2]), st.booleans()),
    st.tuples(st.just("pin"), WANTED, st.sampled_from((True, True, False))),
    st.tuples(st.just("set_language"), WANTED, st.sampled_from(("fr", "pl", None))),
)
FIELDS_OF = {
    "post": ("text",),
    "reply": ("text", "reply"),
    "edit": ("message", "text"),
    "delete": ("message",),
    "react": ("message", "reaction", "on"),
    "pin": ("message", "pinned"),
    "set_language": ("message", "language"),
}
CHAT_HISTORIES = st.lists(
    st.tuples(st.sampled_from((CLAIRE, "zoe", "zoe", "jan")), CHAT_COMMANDS), min_size=20, max_size=60
)
ALREADY_THERE = st.sampled_from((0, 3, 47, 50, 60))

AROUND = chat.Around(may_read=lambda member: member == "jan", language_of={"a": "fr", "b": "pl"}.get)

ChatHistory = list[tuple[MemberId, tuple[Any, ...]]]


class LiveChat:
    """A chat that is changed by commands, with the archive that its owner recalls older messages from."""

    def __init__(self, already: int) -> None:
        self.project = LiveProject()
        self.members = {"zoe": self.project.add("pupil", "fr"), "jan": self.project.add("pupil", "pl")}
        self.project.do(CLAIRE, "room.set_open", room=CLASS_ROOM, open=True)
        self.rules = ChatRules()
        self.states: list[ChatState] = [self.rules.empty("room:hall")]
        self.events: list[Event] = []
        for number in range(already):
            self.ask((CLAIRE, "zoe")[number % 2], ("post", f"message {number}"))

    def ask(self, who: str, what: tuple[Any, ...]) -> None:
        """Decide and apply, after recalling what is needed."""
        actor = self.members.get(who, who)
        wanted = self.wanted(what)
        needed = chat.message_needed(self.states[-1], wanted)
        if needed is not None and (found := self.archived().get(needed)) is not None:
            self.states[-1] = recall(self.states[-1], (found,))
        standing = self.project.state.standing(actor, True, CLASS_ROOM)
        try:
            decision = chat.decide(self.states[-1], standing, actor, wanted, AROUND)
        except Refused:
            return
        for body in decision.bodies:
            seq = len(self.events) + 1
            self.events.append(Event("room:hall", seq, seq * 10, actor, f"nonce-{seq:04}", body))
            self.states.append(self.rules.apply(self.states[-1], self.events[-1]))

    @staticmethod
    def wanted(what: tuple[Any, ...]) -> chat.ChatCommand:
        verb = "post" if what[0] == "reply" else what[0]
        fields = dict(zip(FIELDS_OF[what[0]], what[1:], strict=True))
        made: chat.ChatCommand = command(f"chat.{verb}", room=CLASS_ROOM, **fields)
        return made

    def archived(self) -> dict[int, Message]:
        """All messages as they are now, worked out from the events in the plainest way."""
        messages: dict[int, Message] = {}
        for event in self.events:
            body = msgspec.to_builtins(event.body)
            if body["kind"] == "chat.posted":
                found = {name: body[name] for name in ("text", "reply", "language") if name in body}
                mentions = tuple(body.get("mentions", ()))
                messages[event.seq] = Message(
                    event.seq, event.at, event.actor, nonce=event.nonce, mentions=mentions, **found
                )
                continue
            old = messages[body["message"]]
            match body["kind"]:
                case "chat.edited":
                    new = {"text": body["text"], "edited_at": event.at, "language": body.get("language")}
                    new["mentions"] = tuple(body.get("mentions", ()))
                case "chat.deleted":
                    new = {
                        "text": "",
                        "deleted": True,
                        "mentions": (),
                        "language": None,
                        "reactions": (),
                        "pinned": False,
                    }
                case "chat.reacted":
                    given = {group.reaction: [*group.members] for group in old.reactions}
                    members = given.setdefault(body["reaction"], [])
                    members.append(event.actor) if body["on"] else members.remove(event.actor)
                    new = {"reactions": tuple(Reacted(name, tuple(who)) for name, who in given.items() if who)}
                case "chat.pinned":
                    new = {"pinned": body["pinned"]}
                case "chat.language_set":
                    new = {"language": body["language"]}
                case other:
                    pytest.fail(f"a client does not know {other}")
            messages[old.id] = msgspec.structs.replace(old, **new)
        return messages


@given(ALREADY_THERE, CHAT_HISTORIES)
def test_chat_snapshot_and_later_events(already: int, history: ChatHistory) -> None:
    """At every cut: the decoded snapshot and the events after it are the fresh state, recalled messages aside."""
    live = LiveChat(already)
    for who, what in history:
        live.ask(who, what)
    rules = live.rules
    fresh = rules.empty("room:hall")
    for event in from_log(live.events):
        fresh = rules.apply(fresh, event)
    assert rules.encode(live.states[-1]) == rules.encode(fresh)
    for cut in range(0, len(live.states), 7):
        again = rules.decode(rules.encode(live.states[cut]))
        for event in live.events[cut:]:
            again = rules.apply(again, event)
        assert again == fresh


@given(ALREADY_THERE, CHAT_HISTORIES)
def test_chat_is_what_was_said(already: int, history: ChatHistory) -> None:
    """The view is the newest messages as a plain account has them; what is recalled is never stale."""
    live = LiveChat(already)
    for who, what in history:
        live.ask(who, what)
    messages = live.archived()
    state = live.states[-1]
    assert list(state.messages) == list(messages.values())[-WINDOW:]
    assert state.more is (len(messages) > WINDOW)
    for at_hand in (*state.recalled.values(), *state.pins):
        assert at_hand == messages[at_hand.id]
    assert {pin.id for pin in state.pins} == {message.id for message in messages.values() if message.pinned}
    assert len(state.pins) <= PINS_MAX
    for message in messages.values():
        assert len(message.reactions) <= REACTIONS_MAX
        assert all(len(group.members) == len({*group.members}) > 0 for group in message.reactions)


@given(ALREADY_THERE, CHAT_HISTORIES)
def test_a_chat_of_which_much_was_blanked(already: int, history: ChatHistory) -> None:
    """The log, read again after messages were deleted and all about them blanked, adds up to the same chat."""
    live = LiveChat(already)
    for who, what in history:
        live.ask(who, what)
    gone = {event.body.message for event in live.events if isinstance(event.body, ChatDeleted)}
    again = live.rules.empty("room:hall")
    for event in live.events:
        is_gone = (event.seq if isinstance(event.body, ChatPosted) else changed_message(event.body)) in gone
        body = stored.blanked(event.body) if is_gone else event.body
        again = live.rules.apply(again, msgspec.structs.replace(event, body=body))
    assert live.rules.encode(again) == live.rules.encode(live.states[-1])


# --- Any command at all -------------------------------------------------------------------------------

KINDS = command_kinds() | groups_command_kinds() | chat_command_kinds() | board_command_kinds()

ANY_CHARACTER = st.one_of(st.characters(exclude_categories=()), st.sampled_from("\x00 \ud83d"))
"""Halves of surrogate pairs and NUL among them."""

KNOWN = {
    "member": (CLAIRE, MAREK, "new2", "new3", "new4"),
    "room": (CLASS_ROOM, STAFF_ROOM, "new5"),
    "board": (CLASS_ROOM, STAFF_ROOM, "new5", "new8"),
    "before": (CLASS_ROOM, STAFF_ROOM, "new8"),
    "class_id": ("fr", "pl"),
    "country": ("FR", "PL"),
    "timezone": ("Europe/Paris",),
    "languages": ("fr",),
}
"""Ids that exist, so that some commands get further than the first check."""


def values_of(wanted: inspect.Type, name: str) -> st.SearchStrategy[Any]:
    """Values that the wire lets through for a field; what it does not is in `test_messages`."""
    match wanted:
        case inspect.Metadata(type=inner):
            return values_of(inner, name)
        case inspect.StrType(pattern=str()) if name == "nonce":
            return st.sampled_from(("nonce-0001", "-" * 64))
        case inspect.StrType(pattern=str(pattern)):
            return st.one_of(st.sampled_from(KNOWN.get(name, ("a",))), st.from_regex(pattern))
        case inspect.StrType(max_length=longest):
            known = st.sampled_from(KNOWN.get(name, ("a",)))
            text = st.text(ANY_CHARACTER, min_size=1, max_size=12)
            return st.one_of(known, known, text, st.just("x" * (longest or 9000)))
        case inspect.IntType(ge=low, le=high):
            return st.one_of(st.integers(1, 4), st.integers(low, high))
        case inspect.BoolType():
            return st.booleans()
        case inspect.NoneType():
            return st.none()
        case inspect.LiteralType(values=literals):
            return st.sampled_from(literals)
        case inspect.EnumType(cls=cls):
            return st.sampled_from([member.value for member in cls])
        case inspect.UnionType(types=types):
            return st.one_of([values_of(each, name) for each in types])
        case inspect.VarTupleType(item_type=item_type):
            return st.lists(values_of(item_type, name), min_size=1, max_size=8)
        case inspect.StructType(fields=fields):
            return st.fixed_dictionaries({each.name: values_of(each.type, each.name) for each in fields})
        case _:
            pytest.fail(f"no values for {wanted}")


def any_command(tag: str) -> st.SearchStrategy[Any]:
    """Any fields for a command."""
    wanted = inspect.type_info(KINDS[tag])
    assert isinstance(wanted, inspect.StructType)
    return values_of(wanted, tag)


def decoded(tag: str, fields: dict[str, Any]) -> Any:
    """The command, or None when the wire does not let it through."""
    try:
        return msgspec.convert({"command": tag, **fields}, KINDS[tag])
    except (msgspec.ValidationError, UnicodeError):
        return None


BUSY = {phase: busy_project(phase) for phase in ("active", "draft", "archived")}
WHO = st.sampled_from((None, CLAIRE, CLAIRE, "new2", "new3", "new4", "stranger"))
PHASES = st.sampled_from(("active", "active", "draft", "archived"))


@pytest.mark.parametrize("tag", sorted(tag for tag, kind in KINDS.items() if kind in ProjectCommand.__args__))
@settings(max_examples=60)
@given(data=st.data(), actor=WHO, phase=PHASES, present=st.booleans())
def test_project_rules_refuse_or_decide(
    tag: str, data: st.DataObject, actor: str | None, phase: str, present: bool
) -> None:
    """Whatever the wire lets through is refused with a code, or leads to what can be stored, applied and shown."""
    wanted = decoded(tag, data.draw(any_command(tag)))
    if wanted is None:
        return
    live = BUSY[phase]
    try:
        room, subject = project.room_of(live.state, wanted), project.subject_of(live.state, wanted)
        standing = live.state.standing(actor, present, room, subject)
        decision = project.decide(live.state, standing, wanted, "made")
    except Refused as refused:
        refused.message.encode()
        return
    state = live.state
    for body in decision.bodies:
        assert stored.decode_body(stored.kind_of(body), stored.BODY_VERSION, stored.encode_body(body)) == body
        state = project.apply(state, body)
    for identity in decision.identities:
        assert msgspec.msgpack.encode(identity)
    assert live.rules.decode(live.rules.encode(state)) == state
    assert msgspec.json.encode(project_view(state, state.members[CLAIRE].is_staff))


@pytest.mark.parametrize("tag", sorted(tag for tag, kind in KINDS.items() if kind in chat.ChatCommand.__args__))
@settings(max_examples=60)
@given(data=st.data(), actor=WHO, phase=PHASES, present=st.booleans())
def test_chat_rules_refuse_or_decide(
    tag: str, data: st.DataObject, actor: str | None, phase: str, present: bool
) -> None:
    """The same for the chat: nobody's message breaks it."""
    wanted = decoded(tag, data.draw(any_command(tag)))
    if wanted is None:
        return
    assert isinstance(wanted, chat.ChatCommand)
    rules = ChatRules()
    state = rules.empty("room:hall")
    for seq, author in enumerate((CLAIRE, "new2", "new2"), start=1):
        posted = ChatPosted("hello")
        state = rules.apply(state, Event("room:hall", seq, seq, author, None, posted))
    try:
        standing = BUSY[phase].state.standing(actor, present, wanted.room)
        decision = chat.decide(state, standing, actor or SYSTEM_ACTOR, wanted, AROUND)
    except Refused as refused:
        refused.message.encode()
        return
    for body in decision.bodies:
        assert stored.decode_body(stored.kind_of(body), stored.BODY_VERSION, stored.encode_body(body)) == body
        state = rules.apply(state, Event("room:hall", 4, 4, actor or SYSTEM_ACTOR, "nonce-0004", body))
    assert rules.decode(rules.encode(state)) == state


def test_every_deciding_command_is_tried() -> None:
    """The two tests above leave out no command that is decided by rules, those upon one board excepted."""
    decided: set[type[Command]] = {*ProjectCommand.__args__, *chat.ChatCommand.__args__}
    durable = {kind for kind in KINDS.values() if "nonce" in kind.__struct_fields__}
    assert decided | {*BoardStreamCommand.__args__} == durable
