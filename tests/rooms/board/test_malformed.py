"""200,000 random malformed changes: none is accepted wrongly, none crashes, none that is refused leaves an event."""

import json
import random
from collections import Counter
from typing import Any

import msgspec
import pytest

from rooms import events
from rooms.board.decide import BoardDecision, decide
from rooms.board.messages import BoardChange
from rooms.board.model import BoardElement, BoardState
from rooms.board.rules import BoardRules
from rooms.errors import ErrorCode, Refused
from rooms.stream import Event
from tests.rooms.board import malformed
from tests.rooms.board.drawing import ANA, BOARD, CLAIRE, JAN, START, STREAM, PlayedBoard, bound, drawn, standing

CHANGES = 200_000
PARTS = 10
"""The changes come in parts, each a test with random numbers of its own, so that they share the machine's cores."""

JSON = msgspec.json.Decoder(BoardChange)
MSGPACK = msgspec.msgpack.Decoder(BoardChange)
"""As `rtserver.hub.dispatch` decodes commands."""

REFUSALS = {
    *(ErrorCode.INVALID, ErrorCode.TOO_LARGE, ErrorCode.LINK_REFUSED),
}
SUPERSEDED = {
    *(ErrorCode.ELEMENT_CHANGED, ErrorCode.ELEMENT_GONE, ErrorCode.ELEMENT_LOCKED, ErrorCode.NOT_YOUR_ELEMENT),
}


def crowded() -> BoardState:
    """Something of one's own with a label, somebody else's, something held, put aside, deleted by oneself or not."""
    board = PlayedBoard()
    board.draw(
        ANA,
        drawn("rectangle", "own", index="a0", boundElements=[bound("label", "text")]),
        drawn("text", "label", index="a1", containerId="own"),
        drawn("ellipse", "hidden", index="a2"),
        drawn("line", "gone", index="a3"),
    )
    board.draw(JAN, drawn("diamond", "jans", index="a4"), drawn("line", "jans-gone", index="a6"))
    board.draw(CLAIRE, drawn("frame", "held", index="a5", locked=True))
    board.do(CLAIRE, "board.set_hidden", elements=["hidden"], hidden=True)
    board.delete(ANA, "gone")
    board.delete(JAN, "jans-gone")
    return board.state


STATE = crowded()
ENCODED = BoardRules().encode(STATE)


def read(data: bytes, as_json: bool) -> BoardChange | None:
    """The command, or None when the wire does not let it through."""
    try:
        return JSON.decode(data) if as_json else MSGPACK.decode(data)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeError, RecursionError):
        return None  # what the dispatcher turns into INVALID


def decided(command: BoardChange) -> BoardDecision | ErrorCode:
    """What comes of it, or the code of the refusal. Anything else that is raised is a crash."""
    try:
        return decide(STATE, standing(ANA), ANA, command, START)
    except Refused as refused:
        return refused.code


def judged_again(data: bytes, as_json: bool) -> list[dict[str, Any]] | None:
    """The changes, as others read them, when each of them may be made."""
    try:
        command = malformed.read_again(data, as_json)
    except (ValueError, RecursionError):
        return None
    shape = malformed.record({"nonce": malformed.a_nonce, "board": malformed.a_name, "changes": bool})
    if not shape(command):
        return None
    changes: list[dict[str, Any]] = command["changes"]
    change = malformed.record({"base": malformed.whole(0, 2**53 - 1), "element": malformed.may_be_there})
    if type(changes) is not list or not all(change(one) for one in changes):
        return None
    ids = [one["element"]["id"] for one in changes]
    return changes if len(set(ids)) == len(ids) else None


def assert_rightly_taken(kept: BoardElement, changes: list[dict[str, Any]], taken: set[str]) -> None:
    """Which it is upon the version that is there, what was sent, and the actor's to change."""
    name = kept.element.id
    (sent,) = (change for change in changes if change["element"]["id"] == name)
    old, gone = STATE.elements.get(name), STATE.gone.get(name)
    assert name not in STATE.hidden
    assert kept.editor == ANA
    assert not kept.held or (old is not None and old.held)
    is_now = json.loads(msgspec.json.encode(kept.element))
    if old is not None:
        was = json.loads(msgspec.json.encode(old.element))
        assert (sent["base"], kept.version) == (old.version, old.version + 1)
        differing = {field for field in was.keys() | is_now.keys() if was.get(field) != is_now.get(field)}
        assert differing
        assert old.creator == ANA or differing == {"boundElements"}
    else:
        assert not is_now["isDeleted"]
        assert sent["base"] in (0, gone.version if gone is not None else 0)
        assert kept.creator == ANA
        assert gone is None or gone.creator == ANA
    if is_now["isDeleted"]:
        return
    place, wanted = is_now.pop("index"), sent["element"]["index"]
    held = {other.element.index for other in STATE.elements.values() if other.element.id not in taken}
    assert place not in held
    is_contested = wanted in held or [change["element"]["index"] for change in changes].count(wanted) > 1
    assert place == wanted or is_contested or wanted not in malformed.GOOD_INDEXES
    assert is_now == {field: value for field, value in sent["element"].items() if field != "index"}
    container = is_now.get("containerId")
    if container is not None:
        alive = {one["element"]["id"]: one["element"] for one in changes if not one["element"]["isDeleted"]}
        holder = alive.get(container) or msgspec.to_builtins(STATE.elements[container].element)
        assert holder["type"] in ("rectangle", "diamond", "ellipse", "arrow")


def assert_rightly_decided(outcome: BoardDecision, changes: list[dict[str, Any]]) -> None:
    """All elements of its event are, and its event can be applied and stored."""
    ids = {change["element"]["id"] for change in changes}
    assert {lost.id for lost in outcome.superseded} <= ids
    assert {lost.code for lost in outcome.superseded} <= SUPERSEDED
    assert all(lost.id != "hidden" or lost.element is None for lost in outcome.superseded)
    for body in outcome.decision.bodies:
        assert isinstance(body, events.BoardChanged)
        taken = {kept.element.id for kept in body.elements}
        for kept in body.elements:
            assert_rightly_taken(kept, changes, taken)
        after = BoardRules().apply(STATE, Event(STREAM, 99, START, ANA, "nonce-0001", body))
        assert len(set(after.places)) == len(after.places) == len(after.elements)


@pytest.mark.parametrize("seed", range(PARTS))
def test_malformed_changes(seed: int) -> None:
    """The judge and the rules agree on every single one."""
    chance = random.Random(seed)
    happened: Counter[str] = Counter()
    made = 0
    while made < CHANGES // PARTS:
        changes = [malformed.change(chance) for _ in range(chance.choice((1, 1, 1, 2)))]
        made += len(changes)
        as_json = chance.random() < 0.5
        data = malformed.encoded(chance, {"nonce": "nonce-0001", "board": BOARD, "changes": changes}, as_json)
        command = read(data, as_json)
        rightly = judged_again(data, as_json)
        if command is None:
            assert rightly is None, data
            happened["not read"] += 1
            continue
        outcome = decided(command)
        if isinstance(outcome, ErrorCode):
            assert outcome in REFUSALS
            assert rightly is None, (outcome, data)
            happened["refused"] += 1
            continue
        assert rightly is not None, data
        assert_rightly_decided(outcome, rightly)
        happened["superseded" if outcome.superseded else "taken"] += 1
    assert BoardRules().encode(STATE) == ENCODED
    least = CHANGES // PARTS // 50
    assert all(happened[what] > least for what in ("not read", "refused", "superseded", "taken")), happened
