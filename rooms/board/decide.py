"""A board: what a command leads to, and what a member may do there, now."""

from collections.abc import Collection, Iterator

from msgspec import Struct

from rooms import events
from rooms.board import changing
from rooms.board.checks import check_changes, check_policy, size_of
from rooms.board.elements import Element, ElementId, TextElement
from rooms.board.messages import (
    BoardChange,
    BoardClear,
    BoardRights,
    BoardSetHidden,
    BoardSetPolicy,
    BoardStreamCommand,
    BoardUndoClear,
    Superseded,
)
from rooms.board.model import BoardElement, BoardId, BoardPolicy, BoardState, Cleared, Drawers
from rooms.board.rights import Drawer
from rooms.errors import ErrorCode, Refused
from rooms.model import Member, MemberId
from rooms.permissions import Action, Standing, denial, require
from rooms.stream import Decision

ELEMENTS_MAX = 10_000
"""Elements on one board: twice of what a class was seen to draw in a month, and what an editor still shows smoothly."""

BOARD_BYTES_MAX = 20_000_000
"""Bytes of all elements of one board: what a telephone can still load."""

UNDO_CLEAR_MS = 600_000
"""Milliseconds in which a clearing can be undone: ten minutes, the rest of the discussion about it."""

SHOWN_BYTES_MAX = 500_000
"""Bytes of elements that one event shows again; more are several events."""

SHOWN_AT_ONCE_BYTES_MAX = 1_000_000
"""Bytes that one command shows again: everybody on the board gets them back to back, and a slow line has to keep up."""

NOTHING_SUPERSEDED: tuple[Superseded, ...] = ()


class BoardDecision(Struct, frozen=True):
    """What a command leads to, and the changes that were not taken."""

    decision: Decision
    superseded: tuple[Superseded, ...] = NOTHING_SUPERSEDED


def decide(
    state: BoardState, standing: Standing, actor: MemberId, command: BoardStreamCommand, now: int
) -> BoardDecision:
    """What the command leads to at `now` (milliseconds since 1970 UTC). Raises `Refused`."""
    if isinstance(command, BoardChange):
        return _decide_change(state, standing, actor, command, now)
    require(standing, Action.MODERATE_BOARD)
    match command:
        case BoardClear(member=member):
            is_empty = all(member is not None and kept.creator != member for kept in state.elements.values())
            return _decided(() if is_empty else (events.BoardCleared(member),))
        case BoardUndoClear(clear=clear):
            _require_undoable(state, clear, now)
            return _decided((events.BoardClearUndone(clear),))
        case BoardSetHidden():
            return _decided(tuple(_decide_hidden(state, command)))
        case BoardSetPolicy(policy=policy):
            check_policy(policy)
            return _decided(() if policy == state.policy else (events.BoardPolicySet(policy),))


def draw_denial(state: BoardState, standing: Standing) -> ErrorCode | None:
    """Why a member may not draw on this board, now, or None."""
    code = denial(standing, Action.DRAW)
    if code is not None:
        return code
    if standing.member is None or _has_pen(state.policy, standing.member):
        return None
    return ErrorCode.BOARD_READ_ONLY


def board_rights(state: BoardState, standing: Standing, board: BoardId) -> BoardRights:
    """What a member may do on this board, now."""
    is_staff = standing.member is None or standing.member.is_staff
    draw = draw_denial(state, standing)
    change_others = None if is_staff or state.policy.change_others else ErrorCode.NOT_YOUR_ELEMENT
    export = None if is_staff or state.policy.export else ErrorCode.EXPORT_OFF
    return BoardRights(
        board,
        {
            "draw": draw,
            "change_others": draw or change_others,
            "export": denial(standing, Action.READ_ROOM) or export,
            "moderate": denial(standing, Action.MODERATE_BOARD),
        },
    )


def _has_pen(policy: BoardPolicy, member: Member) -> bool:
    match policy.drawers:
        case Drawers.NOBODY:
            return False
        case Drawers.ALL:
            return True
        case Drawers.TEACHERS:
            return member.is_staff
        case Drawers.CHOSEN:
            return member.is_staff or member.id in policy.members
        case Drawers.CLASS:
            return member.is_staff or (member.class_id is not None and member.class_id == policy.class_id)


def _decided(bodies: tuple[events.Body, ...]) -> BoardDecision:
    return BoardDecision(Decision(bodies))


def _decide_change(
    state: BoardState, standing: Standing, actor: MemberId, command: BoardChange, now: int
) -> BoardDecision:
    code = draw_denial(state, standing)
    if code is not None:
        raise Refused(code)
    check_changes(command.changes)
    taken = changing.take(state, Drawer.of(actor, standing.member), command.changes, now)
    if not taken.elements:
        return BoardDecision(Decision(), taken.superseded)
    _require_space(state, taken.elements)
    bodies: list[events.Body] = [events.BoardChanged(taken.elements)]
    put_aside = _put_aside(state, taken.elements)
    if put_aside:
        bodies.append(events.BoardHidden(put_aside))
    return BoardDecision(Decision(tuple(bodies)), taken.superseded)


