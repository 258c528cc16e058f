"""What can be drawn: a Struct for each element type of the pinned editor, `@excalidraw/excalidraw` 0.18.1.

Excalidraw publishes no schema, only TypeScript types (`dist/types/excalidraw/element/types.d.ts`); these follow them,
names included. Left out are `version`, `versionNonce` and `updated`: they are the server's to give, not a client's. The
type `selection` is never on a board. What a type cannot say (finite numbers, sizes, links) is `rooms.board.checks`'.

Lengths are CSS pixels of the board, angles radians, `opacity` percent.
"""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

ElementId = Annotated[
    str,
    Meta(
        pattern=r"^(?!(__(proto|(define|lookup)(G|S)etter)__|constructor|hasOwnProperty|isPrototypeOf"
        r"|propertyIsEnumerable|to(Locale)?String|valueOf)$)[A-Za-z0-9_-]{1,64}(?!\n)$",
        description="Not a name that every object of JavaScript has: the editor asks objects for it",
    ),
]
OrderKey = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z][0-9A-Za-z]{0,79}(?!\n)$",
        description="The place in the order of drawing, as Excalidraw's fractional `index`; it sorts by its bytes",
    ),
]
FileHash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}(?!\n)$", description="SHA-256 of a stored picture, hex")]

COORDINATE_MAX = 1e7
"""Pixels from the origin: far beyond any class's board, and well within what a canvas computes exactly."""

EXTENT_MAX = 50_000.0
"""Pixels of one element's width, height and points: thirty screens. A larger one takes a page many seconds to draw."""

POINTS_MAX = 4_000
"""Points of one line or stroke: more than a minute of drawing at 60 points a second."""

TEXT_CHARACTERS_MAX = 10_000
"""Characters of one text: some pages."""

BOUND_MAX = 500
"""Arrows and texts bound to one element."""

GROUPS_MAX = 20
"""Groups that one element is nested in."""

COLOUR_CHARACTERS_MAX = 32
NAME_CHARACTERS_MAX = 200
LINK_CHARACTERS_MAX = 200

Number = Annotated[float, Meta(ge=-COORDINATE_MAX, le=COORDINATE_MAX)]
Length = Annotated[float, Meta(ge=-EXTENT_MAX, le=EXTENT_MAX)]
Point = tuple[Length, Length]
Points = Annotated[tuple[Point, ...], Meta(min_length=1, max_length=POINTS_MAX)]
Colour = Annotated[
    str,
    Meta(
        max_length=COLOUR_CHARACTERS_MAX,
        pattern=r"^(#[0-9A-Fa-f]{3,8}|[A-Za-z]*|(rgba?|hsla?|hwb|(ok)?lab|(ok)?lch)\([0-9A-Za-z.,%/ +-]*\))(?!\n)$",
        description="A colour of CSS by its number, name or function; `url()` is none",
    ),
]
Text = Annotated[str, Meta(max_length=TEXT_CHARACTERS_MAX)]
Arrowhead = Literal[
    "arrow",
    "bar",
    "dot",
    "circle",
    "circle_outline",
    "triangle",
    "triangle_outline",
    "diamond",
    "diamond_outline",
    "crowfoot_one",
    "crowfoot_many",
    "crowfoot_one_or_many",
]


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel", gc=False):
    """Base of what elements are made of. Immutable values, so never in a circle: the collector need not look at them,
    of which a full board has a hundred thousand."""


class Roundness(Part, frozen=True, kw_only=True):
    """How corners are rounded: 1 legacy, 2 proportional, 3 adaptive radius; `value` its size, where one was chosen."""

    type: Literal[1, 2, 3]
    value: Number | UnsetType = UNSET


class BoundElement(Part, frozen=True, kw_only=True):
    """An arrow or a text that is bound to the element which names it."""

    id: ElementId
    type: Literal["arrow", "text"]


class Binding(Part, frozen=True, kw_only=True):
    """Where an end of an arrow is fixed to an element. `fixed_point` is the elbow arrows'."""

    element_id: ElementId
    focus: Number
    gap: Number
    fixed_point: Point | UnsetType | None = UNSET


class FixedSegment(Part, frozen=True, kw_only=True):
    """A segment of an elbow arrow that a person has put where it is."""

    start: Point
    end: Point
    index: Annotated[int, Meta(ge=0, le=POINTS_MAX)]


class Crop(Part, frozen=True, kw_only=True):
    """The visible part of a picture, in pixels of the picture."""

    x: Number
    y: Number
    width: Number
    height: Number
    natural_width: Number
    natural_height: Number


