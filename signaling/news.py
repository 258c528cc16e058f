"""What the room is told of a call: the whole for newcomers, and differences for those who know the whole."""

from collections.abc import Mapping

from msgspec import Struct

from rooms.model import Medium, RoomId
from signaling.messages import CallChanged, CallMode, CallView, Participant, ParticipantId


class Head(Struct, frozen=True):
    """Everything about a call but its participants: told whole, whatever of it is new."""

    mode: CallMode
    settling: bool
    paused: bool
    pupils_held: tuple[Medium, ...]
    hands: tuple[ParticipantId, ...]


class News:
    """What was told of one call. Revisions are dense; each difference leads from one to the next."""

    def __init__(self, room: RoomId) -> None:
        self._room = room
        self._revision = 0
        self._head: Head | None = None
        self._told: dict[ParticipantId, Participant] = {}
        self._shown_early: set[ParticipantId] = set()
        """Of whom a whole view said something that no difference has said yet: it may be past when one comes."""
        self._head_shown_early = False

    def show(self, head: Head, participants: Mapping[ParticipantId, Participant]) -> CallView:
        """The whole call as it is now. The next difference is good for whoever has this."""
        self._head_shown_early |= head != self._head
        for name in participants.keys() | self._told.keys():
            if participants.get(name) != self._told.get(name):
                self._shown_early.add(name)
        return CallView(
            room=self._room,
            revision=self._revision,
            mode=head.mode,
            settling=head.settling,
            paused=head.paused,
            pupils_held=head.pupils_held,
            hands=head.hands,
            participants=tuple(participants.values()),
        )

    def take(self, head: Head, participants: Mapping[ParticipantId, Participant]) -> CallChanged | None:
        """The difference to what was told; None: there is none."""
        early = self._shown_early
        changed = tuple(each for name, each in participants.items() if each != self._told.get(name) or name in early)
        left = tuple(name for name in (*self._told, *sorted(early - self._told.keys())) if name not in participants)
        is_news = bool(changed or left or self._head_shown_early or head != self._head)
        is_nobody = not (participants or left)  # of a call that is not on, there is nothing to tell
        if not is_news or is_nobody:
            return None
        self._revision += 1
        self._head = head
        self._told = dict(participants)
        self._shown_early = set()
        self._head_shown_early = False
        return CallChanged(
            room=self._room,
            revision=self._revision,
            mode=head.mode,
            settling=head.settling,
            paused=head.paused,
            pupils_held=head.pupils_held,
            hands=head.hands,
            changed=changed,
            left=left,
        )
