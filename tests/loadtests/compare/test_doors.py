"""Who cannot come in is told why, in one sentence."""

from pathlib import Path

import pytest

from loadtests.compare.doors import Door
from loadtests.peer import Address
from loadtests.problem import Problem
from loadtests.server import HOST, free_port
from tests.loadtests.compare.support import SMALL, broken_relay


@pytest.mark.wire
@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("refuse", "A member was refused: .*session_ended"),
        ("refuse-rooms", "A member could not come in: .*unknown_room"),
        ("hang-up", "hung up on a member"),
        ("no-websocket", "no WebSocket: HTTP/1.1 404 Not Found"),
    ],
)
def test_not_welcome(tmp_path: Path, what: str, sentence: str) -> None:
    reference = broken_relay(what, tmp_path)
    server = reference.start()
    try:
        with pytest.raises(Problem, match=sentence):
            Door(server.address).bring(reference.passes(SMALL))
    finally:
        server.stop()


@pytest.mark.wire
def test_everybody_in_the_order_of_arrival(tmp_path: Path) -> None:
    reference = broken_relay("none", tmp_path)
    server = reference.start()
    try:
        entrants, seconds = Door(server.address).bring(reference.passes(SMALL))
        bare, _ = Door(server.address).bring(reference.first_passes(SMALL))
        Door.send_away([*entrants, *bare])
    finally:
        server.stop()
    assert len(entrants) == len(bare) == SMALL.rooms * SMALL.size
    assert {entrant.ticket.room for entrant in entrants} == {"room-000", "room-001"}
    assert seconds > 0


def test_nobody_listens() -> None:
    address = Address(HOST, free_port())
    with pytest.raises(Problem, match="Connection refused"):
        Door(address).bring(broken_relay_passes())


def broken_relay_passes() -> list:
    return broken_relay("none", Path()).passes(SMALL)[:1]
