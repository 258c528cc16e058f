"""Each broken promise is seen, and counted under its own name."""

from loadtests.ledger import Ledger, Violations
from loadtests.schedule import Due

SCHEDULE = [Due(0, sender=0), Due(1, sender=1), Due(2, sender=0)]


def ledger() -> Ledger:
    """Two receivers, who both stand at seq 10 of their room, and three messages."""
    return Ledger(SCHEDULE, [10, 10])


def all_well() -> Ledger:
    book = ledger()
    for message in range(3):
        book.acked(message, 11 + message)
        for receiver in range(2):
            assert book.delivered(receiver, message, 11 + message)
    return book


def test_all_well() -> None:
    book = all_well()
    assert book.is_complete
    assert book.violations() == Violations()
    assert book.violations().total == 0
    assert book.positions == [13, 13]


def test_another_order_of_different_senders_is_fine() -> None:
    book = ledger()
    for message, seq in ((1, 11), (0, 12), (2, 13)):
        book.acked(message, seq)
        for receiver in range(2):
            book.delivered(receiver, message, seq)
    assert book.violations() == Violations()


def test_lost_and_unanswered() -> None:
    book = ledger()
    book.delivered(0, 0, 11)
    book.acked(0, 11)
    assert not book.is_complete
    assert book.violations() == Violations(lost=5, unanswered=2)


def test_twice() -> None:
    book = all_well()
    assert not book.delivered(0, 2, 14)
    assert book.violations() == Violations(twice=1)


def test_the_same_event_again_is_a_gap_too() -> None:
    book = all_well()
    book.delivered(0, 2, 13)
    assert book.violations() == Violations(twice=1, gaps=1)


def test_an_ack_twice() -> None:
    book = all_well()
    book.acked(0, 11)
    assert book.violations() == Violations(twice=1)


def test_a_gap_in_the_log() -> None:
    book = ledger()
    book.delivered(0, 0, 11)
    book.delivered(0, 1, 13)
    assert book.violations().gaps == 1


def test_a_senders_messages_in_another_order() -> None:
    book = ledger()
    book.delivered(0, 2, 11)
    book.delivered(0, 0, 12)
    assert book.violations().disorder == 1


def test_two_receivers_who_see_different_orders() -> None:
    book = ledger()
    book.delivered(0, 0, 11)
    book.delivered(0, 1, 12)
    book.delivered(1, 1, 11)
    book.delivered(1, 0, 12)
    assert book.violations().disagreement == 2


def test_an_ack_that_does_not_fit_the_event() -> None:
    book = ledger()
    book.delivered(0, 0, 11)
    book.acked(0, 12)
    assert book.violations().disagreement == 1


def test_refused() -> None:
    book = ledger()
    book.acked(0, None)
    assert book.violations().refused == 1


def test_somebody_elses_message() -> None:
    book = ledger()
    assert not book.delivered(0, None, 11)
    assert book.violations().unknown == 1
    assert book.violations().gaps == 0


def test_violations_add_up() -> None:
    total = Violations(lost=1, gaps=2) + Violations(lost=3, unknown=4)
    assert total == Violations(lost=4, gaps=2, unknown=4)
    assert total.total == 10
