"""How much elements weigh, without encoding them: near enough to bound what is kept in memory or sent at once."""

from msgspec import UNSET

from rooms.board.elements import FreeDraw as Stroke
from rooms.board.elements import LinearBase, TextElement
from rooms.board.model import BoardElement, BoardState
from rooms.events import BoardChanged, BoardShown, Body
from rooms.stream import Event

ELEMENT_BYTES = 650
"""Of an element's fields that all have, and of what the server keeps beside them, as JSON."""

POINT_BYTES = 18
"""Of a point whose numbers are rounded to hundredths; as msgpack it is as much, unrounded up to twice as much."""

PRESSURE_BYTES = 9
"""Of the pressure at a point."""

REFERENCE_BYTES = 40
"""Of the id of another element or of a group."""

GONE_BYTES = 100
"""Of what is kept of a deleted element."""


def element_bytes(element: BoardElement) -> int:
    """About how many bytes an element takes."""
    drawn = element.element
    size = ELEMENT_BYTES + REFERENCE_BYTES * (len(drawn.group_ids) + len(drawn.bound_elements or ()))
    if drawn.custom_data is not UNSET:
        size += len(repr(drawn.custom_data))
    if isinstance(drawn, Stroke):
        return size + POINT_BYTES * len(drawn.points) + PRESSURE_BYTES * len(drawn.pressures)
    if isinstance(drawn, LinearBase):
        return size + POINT_BYTES * len(drawn.points)
    if isinstance(drawn, TextElement):
        return size + len(drawn.text) + len(drawn.original_text)
    return size


def body_bytes(body: Body) -> int:
    """About how many bytes the elements take that an event carries."""
    if isinstance(body, BoardChanged | BoardShown):
        return sum(element_bytes(element) for element in body.elements)
    return 0


def event_bytes(event: Event) -> int:
    """The same of an event."""
    return body_bytes(event.body)


def state_bytes(state: BoardState) -> int:
    """About how many bytes a board takes, with what can be put back on it."""
    return state.size + sum(clearing.size for clearing in state.cleared) + GONE_BYTES * len(state.gone)
