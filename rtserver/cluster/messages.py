"""What nodes tell each other: msgpack arrays with a tag in front.

During a rolling upgrade, nodes of two versions are at work: a message that cannot be decoded is one of the other
version, and is left out. So fields are only ever added at the end, with a default.
"""

import time
from typing import Any

import msgspec
import structlog
from msgspec import Struct

from rooms.errors import ErrorCode
from rooms.model import RoomId
from rooms.presence import ConnectionId, DeviceReport
from rooms.stored import BODY_VERSION, decode_body, encode_body, kind_of
from rooms.stream import Event, StreamName
from rtserver.broker.port import NodeId

log = structlog.get_logger(__name__)

COMMITTED_BYTES_MAX = 131_072
"""Bytes of events in one message: a file that is imported into a board is read from the log instead."""


COMPLAINT_INTERVAL = 60.0
"""Seconds between two lines of the log about messages that cannot be read."""

_unknown = 0
_complained_at = -COMPLAINT_INTERVAL


class ClusterMessage(Struct, frozen=True, array_like=True):
    """The base of what nodes tell each other."""


class StoredEvent(Struct, frozen=True, array_like=True):
    """An event as it lies in the log. `at`: milliseconds since 1970 UTC."""

    seq: int
    at: int
    actor: str
    nonce: str | None
    kind: str
    version: int
    body: bytes


class Committed(ClusterMessage, frozen=True, tag="c"):
    """On the channel of a stream: these were appended, up to `head`. Without events: they are in the log."""

    epoch: str
    head: int
    events: tuple[StoredEvent, ...]


class Present(ClusterMessage, frozen=True, tag="p"):
    """On the channel of a project: all devices of a node. Also what the node keeps under the project's key.

    `calls`: the rooms whose calls it carries.
    """

    node: NodeId
    devices: tuple[DeviceReport, ...]
    calls: tuple[RoomId, ...] = ()


class Signal(ClusterMessage, frozen=True, tag="s"):
    """On the channel of a project: a push for those who are in a room, or on one of its boards.

    `newest_of`: see `hub.outbox.Outbox.send`; None: each counts. `is_durable`: not to be dropped.
    """

    stream: StreamName
    name: str
    payload: Any
    newest_of: tuple[str, ...] | None = None
    is_durable: bool = False


class SessionsEnded(ClusterMessage, frozen=True, tag="e"):
    """On the channel of a project: sessions were ended; which, says the database."""


class SendAway(ClusterMessage, frozen=True, tag="b"):
    """On the channel of a project: a device has to go, for good."""

    connection: ConnectionId
    code: ErrorCode


Told = Committed | Present | Signal | SessionsEnded | SendAway

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Told)


def encode(message: Told) -> bytes:
    """A message as bytes."""
    return _encoder.encode(message)


def decode(message: bytes) -> Told | None:
    """The message, None when another version of rtserver has sent it."""
    try:
        told: Told = _decoder.decode(message)
    except msgspec.MsgspecError as error:
        _complain(str(error))
        return None
    return told


def _complain(reason: str) -> None:
    """Now and then: during an upgrade, each message of the other version would be a line."""
    global _unknown, _complained_at  # noqa: PLW0603 - one log, one count
    _unknown += 1
    now = time.monotonic()
    if now - _complained_at >= COMPLAINT_INTERVAL:
        log.warning("cluster.unknown_message", error=reason, count=_unknown)
        _unknown, _complained_at = 0, now


def committed(epoch: str, events: list[Event]) -> Committed:
    """The message about events that were just appended."""
    stored = tuple(
        StoredEvent(
            event.seq, event.at, event.actor, event.nonce, kind_of(event.body), BODY_VERSION, encode_body(event.body)
        )
        for event in events
    )
    if sum(len(event.body) for event in stored) > COMMITTED_BYTES_MAX:
        stored = ()
    return Committed(epoch, events[-1].seq, stored)


def events_of(stream: StreamName, message: Committed) -> list[Event] | None:
    """The events of a message; None when they have to be read from the log."""
    try:
        return [
            Event(stream, one.seq, one.at, one.actor, one.nonce, decode_body(one.kind, one.version, one.body))
            for one in message.events
        ]
    except msgspec.MsgspecError:  # of a kind that a newer version knows
        return None
