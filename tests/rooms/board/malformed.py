"""Element changes as nobody's editor makes them, and what may be said for each: a judge that shares nothing with ours.

The judge reads the bytes with other decoders (`json`, `msgpack`) and knows the editor's types from a table of its own.
"""

import json
import math
import random
from collections.abc import Callable
from typing import Any

import msgpack

from tests.rooms.board.drawing import TYPES, bound, end, fields

Element = dict[str, Any]
KNOWN = ("own", "label", "jans", "held", "hidden", "gone", "jans-gone")
"""Ids of elements on the board that the changes meet."""

# --- The mischief -------------------------------------------------------------------------------------

DEEP = 300
DEEPER = 5_000
"""Levels: deeper than what is allowed, and deeper than what a decoder follows."""


def nested(depth: int) -> Any:
    """An array in an array in an array."""
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


NUMBERS = (math.nan, math.inf, -math.inf, 1e300, -1e8, 2**53, 2**63, 2**64 - 1, -(2**63), -1, 0, 0.5, 101, 1e-320, -0.0)
STRINGS = (
    *("", " ", "a", "\x00", "a\x00b", "\x1b[31m", "\x7f", "\u202e", "\ud800", "\udfff", "a\ud83d", "🐟", "null", "NaN"),
    *("x" * 33, "x" * 65, "x" * 201, "red", "#12", "url(//evil.example)", "a b", "a\n", "../x", "' or 1=1", "<script>"),
)
LINKS = (
    *("https://evil.example", "//evil.example", "javascript:alert(1)", "?element=own", "#own", "?element=own#x", "#"),
    *(
        "data:text/html,x",
        " #own",
        "?element=own\n",
        "\\\\evil",
        "ftp://x",
        "#" + "a" * 64,
        "#" + "a" * 65,
        "?element=",
    ),
)
IDS = (*KNOWN, "new", "other", "", "a b", "é", "x" * 64, "x" * 65, "own\n", "__proto__", "-", "\x00", 5, None)
GOOD_INDEXES = ("a0", "a1", "a1V", "Zz", "b00", "i" + "z" * 63, "R" + "0" * 8 + "1")
INDEXES = (
    *GOOD_INDEXES,
    *("z" * 80, "A" + "0" * 25 + "1", "a1" + "V" * 63),
    *("a", "", "0", "a00", "a1V0", "A" + "0" * 26, "zz", "z" * 81, "a-", "a0\n", "Z", "é0", "a\x000"),
)
OTHERS: tuple[Any, ...] = (
    None,
    True,
    False,
    [],
    {},
    [None],
    {"a": 1},
    b"\xff",
    nested(3),
    [[]],
    [1, 2, 3],
    {"type": "x"},
)
DATA: tuple[Any, ...] = (
    *(
        {},
        {"a": 1},
        {"a": [1, {"b": None}]},
        {"a": math.nan},
        {"a": [math.inf]},
        {"a": 2**53},
        {"a": 2**63},
        {"a": b"x"},
    ),
    *({1: 2}, {"a": {None: 1}}, {"a": "\x00"}, {"\x00": 1}, {"a": "\ud800"}, {"a": nested(3)}, {"a": nested(4)}),
    *({"a": nested(DEEP)}, {"a": "x" * 4_000}, {"a": "x" * 4_096}, {"a": list(range(495))}, {"a": list(range(600))}),
    *({"a": "https://evil.example"}, {"a": ["x", "//evil.example"]}, {"https://evil.example": 1}, {"a": "see p. 4: x"}),
    *({"__proto__": {}}, {"a": {"__proto__": 1}}, {"generationData": {"html": "x"}}, {"a": "vbscript:x"}, {"": ""}),
)
POINTS: tuple[Any, ...] = (
    *([], [[0, 0]], [[0]], [[0, 0, 0]], [[0, math.nan]], [[0, "1"]], [None], [[1e9, 0]], [[0, 0], [1, True]], {"0": 0}),
    *([[0.5, 0.5]] * 40, [[1, 1]] * 4_001),
)
TIES: tuple[Any, ...] = (
    *(None, end("own"), end("nothing"), end("new"), end("hidden"), end("a b"), {**end("own"), "gap": math.inf}),
    *({**end("own"), "fixedPoint": [0.5, 0.5]}, {**end("own"), "fixedPoint": [0.5]}, {**end("own"), "more": 1}, {}, []),
)
NOTES: tuple[Any, ...] = (
    *(None, [], [bound("label", "text")], [bound("nothing")], [bound("new")], [bound("own"), bound("own")], [{}]),
    *([bound("own", "rectangle")], [bound("a b")], [{**bound("own"), "more": 1}], [bound(f"b{i}") for i in range(501)]),
    [bound("new"), bound("new", "text")],
)
SEGMENT = {"start": [0, 0], "end": [1, 1], "index": 1}
CROP = {"x": 0, "y": 0, "width": 10, "height": 10, "naturalWidth": 20, "naturalHeight": 20}

