"""How many cards a teacher may have made."""

import pytest

from rooms.errors import ErrorCode, Refused
from rtserver.http import HttpRefused
from rtserver.sheets import budgets
from rtserver.sheets.budgets import CARDS, CARDS_MAX, CardBudgets


def test_a_class_can_be_printed_again_and_again() -> None:
    """Until it is too much; then the teacher is told when to come back, and others are not held up."""
    cards = CardBudgets()
    for _ in range(CARDS.burst // CARDS_MAX):
        cards.take("p", "claire", CARDS_MAX, now=0)
    with pytest.raises(HttpRefused) as refused:
        cards.take("p", "claire", 30, now=0)
    assert refused.value.code is ErrorCode.TOO_MANY_REQUESTS
    assert refused.value.retry_after == 30
    cards.take("p", "ewa", 30, now=0)
    cards.take("p", "claire", 30, now=30_000)


def test_not_everybody_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who printed last is; whoever comes anew puts out the one who has not for longest."""
    monkeypatch.setattr(budgets, "MEMBERS_MAX", 2)
    cards = CardBudgets()
    for member in ("claire", "ewa"):
        cards.take("p", member, CARDS.burst, now=0)
    with pytest.raises(Refused):
        cards.take("p", "claire", 1, now=0)
    cards.take("p", "ana", 1, now=0)
    assert len(cards) == 2
    with pytest.raises(Refused):
        cards.take("p", "claire", 1, now=0)
    cards.take("p", "ewa", 1, now=0)
