"""What the types of elements cannot say: links that lead nowhere else, data of others bounded, sizes, consistency.

All of it is asked of a whole command before anything else: it is taken or refused as it is, nothing is cut off.
"""

import math
import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import UNSET

from rooms.board.elements import (
    Arrow,
    Element,
    Embeddable,
    Frame,
    FreeDraw,
    Iframe,
    Image,
    LinearBase,
    MagicFrame,
    TextElement,
)
from rooms.board.messages import Change
from rooms.board.model import BoardElement, BoardPolicy, Drawers
from rooms.errors import ErrorCode, Refused
from rooms.text import storable

ELEMENT_BYTES_MAX = 131_072
"""Bytes of one element as it lies in the log: the longest stroke with its pressures has some 115 000."""

CUSTOM_BYTES_MAX = 4_096
"""Bytes of one element's customData: what programs note about it, not content."""

CUSTOM_DEPTH_MAX = 5
"""Levels of objects and arrays in customData."""

CUSTOM_VALUES_MAX = 500
"""Values in one customData, nested ones included."""

FILL_LINES_MAX = 10_000
"""Lines with which the editor fills an element, about: a page draws as many in some tenths of a second."""

FILL_GAPS = 4.0
"""Pen widths from one of these lines to the next (Excalidraw's `hachureGap`)."""

FILL_GAP_MIN = 0.1
"""Pixels of that at least (roughjs's `hachureLines`)."""

UNFILLED = "transparent"

SAFE_INTEGER = 2**53 - 1
"""The largest that JavaScript counts to (Number.MAX_SAFE_INTEGER)."""

MEMBER_CHARACTERS_MAX = 64
"""Characters of the id of a member or class, as `rooms.messages.Id` says."""

OWN_LINK = re.compile(r"(\?element=|#)[A-Za-z0-9_-]{1,64}")
"""A link to another element of the same board."""

FOREIGN_ADDRESS = re.compile(
    r"://|^[\s\x00-\x20]*(//|\\\\|(javascript|vbscript|data|blob|file|mailto)\s*:)", re.IGNORECASE
)
"""What a browser could take for the address of something else (URL Standard: schemes, and addresses without one)."""

GENERATED_PAGE = "generationData"
"""Where the editor looks for a page to show inside an iframe."""

UNSAFE_KEY = "__proto__"
"""The name with which a careless reader changes all its objects."""

_encoder = msgspec.msgpack.Encoder()


def size_of(element: BoardElement) -> int:
    """Bytes of an element, with what is kept beside it, as it lies in the log."""
    return len(_encoder.encode(element))


def same(one: Element, other: Element) -> bool:
    """Whether they are alike to the byte: `==` takes 1, 1.0 and true for the same."""
    if one is other:
        return True
    if one.x != other.x or one.y != other.y or one.is_deleted is not other.is_deleted:  # without a look at the points
        return False
    return _encoder.encode(one) == _encoder.encode(other)


def check_changes(changes: tuple[Change, ...]) -> None:
    """Raise `Refused` unless each element may lie on a board, and no id comes twice."""
    if len({change.element.id for change in changes}) < len(changes):
        raise Refused(ErrorCode.INVALID, "changes: the same element twice")
    for change in changes:
        check_element(change.element)


def check_element(element: Element) -> None:
    """Raise `Refused` (INVALID, LINK_REFUSED, TOO_LARGE) unless the element may lie on a board."""
    _check_texts(element)
    _check_links(element)
    if element.custom_data is not UNSET:
        _check_custom_data(element.custom_data)
    _check_references(element)
    _check_shape(element)
    size = len(_encoder.encode(element))
    if size > ELEMENT_BYTES_MAX:
        raise Refused(ErrorCode.TOO_LARGE, f"element: {size} bytes, at most {ELEMENT_BYTES_MAX}")


def check_policy(policy: BoardPolicy) -> None:
    """Raise `Refused` unless the policy can be kept, and says which class when it is one."""
    ids = policy.members if policy.class_id is None else (*policy.members, policy.class_id)
    for member in ids:
        storable(member, "policy")
        if not 1 <= len(member) <= MEMBER_CHARACTERS_MAX:
            raise Refused(ErrorCode.INVALID, "policy: no id")
    if policy.drawers is Drawers.CLASS and policy.class_id is None:
        raise Refused(ErrorCode.INVALID, "policy: class_id")


def _check_texts(element: Element) -> None:
    match element:
        case TextElement():
            storable(element.text, "text")
            storable(element.original_text, "originalText")
        case Frame() | MagicFrame():
            storable(element.name or "", "name")