OF_FIELD: dict[str, tuple[Any, ...]] = {
    "id": IDS,
    "frameId": IDS,
    "containerId": IDS,
    "type": (*TYPES, "selection", "script", "", None, 5),
    "index": INDEXES,
    "link": (None, *LINKS),
    "customData": DATA,
    "points": POINTS,
    "lastCommittedPoint": (None, [0, 0], [0], [0, math.nan], [0, "x"]),
    "pressures": ([], [0.5], [0.5] * 3, [0.5] * 4, [math.nan] * 3, ["x"], [0.5] * 4_001),
    "startBinding": TIES,
    "endBinding": TIES,
    "boundElements": NOTES,
    "groupIds": ([], ["g"], ["g", "g"], ["a b"], [5], [f"g{i}" for i in range(20)], [f"g{i}" for i in range(21)]),
    "roundness": (
        None,
        {"type": 1},
        {"type": 2, "value": 8},
        {"type": 4},
        {"type": 3, "value": math.nan},
        {"value": 1},
    ),
    "startArrowhead": (None, "dot", "crowfoot_many", "spear"),
    "endArrowhead": (None, "bar", "arrow\n"),
    "fixedSegments": (
        None,
        [],
        [SEGMENT],
        [{**SEGMENT, "index": 3}],
        [{**SEGMENT, "index": -1}],
        [{**SEGMENT, "end": 1}],
    ),
    "crop": (
        None,
        CROP,
        {**CROP, "width": 0},
        {**CROP, "naturalHeight": -1},
        {**CROP, "x": math.inf},
        {**CROP, "z": 1},
    ),
    "scale": ([1, 1], [-1, 1], [1], [1, math.nan]),
    "fileId": (None, "0" * 64, "0" * 63, "G" * 64, "0" * 64 + "\n", "../../x"),
    "status": ("pending", "saved", "error", "done"),
    "text": ("x" * 10_000, "x" * 10_001, "\ud800"),
    "originalText": ("", "y\x00"),
    "name": (None, "", "n" * 200, "n" * 201, "\x00"),
    "fillStyle": ("hachure", "solid", "dots"),
    "strokeStyle": ("dotted", "wavy"),
    "textAlign": ("center", "justify"),
    "verticalAlign": ("middle", "sub"),
}


def weird_value(chance: random.Random, field: str) -> Any:
    """Something that may or may not be fit for the field."""
    if field in OF_FIELD and chance.random() < 0.7:
        return chance.choice(OF_FIELD[field])
    return chance.choice(chance.choice((NUMBERS, STRINGS, OTHERS)))


def spoil_field(chance: random.Random, element: Element) -> None:
    field = chance.choice(list(element))
    element[field] = weird_value(chance, field)


def spoil_special(chance: random.Random, element: Element) -> None:
    field = chance.choice(list(OF_FIELD))
    if field in element or field in ("customData", "fixedSegments") or chance.random() < 0.1:
        element[field] = weird_value(chance, field)


def remove_field(chance: random.Random, element: Element) -> None:
    del element[chance.choice(list(element))]


