"""Whose an element is: what others than its creator may still change, because it is bound to something of theirs.

Who moves a shape moves the ends of the arrows at it and the text inside it, whoever drew those; who draws an arrow is
noted at the shapes it ends at. Without these exceptions one could hold another's work fast by touching it. Who has
deleted a shape of theirs, and takes that back, brings back what went and ties what came off with it.
"""

from collections.abc import Mapping

from msgspec import Struct, structs

from rooms.board.checks import same
from rooms.board.elements import Arrow, Binding, Element, ElementId, TextElement
from rooms.board.leaving import is_wrapped, likeness, words_of
from rooms.board.model import BoardElement, BoardState, Gone
from rooms.errors import ErrorCode
from rooms.model import ClassId, Member, MemberId

BOX = ("x", "y", "width", "height", "angle")
"""Where an element is, and how large."""

ARROW_COURSE = (
    *("x", "y", "width", "height"),
    *("points", "last_committed_point", "fixed_segments", "start_is_special", "end_is_special"),
    *("start_binding", "end_binding"),
)
"""What of an arrow changes when a shape that it ends at moves. Of bindings, only where on the shape they are."""


ELBOWS_MAX = 20
"""Points of an arrow with elbows that goes along with a shape: around some other things on its way."""


class Drawer(Struct, frozen=True):
    """Who changes a board. `is_staff`: a teacher, or the system."""

    id: MemberId
    class_id: ClassId | None
    is_staff: bool

    @classmethod
    def of(cls, actor: MemberId, member: Member | None) -> "Drawer":
        """The actor; no member: the system."""
        if member is None:
            return cls(actor, None, is_staff=True)
        return cls(actor, member.class_id, member.is_staff)


class Scene(Struct, frozen=True):
    """What a change is judged by: the board, who changes it, and all that the command changes."""

    state: BoardState
    drawer: Drawer
    wanted: Mapping[ElementId, Element]

    def current(self, element: ElementId | None) -> BoardElement | None:
        """The element as this person has it on the board."""
        if element is None or (element in self.state.hidden and not self.drawer.is_staff):
            return None
        return self.state.elements.get(element)

    def is_own(self, element: ElementId | None) -> bool:
        """Whether an element on the board was drawn by this person."""
        current = self.current(element)
        return current is not None and current.creator == self.drawer.id

    def alive_after(self, element: ElementId) -> Element | None:
        """The element as it will be when the whole command is taken; None when it will not be there."""
        wanted = self.wanted.get(element)
        if wanted is not None:
            return None if wanted.is_deleted else wanted
        current = self.current(element)
        return current.element if current is not None else None

    def own_return(self, element: ElementId | None) -> Gone | None:
        """What is known of a thing of one's own that one has deleted oneself, when the command brings it back."""
        if element is None or element in self.state.elements or self.alive_after(element) is None:
            return None
        gone = self.state.gone.get(element)
        return gone if gone is not None and gone.creator == gone.editor == self.drawer.id else None


def change_denial(scene: Scene, element: Element, current: BoardElement) -> ErrorCode | None:
    """Why this person may not change an element of the board to this, or None."""
    if scene.drawer.is_staff or (not current.held and _may_change_all_of(scene, current)):
        return None
    if _is_only_bound(scene, element, current.element):
        return None
    if current.held:
        return ErrorCode.ELEMENT_LOCKED
    return None if _follows(scene, element, current.element) else ErrorCode.NOT_YOUR_ELEMENT


def return_denial(scene: Scene, element: Element, gone: Gone) -> ErrorCode | None:
    """Why this person may not bring back an element that was deleted, as this, or None."""
    if scene.drawer.is_staff:
        return None
    if gone.hidden:
        return ErrorCode.ELEMENT_GONE
    if gone.held:
        return ErrorCode.ELEMENT_LOCKED
    if _may_change_all_of(scene, gone) or _comes_along(scene, element, gone):
        return None
    return ErrorCode.NOT_YOUR_ELEMENT


def _may_change_all_of(scene: Scene, kept: BoardElement | Gone) -> bool:
    return scene.state.policy.change_others or kept.creator == scene.drawer.id


def _is_only_bound(scene: Scene, element: Element, current: Element) -> bool:
    """Whether nothing differs but which of one's own arrows and texts are bound to it; dead ones may go, too."""
    is_bound = not element.is_deleted and _differs_only_in(("bound_elements",), element, current)
    return is_bound and _keeps_notes(scene, element, current)


def _keeps_notes(scene: Scene, element: Element, current: Element) -> bool:
    """Whether what is bound to it is as before, but for one's own, and what is no longer there."""
    before, after = set(current.bound_elements or ()), set(element.bound_elements or ())
    added, removed = {bound.id for bound in after - before}, {bound.id for bound in before - after}
    return all(_is_drawn_by(scene, bound) for bound in added) and all(
        _is_drawn_by(scene, bound) or bound not in scene.state.elements for bound in removed
    )


