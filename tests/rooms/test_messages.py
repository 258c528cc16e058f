"""`rooms.messages`: the wire is strict, and its names are the documented ones."""

from typing import Any

import msgspec
import pytest

from rooms import messages
from rooms.errors import ErrorCode, Refused
from rooms.messages import (
    HISTORY_PAGE_MAX,
    MESSAGE_BYTES_MAX,
    PUSHES,
    RESULTS,
    SIGNAL_CHARACTERS_MAX,
    Accepted,
    AnyCommand,
    Command,
    ConnectAuth,
    DurableCommand,
    Failure,
)
from tests.rooms.samples import COMMANDS, command_kinds

NONCE = "nonce-0001"

SAMPLES: dict[str, dict[str, Any]] = {
    "project.set_phase": {"nonce": NONCE, "phase": "active"},
    "class.add": {
        "nonce": NONCE,
        "name": "5c",
        "school": "Liceo",
        "country": "IT",
        "timezone": "Europe/Rome",
        "languages": ["it"],
    },
    "member.add": {"nonce": NONCE, "role": "pupil", "class_id": "fr", "roster_name": "Zoé B.", "alias": "Z"},
    "member.remove": {"nonce": NONCE, "member": "m1"},
    "member.set_capability": {"nonce": NONCE, "member": "m1", "capability": "post", "allowed": False},
    "member.set_room_ban": {"nonce": NONCE, "member": "m1", "room": "r1", "banned": True},
    "room.add": {"nonce": NONCE, "name": "Group 1"},
    "room.set_open": {"nonce": NONCE, "room": "r1", "open": True},
    "room.set_lock": {"nonce": NONCE, "room": "r1", "capability": "post", "locked": True},
    "chat.post": {
        "nonce": NONCE,
        "room": "r1",
        "text": "Salut",
        "reply": 7,
        "files": [{"file": "ab" * 32, "name": "kot.png"}],
    },
    "chat.edit": {"nonce": NONCE, "room": "r1", "message": 1, "text": "Salut"},
    "chat.delete": {"nonce": NONCE, "room": "r1", "message": 1},
    "project.join": {"position": {"epoch": "e", "seq": 3}},
    "project.roster": {},
    "room.join": {"room": "r1", "position": None},
    "room.leave": {"room": "r1"},
    "room.signal": {"room": "r1", "topic": "typing", "data": "", "latest": True},
    "chat.history": {"room": "r1", "before": 51, "limit": 50, "after": 3},
    "invitation.create": {"member": "m1"},
    "session.end": {},
}
"""Every command by its documented name, with all of its fields."""

OPTIONAL = {
    ("project.join", "position"),
    ("room.join", "position"),
    ("room.signal", "latest"),
    ("chat.history", "limit"),
    ("chat.history", "after"),
    ("chat.post", "reply"),
    ("chat.post", "files"),
}

EACH_FIELD = [(tag, field) for tag, fields in SAMPLES.items() for field in fields]


def decoded(tag: str, fields: dict[str, Any]) -> Command:
    """The command as the hub decodes it: by its name, from what the parser made of the packet."""
    result: Command = msgspec.convert({"command": tag, **fields}, AnyCommand)
    return result


def refused(tag: str, fields: dict[str, Any]) -> bool:
    """Whether the fields are no such command."""
    try:
        decoded(tag, fields)
    except msgspec.ValidationError:
        return True
    return False


def test_commands_have_the_documented_names() -> None:
    """A new command, or another name, is a change of the protocol."""
    assert set(command_kinds()) == set(SAMPLES)
    assert len(COMMANDS) == len(SAMPLES)


@pytest.mark.parametrize(("tag", "fields"), SAMPLES.items())
def test_samples_are_read(tag: str, fields: dict[str, Any]) -> None:
    """The name decides which command it is; its fields come as sent."""
    read = decoded(tag, fields)
    assert type(read) is command_kinds()[tag]
    assert msgspec.json.decode(msgspec.json.encode(read)) == {"command": tag, **fields}
    assert set(fields) == set(read.__struct_fields__)


@pytest.mark.parametrize("tag", SAMPLES)
def test_unknown_field(tag: str) -> None:
    """A field that the command does not have is refused."""
    assert refused(tag, {**SAMPLES[tag], "unknown": 1})


@pytest.mark.parametrize("tag", ["chat.shout", "", "Chat.Post", "chat.post ", "event"])
def test_unknown_command(tag: str) -> None:
    """There is no such command."""
    assert refused(tag, SAMPLES["chat.post"])


@pytest.mark.parametrize(("tag", "field"), EACH_FIELD)
def test_missing_field(tag: str, field: str) -> None:
    """Fields may be left out only where a default is documented."""
    fields = {name: value for name, value in SAMPLES[tag].items() if name != field}
    assert refused(tag, fields) is ((tag, field) not in OPTIONAL)


@pytest.mark.parametrize(("tag", "field"), EACH_FIELD)
def test_wrong_type(tag: str, field: str) -> None:
    """No field takes a value of another type: numbers as text, text as numbers, 1 for true, lists, maps, bytes."""
    right = SAMPLES[tag][field]
    wrong: list[Any] = [1.5, b"bytes", {"a": 1}, [[1]], 10**30]
    if not isinstance(right, str):
        wrong += ["1", "true", ""]
    if not isinstance(right, bool):
        wrong += [True]
    if not isinstance(right, int) or isinstance(right, bool):
        wrong += [0, 1]
    if field not in ("class_id", "position", "reply", "after"):
        wrong += [None]
    taken = [value for value in wrong if not refused(tag, {**SAMPLES[tag], field: value})]
    assert taken == []


