"""A transcript as JSON lines (jsonlines.org): one message a line, for programs."""

from collections.abc import Iterable

import msgspec

from rooms.chat.model import Message
from rtserver.transcripts.model import Transcript, TranscriptLine, TranscriptRoom

_encode = msgspec.json.Encoder().encode


class JsonLines:
    """See `rtserver.transcripts.model.Writer`."""

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript

    def start(self) -> bytes:
        """Nothing."""
        return b""

    def page(self, room: TranscriptRoom, messages: Iterable[Message]) -> bytes:
        """A line for each."""
        return b"".join(_encode(self._line(room, message)) + b"\n" for message in messages)

    def end(self) -> bytes:
        """Nothing."""
        return b""

    def _line(self, room: TranscriptRoom, message: Message) -> TranscriptLine:
        author = self._transcript.authors.get(message.actor)
        return TranscriptLine(
            room=room.id,
            room_name=room.name,
            id=message.id,
            at=message.at,
            author=message.actor,
            author_name=None if author is None else author.name,
            author_role=None if author is None else author.role,
            class_id=None if author is None else author.class_id,
            text=message.text,
            edited_at=message.edited_at,
            deleted=message.deleted,
            reply=message.reply,
            mentions=message.mentions,
            language=message.language,
            reactions=message.reactions,
            pinned=message.pinned,
            files=message.files,
        )
