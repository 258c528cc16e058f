"""The checker: identical members cost one comparison, and each broken promise is found, whoever it is broken to."""

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.compare.relay import server_frame
from loadtests.compare.signals import Number
from loadtests.compare.transcript import Order, Receiver, Transcript, frames
from loadtests.frames import BrokenStream
from loadtests.ledger import Violations

PING = b"\x81\x012"
PRESENCE = server_frame(b'42["presence",{"changes":[]}]')


def signal(sender: int, seq: int) -> bytes:
    """A server's frame."""
    data = f"{sender:04d}{seq:08d}".ljust(200, "x")
    return server_frame(
        b'42["signal",{"room":"r","member":"m%d","topic":"bench","data":"%b"}]' % (sender, data.encode())
    )


def give(receiver: Receiver, *blocks: bytes) -> None:
    for block in blocks:
        receiver.take(memoryview(block))


def stream(*numbers: tuple[int, int]) -> bytes:
    return b"".join(signal(sender, seq) for sender, seq in numbers)


ALL = ((0, 0), (1, 0), (0, 1), (0, 2), (1, 1))
"""Three messages of one sender and two of another."""

SENT = [3, 2]


def room(receivers: int = 2) -> tuple[Transcript, list[Receiver]]:
    transcript = Transcript(senders=2)
    return transcript, [Receiver(transcript) for _ in range(receivers)]


def total(receivers: Sequence[Receiver]) -> Violations:
    return sum((receiver.violations(SENT) for receiver in receivers), Violations())


def test_all_well() -> None:
    transcript, receivers = room()
    for receiver in receivers:
        give(receiver, stream(*ALL))
        assert receiver.is_up_to_date
    assert total(receivers) == Violations()
    assert transcript.numbers == [Number(*number) for number in ALL]


def test_lost_to_one() -> None:
    _, receivers = room()
    give(receivers[0], stream(*ALL))
    give(receivers[1], stream((0, 0), (1, 0), (0, 2), (1, 1)))
    assert total(receivers) == Violations(lost=1)
    assert not receivers[1].is_up_to_date


def test_lost_to_everybody() -> None:
    _, receivers = room()
    for receiver in receivers:
        give(receiver, stream((0, 0), (1, 0), (0, 2), (1, 1)))
    assert total(receivers) == Violations(lost=2)


def test_lost_at_the_end() -> None:
    """Half a message is none."""
    _, receivers = room()
    give(receivers[0], stream(*ALL))
    give(receivers[1], stream(*ALL)[:-1])
    assert total(receivers) == Violations(lost=1)


def test_never_told_at_all() -> None:
    _, receivers = room()
    assert total(receivers) == Violations(lost=10)


def test_doubled_to_one() -> None:
    _, receivers = room()
    give(receivers[0], stream(*ALL))
    give(receivers[1], stream((0, 0), (1, 0), (1, 0), (0, 1), (0, 2), (1, 1)))
    assert total(receivers) == Violations(twice=1)


def test_doubled_to_everybody() -> None:
    _, receivers = room()
    for receiver in receivers:
        give(receiver, stream(*ALL, (1, 1)))
    assert total(receivers) == Violations(twice=2)


def test_swapped_for_one() -> None:
    _, receivers = room()
    give(receivers[0], stream(*ALL))
    give(receivers[1], stream((0, 0), (1, 0), (0, 2), (0, 1), (1, 1)))
    assert total(receivers) == Violations(disorder=1)


def test_swapped_for_everybody() -> None:
    _, receivers = room()
    for receiver in receivers:
        give(receiver, stream((0, 1), (0, 0), (0, 2), (1, 0), (1, 1)))
    assert total(receivers) == Violations(disorder=2)


def test_another_order_of_different_senders_is_fine() -> None:
    _, receivers = room()
    give(receivers[0], stream(*ALL))
    give(receivers[1], stream((1, 0), (0, 0), (0, 1), (1, 1), (0, 2)))
    assert total(receivers) == Violations()


def test_a_changed_payload_is_found() -> None:
    """The rest of the message is compared, too: here another member is said to have sent it."""
    _, receivers = room()
    give(receivers[0], stream(*ALL))
    give(receivers[1], stream(*ALL).replace(b'"m1"', b'"m7"', 1))
    assert not receivers[1].is_up_to_date


