"""How often and how long: one place, so that tests can be quicker than schools."""

from dataclasses import dataclass

from rtserver.broker.port import ANSWER_DEADLINE, NODE_LIFETIME, NODE_SIGN_INTERVAL


@dataclass(frozen=True, slots=True)
class Timing:
    """All are seconds."""

    lifetime: float = NODE_LIFETIME
    sign_interval: float = NODE_SIGN_INTERVAL
    sign_deadline: float = 1.5
    """In which an own sign must have come back by pub/sub: more than a slow Redis needs, less than the interval."""

    answer_deadline: float = ANSWER_DEADLINE
    join_deadline: float = 5.0
    """For all that a node tells Redis when it comes: some ten thousand keys and channels."""

    retry_first: float = 0.1
    retry_last: float = 2.0
    """Between two attempts to connect, at most: well under the lifetime, within which a node must be back."""

    farewell_deadline: float = 1.0
    """For what a node says when it ends."""

    def retry(self, failures: int) -> float:
        """At most how long to wait after so many failures in a row; the caller draws from it."""
        return min(self.retry_last, self.retry_first * float(1 << min(failures, 16)))
