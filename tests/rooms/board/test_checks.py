"""`rooms.board.checks`: what may lie on a board."""

import datetime as dt
from typing import Any

import msgspec
import pytest

from rooms.board import checks
from rooms.board.checks import check_changes, check_element, check_policy
from rooms.board.elements import POINTS_MAX, TEXT_CHARACTERS_MAX, Element
from rooms.board.messages import Change
from rooms.board.model import BoardPolicy
from rooms.errors import ErrorCode
from tests.rooms.board.drawing import TYPES, bound, drawn, end, fields
from tests.rooms.samples import refusal


def verdict(kind: str, /, **changed: Any) -> ErrorCode | None:
    """The refusal of an element with some fields changed."""
    return refusal(check_element, drawn(kind, "one", **changed))


@pytest.mark.parametrize("kind", TYPES)
def test_every_type(kind: str) -> None:
    """As the editor makes them."""
    assert verdict(kind) is None


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("name", ["x", "width", "angle", "opacity", "strokeWidth"])
@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), 1e300, "1", None, True, [1]])
def test_numbers_are_numbers(kind: str, name: str, number: object) -> None:
    """The types refuse what no canvas can draw."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.msgpack.decode(msgspec.msgpack.encode(fields(kind, "one", **{name: number})), type=Element)


@pytest.mark.parametrize(
    "colour", ["#fff", "#1e1e1e80", "transparent", "", "rgb(1, 2, 3)", "rgba(0 0 0 / 50%)", "hsl(120deg 50% 50%)"]
)
def test_colours(colour: str) -> None:
    """By number, name or function."""
    assert verdict("rectangle", strokeColor=colour, backgroundColor=colour) is None


@pytest.mark.parametrize(
    "colour",
    ["url(//evil.example/x)", "url(#a)", "var(--x)", "#ff", "red;", "red\n", '"><script>', "rgb(url(x))", "a" * 33],
)
def test_no_colours(colour: str) -> None:
    """Nothing that loads something when the board is saved as SVG."""
    for name in ("strokeColor", "backgroundColor"):
        with pytest.raises(msgspec.ValidationError):
            drawn("rectangle", "one", **{name: colour})


@pytest.mark.parametrize("link", [None, "?element=abc_-9", "#abc"])
def test_own_links(link: str | None) -> None:
    """To an element of the same board."""
    assert verdict("rectangle", link=link) is None


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/",
        "HTTPS://evil.example/",
        "//evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "mailto:a@b.example",
        "evil.example",
        "/other",
        "?element=",
        "?element=a&next=//evil.example",
        "#a b",
        "# ",
        "",
        " #a",
        "#a\n",
        "#" + "a" * 65,
        "\x00",
    ],
)
def test_foreign_links(link: str) -> None:
    """Any other is refused."""
    assert verdict("rectangle", link=link) is ErrorCode.LINK_REFUSED


@pytest.mark.parametrize("kind", ["embeddable", "iframe"])
def test_embedded_pages_stay_empty(kind: str) -> None:
    """Not even a page of one's own is shown inside the board."""
    assert verdict(kind, link="?element=one") is ErrorCode.LINK_REFUSED
    generated = {"generationData": {"status": "done", "html": "<script>alert(1)</script>"}}
    assert verdict(kind, customData=generated) is ErrorCode.LINK_REFUSED
    assert verdict(kind, customData={"note": "plain"}) is None
    assert verdict("rectangle", customData=generated) is None


DEEPEST: Any = {"a": [{"b": [{"c": 1}]}]}

GOOD_DATA: list[dict[str, Any]] = [
    {},
    {"a": None, "b": True, "c": 1, "d": -0.5, "e": "Ł", "f": [1, [2]], "g": {"h": {}}},
    {"integer": 2**53 - 1, "negative": -(2**53) + 1},
    DEEPEST,
    {"text": "x" * 4_000},
    {"note": "12:30, see page 4: rivers", "ratio": "3/4"},
]


@pytest.mark.parametrize("data", GOOD_DATA)
def test_custom_data(data: dict[str, Any]) -> None:
    """JSON of a moderate size."""
    assert verdict("rectangle", customData=data) is None


