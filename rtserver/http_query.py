"""What stands behind the question mark of an address, checked."""

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from aiohttp import web

from rooms.errors import ErrorCode, Refused

NAME_CHARACTERS_MAX = 40
"""Of an unknown name that is repeated in the answer: enough to find the mistake by, whatever somebody sends."""

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


def require_known(request: web.Request, known: Iterable[str]) -> None:
    """Raises `Refused` with INVALID for a parameter that is none of `known`.

    A name that was mistyped would be answered with something else than what was asked for.
    """
    names = tuple(known)
    unknown = next((name for name in request.query if name not in names), None)
    if unknown is not None:
        there_are = f"there are {', '.join(names)}" if names else "this request takes none"
        raise Refused(ErrorCode.INVALID, f"{unknown[:NAME_CHARACTERS_MAX]}: no parameter of this request; {there_are}")
