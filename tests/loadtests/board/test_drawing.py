"""Who draws what and when, and what is made of what arrives."""

from time import perf_counter_ns
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from msgspec import Raw

from loadtests.board.drawing import POINTS_AT_ONCE, STROKE_POINTS, Drawers, finishing, human, single
from loadtests.problem import Problem
from rooms.board.messages import BoardChange, BoardCursor, BoardStroke
from tests.loadtests.recording_peer import RecordingPeer


def test_human_strokes_are_whole() -> None:
    """Ten people for four seconds: each begins a stroke every two, with all of its points and its end."""
    deeds = human(10, 4.0)
    assert deeds == sorted(deeds)
    strokes = {deed.stroke for deed in deeds}
    finished = [deed for deed in deeds if deed.part is None]
    assert len(finished) == len(strokes)
    for number in strokes:
        parts = [deed for deed in deeds if deed.stroke == number]
        assert [deed.part for deed in parts] == [*range(STROKE_POINTS // POINTS_AT_ONCE), None]
        assert len({deed.drawer for deed in parts}) == 1


def test_finishing_takes_turns() -> None:
    deeds = finishing(rate=10.0, count=4, drawers=2)
    assert [deed.drawer for deed in deeds] == [0, 1, 0, 1]
    assert [deed.at for deed in deeds] == [0, 100_000_000, 200_000_000, 300_000_000]


class Loop:
    """Hands everybody what the server would send, at once; `spoil` changes what is sent."""

    def __init__(self, guests: list[Any], board: str, spoil: str = "") -> None:
        self._guests, self._board, self._spoil = guests, board, spoil
        self._answered: dict[int, int] = {}
        self._seq = 0

    def turn(self, until: int) -> None:
        for guest in self._guests:
            sent = guest.peer.sent
            for number in range(self._answered.get(id(guest), 0), len(sent)):
                self._answer(guest, sent[number], number + 1)
            self._answered[id(guest)] = len(sent)

    def _answer(self, guest: Any, command: Any, number: int) -> None:
        now = perf_counter_ns()
        listener = guest.peer.listener
        if isinstance(command, BoardStroke):
            for other in self._guests:
                if other is not guest:
                    payload = msgspec.json.encode({"stroke": command.stroke, "offset": command.offset})
                    listener.event(other.peer, "board_stroke", Raw(payload), now)
        elif isinstance(command, BoardChange):
            self._seq += 2 if self._spoil == "gap" and self._seq == 1 else 1
            event = {"stream": f"board:{self._board}", "seq": self._seq, "nonce": command.nonce}
            for other in self._guests:
                if self._spoil == "lost" and other is self._guests[-1]:
                    continue
                for _ in range(2 if self._spoil == "doubled" else 1):
                    listener.event(other.peer, "event", Raw(msgspec.json.encode(event)), now)
            result = {"seq": self._seq, "superseded": [{"code": "element_gone"}] if self._spoil == "refused" else []}
            listener.ack(guest.peer, number, Raw(msgspec.json.encode([{"ok": result}])), now)
        else:
            assert isinstance(command, BoardCursor)


def lesson(people: int, spoil: str = "") -> Any:
    guests = [SimpleNamespace(peer=RecordingPeer()) for _ in range(people)]
    return SimpleNamespace(guests=guests, board="r_1", loop=Loop(guests, "r_1", spoil))


def test_everything_arrives() -> None:
    """Strokes at all, the drawer among them; points at all others."""
    place = lesson(4)
    found = Drawers(place, place.guests[:2], STROKE_POINTS).run(human(2, 3.0)[: 2 * 25])
    assert found.lost == found.doubled == 0
    assert len(found.strokes) % 4 == 0
    assert len(found.points) == found.points_expected
    assert len(found.points) % 3 == 0


def test_a_single_stroke_is_counted_in_bytes() -> None:
    place = lesson(2)
    found = Drawers(place, place.guests[:1], 60).run(single(60))
    assert found.points_shown == 60
    assert found.point_bytes > 60


@pytest.mark.parametrize("spoil", ["gap", "refused"])
def test_a_broken_promise_ends_it(spoil: str) -> None:
    place = lesson(2, spoil)
    with pytest.raises(Problem):
        Drawers(place, place.guests[:1], 3).run(finishing(1_000.0, 3, 1))


def test_what_is_doubled_ends_it() -> None:
    """The second time has the same seq: not dense, and so the end."""
    place = lesson(2, "doubled")
    with pytest.raises(Problem, match="event 1 of the board after event 1"):
        Drawers(place, place.guests[:1], 3).run(finishing(1_000.0, 1, 1))


def test_what_is_lost_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loadtests.board.drawing.DRAIN_DEADLINE", 4.0)
    place = lesson(2, "lost")
    assert Drawers(place, place.guests[:1], 3).run(finishing(1_000.0, 3, 1)).lost == 3


def test_old_strokes_are_deleted() -> None:
    """Their own, from so many strokes before, upon the version that they have."""
    place = lesson(3)
    Drawers(place, place.guests[:2], 3, keep=1).run(finishing(1_000.0, 4, 2))
    last = place.guests[1].peer.sent[-1]
    assert [change.base for change in last.changes] == [0, 1]
    assert last.changes[1].element.is_deleted
    assert last.changes[1].element.id == place.guests[1].peer.sent[0].changes[0].element.id
