"""What may stand behind the question mark of a request: what a request does not know is refused and not passed over.

A name that was mistyped would be answered with something else than what was asked for.
"""

from collections.abc import Iterable

from aiohttp import web

from rooms.errors import ErrorCode, Refused

NAME_CHARACTERS_MAX = 40
"""Of an unknown name that is repeated in the answer: enough to find the mistake by, whatever somebody sends."""


def require_known(request: web.Request, known: Iterable[str]) -> None:
    """Raises `Refused` with INVALID for a parameter that is none of `known`."""
    names = tuple(known)
    unknown = next((name for name in request.query if name not in names), None)
    if unknown is not None:
        there_are = f"there are {', '.join(names)}" if names else "this request takes none"
        raise Refused(ErrorCode.INVALID, f"{unknown[:NAME_CHARACTERS_MAX]}: no parameter of this request; {there_are}")
