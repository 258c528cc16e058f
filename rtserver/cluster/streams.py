"""Durable events between processes: what one has appended, the others apply at once, or read from the log."""

import weakref
from typing import Any

from rooms.stream import Event, StreamName
from rtserver.broker.port import Broker
from rtserver.cluster import messages
from rtserver.cluster.messages import Committed
from rtserver.live_stream import LiveStream


class StreamRelay:
    """Tells other nodes of this one's appends, and this one's live streams of theirs."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def announce(self, stream: StreamName, epoch: str, events: list[Event]) -> None:
        """These have just become durable."""
        if self._broker.is_shared:
            self._broker.publish(stream, messages.encode(messages.committed(epoch, events)))

    def follow(self, live: LiveStream[Any]) -> None:
        """Let a stream hear of what others append to it, for as long as it lives."""
        if not self._broker.is_shared:
            return
        # It must not be kept alive by being told: it is forgotten when nobody uses it.
        followed = weakref.ref(live)

        def receive(message: bytes) -> None:
            stream = followed()
            told = messages.decode(message)
            if stream is not None and isinstance(told, Committed):
                _hear(stream, told)

        def confirmed() -> None:
            stream = followed()
            if stream is not None:
                stream.nudge()  # what came before the subscription was in force is in the log

        weakref.finalize(live, self._broker.subscribe(live.name, receive, confirmed))


def _hear(stream: LiveStream[Any], told: Committed) -> None:
    events = messages.events_of(stream.name, told)
    if events:
        stream.hear(told.epoch, events)
    elif told.epoch != stream.position.epoch or told.head > stream.position.seq:
        stream.nudge()
