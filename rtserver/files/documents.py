"""A PDF with its pages only, for the converter process: what is seen and printed stays, everything else goes.

Gone are scripts and actions, attached files, forms and notes (what they show is drawn into the page), links, names and
dates of who made it, earlier versions that were saved into the same file, and what cameras wrote into photos.
"""

import io
import re
from collections.abc import Callable, Iterator
from enum import Enum, auto
from typing import Any

import pikepdf
from pikepdf import Array, ContentStreamInlineImage, Dictionary, Name, Pdf, PdfInlineImage, Stream, StreamDecodeLevel

from rtserver.files.photos import without_jpeg2000_metadata, without_jpeg_metadata

CATALOG_KEPT = frozenset({"/Type", "/Pages", "/OCProperties"})
"""Of the document (ISO 32000-1, table 28): its pages, and which layers of them are shown."""

TREE_KEPT = frozenset({"/Type", "/Kids", "/Count", "/Parent"})
"""Of what holds the pages together (table 29); what pages inherit from there is put into each of them."""

INHERITED = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")
PAGE_KEPT = frozenset({"/Type", "/Parent", "/Contents", "/Group", "/UserUnit", *INHERITED})
"""Of a page (table 30): what it shows. Without `/Annots` and `/AA` nothing on it can be pressed or runs by itself."""

REMOVED = (
    "/A", "/AA", "/AF", "/Alternates", "/Creator", "/CreatorInfo", "/EF", "/EmbeddedFiles", "/JS", "/LastModified",
    "/Metadata", "/Names", "/OPI", "/OpenAction", "/PTEX.FileName", "/PTEX.InfoDict", "/PieceInfo", "/Private", "/Ref",
    "/StructParent", "/StructParents", "/Thumb", "/User",
)  # fmt: skip
"""What may hang on anything that a page shows and is not shown itself: metadata, actions, files. `/PTEX` is how TeX
notes whose drawing it has put in, `/Creator`, `/CreatorInfo` and `/User` who made a layer and for whom (tables 101 and
102), `/Ref` a page of another file (8.10.4)."""

ELSEWHERE = ("/F", "/FFilter", "/FDecodeParms")
"""Of a stream (table 5): that its content is in another file."""


class Role(Enum):
    """What something is by the place that it hangs on: the names that a maker chose may be those of any place."""

    THING = auto()
    RESOURCES = auto()
    NAMES = auto()
    """Its keys are chosen by the maker: there an `/A` is the font A."""
    NAMES_OF_OBJECTS = auto()
    """The same, of pictures and drawings."""
    NAMES_OF_DRAWINGS = auto()
    """The same, of patterns or letters."""
    DRAWING = auto()
    """Its content are instructions, whatever it says of itself."""


IN_THINGS = {
    "/CharProcs": Role.NAMES_OF_DRAWINGS,
    "/Colorants": Role.NAMES,
    "/G": Role.DRAWING,
    "/Resources": Role.RESOURCES,
}
"""The letters of a font (ISO 32000-1, table 112), inks (table 71), what a soft mask is drawn by (table 144), and what
instructions may name (table 33)."""

IN_RESOURCES = {
    **dict.fromkeys(("/ColorSpace", "/ExtGState", "/Font", "/Properties", "/Shading"), Role.NAMES),
    "/Pattern": Role.NAMES_OF_DRAWINGS,
    "/XObject": Role.NAMES_OF_OBJECTS,
}

ANCESTORS_MAX = 100
"""Levels of the tree of pages that are looked at for what a page inherits: few are usual, a circle never ends."""

PHOTO_FILTERS = {
    "/DCTDecode": without_jpeg_metadata,
    "/DCT": without_jpeg_metadata,
    "/JPXDecode": without_jpeg2000_metadata,
}
"""JPEG, in full and as it may be written within a page, which some viewers take everywhere (table 94); JPEG 2000."""

INLINE_OPERATORS = "BI ID EI"
IMAGE_DATA, INLINE_IMAGE_END = re.compile(rb"(?P<begins>(?<!/)\bBI\b)|ID(?s:.)"), re.compile(rb"\s*EI\b")
"""Where a picture within instructions may begin, where its data may, and how it ends (8.9.7)."""

INLINE_IMAGE, PHOTO_NAMED = re.compile(rb"\bBI\b"), re.compile(rb"DCT|JPX|#")
"""What has to stand in instructions for drawing that hold a photo (8.9.7). A letter of a name may be written as `#` and
its number (7.3.5)."""

WITH_PARAMETERS = (Name.FlateDecode, Name.LZWDecode)
"""The lossless filters that have any (tables 7 and 8). qpdf wants none for others; some programs write empty ones."""


