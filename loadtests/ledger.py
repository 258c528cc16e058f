"""What was sent and who has received it: the proof that nothing was lost, doubled or put out of order."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import astuple

from loadtests.schedule import Due

NOT_YET = -1


class Violations(Struct, frozen=True):
    """How often a promise was broken. All zero, or the figures beside it are worth nothing.

    `lost`: deliveries that never came; `twice`: that came again; `gaps`: a seq that was not the next one of the
    stream; `disorder`: a sender's message after a later one of the same sender; `disagreement`: two receivers, or a
    receiver and the ack, that were told different seqs of one message; `refused`: commands that were not carried out;
    `unanswered`: commands without an ack; `unknown`: messages that nobody of us sent.
    """

    lost: int = 0
    twice: int = 0
    gaps: int = 0
    disorder: int = 0
    disagreement: int = 0
    refused: int = 0
    unanswered: int = 0
    unknown: int = 0

    @property
    def counts(self) -> tuple[int, ...]:
        """All of them, in the order above."""
        return astuple(self)

    @property
    def total(self) -> int:
        """Zero when every promise was kept."""
        return sum(self.counts)

    def __add__(self, other: "Violations") -> "Violations":
        return Violations(*(mine + theirs for mine, theirs in zip(self.counts, other.counts, strict=True)))


class Ledger:
    """Takes down every ack and every delivery of one run, in the order in which each receiver saw them."""

    def __init__(self, schedule: Sequence[Due], positions: Sequence[int]) -> None:
        """`positions`: for each receiver the seq of the room's stream that it has already seen."""
        count = len(schedule)
        self._senders = [due.sender for due in schedule]
        self._seen = [bytearray(count) for _ in positions]
        self._next_seq = [position + 1 for position in positions]
        self._last_of = [[NOT_YET] * (max(self._senders, default=0) + 1) for _ in positions]
        self._seq_of = [NOT_YET] * count
        self._acked = bytearray(count)
        self._twice = self._gaps = self._disorder = self._disagreement = self._refused = self._unknown = 0
        self.missing = count * len(positions)
        """Deliveries that are still to come."""
        self.unanswered = count
        """Acks that are still to come."""

    @property
    def is_complete(self) -> bool:
        """Everything has arrived."""
        return not self.missing and not self.unanswered

    @property
    def positions(self) -> list[int]:
        """The seq that each receiver has seen last: where the next run begins."""
        return [seq - 1 for seq in self._next_seq]

    def delivered(self, receiver: int, message: int | None, seq: int) -> bool:
        """A receiver got a message, None for one that is not of this run. True when it is the first time."""
        if seq != self._next_seq[receiver]:
            self._gaps += 1
        self._next_seq[receiver] = seq + 1
        if message is None:
            self._unknown += 1
            return False
        seen = self._seen[receiver]
        if seen[message]:
            self._twice += 1
            return False
        seen[message] = 1
        self.missing -= 1
        last, sender = self._last_of[receiver], self._senders[message]
        if message < last[sender]:
            self._disorder += 1
        last[sender] = message
        self._agree(message, seq)
        return True

    def acked(self, message: int, seq: int | None) -> None:
        """A command was answered with its seq, None when it was refused."""
        if self._acked[message]:
            self._twice += 1
            return
        self._acked[message] = 1
        self.unanswered -= 1
        if seq is None:
            self._refused += 1
        else:
            self._agree(message, seq)

    def violations(self) -> Violations:
        """What was broken, taking what has not come by now as lost."""
        return Violations(
            lost=self.missing,
            twice=self._twice,
            gaps=self._gaps,
            disorder=self._disorder,
            disagreement=self._disagreement,
            refused=self._refused,
            unanswered=self.unanswered,
            unknown=self._unknown,
        )

    def _agree(self, message: int, seq: int) -> None:
        known = self._seq_of[message]
        if known == NOT_YET:
            self._seq_of[message] = seq
        elif known != seq:
            self._disagreement += 1
