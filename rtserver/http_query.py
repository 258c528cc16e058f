"""What stands behind the question mark of an address, checked."""

from enum import StrEnum
from typing import TypeVar

from aiohttp import web

from rooms.errors import ErrorCode, Refused

Choice = TypeVar("Choice", bound=StrEnum)


def whole_number(request: web.Request, name: str, default: int, maximum: int) -> int:
    """A number from 1 to `maximum`. Raises `Refused` with INVALID."""
    text = request.query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(maximum)) and 0 < int(text) <= maximum):
        raise Refused(ErrorCode.INVALID, f"{name}: a number from 1 to {maximum}")
    return int(text)


def choice(request: web.Request, name: str, default: Choice) -> Choice:
    """One of the values of an enumeration. Raises `Refused` with INVALID."""
    kinds = type(default)
    text = request.query.get(name, default.value)
    if text not in {kind.value for kind in kinds}:
        raise Refused(ErrorCode.INVALID, f"{name}: one of {', '.join(kinds)}")
    return kinds(text)
