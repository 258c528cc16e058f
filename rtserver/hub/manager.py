"""python-socketio's rooms, for namespaces other than the hub's: looked up instead of searched for, encoded once."""

from collections.abc import Iterator
from typing import Any

import socketio
from engineio import packet as eio_packet
from socketio import packet as sio_packet

from rtserver.hub.outbox import Lane, Outgoing


class HubManager(socketio.AsyncManager):
    """python-socketio's manager with an index from sids to rooms. A sid's own room, with itself alone, is implied."""

    def __init__(self) -> None:
        super().__init__()
        self._rooms_of: dict[str, set[Any]] = {}

    def get_participants(self, namespace: str, room: Any) -> Iterator[tuple[str, str]]:
        """As `BaseManager.get_participants`."""
        rooms = self.rooms.get(namespace, {})
        found: dict[str, str] = {}
        for name in room if isinstance(room, list | tuple | set | frozenset) else (room,):
            if name is not None and self.is_sid_room(namespace, name):
                found[name] = rooms[None][name]
            elif name in rooms:
                found.update(rooms[name])
        yield from found.items()

    def basic_enter_room(self, sid: str, namespace: str, room: Any, eio_sid: str | None = None) -> None:
        """As `BaseManager.basic_enter_room`."""
        if sid == room:
            return
        super().basic_enter_room(sid, namespace, room, eio_sid)
        if room is not None:
            self._rooms_of.setdefault(sid, set()).add(room)

    def basic_leave_room(self, sid: str, namespace: str, room: Any) -> None:
        """As `BaseManager.basic_leave_room`."""
        super().basic_leave_room(sid, namespace, room)
        rooms = self._rooms_of.get(sid)
        if rooms is not None:
            rooms.discard(room)
            if not rooms:
                del self._rooms_of[sid]

    def basic_disconnect(self, sid: str, namespace: str, **options: Any) -> None:
        """As `BaseManager.basic_disconnect`, without looking through all rooms."""
        for room in list(self._rooms_of.get(sid, ())):
            self.basic_leave_room(sid, namespace, room)
        self.basic_leave_room(sid, namespace, None)
        self.callbacks.pop(sid, None)
        for pending in (self.pending_connect, self.pending_disconnect):
            if sid in pending.get(namespace, ()):
                pending[namespace].remove(sid)
                if not pending[namespace]:
                    del pending[namespace]

    def get_rooms(self, sid: str, namespace: str) -> list[Any]:
        """As `BaseManager.get_rooms`."""
        own = [sid] if self.is_sid_room(namespace, sid) else []
        return own + sorted(self._rooms_of.get(sid, ()), key=str)

    async def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: Any = None,
        skip_sid: Any = None,
        callback: Any = None,
        to: Any = None,
        **options: Any,
    ) -> None:
        """As `AsyncManager.emit`: encoded once, and without waiting for anybody."""
        if callback:
            await super().emit(event, data, namespace, room, skip_sid, callback, to, **options)
            return
        arguments = list(data) if isinstance(data, tuple) else [] if data is None else [data]
        packet = self.server.packet_class(sio_packet.EVENT, data=[event, *arguments], namespace=namespace)
        encoded = messages_of(packet)
        skipped = skip_sid if isinstance(skip_sid, list) else [skip_sid]
        sockets = self.server.eio.sockets
        for sid, engine_sid in self.get_participants(namespace, to or room):
            if sid not in skipped and engine_sid in sockets:
                for outgoing in encoded:
                    sockets[engine_sid].outbox.send(outgoing, Lane.DURABLE)


def messages_of(packet: Any) -> list[Outgoing]:
    """A packet of python-socketio, with its attachments."""
    encoded = packet.encode()
    return [
        Outgoing.of(eio_packet.Packet(eio_packet.MESSAGE, part).encode())
        for part in (encoded if isinstance(encoded, list) else [encoded])
    ]
