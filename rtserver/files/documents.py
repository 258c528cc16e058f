"""A PDF with its pages only, for the converter process: what is seen and printed stays, everything else goes.

Gone are scripts and actions, attached files, forms and notes (what they show is drawn into the page), links, names and
dates of who made it, earlier versions that were saved into the same file, and what cameras wrote into photos.
"""

import io
import re
from collections.abc import Callable, Iterator
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

NAMED = frozenset(
    {
        "/CharProcs",
        "/ColorSpace",
        "/Colorants",
        "/ExtGState",
        "/Font",
        "/Pattern",
        "/Properties",
        "/Shading",
        "/XObject",
    }
)
"""Dictionaries whose keys are names that the maker has chosen: there an `/A` is the font A, or the letter."""

ANCESTORS_MAX = 100
"""Levels of the tree of pages that are looked at for what a page inherits: few are usual, a circle never ends."""

PHOTO_FILTERS = {
    "/DCTDecode": without_jpeg_metadata,
    "/DCT": without_jpeg_metadata,
    "/JPXDecode": without_jpeg2000_metadata,
}
"""JPEG, in full and as it may be written within a page, which some viewers take everywhere (table 94); JPEG 2000."""

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
    seen: set[tuple[int, int]] = set()
    waiting = [(root, False) for root in roots if root is not None]
    while waiting:
        found, is_named = waiting.pop()
        if isinstance(found, Array):
            waiting.extend((item, False) for item in found if _holds(item))
            continue
        if found.is_indirect:
            if found.objgen in seen:
                continue
            seen.add(found.objgen)
        if isinstance(found, Stream):
            _clean_stream(document, found)
        if not is_named:
            _drop(found, REMOVED)
            _clean_letters(document, found.get("/CharProcs"))
        waiting.extend(
            (found[key], key in NAMED and isinstance(found[key], Dictionary))
            for key in found.keys()  # noqa: SIM118 - it is no Python dict
            if key != "/Parent" and _holds(found[key])
        )


def _holds(value: Any) -> bool:
    return isinstance(value, Array | Dictionary | Stream)


def _drop(dictionary: Any, keys: tuple[str, ...]) -> None:
    for key in keys:
        if key in dictionary:
            del dictionary[key]


def _clean_stream(document: Pdf, stream: Any) -> None:
    _drop(stream, ELSEWHERE)
    if stream.get("/Subtype") == Name.Form or "/PatternType" in stream:
        _clean_instructions(document, stream)
        return
    photo = _bare_photo(document, stream, stream.read_raw_bytes)
    if photo is not None:
        content, packing, parameters = photo
        stream.write(content, filter=packing, decode_parms=parameters)


Photo = tuple[bytes, Any, Any]
"""Its bytes, how they are packed, and with which parameters."""


def _bare_photo(document: Pdf, described: Any, read: Callable[[], bytes]) -> Photo | None:
    """A photo without metadata; None for a stream, or a picture in instructions, that is none."""
    filters, parameters = _listed(described.get("/Filter")), _listed(described.get("/DecodeParms"))
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


def _clean_letters(document: Pdf, letters: Any) -> None:
    """Of a font whose letters are drawn like pages (9.6.5)."""
    if isinstance(letters, Dictionary):
        for letter in letters.values():
            if isinstance(letter, Stream):
                _clean_instructions(document, letter)


def _bare_instructions(document: Pdf, content: bytes) -> bytes | None:
    """The same with bare photos; None where there are none."""
    if INLINE_IMAGE.search(content) is None or PHOTO_NAMED.search(content) is None:
        return None
    return b"\n".join(
        _bare_inline(document, instruction.iimage)
        if isinstance(instruction, ContentStreamInlineImage)
        else pikepdf.unparse_content_stream([instruction])
        for instruction in pikepdf.parse_content_stream(Stream(document, content))
    )


def _bare_inline(document: Pdf, image: PdfInlineImage) -> bytes:
    photo = _bare_photo(document, image.obj, image.read_raw_bytes)
    if photo is None:
        return image.unparse()
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