def _is_drawn_by(scene: Scene, element: ElementId) -> bool:
    if element in scene.state.elements:
        return scene.is_own(element)
    wanted = scene.wanted.get(element)
    return wanted is not None and not wanted.is_deleted


def _follows(scene: Scene, element: Element, current: Element) -> bool:
    """Whether somebody's arrow or text just goes along with a thing of one's own that it is bound to."""
    match current, element:
        case Arrow(), Arrow():
            return not element.is_deleted and _is_led(scene, current) and _keeps_course(scene, element, current)
        case TextElement(), TextElement():
            return _text_follows(scene, element, current)
        case _:
            return False


def _comes_along(scene: Scene, element: Element, gone: Gone) -> bool:
    """Whether somebody's text comes back with the container of one's own that one has deleted it with, as it was."""
    if gone.along is None or not isinstance(element, TextElement):
        return False
    container = scene.own_return(element.container_id)
    is_undone = container is not None and container.version == gone.along.container
    return is_undone and is_wrapped(element) and likeness(element) == gone.along.likeness


def _is_led(scene: Scene, arrow: Arrow) -> bool:
    """Whether the command changes a thing of one's own that the arrow ends at, or brings back one that it ended at."""
    ends = (end.element_id for end in (arrow.start_binding, arrow.end_binding) if end is not None)
    if any(_changes_own(scene, end) for end in ends):
        return True
    wanted = scene.wanted.get(arrow.id)
    if not isinstance(wanted, Arrow):
        return False
    start, end = _ended_at(scene, wanted)
    return (arrow.start_binding is None and start) or (arrow.end_binding is None and end)


def _ended_at(scene: Scene, arrow: Arrow) -> tuple[bool, bool]:
    """Whether start and end are bound to what they came off when one deleted it, and what the command brings back."""
    start = scene.own_return(arrow.start_binding.element_id) if arrow.start_binding is not None else None
    end = scene.own_return(arrow.end_binding.element_id) if arrow.end_binding is not None else None
    return start is not None and arrow.id in start.starts, end is not None and arrow.id in end.ends


def _changes_own(scene: Scene, element: ElementId) -> bool:
    current, wanted = scene.current(element), scene.wanted.get(element)
    if current is None or wanted is None or current.creator != scene.drawer.id:
        return False
    return not same(wanted, current.element)


def _keeps_course(scene: Scene, arrow: Arrow, current: Arrow) -> bool:
    start, end = _ended_at(scene, arrow)
    return (
        _differs_only_in((*ARROW_COURSE, "bound_elements"), arrow, current)
        and (len(arrow.points) == len(current.points) or _has_elbows_only(arrow))
        and _keeps_notes(scene, arrow, current)
        and _keeps_end(scene, arrow.start_binding, current.start_binding, may_return=start)
        and _keeps_end(scene, arrow.end_binding, current.end_binding, may_return=end)
    )


def _has_elbows_only(arrow: Arrow) -> bool:
    """An arrow with elbows finds its way anew, by a few more or fewer of them; nothing is drawn with it."""
    return arrow.elbowed and len(arrow.points) <= ELBOWS_MAX


def _keeps_end(scene: Scene, new: Binding | None, old: Binding | None, may_return: bool) -> bool:
    """An end stays where it is bound. It comes off when the thing of one's own that it was bound to goes, and is tied
    again when that comes back."""
    if old is None:
        return new is None or may_return
    if new is None:
        return scene.is_own(old.element_id) and scene.alive_after(old.element_id) is None
    return new.element_id == old.element_id


def _text_follows(scene: Scene, text: TextElement, current: TextElement) -> bool:
    """A text moves, is wrapped anew and goes with its container. Its words stay."""
    container = scene.current(current.container_id)
    if container is None:
        return False
    if text.is_deleted:
        return scene.is_own(container.element.id) and scene.alive_after(container.element.id) is None
    is_led = _changes_own(scene, container.element.id) or (
        isinstance(container.element, Arrow)
        and container.element.id in scene.wanted
        and _is_led(scene, container.element)
    )
    return is_led and _keeps_words(text, current) and _differs_only_in((*BOX, "text"), text, current)


def _keeps_words(text: TextElement, current: TextElement) -> bool:
    """Whether the words stay, and the spaces between them: at most it is broken into other lines."""
    return text.text == current.text or (words_of(text) == words_of(current) and is_wrapped(text))


def _differs_only_in(fields: tuple[str, ...], element: Element, current: Element) -> bool:
    if type(element) is not type(current):
        return False
    return same(element, structs.replace(current, **{field: getattr(element, field) for field in fields}))
