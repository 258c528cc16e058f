"""`rooms.board.elements`: the editor's twelve types, as strict as types can be."""

from typing import Any

import msgspec
import pytest

from rooms.board.elements import Element
from tests.rooms.board.drawing import TYPES, fields


def read(travelling: dict[str, Any]) -> Element:
    """As from the wire."""
    element: Element = msgspec.msgpack.decode(msgspec.msgpack.encode(travelling), type=Element)
    return element


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_travels(kind: str) -> None:
    """Both encodings give back what was sent, names and all."""
    sent = fields(kind, "one")
    element = read(sent)
    assert msgspec.json.decode(msgspec.json.encode(element)) == sent
    assert msgspec.json.decode(msgspec.json.encode(element), type=Element) == element


def test_there_are_twelve() -> None:
    """No type is missing among the samples."""
    assert {kind.__struct_config__.tag for kind in Element.__args__} == set(TYPES)


@pytest.mark.parametrize("kind", TYPES)
def test_no_field_may_be_missing_or_more(kind: str) -> None:
    """What the server gives, a client does not."""
    for name in fields(kind, "one"):
        travelling = fields(kind, "one")
        del travelling[name]
        with pytest.raises(msgspec.ValidationError):
            read(travelling)
    for name in ("version", "versionNonce", "updated", "extra"):
        with pytest.raises(msgspec.ValidationError):
            read(fields(kind, "one", **{name: 1}))


@pytest.mark.parametrize("kind", ["selection", "script", "", None, 5])
def test_unknown_types(kind: object) -> None:
    """Selections are never on a board."""
    with pytest.raises(msgspec.ValidationError):
        read({**fields("rectangle", "one"), "type": kind})


@pytest.mark.parametrize("name", ["", "a b", "a\n", "é", "a" * 65, "../x", "\x00"])
def test_ids(name: str) -> None:
    """Letters, digits, - and _; sixty-four at most."""
    with pytest.raises(msgspec.ValidationError):
        read(fields("rectangle", name))
    with pytest.raises(msgspec.ValidationError):
        read(fields("rectangle", "one", frameId=name))
    with pytest.raises(msgspec.ValidationError):
        read(fields("rectangle", "one", groupIds=[name]))
