"""What becomes of the changes of one command: which are taken, as what, and which somebody else was faster with.

The server's versions count. Who changes an element says which version that was made upon; when it is not the newest,
somebody else's work would be overwritten unseen, so the change is not taken and its author is shown what is there.
"""

from msgspec import Struct
from msgspec.structs import replace

from rooms.board import rights
from rooms.board.checks import same
from rooms.board.elements import Arrow, Diamond, Element, ElementId, Ellipse, OrderKey, Rectangle, TextElement
from rooms.board.groups import grouped
from rooms.board.messages import Change, Superseded
from rooms.board.model import BoardElement, BoardState
from rooms.board.ordering import Places
from rooms.board.rights import Drawer, Scene
from rooms.errors import ErrorCode

CONTAINERS = Rectangle | Diamond | Ellipse | Arrow
"""What the editor puts texts into (isTextBindableContainer)."""


class Taken(Struct, frozen=True):
    """The changes of one command: elements as they are to be from now on, and what was not taken."""

    elements: tuple[BoardElement, ...]
    superseded: tuple[Superseded, ...]


class _Verdict(Struct, frozen=True):
    """On one change: why it is not taken, or as what; neither: there is nothing left to do."""

    code: ErrorCode | None = None
    element: BoardElement | None = None


NOTHING_TO_DO = _Verdict()


def take(state: BoardState, drawer: Drawer, changes: tuple[Change, ...], now: int) -> Taken:
    """Judge the changes of a command, at `now` (milliseconds since 1970 UTC). Never refuses: some are superseded."""
    scene = Scene(state, drawer, {change.element.id: change.element for change in changes})
    verdicts = [_judge(scene, change, now) for change in changes]
    superseded: list[Superseded] = []
    for group in grouped(changes, state.elements):
        code = next((verdicts[index].code for index in group if verdicts[index].code is not None), None)
        if code is None:
            continue
        for index in group:
            if verdicts[index] is not NOTHING_TO_DO:
                superseded.append(_superseded(scene, changes[index], verdicts[index].code or code))
            verdicts[index] = NOTHING_TO_DO
    elements = [verdict.element for verdict in verdicts if verdict.element is not None]
    return Taken(_placed(state, elements), tuple(superseded))


def _superseded(scene: Scene, change: Change, code: ErrorCode) -> Superseded:
    return Superseded(change.element.id, code, scene.current(change.element.id))


def _judge(scene: Scene, change: Change, now: int) -> _Verdict:
    current = scene.current(change.element.id)
    if current is None:
        return _judge_absent(scene, change, now)
    element = change.element
    if same(element, current.element) or _is_bound_alike(element, current.element):
        return NOTHING_TO_DO
    if change.base != current.version:
        return _Verdict(ErrorCode.ELEMENT_CHANGED)
    code = rights.change_denial(scene, element, current)
    if code is None and not _has_container(scene, element):
        code = ErrorCode.ELEMENT_GONE
    if code is not None:
        return _Verdict(code)
    if element.is_deleted:  # as it was: a deletion says nothing else
        element = replace(current.element, is_deleted=True)
    return _Verdict(
        element=BoardElement(
            element=element,
            version=current.version + 1,
            creator=current.creator,
            class_id=current.class_id,
            editor=scene.drawer.id,
            at=now,
            held=_is_held(scene.drawer, element, current),
        )
    )


def _is_bound_alike(element: Element, current: Element) -> bool:
    """Whether nothing differs but how the same things are noted as bound to it: that is nobody's work, and would only
    make others' changes come too late."""
    if set(element.bound_elements or ()) != set(current.bound_elements or ()):
        return False
    return same(replace(element, bound_elements=current.bound_elements), current)


def _judge_absent(scene: Scene, change: Change, now: int) -> _Verdict:
    """An element that is new, comes back, or is not there (any more)."""
    element, drawer = change.element, scene.drawer
    if element.is_deleted:
        return NOTHING_TO_DO
    if element.id in scene.state.elements or not _has_container(scene, element):  # in the first case it is put aside
        return _Verdict(ErrorCode.ELEMENT_GONE)
    gone = scene.state.gone.get(element.id)
    if change.base > 0 and (gone is None or gone.version != change.base):
        return _Verdict(ErrorCode.ELEMENT_GONE)
    creator, class_id = drawer.id, drawer.class_id
    if gone is not None:  # also when it is said to be new: whoever knows an id does not get another's work with it
        code = rights.return_denial(scene, element, gone)
        if code is not None:
            return _Verdict(code)
        creator, class_id = gone.creator, gone.class_id
    return _Verdict(
        element=BoardElement(
            element=element,
            version=1 if gone is None else gone.version + 1,
            creator=creator,
            class_id=class_id,
            editor=drawer.id,
            at=now,
            held=drawer.is_staff and element.locked,
        )
    )


def _is_held(drawer: Drawer, element: Element, current: BoardElement) -> bool:
    """A teacher's lock holds until a teacher takes it off; a pupil's holds nobody."""
    if drawer.is_staff and element.locked is not current.element.locked:
        return element.locked
    return current.held


def _has_container(scene: Scene, element: Element) -> bool:
    """Whether a text has the container that it names. A text that was left without one by somebody may stay so."""
    if not isinstance(element, TextElement) or element.container_id is None or element.is_deleted:
        return True
    if isinstance(scene.alive_after(element.container_id), CONTAINERS):
        return True
    current = scene.current(element.id)
    before = current.element if current is not None else None
    was_bound = isinstance(before, TextElement) and before.container_id == element.container_id
    return was_bound and scene.current(element.container_id) is None


def _placed(state: BoardState, elements: list[BoardElement]) -> tuple[BoardElement, ...]:
    """The elements, each with a place in the order of drawing that no other has. Who has its place keeps it."""
    moving: dict[ElementId, OrderKey] = {}
    leaving: list[OrderKey] = []
    for kept in elements:
        element = kept.element
        before = state.elements.get(element.id)
        if before is not None and before.element.index == element.index and not element.is_deleted:
            continue
        if before is not None:
            leaving.append(before.element.index)
        if not element.is_deleted:
            moving[element.id] = element.index
    if not moving:
        return tuple(elements)
    given = Places(state.places, leaving).give(moving)
    placed = (_at_place(kept, given.get(kept.element.id, kept.element.index)) for kept in elements)
    return tuple(kept for kept in placed if not _is_there(state, kept.element))


def _is_there(state: BoardState, element: Element) -> bool:
    """Whether nothing was wanted but a place that is another's, and it has got its old one again."""
    before = state.elements.get(element.id)
    return before is not None and same(element, before.element)


def _at_place(kept: BoardElement, index: OrderKey) -> BoardElement:
    return kept if kept.element.index == index else replace(kept, element=replace(kept.element, index=index))
