"""What a transcript is made of: whose chat, with which names, in which words. Values only."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from rooms.chat.mentions import MENTION
from rooms.chat.model import Message, MessageFile, MessageId, Milliseconds, Reacted
from rooms.model import ClassId, MemberId, Role, RoomId

MS_PER_SECOND = 1_000


class Names(StrEnum):
    """Which names a portal wants: those that the other classes see, those of the classes' lists, or none."""

    ALIAS = "alias"
    ROSTER = "roster"
    NONE = "none"


class Format(StrEnum):
    """What kind of file."""

    JSON_LINES = "jsonl"
    CSV = "csv"
    HTML = "html"


class Author(Struct, frozen=True):
    """Who has written. `name`: None where names are left out; `school_class`: the name of theirs, if they have one."""

    id: MemberId
    role: Role
    class_id: ClassId | None
    school_class: str | None
    name: str | None


class TranscriptRoom(Struct, frozen=True):
    """A room whose messages are in the file."""

    id: RoomId
    name: str


class TranscriptLine(Struct, frozen=True):
    """One message: a line of a file of JSON lines (jsonlines.org). Times: milliseconds since 1970 UTC.

    `text` is as it was typed: `<@member>` calls somebody. A withdrawn message (`deleted`) keeps its place and has no
    text. `author_name` is null where names were left out. `language`: BCP 47.
    """

    room: RoomId
    room_name: str
    id: MessageId
    at: Milliseconds
    author: MemberId
    author_name: str | None
    author_role: Role | None
    class_id: ClassId | None
    text: str
    edited_at: Milliseconds | None
    deleted: bool
    reply: MessageId | None
    mentions: tuple[MemberId, ...]
    language: str | None
    reactions: tuple[Reacted, ...]
    pinned: bool
    files: tuple[MessageFile, ...]


class Transcript(Struct, frozen=True):
    """All that a file needs besides the messages.

    `at`: when it is made, milliseconds since 1970 UTC. `words`: in `language` (BCP 47); a word that is not among them
    stands as its key, as a program wants it. `zone`: of all times that a person reads. `separator`: between the cells
    of a table.
    """

    title: str
    rooms: tuple[TranscriptRoom, ...]
    authors: Mapping[MemberId, Author]
    at: Milliseconds
    language: str
    words: Mapping[str, str]
    zone: tzinfo
    zone_name: str
    separator: str = ","

    def word(self, key: str) -> str:
        """What stands in the file for a key."""
        return self.words.get(key, key)

    def name_of(self, member: MemberId) -> str:
        """How a person reads of a member: a name or, where names are left out, an id."""
        author = self.authors.get(member)
        return member if author is None or author.name is None else author.name

    def time_of(self, at: Milliseconds) -> datetime:
        """A moment on the clock of this file."""
        return datetime.fromtimestamp(at / MS_PER_SECOND, UTC).astimezone(self.zone)

    def readable(self, message: Message) -> str:
        """The text with names in the place of ids."""
        called = frozenset(message.mentions)
        return MENTION.sub(lambda found: f"@{self.name_of(found[1])}" if found[1] in called else found[0], message.text)


class Writer(Protocol):
    """Makes the bytes of one kind of file, in order: `start`, `page` for each page of each room, `end`."""

    def start(self) -> bytes:
        """What stands before all messages."""
        ...

    def page(self, room: TranscriptRoom, messages: Iterable[Message]) -> bytes:
        """The next messages; all of a room come one after the other, oldest first."""
        ...

    def end(self) -> bytes:
        """What stands behind them."""
        ...