BAD_DATA: list[tuple[dict[Any, Any], ErrorCode]] = [
    ({"a": float("nan")}, ErrorCode.INVALID),
    ({"a": [float("inf")]}, ErrorCode.INVALID),
    ({"a": 2**53}, ErrorCode.INVALID),
    ({"a": -(2**53)}, ErrorCode.INVALID),
    ({"a": 10**40}, ErrorCode.INVALID),
    ({"a": b"bytes"}, ErrorCode.INVALID),
    ({"a": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, ErrorCode.INVALID),
    ({"a": msgspec.msgpack.Ext(5, b"x")}, ErrorCode.INVALID),
    ({"a": {1: 2}}, ErrorCode.INVALID),
    ({"a": {None: 2}}, ErrorCode.INVALID),
    ({"a": {"__proto__": {}}}, ErrorCode.INVALID),
    ({"a": "\x00"}, ErrorCode.INVALID),
    ({"\x00": 1}, ErrorCode.INVALID),
    ({"a": "\ud800"}, ErrorCode.INVALID),
    ({"\udfff": 1}, ErrorCode.INVALID),
    ({"a": [DEEPEST]}, ErrorCode.TOO_LARGE),
    ({"a": "x" * 4_100}, ErrorCode.TOO_LARGE),
    ({"a": list(range(600))}, ErrorCode.TOO_LARGE),
    ({"a": "https://evil.example"}, ErrorCode.LINK_REFUSED),
    ({"https://evil.example": 1}, ErrorCode.LINK_REFUSED),
    ({"a": ["see ftp://evil.example"]}, ErrorCode.LINK_REFUSED),
    ({"a": " \n//evil.example"}, ErrorCode.LINK_REFUSED),
    ({"a": "JavaScript:alert(1)"}, ErrorCode.LINK_REFUSED),
    ({"a": "data:text/html,x"}, ErrorCode.LINK_REFUSED),
]


@pytest.mark.parametrize(("data", "code"), BAD_DATA)
def test_no_custom_data(data: dict[Any, Any], code: ErrorCode) -> None:
    """What is not JSON, or not as everybody reads it, or too much, or leads elsewhere."""
    element = msgspec.structs.replace(drawn("rectangle", "one"), custom_data=data)
    assert refusal(check_element, element) is code


def test_endlessly_nested_data() -> None:
    """It is refused before anything follows it down."""
    data: dict[str, Any] = {}
    for _ in range(100_000):
        data = {"a": data}
    element = msgspec.structs.replace(drawn("rectangle", "one"), custom_data=data)
    assert refusal(check_element, element) is ErrorCode.TOO_LARGE
    while data:  # taken apart by hand: the interpreter would follow it down, too
        data = data.pop("a")


@pytest.mark.parametrize(
    ("kind", "name"), [("text", "text"), ("text", "originalText"), ("frame", "name"), ("magicframe", "name")]
)
def test_texts_can_be_stored(kind: str, name: str) -> None:
    """No database takes the NUL character; of no words there may be none."""
    assert verdict(kind, **{name: "a\x00b"}) is ErrorCode.INVALID
    assert verdict(kind, **{name: ""}) is None


def test_half_a_character() -> None:
    """Half of a surrogate pair is no text."""
    element = msgspec.structs.replace(drawn("text", "one"), text="\ud83d")
    assert refusal(check_element, element) is ErrorCode.INVALID


def test_nothing_is_bound_to_itself() -> None:
    """The editor would follow it in a circle."""
    assert verdict("rectangle", boundElements=[bound("one")]) is ErrorCode.INVALID
    assert verdict("rectangle", frameId="one") is ErrorCode.INVALID
    assert verdict("text", containerId="one") is ErrorCode.INVALID
    assert verdict("arrow", startBinding=end("one")) is ErrorCode.INVALID
    assert verdict("line", endBinding=end("one")) is ErrorCode.INVALID
    assert verdict("arrow", startBinding=end("two"), endBinding=end("two"), frameId="three") is None


def test_nothing_is_named_twice() -> None:
    """Neither what is bound nor a group."""
    assert verdict("rectangle", boundElements=[bound("two"), bound("two", "text")]) is ErrorCode.INVALID
    assert verdict("rectangle", groupIds=["a", "b", "a"]) is ErrorCode.INVALID
    assert verdict("rectangle", boundElements=[bound("two"), bound("three")], groupIds=["a", "b"]) is None


def test_pressures() -> None:
    """None, or one for each point."""
    assert verdict("freedraw", pressures=[], simulatePressure=True) is None
    assert verdict("freedraw", pressures=[0.5]) is ErrorCode.INVALID
    assert verdict("freedraw", pressures=[0.5] * 4) is ErrorCode.INVALID


def test_fixed_segments() -> None:
    """They are segments of the arrow."""
    segment = {"start": [0, 0], "end": [1, 1]}
    assert verdict("arrow", elbowed=True, fixedSegments=[{**segment, "index": 2}]) is None
    assert verdict("arrow", elbowed=True, fixedSegments=[{**segment, "index": 3}]) is ErrorCode.INVALID


def test_crops() -> None:
    """Something of the picture is left."""
    crop = {"x": 0, "y": 0, "width": 10, "height": 10, "naturalWidth": 100, "naturalHeight": 100}
    assert verdict("image", crop=crop) is None
    for name in ("width", "height", "naturalWidth", "naturalHeight"):
        assert verdict("image", crop={**crop, name: 0}) is ErrorCode.INVALID
        assert verdict("image", crop={**crop, name: -1}) is ErrorCode.INVALID


def test_the_largest_elements_are_taken() -> None:
    """A stroke of a minute with its pressures, and pages of text in the widest characters."""
    points, pressures = [[1.5, 2.5]] * POINTS_MAX, [0.5] * POINTS_MAX
    assert verdict("freedraw", points=points, pressures=pressures) is None
    words = "🐟" * TEXT_CHARACTERS_MAX
    assert verdict("text", text=words, originalText=words) is None


def test_elements_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """In bytes, however they are made of."""
    monkeypatch.setattr(checks, "ELEMENT_BYTES_MAX", 1_000)
    assert verdict("freedraw", points=[[1.5, 2.5]] * 50, pressures=[]) is ErrorCode.TOO_LARGE


def test_a_command_names_an_element_once() -> None:
    """Which of the two would it be?"""
    one, two = Change(0, drawn("line", "one")), Change(0, drawn("line", "two"))
    assert refusal(check_changes, (one, two)) is None
    assert refusal(check_changes, (one, two, one)) is ErrorCode.INVALID
    bad = Change(0, drawn("line", "three", link="https://evil.example"))
    assert refusal(check_changes, (one, bad)) is ErrorCode.LINK_REFUSED


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        ({}, None),
        ({"drawers": "chosen", "members": ["m1", "m2"]}, None),
        ({"drawers": "class", "class_id": "fr"}, None),
        ({"drawers": "class"}, ErrorCode.INVALID),
        ({"members": [""]}, ErrorCode.INVALID),
        ({"members": ["m" * 65]}, ErrorCode.INVALID),
        ({"members": ["\x00"]}, ErrorCode.INVALID),
        ({"class_id": "c" * 65}, ErrorCode.INVALID),
    ],
)
def test_policies(policy: dict[str, Any], code: ErrorCode | None) -> None:
    """Ids are ids, and a class is named where one may draw."""
    assert refusal(check_policy, msgspec.convert(policy, BoardPolicy)) is code


