"""One generator process, without others: what it does when it was held up."""

from multiprocessing import Pipe
from time import perf_counter_ns

import pytest

from loadtests.generator import orders
from loadtests.generator.activity import Activity, Topic
from loadtests.generator.agenda import NEVER, Agenda
from loadtests.generator.people import Person, RoomPlan
from loadtests.generator.target import Target
from loadtests.generator.worker import SENT_AT_ONCE, Worker
from loadtests.schedule import NANOSECONDS

TARGET = Target("http", "127.0.0.1", 9, "127.0.0.1")
POINTING = Activity(Topic.CURSOR, every=0.005, characters=10, reason="")
HELD_UP = 10
"""Seconds, of which the end comes last."""


def test_what_was_due_before_the_end_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it, though it is more than goes at once; and nothing after it."""
    ours, theirs = Pipe()
    worker = Worker(orders.Setup(0, "0a1b2c3d", TARGET, "key"), theirs)
    somebody = Person(RoomPlan(0, "p_1", "r_1", ("m_0", "m_1")), 0)
    start = perf_counter_ns() - HELD_UP * NANOSECONDS
    worker._agenda = Agenda([(somebody, POINTING)], start, seed=1)
    sent: list[int] = []
    monkeypatch.setattr(worker._traffic, "send", lambda _person, _activity, due: sent.append(due))
    before = perf_counter_ns()
    worker._end(orders.End())
    expected = Agenda([(somebody, POINTING)], start, seed=1)
    due = []
    while expected.next_at <= before:
        due.append(expected.take()[0])
    assert len(due) > SENT_AT_ONCE
    assert sent[: len(due)] == due
    assert worker._agenda.next_at == NEVER
    worker._loop.close()
    ours.close()
    theirs.close()