def add_field(chance: random.Random, element: Element) -> None:
    name = chance.choice(
        ("version", "versionNonce", "updated", "x\x00", "__proto__", "containerId", "points", "isdeleted")
    )
    element[name] = weird_value(chance, name)


def tie_in_a_circle(chance: random.Random, element: Element) -> None:
    name = element.get("id")
    if isinstance(name, str):
        field = chance.choice(("frameId", "containerId", "boundElements", "startBinding"))
        if field in element:
            element[field] = {"boundElements": [bound(name)], "startBinding": end(name)}.get(field, name)


def stretch(chance: random.Random, element: Element) -> None:
    for field in ("x", "width", "opacity", "strokeWidth", "roughness", "seed", "fontSize", "lineHeight", "fontFamily"):
        if field in element and chance.random() < 0.3:
            element[field] = chance.choice(NUMBERS)


def delete(chance: random.Random, element: Element) -> None:
    element["isDeleted"] = True


SPOILERS: tuple[Callable[[random.Random, Element], None], ...] = (
    *(spoil_field,) * 4,
    *(spoil_special,) * 6,
    remove_field,
    add_field,
    tie_in_a_circle,
    stretch,
    delete,
)


def change(chance: random.Random) -> dict[str, Any]:
    """One change: of a valid element, with up to three things wrong, or none."""
    element = fields(chance.choice(TYPES), chance.choice((*KNOWN, "new", "new", "new", "other")))
    element["index"] = chance.choice(GOOD_INDEXES)
    for _ in range(chance.choice((0, 1, 1, 1, 1, 2, 3))):
        if element:
            chance.choice(SPOILERS)(chance, element)
    made: dict[str, Any] = {"base": chance.choice((0, 0, 0, 1, 1, 2, 3)), "element": element}
    if chance.random() < 0.03:
        made[chance.choice(("base", "element", "more"))] = weird_value(chance, "base")
    return made


def encoded(chance: random.Random, command: dict[str, Any], as_json: bool) -> bytes:
    """As it travels; now and then with bytes that are none of either encoding."""
    if as_json:
        data = json.dumps(command, default=lambda _: None, skipkeys=True).encode()
        if chance.random() < 0.001:
            data = data.replace(b'"link": null', b'"link": null, "customData": ' + b"[" * DEEPER + b"]" * DEEPER)
    else:
        data = msgpack.packb(command, unicode_errors="surrogatepass", default=str)
    if chance.random() < 0.03:
        place = chance.randrange(len(data))
        data = data[:place] + bytes([chance.randrange(256)]) + data[place + chance.randrange(2) :]
    if chance.random() < 0.01:
        data = data[: chance.randrange(len(data))]
    return data


# --- The judge ----------------------------------------------------------------------------------------


def read_again(data: bytes, as_json: bool) -> Any:
    """What the bytes say, to others than us. Raises `ValueError` or `RecursionError`."""
    if as_json:
        return json.loads(data)
    try:
        return msgpack.unpackb(data, strict_map_key=False, timestamp=0)
    except (msgpack.UnpackException, msgpack.ExtraData, UnicodeError, TypeError, OverflowError) as error:
        raise ValueError(str(error)) from None


def number(least: float = -1e7, most: float = 1e7) -> Callable[[Any], bool]:
    return lambda value: type(value) in (int, float) and least <= value <= most


