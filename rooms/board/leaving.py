"""What a deletion does to the work of others: the text in a shape goes with it, arrows at it come off.

Whoever deletes something of theirs may take that back, and then all is as it was, what is others' included. What a
deletion did is noted with what is gone, so that nothing else is changed under that pretext.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b

import msgspec
from msgspec.structs import replace

from rooms.board.elements import Arrow, Element, ElementId, TextElement
from rooms.board.model import Along, BoardElement, Gone

LIKENESS_BYTES = 16
"""Of a hash: nobody finds another text with the same."""

_encoder = msgspec.msgpack.Encoder()


def words_of(text: TextElement) -> str:
    """The text without what wrapping changes."""
    return "".join(text.text.split())


def is_wrapped(text: TextElement) -> bool:
    """Whether what is shown is the text as it was written, broken into lines: at spaces, or within a long word."""
    rest = text.original_text
    for line in text.text.split("\n"):
        if not rest.startswith(line):
            rest = rest.lstrip()
        if not rest.startswith(line):
            return False
        rest = rest[len(line) :]
    return not rest.strip()


def likeness(text: TextElement) -> bytes:
    """A hash of what stays of a text when its container moves it and wraps it anew."""
    kept = replace(
        text, x=0, y=0, width=0, height=0, angle=0, text=words_of(text), index="", bound_elements=None, is_deleted=False
    )
    return blake2b(_encoder.encode(kept), digest_size=LIKENESS_BYTES).digest()


def noted(
    changed: Sequence[BoardElement], before: Mapping[ElementId, BoardElement], gone: Mapping[ElementId, Gone]
) -> dict[ElementId, Gone]:
    """Those of `gone` about which an event tells more, which has just `changed` elements that were `before`."""
    deleted = {kept.element.id for kept in changed if kept.element.is_deleted and kept.element.id in before}
    notes: dict[ElementId, Gone] = {}
    if not deleted or len(changed) == 1:
        return notes
    for kept in changed:
        old = before.get(kept.element.id)
        if old is None or old.creator == kept.editor:
            continue
        if isinstance(old.element, TextElement):
            container = old.element.container_id
            if kept.element.is_deleted and container in deleted:
                along = Along(gone[container].version, likeness(old.element))
                notes[old.element.id] = replace(gone[old.element.id], along=along)
        elif isinstance(old.element, Arrow):
            for shape, is_start in _left_ends(old.element, kept.element):
                if shape in deleted:
                    notes[shape] = _came_off(notes.get(shape) or gone[shape], old.element.id, is_start)
    return notes


def _left_ends(before: Arrow, after: Element) -> Iterator[tuple[ElementId, bool]]:
    """What an arrow that stays is no longer bound to, and whether by its start."""
    if not isinstance(after, Arrow) or after.is_deleted:
        return
    if before.start_binding is not None and after.start_binding is None:
        yield before.start_binding.element_id, True
    if before.end_binding is not None and after.end_binding is None:
        yield before.end_binding.element_id, False


def _came_off(gone: Gone, arrow: ElementId, is_start: bool) -> Gone:
    if is_start:
        return replace(gone, starts=(*gone.starts, arrow))
    return replace(gone, ends=(*gone.ends, arrow))
