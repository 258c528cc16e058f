"""What a person may write into the project: whatever a database and a browser can hold. It is stored as typed."""

import re

from rooms.errors import ErrorCode, Refused

MISLEADING_IN_NAMES = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of what stands beside them (Unicode Annex 9, 2.1 and 2.2):
in a name they could make one person look like another."""

CONTROL_IN_TEXTS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Control characters below the space, but for tab, line feed and carriage return: they show nothing, and JSON makes six
bytes of each for everybody who reads them."""

LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
"""The shape of a BCP 47 tag as far as a school needs it (language, script, region, variants)."""


def storable(text: str, field: str) -> str:
    """The text itself, unless no database or browser could hold it. Raises `Refused`, naming the field."""
    if "\x00" in text:
        raise Refused(ErrorCode.INVALID, f"{field}: the NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:  # JSON can say half a surrogate pair, UTF-8 cannot
        raise Refused(ErrorCode.INVALID, f"{field}: not a Unicode text") from None
    return text


def checked_text(text: str, field: str) -> str:
    """The text itself, unless it is blank, holds control characters or cannot be stored. Raises `Refused`, naming the
    field."""
    if not text.strip():
        raise Refused(ErrorCode.INVALID, f"{field}: nothing but spaces")
    storable(text, field)
    if CONTROL_IN_TEXTS.search(text):
        raise Refused(ErrorCode.INVALID, f"{field}: control characters")
    return text


def checked_name(text: str, field: str) -> str:
    """A name as typed: as `checked_text`, and without characters that mislead. Raises `Refused`, naming the field."""
    checked_text(text, field)
    if MISLEADING_IN_NAMES.search(text):
        raise Refused(ErrorCode.INVALID, f"{field}: control characters")
    return text


def is_language_tag(text: str) -> bool:
    """Whether a text looks like a BCP 47 tag."""
    return LANGUAGE_TAG.fullmatch(text) is not None
