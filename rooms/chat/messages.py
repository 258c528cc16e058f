"""The wire of the chat since version 3 of the protocol; the commands of version 1 are in `rooms.messages`.

Durable changes go to the stream `room:<room>`; `event` pushes carry them.
"""

from typing import Annotated, Any

from msgspec import Meta, Struct

from rooms.chat.model import Message, MessageId, MessagePlace, Reaction, ReadMark
from rooms.messages import Accepted, Command, Done, DurableCommand, Id, Seq
from rooms.model import RoomId

LANGUAGE_CHARACTERS_MAX = 35
"""Of a language tag: as long as RFC 5646 (section 4.4.1) wants to be taken everywhere."""

SEARCH_CHARACTERS_MIN, SEARCH_CHARACTERS_MAX = 2, 100
"""Of what is searched for: one letter finds everything, and nobody types more than a line."""

SEARCH_PAGE_MAX = 50
"""Hits of one page: some screens."""


# --- Durable commands ---


class ChatReact(DurableCommand, frozen=True, tag="chat.react"):
    """Put a reaction to a message, or take one's own back. Answer: `Accepted`."""

    room: Id
    message: Seq
    reaction: Reaction
    on: bool


class ChatPin(DurableCommand, frozen=True, tag="chat.pin"):
    """Teachers keep a message in sight of everybody, or let it go; `PINS_MAX` at a time. Answer: `Accepted`."""

    room: Id
    message: Seq
    pinned: bool


class ChatSetLanguage(DurableCommand, frozen=True, tag="chat.set_language"):
    """The author or a teacher corrects the language of a message (BCP 47; null: none). Answer: `Accepted`."""

    room: Id
    message: Seq
    language: Annotated[str, Meta(min_length=2, max_length=LANGUAGE_CHARACTERS_MAX)] | None


# --- Commands that change nothing durable ---


class ChatRead(Command, frozen=True, tag="chat.read"):
    """Say that one has read up to this message; it only moves forward. Answer: `Done`."""

    room: Id
    message: Seq


class ChatSearch(Command, frozen=True, tag="chat.search"):
    """Messages that hold all of these words or beginnings of words, the newest first, in one room or (null) in all.

    Case and accents do not matter, and nothing typed is an operator. `before`: those older than it. Answer:
    `SearchPage`.
    """

    room: Id | None
    text: Annotated[str, Meta(min_length=SEARCH_CHARACTERS_MIN, max_length=SEARCH_CHARACTERS_MAX)]
    before: MessagePlace | None = None
    limit: Annotated[int, Meta(ge=1, le=SEARCH_PAGE_MAX)] = 20


ChatCommand = ChatReact | ChatPin | ChatSetLanguage
ReadingCommand = ChatRead | ChatSearch


# --- Results ---


class SearchHit(Struct, frozen=True):
    """A message that was found. `before`: the message before it in its room, null when it is the first."""

    room: RoomId
    message: Message
    before: MessageId | None


class SearchPage(Struct, frozen=True):
    """What was found, the newest first. `more`: there is more (ask with `before`)."""

    hits: tuple[SearchHit, ...]
    more: bool


CHAT_RESULTS: dict[type[Command], Any] = {
    ChatReact: Accepted,
    ChatPin: Accepted,
    ChatSetLanguage: Accepted,
    ChatRead: Done,
    ChatSearch: SearchPage,
}
"""What each command is answered with."""


# --- Pushes ---


class ReadMarks(Struct, frozen=True):
    """ "read_marks": how far members have read, of those who have read on since the last one; at most one a second."""

    room: RoomId
    marks: tuple[ReadMark, ...]


class Mentioned(Struct, frozen=True):
    """ "mentioned": a message calls you, in a room that this connection is not in. Volatile."""

    room: RoomId
    message: MessageId


CHAT_PUSHES: dict[str, Any] = {"read_marks": ReadMarks, "mentioned": Mentioned}
"""The name of each Socket.IO event that the server sends, and what it carries."""
