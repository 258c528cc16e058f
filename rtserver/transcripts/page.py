"""A transcript as one page of HTML, to read and print: no scripts, nothing from anywhere else."""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime
from html import escape
from importlib.resources import files

from rooms.chat.model import Message, MessageId
from rooms.model import Role
from rooms.text import is_language_tag
from rtserver.transcripts.model import Transcript, TranscriptRoom

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""The Content-Security-Policy (W3C) of the page, in it too: from the disk it comes without headers."""

RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ku-arab", "ps", "sd", "ug", "ur", "yi"})
"""Languages of Europe's schools that are written so (Unicode, UAX 9)."""

QUOTE_CHARACTERS = 80
"""Of a message that another one answers: enough to know it again."""

QUOTES_KEPT = 500
"""Newest messages that can be quoted. An answer to an older one only names its number, so that the memory for a long
chat does not grow."""

STYLE = files("rtserver.transcripts").joinpath("page.css").read_text(encoding="utf-8")


class Page:
    """See `rtserver.transcripts.model.Writer`."""

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._room: TranscriptRoom | None = None
        self._day = ""
        self._has_messages = False
        self._quotes: OrderedDict[MessageId, str] = OrderedDict()

    def start(self) -> bytes:
        """The head of the page, and what it is."""
        made = self._transcript
        language = escape(made.language)
        direction = "rtl" if made.language.lower() in RIGHT_TO_LEFT else "ltr"
        title = escape(made.title)
        at = made.time_of(made.at)
        return (
            f'<!doctype html>\n<html lang="{language}" dir="{direction}">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="referrer" content="no-referrer">\n'
            f"<title>{title} – {self._word('title')}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n"
            f"<h1><bdi>{title}</bdi></h1>\n"
            f'<p>{self._word("title")} · {self._word("saved")} <time datetime="{_exact(at)}">'
            f"{at:%Y-%m-%d %H:%M}</time> · <bdi>{escape(made.zone_name)}</bdi></p>\n</header>\n<main>\n"
        ).encode()

    def page(self, room: TranscriptRoom, messages: Iterable[Message]) -> bytes:
        """The heading of a room when it begins, of each day, and the messages."""
        parts = []
        if room != self._room:
            parts += [self._end_of_room(), f"<section>\n<h2><bdi>{escape(room.name)}</bdi></h2>\n"]
            self._room, self._day, self._has_messages = room, "", False
            self._quotes.clear()
        for message in messages:
            parts += [self._day_of(message), self._message(message)]
            self._has_messages = True
            self._keep(message)
        return "".join(parts).encode()

    def end(self) -> bytes:
        """The end of the page."""
        return f"{self._end_of_room()}</main>\n</body>\n</html>\n".encode()

    # --- Pieces ---

    def _end_of_room(self) -> str:
        if self._room is None:
            return ""
        nothing = "" if self._has_messages else f'<p class="nothing">{self._word("nothing")}</p>\n'
        return f"{nothing}</section>\n"

    def _day_of(self, message: Message) -> str:
        day = f"{self._transcript.time_of(message.at):%Y-%m-%d}"
        if day == self._day:
            return ""
        self._day = day
        return f'<h3><time datetime="{day}">{day}</time></h3>\n'

    def _message(self, message: Message) -> str:
        assert self._room is not None
        kind = "withdrawn" if message.deleted else "said"
        return (
            f'<article id="{_anchor(self._room, message.id)}" class="{kind}">\n{self._head(message)}'
            f"{self._quote(message)}{self._text(message)}{self._foot(message)}</article>\n"
        )

    def _head(self, message: Message) -> str:
        made = self._transcript
        author = made.authors.get(message.actor)
        at = made.time_of(message.at)
        words = [f"<b><bdi>{escape(made.name_of(message.actor))}</bdi></b>"]
        if author is not None and author.school_class is not None:
            words.append(f"<bdi>{escape(author.school_class)}</bdi>")
        if author is not None and author.role in (Role.FOUNDER, Role.TEACHER):
            words.append(self._word("roles.teacher"))
        words.append(f'<time datetime="{_exact(at)}">{at:%H:%M}</time>')
        if message.edited_at is not None and not message.deleted:
            words.append(self._word("edited"))
        if message.pinned:
            words.append(self._word("pinned"))
        return f'<p class="head">{" · ".join(words)}</p>\n'

    def _quote(self, message: Message) -> str:
        if message.reply is None:
            return ""
        assert self._room is not None
        words = self._quotes.get(message.reply, f"{message.reply}")
        return (
            f'<p class="quote"><a href="#{_anchor(self._room, message.reply)}">{self._word("answer")} '
            f'<bdi dir="auto">{words}</bdi></a></p>\n'
        )

    def _text(self, message: Message) -> str:
        if message.deleted:
            return f'<p class="text">{self._word("withdrawn")}</p>\n'
        if not message.text:
            return ""
        language = message.language or ""
        of_language = f' lang="{escape(language)}"' if is_language_tag(language) else ""
        return f'<p class="text" dir="auto"{of_language}>{escape(self._transcript.readable(message))}</p>\n'

    def _foot(self, message: Message) -> str:
        parts = [f"<bdi>{escape(file.name)}</bdi>" for file in message.files]
        parts += [f"{escape(group.reaction)} {len(group.members)}" for group in message.reactions]
        return f'<p class="foot">{" · ".join(parts)}</p>\n' if parts else ""

    def _keep(self, message: Message) -> None:
        """Remember how this message is quoted."""
        text = " ".join(self._transcript.readable(message).split())
        short = text if len(text) <= QUOTE_CHARACTERS else text[:QUOTE_CHARACTERS] + "…"
        name = escape(self._transcript.name_of(message.actor))
        self._quotes[message.id] = f"<bdi>{name}</bdi>: {escape(short)}" if short else f"<bdi>{name}</bdi>"
        if len(self._quotes) > QUOTES_KEPT:
            self._quotes.popitem(last=False)

    def _word(self, key: str) -> str:
        return escape(self._transcript.word(key))


def _anchor(room: TranscriptRoom, message: MessageId) -> str:
    """The name of a place in the page; numbers are those of a room."""
    return f"{escape(room.id)}-{message}"


def _exact(at: datetime) -> str:
    """A moment for programs (HTML, "Valid global date and time string")."""
    return at.isoformat(timespec="seconds")
