"""How event bodies lie in the log: plain msgpack maps with a version, so that old events can always be read.

When the shape of an event changes, raise `BODY_VERSION` and add a step to `UPGRADES`; the log is never rewritten.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from rooms.board.elements import Frame, MagicFrame, TextElement
from rooms.board.model import BoardElement
from rooms.events import (
    BoardChanged,
    BoardShown,
    Body,
    ChatEdited,
    ChatLanguageSet,
    ChatPinned,
    ChatPosted,
    ChatReacted,
    PollOpened,
)

BODY_VERSION = 1
"""The version that is written now."""

UPGRADES: dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""(kind, version) -> the map of the next version."""

_encoder = msgspec.msgpack.Encoder()
_body_decoder = msgspec.msgpack.Decoder(Body)
_map_decoder = msgspec.msgpack.Decoder(dict[str, Any])


def kind_of(body: Body) -> str:
    """The event's kind, such as `chat.posted`."""
    return str(body.__struct_config__.tag)


def encode_body(body: Body) -> bytes:
    """The body as it is written now."""
    return _encoder.encode(body)


def decode_body(kind: str, version: int, stored: bytes) -> Body:
    """The body as today's Struct, whatever version it was written in.

    Raises `msgspec.ValidationError` when it is none of ours.
    """
    if version == BODY_VERSION:
        current: Body = _body_decoder.decode(stored)
        return current
    fields = _map_decoder.decode(stored)
    for step in range(version, BODY_VERSION):
        upgrade = UPGRADES.get((kind, step))
        if upgrade is not None:  # most kinds do not change from one version to the next
            fields = upgrade(fields)
    body: Body = msgspec.convert(fields, Body)
    return body


def blanked(body: Body) -> Body:
    """The body without what a person wrote; the place in the log and the shape remain."""
    match body:
        case ChatPosted():
            return ChatPosted(text="", reply=body.reply)
        case ChatEdited():
            return ChatEdited(message=body.message, text="")
        case ChatReacted():
            return replace(body, reaction="")
        case ChatPinned():
            return replace(body, content=None)
        case ChatLanguageSet():
            return replace(body, language=None)
        case PollOpened():
            return replace(body, question="", choices=("",) * len(body.choices))
        case BoardChanged() | BoardShown():
            return replace(body, elements=tuple(_without_words(element) for element in body.elements))
        case _:
            return body


def _without_words(kept: BoardElement) -> BoardElement:
    """An element of a board as it is, without the words in it. A drawing stays: others' arrows end at it."""
    element = kept.element
    match element:
        case TextElement():
            element = replace(element, text="", original_text="")
        case Frame() | MagicFrame():
            element = replace(element, name=None)
    return replace(kept, element=replace(element, custom_data=UNSET))
