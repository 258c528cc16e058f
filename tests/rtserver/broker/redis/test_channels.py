import structlog.testing

from rtserver.broker.redis.channels import UNSUBSCRIBE_DELAY, Channels, Subscription

ROOM = b"rtserver:room:1"


class Heard:
    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.confirmations = 0
        self.subscription = Subscription(self.messages.append, self._confirm)

    def _confirm(self) -> None:
        self.confirmations += 1


def test_redis_is_asked_for_a_channel_once() -> None:
    channels = Channels()
    assert channels.add(ROOM, Heard().subscription)
    assert not channels.add(ROOM, Heard().subscription)
    assert list(channels) == [ROOM]


def test_listeners_are_confirmed_when_it_is_in_force_and_each_time_anew() -> None:
    channels, heard = Channels(), Heard()
    channels.add(ROOM, heard.subscription)
    channels.confirm(ROOM)
    assert (heard.confirmations, channels.is_in_force(ROOM)) == (0, False)
    for times in (1, 2):
        channels.came_into_force(ROOM)
        channels.confirm(ROOM)
        assert heard.confirmations == times
        channels.lost()
        assert not channels.is_in_force(ROOM)


def test_a_channel_without_listeners_is_kept_for_a_while() -> None:
    """Who comes back soon costs nothing."""
    channels, heard = Channels(), Heard()
    channels.add(ROOM, heard.subscription)
    channels.drop(ROOM, heard.subscription, 10.0)
    assert channels.unneeded(10.0 + UNSUBSCRIBE_DELAY - 0.1) == []
    assert not channels.add(ROOM, Heard().subscription)
    assert channels.unneeded(10.0 + UNSUBSCRIBE_DELAY) == []


def test_a_channel_that_nobody_needs_is_given_up_once() -> None:
    channels, heard = Channels(), Heard()
    channels.add(ROOM, heard.subscription)
    channels.drop(ROOM, heard.subscription, 10.0)
    assert channels.unneeded(10.0 + UNSUBSCRIBE_DELAY) == [ROOM]
    assert channels.unneeded(100.0) == []
    assert len(channels) == 0
    assert channels.add(ROOM, Heard().subscription)


def test_a_channel_that_nobody_needs_is_not_asked_for_after_a_loss() -> None:
    channels, heard, other = Channels(), Heard(), Heard()
    channels.add(ROOM, heard.subscription)
    channels.add(b"other", other.subscription)
    channels.drop(ROOM, heard.subscription, 10.0)
    channels.lost()
    assert list(channels) == [b"other"]


def test_what_a_listener_raises_harms_no_other() -> None:
    def broken(_: bytes) -> None:
        raise ZeroDivisionError

    channels, heard = Channels(), Heard()
    channels.add(ROOM, Subscription(broken, None))
    channels.add(ROOM, heard.subscription)
    with structlog.testing.capture_logs() as logs:
        channels.deliver(ROOM, b"message")
    assert heard.messages == [b"message"]
    assert [line["event"] for line in logs] == ["broker.listener_failed"]


def test_who_is_ended_by_another_listener_hears_nothing_more() -> None:
    channels, second = Channels(), Heard()
    channels.add(ROOM, Subscription(lambda _: channels.drop(ROOM, second.subscription, 0.0), None))
    channels.add(ROOM, second.subscription)
    channels.deliver(ROOM, b"message")
    assert second.messages == []


def test_a_message_of_a_channel_that_was_given_up_is_dropped() -> None:
    Channels().deliver(ROOM, b"late")
