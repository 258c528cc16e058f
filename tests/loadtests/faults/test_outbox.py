"""What is written, sent, refused for now, and sent again: one after the other, under the same nonce."""

import random

import pytest

from loadtests.faults.outbox import RETRY_FIRST, RETRY_LONGEST, WAITING_MAX, Outbox
from loadtests.schedule import NANOSECONDS
from rooms.messages import ChatPost


@pytest.fixture
def outbox() -> Outbox:
    def compose(nonce: str, number: int) -> ChatPost:
        return ChatPost(nonce=nonce, room="r1", text=f"Line {number}")

    return Outbox("room:r1", "m1", random.Random(1), compose)


def test_one_after_the_other(outbox: Outbox) -> None:
    """The second leaves when the first is acknowledged."""
    first, second = outbox.write(1), outbox.write(2)
    assert first is not None
    assert outbox.take(3) is first
    assert outbox.take(4) is None
    outbox.acknowledged(first, 17, 5)
    assert (first.seq, first.acknowledged_at) == (17, 5)
    assert outbox.take(6) is second
    assert outbox.resent == 0


def test_refused_for_now(outbox: Outbox) -> None:
    """The same is sent again, a little later, and later each time."""
    message = outbox.write(0)
    outbox.take(0)
    outbox.refused(0)
    assert outbox.take(round(RETRY_FIRST / 2 * NANOSECONDS) - 1) is None
    now = round(RETRY_FIRST * NANOSECONDS)
    assert outbox.take(now) is message
    for _ in range(20):
        outbox.refused(now)
        assert outbox.take(now + round(RETRY_FIRST / 2 * NANOSECONDS)) is None
        now += round(RETRY_LONGEST * NANOSECONDS)
        assert outbox.take(now) is message
    assert outbox.resent == 21


def test_a_lost_connection(outbox: Outbox) -> None:
    """What was under way is sent again at once by the next one."""
    message = outbox.write(0)
    outbox.take(0)
    outbox.disconnected()
    assert outbox.take(0) is message
    assert outbox.resent == 1


def test_an_ack_that_says_something_else(outbox: Outbox) -> None:
    message = outbox.write(0)
    assert message is not None
    outbox.acknowledged(message, 5, 1)
    outbox.acknowledged(message, 5, 2)
    assert outbox.contradicted == 0
    outbox.acknowledged(message, 6, 3)
    assert outbox.contradicted == 1


def test_who_has_much_unsent_writes_no_more(outbox: Outbox) -> None:
    assert all(outbox.write(0) for _ in range(WAITING_MAX))
    assert outbox.write(0) is None
    assert len({message.nonce for message in outbox.written}) == WAITING_MAX
