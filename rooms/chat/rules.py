"""How the chat of a room follows from its events."""

import msgspec
from msgspec.structs import replace

from rooms.chat.changing import changed, changed_message, message_of
from rooms.chat.model import Message, MessageId
from rooms.chat.state import WINDOW, ChatState
from rooms.events import ChatPinned, ChatPosted
from rooms.stream import Event, StreamName

SNAPSHOT_VERSION = 1
"""Still the first: what came since has defaults, which say what was so before it. Of a room whose log was pruned, the
snapshot is all there is; it must not be given up for one that looks a little different."""


class ChatRules:
    """The `Rules` of `room:` streams."""

    version = SNAPSHOT_VERSION

    def empty(self, stream: StreamName) -> ChatState:
        """A room in which nothing was said yet."""
        return ChatState()

    def apply(self, state: ChatState, event: Event) -> ChatState:
        """The chat after `event`."""
        if isinstance(event.body, ChatPosted):
            return _posted(state, message_of(event, event.body))
        wanted = changed_message(event.body)
        return state if wanted is None else _changed(state, wanted, event)

    def encode(self, state: ChatState) -> bytes:
        """Without the recalled messages: they come from the archive again."""
        return msgspec.msgpack.encode(replace(state, recalled={}))

    def decode(self, snapshot: bytes) -> ChatState:
        """The state from a stored snapshot."""
        return msgspec.msgpack.decode(snapshot, type=ChatState)


def _posted(state: ChatState, message: Message) -> ChatState:
    kept = (*state.messages, message)
    return replace(state, messages=kept[-WINDOW:], more=state.more or len(kept) > WINDOW)


def _changed(state: ChatState, wanted: MessageId, event: Event) -> ChatState:
    """The state with one message changed, wherever it is at hand; an older one changes in the archive only."""
    pins = _pins(state, wanted, event)
    recalled = state.recalled
    if wanted in recalled:
        recalled = {**recalled, wanted: changed(recalled[wanted], event)}
    messages = state.messages
    if messages and wanted >= messages[0].id:
        messages = tuple(changed(message, event) if message.id == wanted else message for message in messages)
    return ChatState(messages=messages, more=state.more, recalled=recalled, pins=pins)


def _pins(state: ChatState, wanted: MessageId, event: Event) -> tuple[Message, ...]:
    """The pins after an event about a message. What is pinned comes with its event, since it may be of any age."""
    body = event.body
    is_new = isinstance(body, ChatPinned) and body.pinned and all(pin.id != wanted for pin in state.pins)
    if not is_new:
        after = (changed(pin, event) if pin.id == wanted else pin for pin in state.pins)
        return tuple(pin for pin in after if pin.pinned) if state.pins else ()
    assert isinstance(body, ChatPinned)
    if body.content is None:  # blanked in the log: the message was deleted since
        return state.pins
    return (*state.pins, changed(body.content, event))
