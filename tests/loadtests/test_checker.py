"""A lost, a doubled and a swapped message are found, in chat and in signals, and told apart."""

from loadtests.generator.activity import Topic
from loadtests.generator.checker import Counts, Receiver
from loadtests.generator.tags import Tag


def signal(number: int, sender: int = 0, topic: Topic = Topic.CURSOR) -> Tag:
    return Tag(topic, sender, number, due=0)


def chat(number: int, sender: int = 0) -> Tag:
    return Tag(Topic.CHAT, sender, number, due=0)


def received(*tags: Tag) -> Receiver:
    receiver = Receiver()
    for tag in tags:
        receiver.message(tag)
    return receiver


def test_all_well() -> None:
    receiver = received(signal(0), signal(1), signal(0, sender=1), signal(0, topic=Topic.STROKE), signal(2), chat(0))
    assert receiver.counts == Counts(durable=1, volatile=5)


def test_a_lost_message_is_one_less() -> None:
    """The parent knows how many there should be; order is not blamed for it."""
    assert received(signal(0), signal(2), signal(3)).counts == Counts(volatile=3)


def test_a_doubled_message() -> None:
    receiver = received(signal(0), signal(1), signal(1), signal(0))
    assert receiver.counts == Counts(volatile=2, twice=2)
    assert not receiver.message(signal(1))


def test_a_swapped_message() -> None:
    assert received(chat(0), chat(2), chat(1), chat(3)).counts == Counts(durable=4, disorder=1)


def test_a_swapped_message_that_comes_again() -> None:
    assert received(chat(1), chat(0), chat(0)).counts == Counts(durable=2, disorder=1, twice=1)


def test_the_first_one_may_be_lost() -> None:
    assert received(signal(5), signal(4)).counts == Counts(volatile=2, disorder=1)


def test_events_follow_each_other() -> None:
    receiver = Receiver()
    assert receiver.event(1)
    assert receiver.event(2)
    assert not receiver.event(2)
    assert not receiver.event(4)
    assert receiver.counts == Counts(twice=1, gaps=1)
    assert receiver.seq == 2


def test_the_order_of_the_log_has_a_checksum() -> None:
    one, same, other = (received(*order) for order in ([chat(0), chat(0, 1)],) * 2 + ([chat(0, 1), chat(0)],))
    assert one.chain == same.chain != other.chain
    assert received(chat(0), signal(0)).chain == received(chat(0)).chain


def test_an_account_begins_anew_but_remembers_numbers() -> None:
    receiver = received(signal(0), signal(2))
    assert receiver.forget_holes() == Counts(volatile=2)
    assert receiver.counts == Counts()
    receiver.message(signal(3))
    receiver.message(signal(3))
    assert receiver.counts == Counts(volatile=1, twice=1)
