"""Who is next: raised hands, in turns between the classes, so that the quick class does not take the whole lesson."""

from collections import deque

from rooms.model import ClassId
from signaling.messages import ParticipantId

Turn = ClassId | None
"""Whose turn it is: a class; visitors, who are in none, have one together."""


class Hands:
    """The raised hands of one call.

    The next is of the class that was served least recently (never: before all others; else the earlier hand decides);
    within a class, first come, first served.
    """

    def __init__(self) -> None:
        self._raised: dict[ParticipantId, Turn] = {}
        """Earlier hands first."""
        self._served: dict[Turn, int] = {}
        """When each class was served last, counted in hands."""
        self._servings = 0

    def raise_hand(self, participant: ParticipantId, class_id: ClassId | None) -> None:
        """A hand goes up; one that is up keeps its place."""
        self._raised.setdefault(participant, class_id)

    def lower(self, participant: ParticipantId, by_teacher: bool) -> None:
        """A hand goes down. Its class has had its turn when a teacher says so, or when it was next.

        The hand of somebody further behind was only withdrawn.
        """
        if participant not in self._raised:
            return
        was_served = by_teacher or self.order()[0] == participant
        turn = self._raised.pop(participant)
        if was_served:
            self._servings += 1
            self._served[turn] = self._servings

    def forget(self, participant: ParticipantId) -> None:
        """Somebody left: their class keeps its turn."""
        self._raised.pop(participant, None)

    def order(self) -> tuple[ParticipantId, ...]:
        """All raised hands, the next one first."""
        waiting: dict[Turn, deque[ParticipantId]] = {}
        for participant, turn in self._raised.items():
            waiting.setdefault(turn, deque()).append(participant)
        # Classes that were never served are equal; a sort keeps them in the order of their first hands.
        turns = deque(sorted(waiting, key=lambda turn: self._served.get(turn, 0)))
        order = []
        while turns:
            turn = turns.popleft()
            order.append(waiting[turn].popleft())
            if waiting[turn]:
                turns.append(turn)  # served last now
        return tuple(order)