def test_a_message_that_nobody_sent() -> None:
    _, receivers = room(1)
    give(receivers[0], stream(*ALL, (9, 0), (1, 2)))
    assert total(receivers) == Violations(unknown=2)


def test_heartbeats_and_other_events_may_come_between() -> None:
    _, receivers = room()
    pings: list[str] = []
    receivers[1].on_ping = lambda: pings.append("ping")
    give(receivers[0], stream(*ALL))
    give(receivers[1], PING + signal(0, 0) + PRESENCE, signal(1, 0) + PING[:2], PING[2:] + stream(*ALL[2:]))
    assert total(receivers) == Violations()
    assert receivers[1].is_up_to_date
    assert len(pings) == 2


def test_what_is_no_text_message_is_an_error() -> None:
    _, receivers = room(1)
    with pytest.raises(BrokenStream, match="0x88"):
        give(receivers[0], b"\x88\x00")


@given(
    cuts=st.lists(st.lists(st.integers(min_value=0, max_value=1_000), max_size=6), min_size=3, max_size=3),
    turns=st.permutations([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]),
)
def test_any_cut_and_any_turn_of_the_receivers_is_the_same(cuts: list[list[int]], turns: list[int]) -> None:
    """Two who listen, and a sender whose own messages are left out, each cut and read in another way."""
    transcript, receivers = room()
    receivers.append(Receiver(transcript, left_out=1))
    whole = [stream(*ALL), stream(*ALL), stream(*(number for number in ALL if number[0] != 1))]
    blocks = [_cut(data, places) for data, places in zip(whole, cuts, strict=True)]
    for turn in [*turns, *([0, 1, 2] * 8)]:
        if blocks[turn]:
            give(receivers[turn], blocks[turn].pop(0))
    assert total(receivers) == Violations()
    assert all(receiver.is_up_to_date for receiver in receivers)


def _cut(data: bytes, cuts: Sequence[int]) -> list[bytes]:
    places = sorted({cut * len(data) // 1_000 for cut in cuts} | {0, len(data)})
    return [data[start:end] for start, end in itertools.pairwise(places)]


def test_a_sender_is_not_told_its_own() -> None:
    transcript, receivers = room(1)
    sender = Receiver(transcript, left_out=0)
    give(receivers[0], stream(*ALL))
    give(sender, stream((1, 0), (1, 1)))
    assert sender.is_up_to_date
    assert total([*receivers, sender]) == Violations()


def test_a_sender_who_is_told_its_own_is_found() -> None:
    transcript, receivers = room(1)
    sender = Receiver(transcript, left_out=0)
    give(receivers[0], stream(*ALL))
    give(sender, stream((1, 0), (0, 2), (1, 1)))
    assert not sender.is_up_to_date
    assert sender.violations(SENT).total > 0


def test_a_sender_who_lost_something_is_found() -> None:
    transcript, receivers = room(1)
    sender = Receiver(transcript, left_out=0)
    give(receivers[0], stream(*ALL))
    give(sender, stream((1, 1)))
    assert sender.violations(SENT) == Violations(lost=1)


def test_a_sender_who_is_ahead_of_all_others_waits_for_their_word() -> None:
    transcript, receivers = room(1)
    sender = Receiver(transcript, left_out=0)
    give(sender, stream((1, 0), (1, 1)))
    assert sender.violations(SENT) == Violations()
    transcript, receivers = room(1)
    sender = Receiver(transcript, left_out=0)
    give(sender, stream((1, 0)))
    give(receivers[0], stream(*ALL))
    give(sender, stream((1, 1)))
    assert sender.is_up_to_date
    assert sender.violations(SENT) == Violations()


def test_what_was_missing_and_comes_late_is_disorder_and_no_loss() -> None:
    order = Order(senders=1)
    for seq in (0, 2, 1, 2):
        order.saw(Number(0, seq))
    assert order.violations([3]) == Violations(disorder=1, twice=1)


def test_frames_of_every_length() -> None:
    payloads = [b"2", b"x" * 125, b"y" * 126]
    long = b"\x81\x7f" + (70_000).to_bytes(8, "big") + b"z" * 70_000
    data = b"".join(server_frame(payload) for payload in payloads) + long
    assert [frame.payload for frame in frames(data + b"\x81")] == [*payloads, b"z" * 70_000]
    for size in range(12):
        assert not list(frames(long[:size]))
