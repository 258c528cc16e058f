"""What a member has seen of a stream, and what is noticed when it is not as it should be."""

from typing import Any

import msgspec
import pytest
from msgspec import Raw

from loadtests.faults.following import Broken, Event, Following

STREAM = "room:r1"


def answer(seq: int, epoch: str = "e", **more: Any) -> Raw:
    """To a join."""
    return Raw(msgspec.json.encode({"position": {"epoch": epoch, "seq": seq}, **more}))


def event(seq: int) -> Event:
    return Event(STREAM, seq, f"n{seq}")


def events(*seqs: int) -> list[dict[str, Any]]:
    return [{"stream": STREAM, "seq": seq, "nonce": f"n{seq}"} for seq in seqs]


@pytest.fixture
def following() -> Following:
    """Of a member who has joined at 4."""
    following = Following(STREAM)
    following.joined(answer(4, snapshot={"messages": []}, events=None))
    return following


def test_as_it_should_be(following: Following) -> None:
    """Events, a join that brings what was missed, events."""
    following.take(event(5))
    assert following.position == {"epoch": "e", "seq": 5}
    assert [one.seq for one in following.joined(answer(7, events=events(6, 7)))] == [6, 7]
    following.take(event(8))
    assert following.seen == {5: "n5", 6: "n6", 7: "n7", 8: "n8"}
    assert following.broken == Broken()
    assert following.snapshots == 0


def test_the_first_position_is_none() -> None:
    assert Following(STREAM).position is None


def test_a_state_instead_of_events(following: Following) -> None:
    """Is counted, and what follows goes on from it."""
    following.joined(answer(900, snapshot={"messages": []}, events=None))
    following.take(event(901))
    assert (following.snapshots, following.seq, following.broken) == (1, 901, Broken())


def test_a_board_s_older_snapshot(following: Following) -> None:
    """Its events lead from where it stands to the position."""
    more: dict[str, Any] = {
        "snapshot": {"pages": 1},
        "snapshot_position": {"epoch": "e", "seq": 50},
        "events": events(51, 52),
    }
    following.joined(answer(52, **more))
    assert (following.seq, following.broken) == (52, Broken())


@pytest.mark.parametrize(
    ("seqs", "broken"),
    [
        ((5, 5), Broken(twice=1)),
        ((3,), Broken(twice=1)),
        ((6,), Broken(gaps=1)),
        ((6, 5), Broken(gaps=1, twice=1)),
    ],
)
def test_twice_and_too_early(following: Following, seqs: tuple[int, ...], broken: Broken) -> None:
    for seq in seqs:
        following.take(event(seq))
    assert following.broken == broken


def test_a_join_that_leads_elsewhere(following: Following) -> None:
    following.joined(answer(9, events=events(5, 6)))
    assert (following.broken, following.seq) == (Broken(short=1), 9)


def test_a_log_that_was_begun_anew(following: Following) -> None:
    following.joined(answer(4, epoch="other", events=[]))
    assert following.broken == Broken(epochs=1)
