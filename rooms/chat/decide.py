"""What a chat command leads to."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from rooms.chat.files import UploadedFile, message_files
from rooms.chat.mentions import mentioned
from rooms.chat.messages import ChatPin, ChatReact, ChatSetLanguage
from rooms.chat.model import OWN_REACTIONS_MAX, PINS_MAX, REACTIONS_MAX, Message, MessageId
from rooms.chat.state import ChatState
from rooms.errors import ErrorCode, Refused
from rooms.events import ChatDeleted, ChatEdited, ChatLanguageSet, ChatPinned, ChatPosted, ChatReacted
from rooms.messages import MESSAGE_BYTES_MAX, ChatDelete, ChatEdit, ChatPost
from rooms.model import MemberId
from rooms.permissions import Action, Standing, require
from rooms.stream import Decision
from rooms.text import checked_text, is_language_tag

ChatCommand = ChatPost | ChatEdit | ChatDelete | ChatReact | ChatPin | ChatSetLanguage


def no_language(text: str) -> str | None:
    """Of no text the language is known."""
    return None


class Around(Struct, frozen=True):
    """What a decision depends on besides the chat and the actor.

    `may_read`: whether there is such a member, and they can read the room. `language_of`: the BCP 47 tag of a text, or
    None when it is not clear. `files`: by their ids, those of the command that the actor has uploaded for the room.
    """

    may_read: Callable[[MemberId], bool]
    language_of: Callable[[str], str | None] = no_language
    files: Mapping[str, UploadedFile] = {}


def message_needed(state: ChatState, command: ChatCommand) -> MessageId | None:
    """The message that has to be recalled before the command can be decided, if any."""
    wanted = command.reply if isinstance(command, ChatPost) else command.message
    if wanted is None or state.find(wanted) is not None:
        return None
    return None if state.is_complete_from(wanted) else wanted


def decide(state: ChatState, standing: Standing, actor: MemberId, command: ChatCommand, around: Around) -> Decision:
    """What the command leads to. Raises `Refused`.

    A room's text is stored as typed; only its size, and what no database or browser can hold, are refused.
    """
    match command:
        case ChatPost():
            return _post(state, standing, command, around)
        case ChatEdit():
            return _edit(state, standing, actor, command, around)
        case ChatDelete():
            message = _target(state, standing, actor, command.message, Action.DELETE_OWN, Action.DELETE_OTHERS)
            return Decision() if message.deleted else Decision((ChatDeleted(message.id),))
        case ChatReact():
            return _react(state, standing, actor, command)
        case ChatPin():
            return _pin(state, standing, command)
        case ChatSetLanguage():
            return _set_language(state, standing, actor, command)


def _post(state: ChatState, standing: Standing, command: ChatPost, around: Around) -> Decision:
    require(standing, Action.POST)
    has_words = command.text.strip() or not command.files
    text = _checked(command.text) if has_words else ""
    if command.reply is not None:
        _there(state, command.reply)
    files = message_files(command.files, around.files)
    language = around.language_of(text) if text else None
    return Decision((ChatPosted(text, command.reply, mentioned(text, around.may_read), language, files),))


def _edit(state: ChatState, standing: Standing, actor: MemberId, command: ChatEdit, around: Around) -> Decision:
    message = _target(state, standing, actor, command.message, Action.EDIT_OWN, Action.EDIT_OTHERS)
    if message.deleted:
        raise Refused(ErrorCode.MESSAGE_DELETED)
    text = _checked(command.text)
    if text == message.text:
        return Decision()
    return Decision((ChatEdited(message.id, text, mentioned(text, around.may_read), around.language_of(text)),))


def _react(state: ChatState, standing: Standing, actor: MemberId, command: ChatReact) -> Decision:
    require(standing, Action.REACT)
    message = _there(state, command.message)
    others = [group for group in message.reactions if group.reaction != command.reaction]
    is_new = len(others) == len(message.reactions)
    own = [group.reaction for group in message.reactions if actor in group.members]
    if (command.reaction in own) == command.on:
        return Decision()
    if command.on and len(own) >= OWN_REACTIONS_MAX:
        raise Refused(ErrorCode.TOO_MANY, f"at most {OWN_REACTIONS_MAX} reactions of one person to a message")
    if is_new and len(others) >= REACTIONS_MAX:
        raise Refused(ErrorCode.TOO_MANY, f"at most {REACTIONS_MAX} different reactions to a message")
    return Decision((ChatReacted(message.id, command.reaction, command.on),))


def _pin(state: ChatState, standing: Standing, command: ChatPin) -> Decision:
    require(standing, Action.PIN)
    message = _there(state, command.message)
    if message.pinned == command.pinned:
        return Decision()
    if command.pinned and len(state.pins) >= PINS_MAX:
        raise Refused(ErrorCode.TOO_MANY, f"at most {PINS_MAX} pinned messages in a room")
    return Decision((ChatPinned(message.id, command.pinned, message if command.pinned else None),))


def _set_language(state: ChatState, standing: Standing, actor: MemberId, command: ChatSetLanguage) -> Decision:
    message = _target(state, standing, actor, command.message, Action.EDIT_OWN, Action.SET_LANGUAGE_OTHERS)
    if message.deleted:
        raise Refused(ErrorCode.MESSAGE_DELETED)
    language = command.language
    if language is not None and not is_language_tag(language):
        raise Refused(ErrorCode.LANGUAGE_UNKNOWN, "language")
    return Decision() if language == message.language else Decision((ChatLanguageSet(message.id, language),))


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


def _there(state: ChatState, wanted: MessageId) -> Message:
    """A message that was not deleted. The actor may read the room."""
    message = state.find(wanted)
    if message is None:
        raise Refused(ErrorCode.UNKNOWN_MESSAGE)
    if message.deleted:
        raise Refused(ErrorCode.MESSAGE_DELETED)
    return message


def _checked(text: str) -> str:
    checked_text(text, "text")
    size = len(text.encode())
    if size > MESSAGE_BYTES_MAX:
        raise Refused(ErrorCode.TOO_LARGE, f"{size} bytes, at most {MESSAGE_BYTES_MAX}")
    return text
