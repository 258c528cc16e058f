"""What is known of the chat of a room: its newest messages, those that are pinned, and some that were recalled."""

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from rooms.chat.model import Message, MessageId
from rooms.messages import ChatView

WINDOW = 50
"""Messages that a newcomer gets at once: a screen or two; the rest comes by pages."""

RECALLED_MAX = 100
"""Older messages kept at hand after they were acted upon; the oldest recall is dropped first."""


class ChatState(Struct, frozen=True):
    """The newest messages, oldest first; `more` when older ones exist; `recalled` some of those, by id.

    `pins`: the pinned messages as they are now, in the order they were pinned; also those that are among the newest.
    """

    messages: tuple[Message, ...] = ()
    more: bool = False
    recalled: dict[MessageId, Message] = msgspec.field(default_factory=dict)
    pins: tuple[Message, ...] = ()

    def find(self, message: MessageId) -> Message | None:
        """The message, when it is at hand."""
        for candidate in reversed(self.messages):
            if candidate.id == message:
                return candidate
        for candidate in self.pins:
            if candidate.id == message:
                return candidate
        return self.recalled.get(message)

    def is_complete_from(self, message: MessageId) -> bool:
        """True when every message with this id or a later one is at hand, so that a miss means: there is none."""
        return not self.more or (bool(self.messages) and message >= self.messages[0].id)

    def view(self) -> ChatView:
        """What a newcomer gets, but for how far members have read: that is not in the log."""
        return ChatView(messages=self.messages, more=self.more, pins=self.pins)


def recall(state: ChatState, messages: tuple[Message, ...]) -> ChatState:
    """The state with older messages at hand."""
    recalled = {**state.recalled, **{message.id: message for message in messages}}
    surplus = len(recalled) - RECALLED_MAX
    for oldest in list(recalled)[: max(0, surplus)]:
        del recalled[oldest]
    return replace(state, recalled=recalled)
