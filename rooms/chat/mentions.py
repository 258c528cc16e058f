"""Who is called by a message: its text holds ids and never names, so that each reader sees the name they may see."""

import re
from collections.abc import Callable

from rooms.chat.model import MENTIONS_MAX
from rooms.model import MemberId

MENTION = re.compile(r"<@([A-Za-z0-9_-]{1,64})>")
"""`<@member>`, wherever it stands."""


def mentioned(text: str, may_read: Callable[[MemberId], bool]) -> tuple[MemberId, ...]:
    """The members that a text mentions, in the order of its words, each once, at most `MENTIONS_MAX`.

    `may_read`: whether there is such a member, and they can read the room. Whoever cannot is left as typed, so that
    nobody learns by it who exists.
    """
    if "<@" not in text:
        return ()
    found: dict[MemberId, None] = {}
    for match in MENTION.finditer(text):
        member = match[1]
        if member not in found and may_read(member):
            found[member] = None
            if len(found) == MENTIONS_MAX:
                break
    return tuple(found)