def cleaned(data: bytes) -> bytes:
    """The same pages. Raises what pikepdf raises, and `ValueError` for a document that has none."""
    with pikepdf.open(io.BytesIO(data)) as document:
        if len(document.pages) == 0:
            raise ValueError("no pages")
        document.generate_appearance_streams()  # what is filled into a form, and was not drawn yet
        document.flatten_annotations("all")
        _keep(document.Root, CATALOG_KEPT)
        for page in document.pages:
            _bare(page.obj)
        for page in document.pages:  # not before all have what they inherit
            _bare_ancestors(page.obj)
        if "/Info" in document.trailer:
            del document.trailer["/Info"]
        for page in document.pages:
            _clean_contents(document, page.obj)
        _clean(document, [page.obj for page in document.pages] + [document.Root.get("/OCProperties")])
        out = io.BytesIO()
        document.save(out, fix_metadata_version=False, deterministic_id=True, encryption=False)
        return out.getvalue()


def _keep(dictionary: Any, wanted: frozenset[str]) -> None:
    for key in [key for key in dictionary.keys() if key not in wanted]:  # noqa: SIM118 - it is no Python dict
        del dictionary[key]


def _bare(page: Any) -> None:
    for key in INHERITED:
        if key not in page and (found := _inherited(page, key)) is not None:
            page[key] = found
    _keep(page, PAGE_KEPT)


def _inherited(page: Any, key: str) -> Any:
    return next((node[key] for node in _ancestors(page) if key in node), None)


def _bare_ancestors(page: Any) -> None:
    for node in _ancestors(page):
        _keep(node, TREE_KEPT)


def _ancestors(page: Any) -> Iterator[Any]:
    node = page.get("/Parent")
    for _ in range(ANCESTORS_MAX):
        if not isinstance(node, Dictionary):
            return
        yield node
        node = node.get("/Parent")


def _clean(document: Pdf, roots: list[Any]) -> None:
    """Go through everything that can be reached without going up to the tree of pages, each once."""
    seen: set[tuple[tuple[int, int], Role]] = set()
    waiting = [(root, Role.THING) for root in roots if root is not None]
    while waiting:
        found, role = waiting.pop()
        if isinstance(found, Array):
            waiting.extend((item, Role.THING) for item in found if _holds(item))
            continue
        if found.is_indirect:
            if (found.objgen, role) in seen:
                continue
            seen.add((found.objgen, role))
        if isinstance(found, Stream):
            _clean_stream(document, found, role)
        if isinstance(found, Stream) or role in {Role.THING, Role.RESOURCES, Role.DRAWING}:
            _drop(found, REMOVED)
        waiting.extend(
            (found[key], _role_of(found[key], key, role))
            for key in found.keys()  # noqa: SIM118 - it is no Python dict
            if key != "/Parent" and _holds(found[key])
        )


def _role_of(value: Any, key: str, role_around: Role) -> Role:
    match role_around:
        case Role.RESOURCES:
            return IN_RESOURCES.get(key, Role.THING)
        case Role.NAMES:
            return Role.THING
        case Role.NAMES_OF_OBJECTS:
            is_picture = isinstance(value, Stream) and value.get("/Subtype") == Name.Image
            return Role.THING if is_picture else Role.DRAWING
        case Role.NAMES_OF_DRAWINGS:
            return Role.DRAWING
        case _:
            return IN_THINGS.get(key, Role.THING)


def _holds(value: Any) -> bool:
    return isinstance(value, Array | Dictionary | Stream)


def _drop(dictionary: Any, keys: tuple[str, ...]) -> None:
    for key in keys:
        if key in dictionary:
            del dictionary[key]


def _clean_stream(document: Pdf, stream: Any, role: Role) -> None:
    _drop(stream, ELSEWHERE)
    photo = _bare_photo(document, stream, stream.read_raw_bytes)
    if photo is not None:
        content, packing, parameters = photo
        stream.write(content, filter=packing, decode_parms=parameters)
    elif role is Role.DRAWING or stream.get("/Subtype") == Name.Form or "/PatternType" in stream:
        _clean_instructions(document, stream)


Photo = tuple[bytes, Any, Any]
"""Its bytes, how they are packed, and with which parameters."""


def _bare_photo(document: Pdf, described: Any, read: Callable[[], bytes]) -> Photo | None:
    """A photo without metadata; None for a stream, or a picture in instructions, that is none."""
    filters, parameters = _listed(described.get("/Filter")), _listed(described.get("/DecodeParms"))
    if any(str(early) in PHOTO_FILTERS for early in filters[:-1]):
        raise ValueError("a photo that is packed in a way that nobody knows")
    bare = PHOTO_FILTERS.get(str(filters[-1])) if filters else None
    if bare is None:
        return None
    photo = read()
    if len(filters) > 1:  # packed as well, or written in letters, as many programs do
        photo = _unpacked(Stream(document, photo), filters[:-1], parameters[: len(filters) - 1])
    packing = Name.DCTDecode if bare is without_jpeg_metadata else Name.JPXDecode
    return bare(photo), packing, parameters[-1] if len(parameters) == len(filters) else None


