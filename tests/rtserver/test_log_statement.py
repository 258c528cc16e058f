"""Which batches are written in one statement; what it does is in `tests/contract`."""

from rooms.events import ChatDeleted, ChatEdited, ChatPosted
from rooms.model import Identity
from rooms.ports import Append
from rooms.stream import Position
from rtserver.log_batch import Wish, prepare
from rtserver.log_statement import fits
from tests.contract.support import OTHER_ROOM, ROOM, append_of

START = Position("epoch", 0)
POSTED = append_of(ROOM, START, ChatPosted("x"), nonce="nonce-01")


def wishes(*appends: Append) -> list[Wish]:
    return [prepare(append) for append in appends]


def test_what_only_adds_rows() -> None:
    """Messages, of several rooms, and commands that changed nothing."""
    assert fits(wishes(POSTED))
    assert fits(wishes(POSTED, append_of(OTHER_ROOM, START, nonce="nonce-01")))


def test_what_changes_rows() -> None:
    """An edit, a deletion, a name: one of them in a batch is enough."""
    for body in (ChatEdited(1, "y"), ChatDeleted(1)):
        assert not fits(wishes(POSTED, append_of(OTHER_ROOM, START, ChatPosted("x"), body)))
    assert not fits(wishes(append_of(ROOM, START, ChatPosted("x"), identities=(Identity("m1", "Ola", "O."),))))


def test_several_appends_to_one_stream() -> None:
    """Each would have to see what the one before it does."""
    assert not fits(wishes(POSTED, append_of(ROOM, Position("epoch", 1), ChatPosted("y"))))
