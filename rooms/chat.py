"""The chat of a room: what a command leads to, and how the newest messages follow from the events.

The state holds the newest `WINDOW` messages; an older one that is to be edited or deleted is recalled from the archive
before its command is decided.
"""

from collections.abc import Callable

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from rooms.errors import ErrorCode, Refused
from rooms.events import ChatDeleted, ChatEdited, ChatPosted, MessageId
from rooms.messages import MESSAGE_BYTES_MAX, ChatDelete, ChatEdit, ChatPost, ChatView, Message
from rooms.model import MemberId
from rooms.permissions import Action, Standing, require
from rooms.stream import Decision, Event, StreamName
from rooms.text import checked_text

WINDOW = 50
"""Messages that a newcomer gets at once: a screen or two; the rest comes by pages."""

RECALLED_MAX = 100
"""Older messages kept at hand after they were acted upon; the oldest recall is dropped first."""

SNAPSHOT_VERSION = 1

ChatCommand = ChatPost | ChatEdit | ChatDelete


class ChatState(Struct, frozen=True):
    """The newest messages, oldest first; `more` when older ones exist; `recalled` some of those, by id."""

    messages: tuple[Message, ...] = ()
    more: bool = False
    recalled: dict[MessageId, Message] = msgspec.field(default_factory=dict)

    def find(self, message: MessageId) -> Message | None:
        """The message, when it is at hand."""
        for candidate in reversed(self.messages):
            if candidate.id == message:
                return candidate
        return self.recalled.get(message)

    def is_complete_from(self, message: MessageId) -> bool:
        """True when every message with this id or a later one is at hand, so that a miss means: there is none."""
        return not self.more or (bool(self.messages) and message >= self.messages[0].id)

    def view(self) -> ChatView:
        """What a newcomer gets."""
        return ChatView(messages=self.messages, more=self.more)


class ChatRules:
    """The `Rules` of `room:` streams."""

    version = SNAPSHOT_VERSION

    def empty(self, stream: StreamName) -> ChatState:
        """A room in which nothing was said yet."""
        return ChatState()

    def apply(self, state: ChatState, event: Event) -> ChatState:
        """The chat after `event`."""
        match event.body:
            case ChatPosted(text):
                return _posted(state, event, text)
            case ChatEdited(message, text):
                return _changed(state, message, lambda old: replace(old, text=text, edited_at=event.at))
            case ChatDeleted(message):
                return _changed(state, message, lambda old: replace(old, text="", deleted=True))
            case _:
                return state

    def encode(self, state: ChatState) -> bytes:
        """Without the recalled messages: they come from the archive again."""
        return msgspec.msgpack.encode(replace(state, recalled={}))

    def decode(self, snapshot: bytes) -> ChatState:
        """The state from a stored snapshot."""
        return msgspec.msgpack.decode(snapshot, type=ChatState)


def recall(state: ChatState, messages: tuple[Message, ...]) -> ChatState:
    """The state with older messages at hand."""
    recalled = {**state.recalled, **{message.id: message for message in messages}}
    surplus = len(recalled) - RECALLED_MAX
    for oldest in list(recalled)[: max(0, surplus)]:
        del recalled[oldest]
    return replace(state, recalled=recalled)


def message_needed(state: ChatState, command: ChatCommand) -> MessageId | None:
    """The message that has to be recalled before the command can be decided, if any."""
    if isinstance(command, ChatPost) or state.find(command.message) is not None:
        return None
    return None if state.is_complete_from(command.message) else command.message


def decide(state: ChatState, standing: Standing, actor: MemberId, command: ChatCommand) -> Decision:
    """What the command leads to. Raises `Refused`.

    A room's text is stored as typed; only its size, and what no database or browser can hold, are refused.
    """
    match command:
        case ChatPost():
            require(standing, Action.POST)
            return Decision((ChatPosted(_checked(command.text)),))
        case ChatEdit():
            message = _target(state, standing, actor, command.message, Action.EDIT_OWN, Action.EDIT_OTHERS)
            if message.deleted:
                raise Refused(ErrorCode.MESSAGE_DELETED)
            text = _checked(command.text)
            return Decision() if text == message.text else Decision((ChatEdited(message.id, text),))
        case ChatDelete():
            message = _target(state, standing, actor, command.message, Action.DELETE_OWN, Action.DELETE_OTHERS)
            return Decision() if message.deleted else Decision((ChatDeleted(message.id),))


def _target(
    state: ChatState, standing: Standing, actor: MemberId, wanted: MessageId, own: Action, others: Action
) -> Message:
    """The message that is acted upon, when the actor may. Who may not even read the room learns nothing of it."""
    require(standing, Action.READ_ROOM)
    message = state.find(wanted)
    if message is None:
        raise Refused(ErrorCode.UNKNOWN_MESSAGE)
    require(standing, own if message.actor == actor else others)
    return message


def _checked(text: str) -> str:
    checked_text(text, "text")
    size = len(text.encode())
    if size > MESSAGE_BYTES_MAX:
        raise Refused(ErrorCode.TOO_LARGE, f"{size} bytes, at most {MESSAGE_BYTES_MAX}")
    return text


def _posted(state: ChatState, event: Event, text: str) -> ChatState:
    message = Message(id=event.seq, at=event.at, actor=event.actor, text=text, nonce=event.nonce)
    kept = (*state.messages, message)
    return replace(state, messages=kept[-WINDOW:], more=state.more or len(kept) > WINDOW)


def _changed(state: ChatState, wanted: MessageId, change: Callable[[Message], Message]) -> ChatState:
    """The state with one message changed, wherever it is at hand; an older one changes in the archive only."""
    if wanted in state.recalled:
        state = replace(state, recalled={**state.recalled, wanted: change(state.recalled[wanted])})
    if not state.messages or wanted < state.messages[0].id:
        return state
    messages = tuple(change(message) if message.id == wanted else message for message in state.messages)
    return replace(state, messages=messages)