def whole(least: int, most: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and least <= value <= most


def one_of(*words: Any) -> Callable[[Any], bool]:
    return lambda value: any(type(value) is type(word) and value == word for word in words)


def or_null(judge: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or judge(value)


def many(judge: Callable[[Any], bool], least: int, most: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is list and least <= len(value) <= most and all(judge(item) for item in value)


def record(needed: dict[str, Callable[[Any], bool]], **optional: Callable[[Any], bool]) -> Callable[[Any], bool]:
    def judge(value: Any) -> bool:
        return (
            type(value) is dict
            and needed.keys() <= value.keys() <= needed.keys() | optional.keys()
            and all((needed.get(name) or optional[name])(item) for name, item in value.items())
        )

    return judge


def words(most: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is str and len(value) <= most and is_writable(value)


def is_writable(value: str) -> bool:
    return all(character != "\0" and not 0xD800 <= ord(character) <= 0xDFFF for character in value)


def spelled(alphabet: str, least: int, most: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is str and least <= len(value) <= most and all(char in alphabet for char in value)


HEX = "0123456789abcdef"
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
ALNUM = LETTERS + "0123456789"
a_word = spelled(ALNUM + "-_", 1, 64)
OF_EVERY_OBJECT = frozenset(
    {
        *("__proto__", "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__"),
        *("constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable"),
        *("toLocaleString", "toString", "valueOf"),
    }
)


def an_id(value: Any) -> bool:
    return bool(a_word(value)) and value not in OF_EVERY_OBJECT


a_nonce = spelled(ALNUM + "-_", 8, 64)
a_number = number()
a_length = number(-50_000, 50_000)
a_point = many(a_length, 2, 2)
a_bit = one_of(True, False)
a_head = or_null(
    one_of(
        *("arrow", "bar", "dot", "circle", "circle_outline", "triangle", "triangle_outline", "diamond"),
        *("diamond_outline", "crowfoot_one", "crowfoot_many", "crowfoot_one_or_many"),
    )
)
an_end = or_null(
    record({"elementId": an_id, "focus": a_number, "gap": a_number}, fixedPoint=or_null(a_point)),
)
the_points = many(a_point, 1, 4_000)


def a_name(value: Any) -> bool:
    """The id of a board, whatever it is called."""
    return type(value) is str and 1 <= len(value) <= 64


def a_colour(value: Any) -> bool:
    """By its number or name: the mischief knows no others."""
    if type(value) is not str or not value.startswith("#"):
        return bool(spelled(LETTERS, 0, 32)(value))
    return bool(spelled(HEX + HEX.upper(), 3, 8)(value[1:]))


def a_link(value: Any) -> bool:
    if type(value) is not str:
        return value is None
    for beginning in ("?element=", "#"):
        if value.startswith(beginning):
            return bool(a_word(value[len(beginning) :]))
    return False


def plain_data(value: Any, level: int = 1) -> bool:
    match value:
        case bool() | None:
            return True
        case int():
            return -(2**53) < value < 2**53
        case float():
            return math.isfinite(value)
        case str():
            lower = value.lstrip().lower()
            is_address = "://" in lower or lower.startswith(("//", "\\\\", "javascript:", "vbscript:", "data:"))
            return is_writable(value) and not is_address
        case list():
            return level <= 5 and all(plain_data(item, level + 1) for item in value)
        case dict():
            return level <= 5 and all(
                type(key) is str and key != "__proto__" and plain_data(key) and plain_data(item, level + 1)
                for key, item in value.items()
            )
    return False


def count(value: Any) -> int:
    if type(value) is dict:
        return 1 + len(value) + sum(map(count, value.values()))
    return 1 + sum(map(count, value)) if type(value) is list else 1


def small_data(value: Any) -> bool:
    return (
        type(value) is dict
        and plain_data(value)
        and count(value) <= 500
        and len(msgpack.packb(value, use_single_float=False)) <= 4_096
    )


COMMON: dict[str, Callable[[Any], bool]] = {
    "type": one_of(*TYPES),
    "id": an_id,
    "x": a_number,
    "y": a_number,
    "width": a_length,
    "height": a_length,
    "angle": a_number,
    "strokeColor": a_colour,
    "backgroundColor": a_colour,
    "fillStyle": one_of("hachure", "cross-hatch", "solid", "zigzag"),
    "strokeWidth": number(0, 100),
    "strokeStyle": one_of("solid", "dashed", "dotted"),
    "roundness": or_null(record({"type": one_of(1, 2, 3)}, value=a_number)),
    "roughness": number(0, 10),
    "opacity": number(0, 100),
    "seed": whole(0, 2**53 - 1),
    "index": lambda value: spelled(ALNUM, 1, 80)(value) and value[0] in LETTERS,
    "isDeleted": a_bit,
    "groupIds": many(an_id, 0, 20),
    "frameId": or_null(an_id),
    "boundElements": or_null(many(record({"id": an_id, "type": one_of("arrow", "text")}), 0, 500)),
    "link": a_link,
    "locked": a_bit,
}
LINE = {
    "points": the_points,
    "lastCommittedPoint": or_null(a_point),
    "startBinding": an_end,
    "endBinding": an_end,
    "startArrowhead": a_head,
    "endArrowhead": a_head,
}
SPECIAL: dict[str, dict[str, Callable[[Any], bool]]] = {
    "text": {
        "fontSize": lambda value: number(0, 1_000)(value) and value > 0,
        "fontFamily": whole(1, 100),
        "text": words(10_000),
        "textAlign": one_of("left", "center", "right"),
        "verticalAlign": one_of("top", "middle", "bottom"),
        "containerId": or_null(an_id),
        "originalText": words(10_000),
        "autoResize": a_bit,
        "lineHeight": lambda value: number(0, 10)(value) and value > 0,
    },
    "line": LINE,
    "arrow": {**LINE, "elbowed": a_bit},
    "freedraw": {
        "points": the_points,
        "pressures": many(a_number, 0, 4_000),
        "simulatePressure": a_bit,
        "lastCommittedPoint": or_null(a_point),
    },
    "image": {
        "fileId": or_null(spelled(HEX, 64, 64)),
        "status": one_of("pending", "saved", "error"),
        "scale": a_point,
        "crop": or_null(record(dict.fromkeys(CROP, a_number))),
    },
    "frame": {"name": or_null(words(200))},
    "magicframe": {"name": or_null(words(200))},
}
SEGMENTS = or_null(many(record({"start": a_point, "end": a_point, "index": whole(0, 4_000)}), 0, 500))


def may_be_there(element: Any) -> bool:
    """Whether an element may lie on a board."""
    if type(element) is not dict or not one_of(*TYPES)(element.get("type")):
        return False
    kind = element["type"]
    optional: dict[str, Callable[[Any], bool]] = {"customData": small_data}
    if kind == "arrow":
        optional |= {"fixedSegments": SEGMENTS, "startIsSpecial": or_null(a_bit), "endIsSpecial": or_null(a_bit)}
    return record(COMMON | SPECIAL.get(kind, {}), **optional)(element) and is_consistent(element)


def can_be_filled(element: Element) -> bool:
    """A thousand screens of thin lines would be drawn for minutes."""
    if element["backgroundColor"] == "transparent" or element["fillStyle"] == "solid":
        return True
    sides = [abs(element["width"]), abs(element["height"])]
    for axis, side in enumerate(sides):
        along = [point[axis] for point in element.get("points", [[0, 0]])]
        sides[axis] = max(side, max(along) - min(along))
    return bool(sum(sides) <= 10_000 * max(4 * element["strokeWidth"], 0.1))


def is_consistent(element: Element) -> bool:
    """What concerns several fields of an element at once."""
    notes = [note["id"] for note in element["boundElements"] or []]
    ends = [tie["elementId"] for tie in (element.get("startBinding"), element.get("endBinding")) if tie]
    if element["id"] in [element["frameId"], element.get("containerId"), *notes, *ends]:
        return False
    if len(set(notes)) < len(notes) or len(set(element["groupIds"])) < len(element["groupIds"]):
        return False
    if element.get("pressures") and len(element["pressures"]) != len(element["points"]):
        return False
    if any(segment["index"] >= len(element["points"]) for segment in element.get("fixedSegments") or []):
        return False
    if not can_be_filled(element):
        return False
    crop = element.get("crop")
    if crop and any(crop[side] <= 0 for side in ("width", "height", "naturalWidth", "naturalHeight")):
        return False
    is_page = element["type"] in ("embeddable", "iframe")
    return not is_page or (element["link"] is None and "generationData" not in element.get("customData", {}))