def _put_aside(state: BoardState, elements: tuple[BoardElement, ...]) -> tuple[ElementId, ...]:
    """What a teacher has brought back that was put aside (who came after it was deleted does not know that it was), and
    texts that they put into what is: those go with their container."""
    gone = state.gone
    back = {name for kept in elements if (name := kept.element.id) in gone and gone[name].hidden}
    if not state.hidden and not back:
        return ()
    aside = back | state.hidden
    return tuple(
        kept.element.id
        for kept in elements
        if kept.element.id in back or (kept.element.id not in aside and _is_put_into(state, kept.element, aside))
    )


def _is_put_into(state: BoardState, element: Element, containers: Collection[ElementId]) -> bool:
    """Whether it is a text that now gets into one of the containers, and was not in it before."""
    if not isinstance(element, TextElement) or element.is_deleted or element.container_id not in containers:
        return False
    before = state.elements.get(element.id)
    return (
        before is None
        or not isinstance(before.element, TextElement)
        or before.element.container_id != element.container_id
    )


def _require_space(state: BoardState, elements: tuple[BoardElement, ...]) -> None:
    """A full board takes what makes it smaller, and changes that leave it as large."""
    count, size = 0, 0
    for element in elements:
        old = state.elements.get(element.element.id)
        is_there = not element.element.is_deleted
        count += is_there - (old is not None)
        size += (size_of(element) if is_there else 0) - (size_of(old) if old is not None else 0)
    _require_below(len(state.elements), count, ELEMENTS_MAX, "elements")
    _require_below(state.size, size, BOARD_BYTES_MAX, "bytes")


def _require_below(now: int, more: int, maximum: int, what: str) -> None:
    if more > 0 and now + more > maximum:
        raise Refused(ErrorCode.BOARD_FULL, f"at most {maximum} {what}")


def _require_undoable(state: BoardState, clear: int, now: int) -> None:
    cleared = next((cleared for cleared in state.cleared if cleared.clear == clear), None)
    if cleared is None or now - cleared.at > UNDO_CLEAR_MS:
        raise Refused(ErrorCode.UNDO_TOO_LATE)
    _require_below(len(state.elements), len(coming_back(state, cleared)), ELEMENTS_MAX, "elements")
    _require_below(state.size, cleared.size, BOARD_BYTES_MAX, "bytes")


def coming_back(state: BoardState, undone: Cleared) -> tuple[BoardElement, ...]:
    """What an undone clearing puts back: not what was drawn anew since and is there, or was cleared again like that."""
    newer = {kept.element.id for cleared in state.cleared if cleared.clear > undone.clear for kept in cleared.elements}
    return tuple(
        kept for kept in undone.elements if kept.element.id not in state.elements and kept.element.id not in newer
    )


def _decide_hidden(state: BoardState, command: BoardSetHidden) -> Iterator[events.Body]:
    """A text goes with its container: it would be seen without."""
    named = [state.elements[name] for name in command.elements if name in state.elements]
    if not named:
        raise Refused(ErrorCode.UNKNOWN_ELEMENT)
    wanted = {element.element.id: element for element in named}
    for element in named:
        wanted |= {text.element.id: text for text in _texts_in(state, element)}
    changed = [element for name, element in wanted.items() if (name in state.hidden) is not command.hidden]
    if command.hidden and changed:
        yield events.BoardHidden(tuple(element.element.id for element in changed))
    elif changed:
        _require_showable(changed)
        yield from _shown(changed)


def _require_showable(elements: list[BoardElement]) -> None:
    size = 0
    for element in elements:
        size += size_of(element)
        if size > SHOWN_AT_ONCE_BYTES_MAX:
            detail = f"elements: more than {SHOWN_AT_ONCE_BYTES_MAX} bytes, show fewer at once"
            raise Refused(ErrorCode.TOO_LARGE, detail)


def _texts_in(state: BoardState, container: BoardElement) -> Iterator[BoardElement]:
    for bound in container.element.bound_elements or ():
        text = state.elements.get(bound.id)
        if text is None or not isinstance(text.element, TextElement):
            continue
        if text.element.container_id == container.element.id:
            yield text


def _shown(elements: list[BoardElement]) -> Iterator[events.Body]:
    """The whole elements: whoever did not see them has not got them. In events that are not too large."""
    page: list[BoardElement] = []
    size = 0
    for element in elements:
        size += size_of(element)
        if page and size > SHOWN_BYTES_MAX:
            yield events.BoardShown(tuple(page))
            page, size = [], size_of(element)
        page.append(element)
    yield events.BoardShown(tuple(page))
