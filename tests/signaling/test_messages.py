"""`signaling.messages`: what the wire of calls lets through."""

from typing import Any

import msgspec
import pytest

from media import engine
from rooms.messages import DurableCommand
from rooms.model import Medium
from signaling import messages
from signaling.messages import (
    CALL_PUSHES,
    CALL_RESULTS,
    CANDIDATE_CHARACTERS_MAX,
    SDP_CHARACTERS_MAX,
    Bandwidth,
    CallCandidate,
    CallOffer,
    SessionRole,
)
from tests.signaling.samples import CALL_COMMANDS, call_command, call_command_kinds


def test_every_command_has_a_result() -> None:
    """And nothing else has."""
    assert set(CALL_RESULTS) == set(CALL_COMMANDS)
    assert all(tag.startswith("call.") for tag in call_command_kinds())


def test_pushes_are_named() -> None:
    """Like what they carry, more or less; all of them are about a room."""
    assert all(name == "call" or name.startswith("call_") for name in CALL_PUSHES)
    assert all("room" in push.__struct_fields__ for push in CALL_PUSHES.values())


def test_what_lasts() -> None:
    """Only what teachers decide has a nonce and a place in a log."""
    durable = {tag for tag, kind in call_command_kinds().items() if issubclass(kind, DurableCommand)}
    assert durable == {"call.hold", "call.hold_pupils", "call.remove", "call.end"}


SIZES: tuple[tuple[str, dict[str, Any], str, int], ...] = (
    ("call.offer", {"role": "publish"}, "sdp", SDP_CHARACTERS_MAX),
    ("call.describe", {"to": "p2", "type": "offer"}, "sdp", SDP_CHARACTERS_MAX),
    ("call.candidate", {"to": "p2"}, "candidate", CANDIDATE_CHARACTERS_MAX),
)


@pytest.mark.parametrize(("tag", "fields", "name", "longest"), SIZES)
def test_sizes(tag: str, fields: dict[str, Any], name: str, longest: int) -> None:
    """As long as needed, and no longer: a megabyte neither."""
    assert len(getattr(call_command(tag, room="r", **fields, **{name: "x" * longest}), name)) == longest
    for characters in (longest + 1, 1_000_000):
        with pytest.raises(msgspec.ValidationError):
            call_command(tag, room="r", **fields, **{name: "x" * characters})


def test_candidates_may_be_empty() -> None:
    """No more to come (RFC 8838, 8.2); descriptions may not."""
    assert isinstance(call_command("call.candidate", room="r", to="p2", candidate=""), CallCandidate)
    with pytest.raises(msgspec.ValidationError):
        call_command("call.offer", room="r", role="publish", sdp="")


@pytest.mark.parametrize(
    ("tag", "fields"),
    [
        ("call.publish", {"medium": "smell"}),
        ("call.publish", {"medium": "audio", "loud": True}),
        ("call.join", {"kind": "teacher"}),
        ("call.join", {"resume": ""}),
        ("call.slots_seen", {"revision": -1}),
        ("call.candidate", {"to": "p2", "candidate": "x", "line": 65}),
        ("call.candidate", {"to": "p2", "candidate": "x", "mid": "m" * 65}),
        ("call.describe", {"to": "p2", "type": "rollback", "sdp": "v=0"}),
    ],
)
def test_what_is_not_let_through(tag: str, fields: dict[str, Any]) -> None:
    """Unknown words, unknown fields, what is out of bounds."""
    with pytest.raises(msgspec.ValidationError):
        call_command(tag, room="r", **fields)


def test_offers_name_no_participant() -> None:
    """Who offers is known from the connection, never from what it says."""
    for kind in (CallOffer, messages.CallPublish, messages.CallSettled, messages.CallSlotsSeen):
        assert not {"participant", "member", "me"} & set(kind.__struct_fields__)


def test_the_same_words_as_the_engine() -> None:
    """It imports nothing of ours: the words are written down twice."""
    assert [each.value for each in Medium] == [each.value for each in engine.Medium]
    assert [each.value for each in SessionRole] == [each.value for each in engine.Role]
    assert [each.value for each in Bandwidth] == [each.value for each in engine.Reception]
