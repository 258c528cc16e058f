"""What nodes tell each other, as bytes."""

import msgspec

from rooms.errors import ErrorCode
from rooms.events import ChatPosted
from rooms.presence import DeviceReport
from rooms.stream import Event
from rtserver.cluster import messages
from rtserver.cluster.messages import Committed, Present, SendAway, SessionsEnded, Signal

EVENTS = [
    Event("room:r1", 7, 1_790_000_000_000, "zoe", "nonce-1", ChatPosted("Cześć")),
    Event("room:r1", 8, 1, "zoe", None, ChatPosted("ça va")),
]


def test_there_and_back() -> None:
    """Each kind."""
    told = (
        messages.committed("epoch", EVENTS),
        Present("node", (DeviceReport("c1", "zoe", False, ("r1",)), DeviceReport("c2", "eva", True, (), 500))),
        Signal("board:b1", "board_cursor", {"x": 1.5}, ("board:b1", "zoe")),
        SessionsEnded(),
        SendAway("c1", ErrorCode.TOO_MANY_DEVICES),
    )
    for one in told:
        assert messages.decode(messages.encode(one)) == one


def test_events_travel_as_they_lie_in_the_log() -> None:
    message = messages.committed("epoch", EVENTS)
    assert (message.epoch, message.head) == ("epoch", 8)
    assert messages.events_of("room:r1", message) == EVENTS


def test_what_is_too_much_is_left_to_the_log() -> None:
    large = [Event("room:r1", 9, 1, "zoe", None, ChatPosted("x" * messages.COMMITTED_BYTES_MAX))]
    assert messages.committed("epoch", large) == Committed("epoch", 9, ())


def test_what_another_version_says_is_left_out() -> None:
    """A message of a kind that is not known, and an event of one; more fields than are known are no reason."""
    for odd in (b"", b"\xc1", msgspec.msgpack.encode(["z", 1]), msgspec.msgpack.encode(["p", "node"])):
        assert messages.decode(odd) is None
    longer = msgspec.msgpack.encode(["b", "c1", "too_many_devices", "and more"])
    assert messages.decode(longer) == SendAway("c1", ErrorCode.TOO_MANY_DEVICES)
    unknown = Committed("epoch", 9, (messages.StoredEvent(9, 1, "zoe", None, "chat.sung", 1, b"\x80"),))
    assert messages.events_of("room:r1", unknown) is None
