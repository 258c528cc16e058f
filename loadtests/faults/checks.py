"""What everybody wrote and saw, held against the log as the database has it in the end."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from msgspec import Struct

from loadtests.faults.following import Following
from loadtests.faults.outbox import Message, Outbox
from loadtests.faults.reading import StreamLog


class Kept(Struct, frozen=True):
    """What was promised and what was not kept.

    `lost`: acknowledged messages that are not in the log where their ack said, and events that a reader never got.
    `duplicated`: messages that are in the log twice, events that a reader got twice, acks that contradict each other.
    `reordered`: messages before one that their writer wrote earlier, events that a reader got too early or that are
    others in the log. `unanswered`: messages that were never acknowledged though all was well in the end. `restarted`:
    streams whose log was begun anew. `holes`: numbers that are missing in the log.
    """

    written: int
    acknowledged: int
    events_seen: int
    lost: int
    duplicated: int
    reordered: int
    unanswered: int
    holes: int
    restarted: int
    snapshots: int
    resent: int

    @property
    def is_kept(self) -> bool:
        """Whether every promise was."""
        return not (self.lost + self.duplicated + self.reordered + self.unanswered + self.holes + self.restarted)


def judge(outboxes: Sequence[Outbox], followings: Sequence[Following], logs: Mapping[str, StreamLog]) -> Kept:
    """Hold everything against the log."""
    messages = [message for outbox in outboxes for message in outbox.written]
    acknowledged = [message for message in messages if message.seq is not None]
    broken = [following.broken for following in followings]
    return Kept(
        written=len(messages),
        acknowledged=len(acknowledged),
        events_seen=sum(len(following.seen) for following in followings),
        lost=sum(not _is_there(message, logs) for message in acknowledged)
        + sum(max(0, logs[following.stream].head - following.seq) for following in followings),
        duplicated=sum(_doubled(log) for log in logs.values())
        + sum(one.twice for one in broken)
        + sum(outbox.contradicted for outbox in outboxes),
        reordered=sum(_disorder(outbox, logs[outbox.stream]) for outbox in outboxes)
        + sum(one.gaps + one.short for one in broken)
        + sum(_differing(following, logs[following.stream]) for following in followings),
        unanswered=len(messages) - len(acknowledged),
        holes=sum(_holes(log) for log in logs.values()),
        restarted=sum(one.epochs for one in broken)
        + sum(following.epoch != logs[following.stream].epoch for following in followings),
        snapshots=sum(following.snapshots for following in followings),
        resent=sum(outbox.resent for outbox in outboxes),
    )


def _is_there(message: Message, logs: Mapping[str, StreamLog]) -> bool:
    return logs[message.stream].nonces.get((message.writer, message.nonce)) == message.seq


def _doubled(log: StreamLog) -> int:
    """Events of one command beyond the first: a chat message and a stroke are one event each."""
    count = Counter((entry.actor, entry.nonce) for entry in log.entries if entry.nonce is not None)
    return sum(count.values()) - len(count)


def _disorder(outbox: Outbox, log: StreamLog) -> int:
    """Neighbours of one writer that stand in the log the wrong way round."""
    seqs = [log.nonces[key] for message in outbox.written if (key := (outbox.writer, message.nonce)) in log.nonces]
    return sum(later <= earlier for earlier, later in pairwise(seqs))


def _differing(following: Following, log: StreamLog) -> int:
    """Events that are not those of the log."""
    nonces = {entry.seq: entry.nonce for entry in log.entries}
    return sum(seq > log.pruned and nonces.get(seq, "") != nonce for seq, nonce in following.seen.items())


def _holes(log: StreamLog) -> int:
    present = {entry.seq for entry in log.entries}
    return sum(seq not in present for seq in range(log.pruned + 1, log.head + 1)) + sum(
        seq > log.head for seq in present
    )