# --- Photos within instructions for drawing ---


def _clean_contents(document: Pdf, page: Any) -> None:
    """Those of a page, which may be in several streams that go on in the middle of a picture (table 30)."""
    parts = [part for part in _listed(page.get("/Contents")) if isinstance(part, Stream)]
    content = b"\n".join(part.read_bytes() for part in parts)
    bare = _bare_instructions(document, content)
    if bare is not None:
        page.Contents = Stream(document, bare)


def _clean_instructions(document: Pdf, stream: Any) -> None:
    bare = _bare_instructions(document, stream.read_bytes())
    if bare is not None:
        stream.write(bare)


def _bare_instructions(document: Pdf, content: bytes) -> bytes | None:
    """The same with bare photos; None where there are none."""
    if not _may_hold_photos(content):
        return None
    copied, replaced = _around_photos(document, content)
    if _may_hold_photos(b"\n".join(copied)):
        return _written_anew(document, content)
    written = [*replaced, b""]
    return b"".join(part for parts in zip(copied, written, strict=True) for part in parts)


def _may_hold_photos(content: bytes) -> bool:
    return INLINE_IMAGE.search(content) is not None and PHOTO_NAMED.search(content) is not None


def _around_photos(document: Pdf, content: bytes) -> tuple[list[bytes], list[bytes]]:
    """What can be copied before, between and behind the photos; and what is to be written in place of each. From one on
    that is not where it was looked for all is among what can be copied: that is looked at once more."""
    copied, replaced, place = [], [], 0
    for image in _inline_images(document, content):
        bare = _bare_inline(document, image)
        if bare is None:
            continue
        at = _place_of(image.read_raw_bytes(), content, place)
        if at is None:
            break
        copied.append(content[place : at.start])
        replaced.append(bare)
        place = at.stop
    return [*copied, content[place:]], replaced


def _place_of(data: bytes, content: bytes, place: int) -> slice | None:
    """From `BI` to `EI`."""
    begins = None
    for found in IMAGE_DATA.finditer(content, place):
        if found.group("begins") is not None:
            begins = found.start()
        elif content.startswith(data, found.end()):
            end = INLINE_IMAGE_END.match(content, found.end() + len(data))
            return None if begins is None or end is None else slice(begins, end.end())
    return None


def _written_anew(document: Pdf, content: bytes) -> bytes:
    """All instructions as they were understood: slower, and nothing comes through that was not."""
    written: list[bytes] = []
    waiting: list[Any] = []
    for instruction in pikepdf.parse_content_stream(Stream(document, content)):
        bare = _bare_inline(document, instruction.iimage) if isinstance(instruction, ContentStreamInlineImage) else None
        if bare is None:
            waiting.append(instruction)
        else:
            written += [pikepdf.unparse_content_stream(waiting), bare]
            waiting = []
    return b"\n".join([*written, pikepdf.unparse_content_stream(waiting)])


def _inline_images(document: Pdf, content: bytes) -> Iterator[PdfInlineImage]:
    for instruction in pikepdf.parse_content_stream(Stream(document, content), INLINE_OPERATORS):
        if isinstance(instruction, ContentStreamInlineImage):
            yield instruction.iimage


def _bare_inline(document: Pdf, image: PdfInlineImage) -> bytes | None:
    photo = _bare_photo(document, image.obj, image.read_raw_bytes)
    if photo is None:
        return None
    content, packing, parameters = photo
    described = image.obj
    _drop(described, ("/Filter", "/DecodeParms", "/Length"))
    described.Filter = packing
    if parameters is not None:
        described.DecodeParms = parameters
    written: bytes = described.unparse()
    return b"BI" + written.removeprefix(b"<<").removesuffix(b">>") + b"ID " + content + b"\nEI"


def _listed(value: Any) -> list[Any]:
    """What may be one, several or none in a stream (table 5)."""
    if isinstance(value, Array):
        return list(value)
    return [] if value is None else [value]


def _unpacked(packed: Any, filters: list[Any], parameters: list[Any]) -> bytes:
    """The content of a stream. Raises what pikepdf raises, for an unknown filter, too: nobody knows what is in it."""
    packed.Filter = Array(filters)
    if parameters:
        pairs = zip(filters, parameters, strict=False)
        packed.DecodeParms = Array([given if packing in WITH_PARAMETERS else None for packing, given in pairs])
    content: bytes = packed.read_bytes(decode_level=StreamDecodeLevel.specialized)
    return content
