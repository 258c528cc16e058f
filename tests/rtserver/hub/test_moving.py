"""What is said to a client that is to go to another server; `test_drain` and `cluster/test_neighbours` say when."""

import asyncio

import pytest

from rooms.messages import OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION
from rtserver.hub import moving
from rtserver.hub.moving import ask_to_move, knows_moving
from tests.rtserver.hub.support import FakeOutbox, connection_of


def test_who_knows_how() -> None:
    """Clients of the first version of the protocol do not."""
    connection = connection_of()
    for version, knows in ((OLDEST_PROTOCOL_VERSION, False), (PROTOCOL_VERSION, True)):
        connection.version = version
        assert knows_moving(connection) is knows


@pytest.mark.parametrize("node", [None, "node2"])
async def test_told_at_once_and_sent_away_later(node: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has not gone by then; who has is not in the way."""
    outbox = FakeOutbox()
    timer = ask_to_move(connection_of(outbox=outbox), 1.5, node)
    assert outbox.payloads("moving") == [{"after_ms": 1500, "node": node}]
    assert timer.when() - asyncio.get_running_loop().time() > 1.5
    timer.cancel()
    monkeypatch.setattr(moving, "STAY_MAX", 0.0)
    ask_to_move(connection_of(outbox=outbox), 0.0, node)
    assert not outbox.is_finished
    later = asyncio.Event()
    asyncio.get_running_loop().call_later(0.0, later.set)
    await later.wait()
    assert outbox.is_finished
