"""What requests for transcripts share: how the file is to look, by the address, and the headers of the answer."""

from collections.abc import Mapping
from enum import StrEnum
from zoneinfo import ZoneInfo

from aiohttp import web

from rooms.errors import ErrorCode, Refused
from rtserver.http_query import choice
from rtserver.transcripts.model import Format
from rtserver.transcripts.page import POLICY
from rtserver.transcripts.reading import Wanted
from rtserver.transcripts.words import ENGLISH, languages, words_of

MEDIA_TYPES = {
    Format.JSON_LINES: "application/jsonl; charset=utf-8",
    Format.CSV: "text/csv; charset=utf-8; header=present",
    Format.HTML: "text/html; charset=utf-8",
}
"""RFC 4180 for tables; JSON lines have no registered type, this is the one that jsonlines.org proposes."""

LOOKS = ("format", "language", "timezone", "separator")
"""What says in an address how the file is to look."""

LANGUAGE_CHARACTERS_MAX = 35
"""Of a BCP 47 tag (RFC 5646, 4.4.1)."""

ZONE_CHARACTERS_MAX = 64
"""Of a name in the IANA time zone database; the longest has half of it."""


class Separator(StrEnum):
    """What stands between the cells of a table. Spreadsheets want semicolons where the comma is the decimal sign."""

    COMMA = "comma"
    SEMICOLON = "semicolon"


SEPARATORS = {Separator.COMMA: ",", Separator.SEMICOLON: ";"}


def wanted_of(request: web.Request, format_: Format, *, for_programs: bool) -> Wanted:
    """By `language`, `timezone` and `separator` of the address. Raises `Refused` with INVALID or TIMEZONE_UNKNOWN.

    `for_programs`: the words of a table are its keys, the same in all languages.
    """
    language, words = _words(request.query.get("language", ENGLISH))
    zone_name = request.query.get("timezone", "UTC")
    if for_programs and format_ is not Format.HTML:
        words = {}
    separator = SEPARATORS[choice(request, "separator", Separator.COMMA)]
    return Wanted(format_, language, words, _zone(zone_name), zone_name, separator)


def headers_of(format_: Format, name: str) -> dict[str, str]:
    """Those of a file for the disk, for nobody's cache, and of a page that can do nothing. `name`: an id."""
    return {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="chat-{name}.{format_}"',
        "Content-Security-Policy": f"{POLICY}; sandbox",
        "Content-Type": MEDIA_TYPES[format_],
    }


def _words(tag: str) -> tuple[str, Mapping[str, str]]:
    """The language nearest to a tag, and its words: a region's stands for its language, but no language for another."""
    found, words = words_of(tag[:LANGUAGE_CHARACTERS_MAX])
    if found.partition("-")[0] != tag.partition("-")[0].lower():
        raise Refused(ErrorCode.INVALID, f"language: one of {', '.join(languages())}, or one of their regions")
    return found, words


def _zone(name: str) -> ZoneInfo:
    try:
        if len(name) > ZONE_CHARACTERS_MAX:
            raise ValueError
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # what is no name, a folder, or not there (ZoneInfoNotFoundError)
        raise Refused(ErrorCode.TIMEZONE_UNKNOWN) from None
