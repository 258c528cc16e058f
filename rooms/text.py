"""What a person may write into the project: whatever a database and a browser can hold. It is stored as typed."""

from rooms.errors import ErrorCode, Refused


def checked_text(text: str, field: str) -> str:
    """The text itself, unless it is blank or cannot be stored. Raises `Refused`, naming the field."""
    if not text.strip():
        raise Refused(ErrorCode.INVALID, f"{field}: nothing but spaces")
    if "\x00" in text:
        raise Refused(ErrorCode.INVALID, f"{field}: the NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:  # JSON can say half a surrogate pair, UTF-8 cannot
        raise Refused(ErrorCode.INVALID, f"{field}: not a Unicode text") from None
    return text
