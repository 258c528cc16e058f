"""What each message carries to be recognised at any receiver, in any process: who sent it, its number, when it was due.

Letters of a nonce (rooms/messages.py): chat carries its tag as nonce, a signal as the first word of its data.
"""

from typing import NamedTuple

from loadtests.generator.activity import Topic

SEPARATOR = "-"
PARTS = 5
HEXADECIMAL = 16


class Tag(NamedTuple):
    """`sender`: number in the room; `number`: of the sender's messages of this topic, from 0; `due`: nanoseconds."""

    topic: Topic
    sender: int
    number: int
    due: int


def write(run: str, topic: Topic, sender: int, number: int, due: int) -> str:
    """The tag as text. `run` tells one run of the generator from all others."""
    return f"{run}-{topic:x}-{sender:x}-{number:x}-{due:x}"


def read(run: str, text: str) -> Tag | None:
    """The tag in a text; None when it is somebody else's."""
    parts = text.split(SEPARATOR)
    if len(parts) != PARTS or parts[0] != run:
        return None
    try:
        topic, sender, number, due = (int(part, HEXADECIMAL) for part in parts[1:])
        return Tag(Topic(topic), sender, number, due)
    except ValueError:
        return None
