"""What a chat is made of: messages, reactions, read marks. Values only."""

from typing import Literal, get_args

from msgspec import Struct

from rooms.model import MemberId, RoomId

MessageId = int
"""A chat message is named by the seq of the event that posted it."""

Milliseconds = int

Reaction = Literal[
    "👍", "❤️", "😂", "😮", "😢", "🎉", "👏", "🙏", "🤔", "✅", "❌", "❓",
    "☀️", "🌍", "⭐", "💡", "🔥", "👀", "🙌", "💪", "🎨", "🎵", "📚", "🥳",
]  # fmt: skip
"""What one can say to a message without words. A log may hold others, which have left the list since."""

REACTIONS: tuple[Reaction, ...] = get_args(Reaction)
"""All of them, in the order in which a page offers them."""

REACTIONS_MAX = 20
"""Different reactions to one message: two lines of them on a phone."""

OWN_REACTIONS_MAX = 6
"""Of one person to one message: nobody fills both lines alone."""

PINS_MAX = 10
"""Pinned messages of a room: a list that one reads at a glance."""

MENTIONS_MAX = 20
"""Members that one message can mention: a group. Who wants everybody just writes."""


FILES_MAX = 4
"""Files of one message: as many as stand side by side on a phone. Who has more sends another message."""

FILE_NAME_CHARACTERS_MAX = 120
"""Of a file's name: what is longer, no list shows."""


class MessageFile(Struct, frozen=True):
    """A picture or a document that came with a message; all but its name is what the server knows of it.

    `file`: SHA-256 of what is stored, hex. `type`: a media type (RFC 6838). `bytes`: how many. `width`, `height`:
    pixels of a picture, null of a document.
    """

    file: str
    name: str
    type: str
    bytes: int
    width: int | None = None
    height: int | None = None


class Reacted(Struct, frozen=True):
    """One reaction to a message, and who gave it, in the order they came; there is always somebody."""

    reaction: str
    members: tuple[MemberId, ...]


class Message(Struct, frozen=True):
    """A chat message as it is now; a deleted one keeps its place, without text. Times: milliseconds since 1970 UTC.

    A message with `files` may have an empty text.
    `reply`: the message that it answers, which may have been deleted since. `mentions`: who is called by `<@member>` in
    the text. `language`: BCP 47, null when unknown. `reactions`: in the order in which each came first.
    """

    id: MessageId
    at: Milliseconds
    actor: MemberId
    text: str
    nonce: str | None = None
    edited_at: Milliseconds | None = None
    deleted: bool = False
    reply: MessageId | None = None
    mentions: tuple[MemberId, ...] = ()
    language: str | None = None
    reactions: tuple[Reacted, ...] = ()
    pinned: bool = False
    files: tuple[MessageFile, ...] = ()


class ReadMark(Struct, frozen=True):
    """Up to which message of a room a member has read."""

    member: MemberId
    message: MessageId


class MessagePlace(Struct, frozen=True, forbid_unknown_fields=True):
    """A message and its room."""

    room: RoomId
    message: MessageId
