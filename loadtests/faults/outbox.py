"""What a member writes into one stream: one message after the other, kept until it is acknowledged, as a page does."""

import random
from collections import deque
from collections.abc import Callable

from msgspec import Struct

from loadtests.schedule import NANOSECONDS
from rooms.messages import Command

RETRY_FIRST = 0.1
RETRY_LONGEST = 1.0
"""Seconds until what was refused for now is sent again, at random between half of it and all; doubled each time."""

WAITING_MAX = 40
"""Messages that wait for their ack: whoever has so many unsent does not write more."""


class Message(Struct):
    """Something durable that was written. `number`: of its writer's in this stream; `due`, `acknowledged_at`: ns."""

    stream: str
    writer: str
    number: int
    nonce: str
    command: Command
    due: int
    seq: int | None = None
    acknowledged_at: int = 0


class Outbox:
    """The messages of one writer to one stream. Knows nothing of sockets: `due` says what has to be sent now."""

    def __init__(self, stream: str, writer: str, dice: random.Random, compose: Callable[[str, int], Command]) -> None:
        """`compose`: makes the command of a nonce and a number."""
        self.stream = stream
        self.writer = writer
        self.written: list[Message] = []
        self.waiting: deque[Message] = deque()
        self.contradicted = 0
        """Acks that said another seq than the one before."""
        self.resent = 0
        self._dice = dice
        self._compose = compose
        self._under_way: Message | None = None
        self._not_before = 0
        self._tries = 0
        self._was_sent = False

    def write(self, now: int) -> Message | None:
        """One more message; None: too many wait."""
        if len(self.waiting) >= WAITING_MAX:
            return None
        number = len(self.written)
        nonce = f"{self.writer}-{number}-{self._dice.getrandbits(48):012x}"
        message = Message(self.stream, self.writer, number, nonce, self._compose(nonce, number), now)
        self.written.append(message)
        self.waiting.append(message)
        return message

    def take(self, now: int) -> Message | None:
        """What is to be sent now; None: nothing, or one is under way, or it is to be tried later."""
        if self._under_way is not None or not self.waiting or now < self._not_before:
            return None
        self.resent += self._was_sent
        self._was_sent = True
        self._under_way = self.waiting[0]
        return self._under_way

    def acknowledged(self, message: Message, seq: int, now: int) -> None:
        """The message is durable at `seq`."""
        self.contradicted += message.seq not in (None, seq)
        message.seq, message.acknowledged_at = seq, now
        self._under_way, self._tries, self._was_sent = None, 0, False
        if self.waiting and self.waiting[0] is message:
            self.waiting.popleft()

    def refused(self, now: int) -> None:
        """For now: the same is sent again a little later."""
        wait = min(RETRY_LONGEST, RETRY_FIRST * 2**self._tries)
        self._tries += 1
        self._not_before = now + round(wait * self._dice.uniform(0.5, 1.0) * NANOSECONDS)
        self._under_way = None

    def disconnected(self) -> None:
        """Nobody knows whether what was under way has arrived: it is sent again."""
        self._under_way = None
        self._not_before = self._tries = 0
