"""What somebody who comes back has missed of a stream: from memory as far as it reaches back, else from the log."""

from typing import Any

from msgspec import Struct

from rooms.stream import Event, Position
from rtserver.live_stream import LiveStream

RECOVERY_BYTES_MAX = 524_288
"""Bytes of missed events, as they lie in the log, sent on a join; more is slower to read than a snapshot. What memory
holds is less."""


class Missed(Struct, frozen=True):
    """What a reader has missed, and where it stands with that. `events` None: it needs a snapshot instead."""

    position: Position
    events: tuple[Event, ...] | None


def is_ahead(stream: LiveStream[Any], position: Position | None) -> bool:
    """Whether a reader stands further than this process: it comes from another one, of which we have not heard yet."""
    here = stream.position
    return position is not None and position.epoch == here.epoch and position.seq > here.seq


def missed_at_hand(stream: LiveStream[Any], position: Position | None, limit: int) -> Missed | None:
    """What a reader at `position` has missed, at most `limit` events. None: the log has to be asked."""
    here = stream.position
    if is_ahead(stream, position):
        return None
    if position is None or position.epoch != here.epoch or not 0 <= here.seq - position.seq <= limit:
        return Missed(here, None)
    recent = stream.recent(position.seq)
    return None if recent is None else Missed(here, tuple(recent))


async def missed(stream: LiveStream[Any], position: Position | None, limit: int) -> Missed:
    """What a reader at `position` has missed, at most `limit` events. Raises `LogUnavailable`."""
    if is_ahead(stream, position):
        await stream.refresh()
    at_hand = missed_at_hand(stream, position, limit)
    if at_hand is not None or position is None or is_ahead(stream, position):
        return at_hand or Missed(stream.position, None)
    here = stream.position
    events = await stream.read(position.seq, limit, RECOVERY_BYTES_MAX)
    if not events or events[0].seq != position.seq + 1 or events[-1].seq < here.seq:
        return Missed(stream.position, None)
    return Missed(Position(here.epoch, events[-1].seq), tuple(events))
