"""A transcript of two classes, and messages for it."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from rooms.chat.model import Message
from rooms.model import Role
from rtserver.transcripts.model import Author, Transcript, TranscriptRoom

NOON = 1_790_000_000_000
"""2026-09-21, 16:13:20 in Paris."""

HALL = TranscriptRoom("r1", "Class room")
GROUP = TranscriptRoom("r2", "Group 1")
CLAIRE = Author("m1", Role.FOUNDER, "c1", "4e B", "Claire Martin")
JAN = Author("m2", Role.PUPIL, "c2", "klasa 7a", "Janek")


def transcript(words: Mapping[str, str] | None = None, language: str = "en", **changes: Any) -> Transcript:
    made: dict[str, Any] = {
        "title": "Rivers",
        "rooms": (HALL, GROUP),
        "authors": {author.id: author for author in (CLAIRE, JAN)},
        "at": NOON,
        "language": language,
        "words": words or {},
        "zone": ZoneInfo("Europe/Paris"),
        "zone_name": "Europe/Paris",
    }
    return Transcript(**{**made, **changes})


def said(number: int, text: str, actor: str = "m2", **more: Any) -> Message:
    return Message(number, NOON, actor, text, **more)
