"""Which changes of a command belong together: those of elements that are bound to each other.

An arrow and the shapes it ends at, a text and its container: half of such a change would leave what nobody drew.
"""

from collections.abc import Iterator, Mapping

from rooms.board.elements import Element, ElementId, LinearBase, TextElement
from rooms.board.messages import Change
from rooms.board.model import BoardElement


def bound_to(element: Element) -> Iterator[ElementId]:
    """Ids of the elements that this one is bound to, or that are bound to it."""
    for bound in element.bound_elements or ():
        yield bound.id
    match element:
        case TextElement():
            if element.container_id is not None:
                yield element.container_id
        case LinearBase():
            for end in (element.start_binding, element.end_binding):
                if end is not None:
                    yield end.element_id


def grouped(changes: tuple[Change, ...], board: Mapping[ElementId, BoardElement]) -> list[list[int]]:
    """Indexes of the changes that are connected, in the command's order; by what was bound before, too."""
    if len(changes) == 1:
        return [[0]]
    index_of = {change.element.id: index for index, change in enumerate(changes)}
    leader = list(range(len(changes)))

    def led_by(index: int) -> int:
        while leader[index] != index:
            leader[index] = leader[leader[index]]
            index = leader[index]
        return index

    for index, change in enumerate(changes):
        current = board.get(change.element.id)
        for element in (change.element, current.element if current is not None else None):
            for other in bound_to(element) if element is not None else ():
                if other in index_of:
                    first, second = led_by(index), led_by(index_of[other])
                    leader[max(first, second)] = min(first, second)
    groups: dict[int, list[int]] = {}
    for index in range(len(changes)):
        groups.setdefault(led_by(index), []).append(index)
    return list(groups.values())
