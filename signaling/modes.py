"""Who sends to whom: peer to peer among a few adults, else through the server; and the way from the one to the other.

Peer to peer the server can enforce neither mute nor presence, and it shows addresses. So there are only teachers and
class cameras in a mesh, and few of them: each sends to each.
"""

from collections.abc import Collection

from signaling.messages import CallMode, ParticipantId

SETTLING_MS = 10_000
"""How long peers keep the connections of the mesh for others whose sessions with the server do not come about."""


class Mode:
    """The mode of one call. Once sfu, it stays sfu until the call is empty."""

    def __init__(self, mesh_max: int) -> None:
        """`mesh_max`: participants of a mesh at most; with less than two there never is one."""
        self._mesh_max = mesh_max
        self._settled: set[ParticipantId] = set()
        self._meshed: frozenset[ParticipantId] = frozenset()
        """Who keeps the connections of the mesh while settling."""
        self._settling_until: int | None = None
        self.mode = CallMode.SFU

    @property
    def settling(self) -> bool:
        """Whether the connections of the mesh are kept until everybody has sessions with the server."""
        return self._settling_until is not None

    def joined(self, before: Collection[ParticipantId], is_adult: bool, now: int) -> None:
        """Somebody comes to those who are there `before`. `is_adult`: a teacher, or a class camera."""
        fits = is_adult and self._mesh_max >= 2 and len(before) < self._mesh_max
        if not before:
            self._end_settling()
            self.mode = CallMode.MESH if fits else CallMode.SFU
        elif self.mode is CallMode.MESH and not fits:
            self.use_server(before, now)

    def use_server(self, here: Collection[ParticipantId], now: int) -> None:
        """Leave the mesh of those who are `here`, if it is one: somebody does not fit, or cannot reach somebody."""
        if self.mode is CallMode.SFU:
            return
        self.mode = CallMode.SFU
        if len(here) > 1:  # one alone has no connection to keep
            self._meshed = frozenset(here)
            self._settling_until = now + SETTLING_MS

    def left(self, participant: ParticipantId) -> None:
        """Somebody is gone."""
        self._settled.discard(participant)
        self._meshed -= {participant}

    def settled(self, participant: ParticipantId) -> None:
        """Somebody has both sessions with the server. Outside settling it means nothing."""
        if self.settling:
            self._settled.add(participant)

    def advance(self, here: Collection[ParticipantId], now: int) -> None:
        """Settling ends when everybody who is `here` (not away) has settled, or when it has taken too long.

        Also when less than two are left of the mesh: no connection is kept any more.
        """
        if self._settling_until is None:
            return
        all_settled = bool(here) and self._settled.issuperset(here)
        if all_settled or now >= self._settling_until or len(self._meshed) < 2:
            self._end_settling()

    def may_relay(self, sender: ParticipantId, to: ParticipantId) -> bool:
        """Whether two participants of the call may negotiate with each other."""
        if sender == to:
            return False
        return self.mode is CallMode.MESH or (self.settling and {sender, to} <= self._meshed)

    def _end_settling(self) -> None:
        self._settling_until = None
        self._settled.clear()
        self._meshed = frozenset()
