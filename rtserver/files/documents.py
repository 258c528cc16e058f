"""A PDF with its pages only, for the converter process: what is seen and printed stays, everything else goes.

Gone are scripts and actions, attached files, forms and notes (what they show is drawn into the page), links, names and
dates of who made it, earlier versions that were saved into the same file, and what cameras wrote into photos.
"""

import io
import re
from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream, StreamDecodeLevel

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

PHOTO_FILTERS = (Name.DCTDecode, Name.DCT)
"""JPEG, in full and as it may be written within a page, which some viewers take everywhere (table 94)."""

WITH_PARAMETERS = (Name.FlateDecode, Name.LZWDecode)
"""The lossless filters that have any (tables 7 and 8). qpdf wants none for others; some programs write empty ones."""

MARK, JPEG_START, JPEG_SCAN, JPEG_END = 0xFF, 0xD8, 0xDA, 0xD9
JPEG_BEGINS = bytes([MARK, JPEG_START])
NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""What ends the bytes of a scan (ITU-T T.81, B.1.1.5): neither a stuffed 255 nor where decoding can begin anew."""

APPLICATION_DATA = range(0xE0, 0xF0)
COMMENT = 0xFE
"""Markers of what is beside a picture (ITU-T T.81, table B.1)."""

JPEG_KEPT = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
"""How application data begins without which a photo would look different: its kind, its colours, and how Adobe mixes
them. Under the same markers cameras write small pictures, which may show what was cut off since."""


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
        _clean(document, [page.obj for page in document.pages] + [document.Root.get("/OCProperties")])
        out = io.BytesIO()
        document.save(out, fix_metadata_version=False, deterministic_id=True, encryption=False)
        return out.getvalue()


def without_jpeg_metadata(photo: bytes) -> bytes:
    """A JPEG without what is written beside the picture, before it and behind it; as it is where it is none."""
    start = photo.find(JPEG_BEGINS)  # viewers look for it, too
    if start < 0:
        return photo
    kept, place = [JPEG_BEGINS], start + len(JPEG_BEGINS)
    while place + 4 <= len(photo) and photo[place] == MARK:
        marker = photo[place + 1]
        if marker == MARK:  # as many as one likes may stand before a marker (ITU-T T.81, B.1.1.2)
            place += 1
            continue
        if marker == JPEG_END:
            break
        end = place + 2 + int.from_bytes(photo[place + 2 : place + 4], "big")
        if marker == JPEG_SCAN:
            following = NEXT_MARKER.search(photo, end)
            end = len(photo) if following is None else following.start()
        if _is_of_picture(marker, photo[place + 4 : end]):
            kept.append(photo[place:end])
        place = end
    return b"".join(kept) + bytes([MARK, JPEG_END])


def _is_of_picture(marker: int, content: bytes) -> bool:
    if marker in APPLICATION_DATA:
        return marker in JPEG_KEPT and content.startswith(JPEG_KEPT[marker])
    return marker != COMMENT


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
    filters, parameters = _listed(stream.get("/Filter")), _listed(stream.get("/DecodeParms"))
    if not filters or filters[-1] not in PHOTO_FILTERS:
        return
    photo = stream.read_raw_bytes()
    if len(filters) > 1:  # packed as well, or written in letters, as many programs do
        photo = _unpacked(Stream(document, photo), filters[:-1], parameters[: len(filters) - 1])
    last = parameters[-1] if len(parameters) == len(filters) else None
    stream.write(without_jpeg_metadata(photo), filter=Name.DCTDecode, decode_parms=last)


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