def _check_links(element: Element) -> None:
    """An element links to its own board or nowhere; what shows other pages stays empty."""
    shows_pages = isinstance(element, Embeddable | Iframe)
    if element.link is not None and (shows_pages or not OWN_LINK.fullmatch(element.link)):
        raise Refused(ErrorCode.LINK_REFUSED, "link")
    if shows_pages and element.custom_data is not UNSET and GENERATED_PAGE in element.custom_data:
        raise Refused(ErrorCode.LINK_REFUSED, f"customData.{GENERATED_PAGE}")


def _check_custom_data(data: dict[str, Any]) -> None:
    for count, value in enumerate(_values(data, 1)):
        if count >= CUSTOM_VALUES_MAX:
            raise Refused(ErrorCode.TOO_LARGE, f"customData: at most {CUSTOM_VALUES_MAX} values")
        _check_custom_value(value)
    size = len(_encoder.encode(data))
    if size > CUSTOM_BYTES_MAX:
        raise Refused(ErrorCode.TOO_LARGE, f"customData: {size} bytes, at most {CUSTOM_BYTES_MAX}")


def _values(value: Any, depth: int) -> Iterator[Any]:
    """All that is in a value, itself and the keys of its objects included."""
    yield value
    if not isinstance(value, dict | list):
        return
    if depth > CUSTOM_DEPTH_MAX:
        raise Refused(ErrorCode.TOO_LARGE, f"customData: at most {CUSTOM_DEPTH_MAX} levels")
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str) or key == UNSAFE_KEY:
                raise Refused(ErrorCode.INVALID, "customData: a key")
            yield key
        value = value.values()
    for item in value:
        yield from _values(item, depth + 1)


def _check_custom_value(value: Any) -> None:
    """What JSON can say, and JavaScript reads as it was written."""
    match value:
        case bool() | None | dict() | list():
            pass
        case str():
            storable(value, "customData")
            if FOREIGN_ADDRESS.search(value):
                raise Refused(ErrorCode.LINK_REFUSED, "customData")
        case int():
            if abs(value) > SAFE_INTEGER:
                raise Refused(ErrorCode.INVALID, "customData: an integer too large")
        case float():
            if not math.isfinite(value):
                raise Refused(ErrorCode.INVALID, "customData: not a finite number")
        case _:
            raise Refused(ErrorCode.INVALID, "customData: not JSON")


def _check_references(element: Element) -> None:
    """Nothing is bound to itself or inside itself, and nothing is bound or grouped twice."""
    bound = [bound.id for bound in element.bound_elements or ()]
    named = {element.frame_id, *bound}
    match element:
        case TextElement():
            named.add(element.container_id)
        case LinearBase():
            named |= {end.element_id for end in (element.start_binding, element.end_binding) if end is not None}
    if element.id in named:
        raise Refused(ErrorCode.INVALID, "element: bound to itself")
    if len(set(bound)) < len(bound):
        raise Refused(ErrorCode.INVALID, "boundElements: the same twice")
    if len(set(element.group_ids)) < len(element.group_ids):
        raise Refused(ErrorCode.INVALID, "groupIds: the same twice")


def _check_fill(element: Element) -> None:
    """Filling a large thing with thin lines would keep every page that shows it at work for minutes."""
    if element.fill_style == "solid" or element.background_color == UNFILLED:
        return
    width, height = abs(element.width), abs(element.height)
    if isinstance(element, LinearBase | FreeDraw):
        across, down = zip(*element.points, strict=True)
        width, height = max(width, max(across) - min(across)), max(height, max(down) - min(down))
    lines = (width + height) / max(FILL_GAPS * element.stroke_width, FILL_GAP_MIN)
    if lines > FILL_LINES_MAX:
        raise Refused(ErrorCode.TOO_LARGE, "fillStyle: too large to be filled with lines")


def _check_shape(element: Element) -> None:
    _check_fill(element)
    match element:
        case FreeDraw():
            if element.pressures and len(element.pressures) != len(element.points):
                raise Refused(ErrorCode.INVALID, "pressures: one for each point, or none")
        case Arrow():
            segments = element.fixed_segments or ()
            if any(segment.index >= len(element.points) for segment in segments):
                raise Refused(ErrorCode.INVALID, "fixedSegments: no such segment")
        case Image(crop=crop) if crop is not None:
            if min(crop.width, crop.height, crop.natural_width, crop.natural_height) <= 0:
                raise Refused(ErrorCode.INVALID, "crop: nothing is left")
