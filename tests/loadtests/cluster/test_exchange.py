"""Who hears what how late: near ones on the sender's process, far ones on the other."""

from collections.abc import Callable
from time import perf_counter_ns
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from msgspec import Raw

from loadtests.cluster import exchange
from loadtests.cluster.exchange import CHAT, SIGNALS, Exchange, Exchanged
from loadtests.generator.activity import Activity, Topic
from loadtests.problem import Problem
from rooms.messages import ChatPost
from tests.loadtests.cluster.examples import usage
from tests.loadtests.recording_peer import RecordingPeer

LATER_TO_OTHERS = 5_000_000
"""Nanoseconds that the other process takes longer."""

WRITE = Activity(Topic.CHAT, every=0.02, characters=10, reason="")
DRAW = Activity(Topic.STROKE, every=0.02, characters=60, reason="")


class Loop:
    """Hands everybody what two processes would send, at once; `spoil` changes what is sent."""

    def __init__(self, guests: list[Any], homes: list[int], spoil: str) -> None:
        self._guests, self._homes, self._spoil = guests, homes, spoil
        self._answered = [0] * len(guests)

    def turn(self, until: int) -> None:
        for number, guest in enumerate(self._guests):
            sent = guest.peer.sent
            for index in range(self._answered[number], len(sent)):
                self._tell(number, sent[index], index + 1)
            self._answered[number] = len(sent)

    def run(self, is_done: Callable[[], bool], deadline: float) -> bool:
        self.turn(0)
        return is_done()

    def _tell(self, sender: int, command: Any, number: int) -> None:
        is_chat = isinstance(command, ChatPost)
        name, fields = ("event", {"nonce": command.nonce}) if is_chat else ("signal", {"data": command.data})
        payload = Raw(msgspec.json.encode({"stream": "room:r", "member": "m", **fields}))
        if is_chat and self._spoil != "silent":
            refused = {"error": {"code": "room_closed", "message": "No.", "retry": False}}
            answer = refused if self._spoil == "refused" else {"ok": {"seq": number}}
            self._listener.ack(self._guests[sender].peer, number, Raw(msgspec.json.encode([answer])), perf_counter_ns())
        for other, guest in enumerate(self._guests):
            if (other == sender and not is_chat) or (self._spoil == "lost" and other == len(self._guests) - 1):
                continue
            at = perf_counter_ns() + LATER_TO_OTHERS * (self._homes[other] != self._homes[sender])
            self._listener.event(guest.peer, name, payload, at)

    @property
    def _listener(self) -> Any:
        return self._guests[0].peer.listener


def exchanged(*activities: Activity, homes: tuple[int, ...] = (0, 1, 0, 1), spoil: str = "") -> Exchanged:
    guests: list[Any] = [SimpleNamespace(peer=RecordingPeer(), seat=SimpleNamespace(room="r")) for _ in homes]
    loop: Any = Loop(guests, list(homes), spoil)
    return Exchange(guests, homes, activities, seed=1).run(loop, 0.02, 0.06, lambda: usage(1.0, 2.0))


def test_near_and_far_are_told_apart() -> None:
    found = exchanged(WRITE, DRAW)
    assert (found.lost, found.dropped) == (0, 0)
    for kind in (SIGNALS, CHAT):
        times = found.times[kind]
        assert times.near is not None
        assert times.far is not None
        assert times.hop_p50 == pytest.approx(LATER_TO_OTHERS / 1e6, rel=0.5)
    signals = found.times[SIGNALS]
    assert signals.near is not None
    assert signals.far is not None
    assert signals.far.count == 2 * signals.near.count  # one other on the sender's process, two on the other
    assert found.usage.nodes == (0.0, 0.0)
    assert found.deliveries > 0


def test_on_one_process_all_are_near() -> None:
    found = exchanged(DRAW, homes=(0, 0, 0))
    assert found.times[SIGNALS].far is None
    assert found.times[SIGNALS].hop_p50 is None
    assert CHAT not in found.times


def test_what_is_lost_is_counted() -> None:
    """Of chat it is lost; a signal may be dropped."""
    found = exchanged(WRITE, DRAW, spoil="lost")
    assert found.lost > 0
    assert found.dropped > 0


def test_a_refusal_ends_it() -> None:
    with pytest.raises(Problem, match="room_closed"):
        exchanged(WRITE, spoil="refused")


def test_chat_without_an_answer_ends_it() -> None:
    with pytest.raises(Problem, match="not acknowledged"):
        exchanged(WRITE, spoil="silent")


def test_a_lost_connection_ends_it() -> None:
    lonely = Exchange([SimpleNamespace(peer=None, seat=SimpleNamespace(room="r"))], [0], (), 1)  # type: ignore[list-item]
    with pytest.raises(Problem, match="lost the connection"):
        lonely.closed(None, "gone")  # type: ignore[arg-type]
    assert exchange.DRAIN_DEADLINE > 0