@pytest.mark.parametrize("kind", COMMANDS)
def test_every_command_has_a_result(kind: type[Command]) -> None:
    """What a command is answered with is written down, and named in its description."""
    assert RESULTS[kind].__name__ in (kind.__doc__ or "")
    assert (RESULTS[kind] is Accepted) is issubclass(kind, DurableCommand)


def test_no_result_without_command() -> None:
    """The results are those of the commands, no more."""
    assert set(RESULTS) == set(COMMANDS)


def test_pushes_have_the_documented_names() -> None:
    """What the server sends by itself; names of pushes and commands are apart."""
    assert set(PUSHES) == {
        "event", "rights", "session", "signal", "presence", "expelled", "bye", "moving", "problem"
    }  # fmt: skip
    assert not set(PUSHES) & set(SAMPLES)
    for name in ("session", "signal", "presence", "expelled", "bye", "moving", "problem"):
        assert f'"{name}":' in PUSHES[name].__doc__


@pytest.mark.parametrize(
    ("nonce", "good"),
    [
        ("12345678", True),
        ("aZ09_-aZ", True),
        ("a" * 64, True),
        ("a" * 7, False),
        ("a" * 65, False),
        ("aaaa aaaa", False),
        ("aaaaaaaé", False),
        ("aaaaaaaa\n", False),
        ("\naaaaaaaa", False),
    ],
)
def test_nonces(nonce: str, good: bool) -> None:
    """Eight to sixty-four harmless characters."""
    assert refused("room.add", {"nonce": nonce, "name": "x"}) is not good


@pytest.mark.parametrize(
    ("tag", "field", "good", "bad"),
    [
        ("member.remove", "member", ["m", "m" * 64], ["", "m" * 65]),
        ("room.add", "name", ["n", "n" * 120], ["", "n" * 121]),
        ("class.add", "country", ["FR", "ZZ"], ["fr", "F", "FRA", "FR\n", ""]),
        ("class.add", "languages", [["a"], ["a"] * 8], [[], ["a"] * 9, [""], "fr", [1]]),
        ("member.add", "role", ["founder", "pupil-admin"], ["Founder", "pupil_admin", "king", ""]),
        ("member.add", "class_id", [None, "c"], ["", "c" * 65]),
        ("room.set_lock", "capability", ["publish-audio"], ["publish_audio", "all"]),
        ("project.set_phase", "phase", ["draft", "archived"], ["open", ""]),
        ("chat.edit", "message", [1, 2**53 - 1], [0, -1, 2**53]),
        ("chat.history", "before", [1, 2**53 - 1], [0, 2**53]),
        ("chat.history", "limit", [1, HISTORY_PAGE_MAX], [0, -1, HISTORY_PAGE_MAX + 1]),
        ("room.signal", "topic", ["a", "typing-2_x", "a" * 32], ["", "A", "2a", "a" * 33, "a b", "a\n"]),
        ("room.signal", "data", ["", "x" * SIGNAL_CHARACTERS_MAX], ["x" * (SIGNAL_CHARACTERS_MAX + 1)]),
        ("room.join", "position", [None, {"epoch": "e", "seq": 0}], [{}, {"epoch": "e", "seq": -1}]),
        (
            "project.join",
            "position",
            [{"epoch": "", "seq": 2**53 - 1}],
            [{"epoch": "e", "seq": 2**53}, {"epoch": "e", "seq": 1, "more": 1}],
        ),
    ],
)
def test_limits(tag: str, field: str, good: list[Any], bad: list[Any]) -> None:
    """Each limit, on both of its sides."""
    assert [value for value in good if refused(tag, {**SAMPLES[tag], field: value})] == []
    assert [value for value in bad if not refused(tag, {**SAMPLES[tag], field: value})] == []


def test_long_texts_are_left_to_the_rules() -> None:
    """A message that is too long is read, so that it can be refused as too long and not as malformed."""
    assert not refused("chat.post", {**SAMPLES["chat.post"], "text": "x" * (MESSAGE_BYTES_MAX + 1)})
    assert refused("chat.edit", {**SAMPLES["chat.edit"], "text": ""})


def test_connect_auth_is_strict() -> None:
    """The auth object of the connection is read as strictly as a command."""
    assert msgspec.convert({"version": 1, "ticket": "t"}, ConnectAuth) == ConnectAuth(1, ticket="t")
    for wrong in ({}, {"version": "1"}, {"version": 1, "token": "t"}, {"version": 1, "ticket": 5}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(wrong, ConnectAuth)


def test_failure_on_the_wire() -> None:
    """An error is a code, a sentence and whether to try again."""
    failure = Failure(ErrorCode.ROOM_CLOSED, "The room is closed.", False)
    wire = {"code": "room_closed", "message": "The room is closed.", "retry": False}
    assert msgspec.to_builtins(failure) == wire
    later = Failure.of(Refused(ErrorCode.TOO_MANY_REQUESTS, retry_after=7))
    assert msgspec.to_builtins(later)["retry_after"] == 7


def test_protocol_version() -> None:
    """Raising the version is deliberate."""
    assert (messages.OLDEST_PROTOCOL_VERSION, messages.PROTOCOL_VERSION) == (1, 3)
