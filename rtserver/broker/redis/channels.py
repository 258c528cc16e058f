"""Who of this node listens to which channel, and when a channel is no longer needed. Time is passed in."""

from collections.abc import Callable, Iterator

import structlog

from rtserver.broker.port import Confirmed, Receive

log = structlog.get_logger(__name__)

UNSUBSCRIBE_DELAY = 5.0
"""Seconds that a channel is kept without a listener: a class that leaves a room and comes back costs nothing."""


class Subscription:
    """One listener of a channel."""

    __slots__ = ("confirmed", "is_open", "receive")

    def __init__(self, receive: Receive, confirmed: Confirmed | None) -> None:
        self.receive = receive
        self.confirmed = confirmed
        self.is_open = True


class Channel:
    """A channel that this node has subscribed to, or is about to."""

    __slots__ = ("empty_since", "is_in_force", "subscriptions")

    def __init__(self) -> None:
        self.subscriptions: tuple[Subscription, ...] = ()
        self.is_in_force = False
        self.empty_since = 0.0


class Channels:
    """All of them, by their names in Redis."""

    def __init__(self) -> None:
        self._channels: dict[bytes, Channel] = {}

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._channels)

    def __len__(self) -> int:
        return len(self._channels)

    def add(self, name: bytes, subscription: Subscription) -> bool:
        """One more listener. Whether Redis has to be asked for the channel."""
        channel = self._channels.get(name)
        is_new = channel is None
        if channel is None:
            channel = self._channels[name] = Channel()
        channel.subscriptions += (subscription,)
        return is_new

    def drop(self, name: bytes, subscription: Subscription, now: float) -> None:
        """One listener less. The channel stays for a while."""
        subscription.is_open = False
        channel = self._channels.get(name)
        if channel is not None:
            channel.subscriptions = tuple(one for one in channel.subscriptions if one is not subscription)
            channel.empty_since = now

    def is_in_force(self, name: bytes) -> bool:
        """Whether what is published now comes in."""
        channel = self._channels.get(name)
        return channel is not None and channel.is_in_force

    def deliver(self, name: bytes, message: bytes) -> None:
        """Hand a message to the listeners. What one of them raises is logged, and harms no other."""
        channel = self._channels.get(name)
        if channel is None:
            return
        for subscription in channel.subscriptions:
            if subscription.is_open:
                guarded(subscription.receive, message)

    def came_into_force(self, name: bytes) -> None:
        """Redis has confirmed it."""
        channel = self._channels.get(name)
        if channel is not None:
            channel.is_in_force = True

    def confirm(self, name: bytes) -> None:
        """Tell the listeners of a channel that it is in force."""
        channel = self._channels.get(name)
        if channel is not None and channel.is_in_force:
            for subscription in channel.subscriptions:
                confirm(subscription)

    def lost(self) -> None:
        """The connection is gone, and with it what was in force."""
        for name, channel in list(self._channels.items()):
            channel.is_in_force = False
            if not channel.subscriptions:
                del self._channels[name]

    def unneeded(self, now: float) -> list[bytes]:
        """Forget those that nobody has listened to for `UNSUBSCRIBE_DELAY`, and say which."""
        names = [
            name
            for name, channel in self._channels.items()
            if not channel.subscriptions and now - channel.empty_since >= UNSUBSCRIBE_DELAY
        ]
        for name in names:
            del self._channels[name]
        return names


def confirm(subscription: Subscription) -> None:
    """Tell one listener, unless it has left."""
    if subscription.is_open and subscription.confirmed is not None:
        guarded(subscription.confirmed)


def guarded(call: Callable[..., object], *arguments: object) -> None:
    """Call what another part gave us. What it raises is a bug of that part's: logged, and it ends no connection."""
    try:
        call(*arguments)
    except Exception:
        log.exception("broker.listener_failed")
