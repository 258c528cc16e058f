"""What a board shows to whom: what a teacher has put aside for review is for teachers only."""

from msgspec.structs import replace

from rooms import events
from rooms.board.elements import ElementId
from rooms.board.model import BoardElement, BoardState
from rooms.stream import Event


def is_put_aside(state: BoardState, element: ElementId) -> bool:
    """Whether an element is put aside for review, or was when it left the board."""
    gone = state.gone.get(element)
    return element in state.hidden or (gone is not None and gone.hidden)


def as_seen(event: Event, state: BoardState, to_staff: bool) -> Event:
    """The event without elements that are put aside now, whatever they were when it happened; else its place only."""
    if to_staff or not isinstance(event.body, events.BoardChanged | events.BoardShown):
        return event
    elements = event.body.elements
    seen = tuple(element for element in elements if not is_put_aside(state, element.element.id))
    if len(seen) == len(elements):
        return event
    if not seen:
        return Event(event.stream, event.seq, at=0, actor="", nonce=None, body=events.Hidden())
    return replace(event, body=replace(event.body, elements=seen))


def visible_elements(state: BoardState, to_staff: bool) -> tuple[BoardElement, ...]:
    """The elements that one audience sees, in the order of their last change."""
    if to_staff or not state.hidden:
        return tuple(state.elements.values())
    return tuple(element for element in state.elements.values() if element.element.id not in state.hidden)