def test_alike_to_the_byte() -> None:
    """What Python takes for equal may still be another value in JavaScript."""
    one = drawn("rectangle", "one", customData={"a": 1})
    assert checks.same(one, drawn("rectangle", "one", customData={"a": 1}))
    assert not checks.same(one, drawn("rectangle", "one", customData={"a": True}))
    assert not checks.same(one, drawn("rectangle", "one", customData={"a": 1}, x=11))


@pytest.mark.parametrize("kind", ["rectangle", "freedraw"])
def test_large_fills(kind: str) -> None:
    """A page draws a line of a fill each four widths of the pen: so many take it minutes."""
    filled = {"backgroundColor": "#ff0000", "fillStyle": "hachure", "width": 40_000, "height": 40_000}
    assert verdict(kind, **filled, strokeWidth=4) is None
    assert verdict(kind, **{**filled, "fillStyle": "solid"}, strokeWidth=0.5) is None
    assert verdict(kind, **filled, strokeWidth=0.5) is ErrorCode.TOO_LARGE


@pytest.mark.parametrize("name", ["constructor", "__proto__", "toString", "hasOwnProperty", "__lookupSetter__"])
def test_names_of_every_object(name: str) -> None:
    """The editor would take such an element for selected, everywhere."""
    for changed in ({"id": name}, {"groupIds": [name]}, {"frameId": name}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({**fields("rectangle", "one"), **changed}, Element)


def test_extent() -> None:
    """More than anybody's screens, but not so much that a page cannot draw it."""
    msgspec.convert(fields("rectangle", "one", width=50_000), Element)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(fields("rectangle", "one", width=50_001), Element)