class ElementBase(Part, frozen=True, kw_only=True, tag_field="type"):
    """What every element has."""

    id: ElementId
    x: Number
    y: Number
    width: Length
    height: Length
    angle: Number
    stroke_color: Colour
    background_color: Colour
    fill_style: Literal["hachure", "cross-hatch", "solid", "zigzag"]
    stroke_width: Annotated[float, Meta(ge=0, le=100)]
    stroke_style: Literal["solid", "dashed", "dotted"]
    roundness: Roundness | None
    roughness: Annotated[float, Meta(ge=0, le=10)]
    opacity: Annotated[float, Meta(ge=0, le=100)]
    seed: Annotated[int, Meta(ge=0, le=2**53 - 1)]
    index: OrderKey
    is_deleted: bool
    group_ids: Annotated[tuple[ElementId, ...], Meta(max_length=GROUPS_MAX)]
    frame_id: ElementId | None
    bound_elements: Annotated[tuple[BoundElement, ...], Meta(max_length=BOUND_MAX)] | None
    link: Annotated[str, Meta(max_length=LINK_CHARACTERS_MAX)] | None
    locked: bool
    custom_data: dict[str, Any] | UnsetType = UNSET


class Rectangle(ElementBase, frozen=True, kw_only=True, tag="rectangle"):
    """A rectangle."""


class Diamond(ElementBase, frozen=True, kw_only=True, tag="diamond"):
    """A diamond."""


class Ellipse(ElementBase, frozen=True, kw_only=True, tag="ellipse"):
    """An ellipse."""


class TextElement(ElementBase, frozen=True, kw_only=True, tag="text"):
    """A text, alone or in a container. `original_text` is the text before it was wrapped."""

    font_size: Annotated[float, Meta(gt=0, le=1_000)]
    font_family: Annotated[int, Meta(ge=1, le=100)]
    text: Text
    text_align: Literal["left", "center", "right"]
    vertical_align: Literal["top", "middle", "bottom"]
    container_id: ElementId | None
    original_text: Text
    auto_resize: bool
    line_height: Annotated[float, Meta(gt=0, le=10)]


class LinearBase(ElementBase, frozen=True, kw_only=True):
    """What lines and arrows have."""

    points: Points
    last_committed_point: Point | None
    start_binding: Binding | None
    end_binding: Binding | None
    start_arrowhead: Arrowhead | None
    end_arrowhead: Arrowhead | None


class Line(LinearBase, frozen=True, kw_only=True, tag="line"):
    """A line of any number of points."""


class Arrow(LinearBase, frozen=True, kw_only=True, tag="arrow"):
    """An arrow, curved, straight or with elbows."""

    elbowed: bool
    fixed_segments: Annotated[tuple[FixedSegment, ...], Meta(max_length=BOUND_MAX)] | UnsetType | None = UNSET
    start_is_special: bool | UnsetType | None = UNSET
    end_is_special: bool | UnsetType | None = UNSET


class FreeDraw(ElementBase, frozen=True, kw_only=True, tag="freedraw"):
    """A stroke of the pen. `pressures` is empty when they are simulated, else one for each point."""

    points: Points
    pressures: Annotated[tuple[Number, ...], Meta(max_length=POINTS_MAX)]
    simulate_pressure: bool
    last_committed_point: Point | None


class Image(ElementBase, frozen=True, kw_only=True, tag="image"):
    """A picture; `file_id` names one that was uploaded to this project."""

    file_id: FileHash | None
    status: Literal["pending", "saved", "error"]
    scale: Point
    crop: Crop | None


class Frame(ElementBase, frozen=True, kw_only=True, tag="frame"):
    """A frame that holds others."""

    name: Annotated[str, Meta(max_length=NAME_CHARACTERS_MAX)] | None


class MagicFrame(ElementBase, frozen=True, kw_only=True, tag="magicframe"):
    """A frame of the editor's generator; to us a frame."""

    name: Annotated[str, Meta(max_length=NAME_CHARACTERS_MAX)] | None


class Embeddable(ElementBase, frozen=True, kw_only=True, tag="embeddable"):
    """A place for another site, which stays empty: foreign links are refused."""


class Iframe(ElementBase, frozen=True, kw_only=True, tag="iframe"):
    """A place for generated pages, which stays empty."""


Element = (
    Rectangle
    | Diamond
    | Ellipse
    | TextElement
    | Line
    | Arrow
    | FreeDraw
    | Image
    | Frame
    | MagicFrame
    | Embeddable
    | Iframe
)
"""Everything that can be on a board, told apart by `type`."""
