"""What an event does to a message: the one description for the chat at hand and for the messages in the archive."""

from msgspec.structs import replace

from rooms.chat.model import Message, MessageId, Reacted
from rooms.events import Body, ChatDeleted, ChatEdited, ChatLanguageSet, ChatPinned, ChatPosted, ChatReacted
from rooms.model import MemberId
from rooms.stream import Event

CHANGING = (ChatEdited, ChatDeleted, ChatReacted, ChatPinned, ChatLanguageSet)
"""Events that change a message that another one has posted."""


def message_of(event: Event, body: ChatPosted) -> Message:
    """The message that an event has posted."""
    return Message(
        id=event.seq,
        at=event.at,
        actor=event.actor,
        text=body.text,
        nonce=event.nonce,
        reply=body.reply,
        mentions=body.mentions,
        language=body.language,
        files=body.files,
    )


def changed_message(body: Body) -> MessageId | None:
    """Which message the event changes, if any."""
    return body.message if isinstance(body, CHANGING) else None


def changed(message: Message, event: Event) -> Message:
    """The message after an event that changes it. A deleted one stays as it is."""
    if message.deleted:
        return message
    match event.body:
        case ChatEdited(_, text, mentions, language):
            return replace(message, text=text, mentions=mentions, language=language, edited_at=event.at)
        case ChatDeleted():
            return replace(
                message, text="", deleted=True, mentions=(), language=None, reactions=(), pinned=False, files=()
            )
        case ChatReacted(_, reaction, on):
            return replace(message, reactions=reacted(message.reactions, reaction, event.actor, on))
        case ChatPinned(_, pinned):
            return replace(message, pinned=pinned)
        case ChatLanguageSet(_, language):
            return replace(message, language=language)
        case _:
            return message


def reacted(reactions: tuple[Reacted, ...], reaction: str, member: MemberId, on: bool) -> tuple[Reacted, ...]:
    """The reactions to a message after a member has put one to it, or taken it back. To do so twice changes nothing."""
    if not reaction:
        return reactions  # blanked in the log: the message was deleted since
    after = []
    is_new = on
    for group in reactions:
        if group.reaction != reaction:
            after.append(group)
            continue
        is_new = False
        if on == (member in group.members):
            return reactions
        members = (*group.members, member) if on else tuple(one for one in group.members if one != member)
        if members:
            after.append(Reacted(reaction, members))
    if is_new:
        after.append(Reacted(reaction, (member,)))
    return tuple(after)
