"""A transcript as a table of comma-separated values (RFC 4180), which a spreadsheet opens as it is."""

import csv
import io
from collections.abc import Iterable

from rooms.chat.model import Message
from rtserver.transcripts.model import Transcript, TranscriptRoom

COLUMNS = (
    "room",
    "message",
    "time",
    "author",
    "name",
    "role",
    "class",
    "text",
    "edited",
    "withdrawn",
    "reply_to",
    "language",
    "reactions",
    "pinned",
    "files",
)
"""In their order; what stands above them in a person's language is `transcript.columns.*` in the catalogue."""

BYTE_ORDER_MARK = "\ufeff"
"""Without it spreadsheets take UTF-8 for the letters of their own country."""

TIME_FORMAT = "%Y-%m-%d %H:%M:%S"
"""What all spreadsheets know for a time, whatever their language."""

FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
"""What makes a formula of a cell (OWASP, "CSV Injection"), the wide forms of East Asian keyboards too."""

TEXT_MARK = "'"
"""Before a cell: what follows is a text, not a formula."""


class Table:
    """See `rtserver.transcripts.model.Writer`."""

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript

    def start(self) -> bytes:
        """The line with the names of the columns."""
        head = [self._transcript.word(f"columns.{name}").removeprefix("columns.") for name in COLUMNS]
        return BYTE_ORDER_MARK.encode() + self._rows([head])

    def page(self, room: TranscriptRoom, messages: Iterable[Message]) -> bytes:
        """A row for each."""
        return self._rows(self._cells(room, message) for message in messages)

    def end(self) -> bytes:
        """Nothing."""
        return b""

    def _cells(self, room: TranscriptRoom, message: Message) -> list[str]:
        transcript = self._transcript
        author = transcript.authors.get(message.actor)
        role = "" if author is None else author.role.value
        return [
            room.name,
            str(message.id),
            self._time(message.at),
            message.actor,
            "" if author is None else author.name or "",
            transcript.word(f"roles.{role}").removeprefix("roles."),
            "" if author is None else author.school_class or "",
            transcript.readable(message),
            self._time(message.edited_at),
            self._yes(message.deleted),
            "" if message.reply is None else str(message.reply),
            message.language or "",
            " ".join(f"{group.reaction} {len(group.members)}" for group in message.reactions),
            self._yes(message.pinned),
            ", ".join(file.name for file in message.files),
        ]

    def _time(self, at: int | None) -> str:
        return "" if at is None else self._transcript.time_of(at).strftime(TIME_FORMAT)

    def _yes(self, is_so: bool) -> str:
        return self._transcript.word("yes") if is_so else ""

    def _rows(self, rows: Iterable[Iterable[str]]) -> bytes:
        buffer = io.StringIO(newline="")
        # All in quotes: a program that takes another character for the separator must not begin a cell within a text.
        writer = csv.writer(buffer, delimiter=self._transcript.separator, quoting=csv.QUOTE_ALL)
        writer.writerows([harmless(cell) for cell in row] for row in rows)
        return buffer.getvalue().encode()


def harmless(cell: str) -> str:
    """The cell, so that no spreadsheet reckons or runs what somebody has written. Blanks before it do not help."""
    return TEXT_MARK + cell if cell.startswith(FORMULA_STARTS) or cell.lstrip().startswith(FORMULA_STARTS) else cell
