"""Photos without what cameras and programs write beside the picture. Bytes only: nothing is decoded.

JPEG (ITU-T T.81) and JPEG 2000 (ISO/IEC 15444-1), as they lie in documents.
"""

import re
from collections.abc import Iterator

MARK, JPEG_START, JPEG_SCAN, JPEG_END = 0xFF, 0xD8, 0xDA, 0xD9
JPEG_BEGINS = bytes([MARK, JPEG_START])
SEGMENT_LENGTH = 2
"""Bytes of the length of a part, which counts itself (B.1.1.4)."""

AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""What ends the bytes of a scan (ITU-T T.81, B.1.1.5): neither a stuffed 255 nor where decoding can begin anew."""

NEXT_MARKER = re.compile(rb"\xff[^\x00\xff]")
"""Where a marker is looked for, as decoders do: whatever lies before it is passed over. As many 255 as one likes may
stand before it (B.1.1.2)."""

WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8), JPEG_START})
"""Markers after which nothing comes that is theirs (table B.1): for a moment within coding, where decoding can begin
anew, another start. None of them means anything between the parts of a photo."""

OF_PICTURE = frozenset({*range(0xC0, 0xD0), JPEG_SCAN, 0xDB, 0xDC, 0xDD}) - {0xC8}
"""Markers of what a decoder needs (table B.1): frames, tables, scans, lines, intervals. All others are for programs,
for words, or for what has never been made."""

JFIF_MARKER, JFIF_KIND, JFIF_LENGTH, NO_SMALL_PICTURE = 0xE0, b"JFIF\0", 14, bytes(2)
"""Its last two bytes say how wide and high the small picture is that follows (ISO/IEC 10918-5, 10.1). What is
shorter is none to decoders."""

COLOURS_MARKER, COLOURS_KIND = 0xE2, b"ICC_PROFILE\0"
ADOBE_MARKER, ADOBE_KIND, ADOBE_LENGTH = 0xEE, b"Adobe", 12
"""Application data without which a photo would look different: its kind, its colours, and how Adobe mixes them (ISO/IEC
10918-6, 6.5.3). Under the same markers cameras write small pictures, which may show what was cut off since."""

BOX_HEADER, LONG_BOX_HEADER = 8, 16
"""Bytes of a box before its content: its length and its type; and of one whose length takes eight bytes (I.4)."""

TO_THE_END, IS_LONG = 0, 1
"""What may stand for a length (table I.1)."""

SIGNATURE_BOX, SIGNATURE = b"jP  ", b"\r\n\x87\n"
FILE_BEGINS = b"\0\0\0\x0c" + SIGNATURE_BOX + SIGNATURE
"""How a JPEG 2000 file begins (I.5.1)."""

KIND_BOX, KIND_NAME, KIND_LISTED_FROM = b"ftyp", 4, 8
KINDS = frozenset({b"jp2 ", b"jpx ", b"jpxb"})
"""Names of kinds, of four bytes each: what the file is, a version, and what else it may be read as (I.5.2; ISO/IEC
15444-2, M.2.1). Nothing else is left in that list."""

BOXES_KEPT = frozenset({SIGNATURE_BOX, KIND_BOX, b"jp2h", b"jp2c"})
"""What makes a JPEG 2000 file one (table I.2): signature, kind, header, picture. Exif, places and words are in others;
what a reader should be able to do (`rreq`) is told by the picture itself."""

HEADER_BOX = b"jp2h"
HEADER_BOXES_KEPT = frozenset({b"ihdr", b"bpcc", b"colr", b"pclr", b"cmap", b"cdef"})
"""Of the header: size, colours, which of them is transparent. Documents say themselves how large a photo is shown."""

SIZE_BOX, SIZE_LENGTH = b"ihdr", 14
"""Of fixed length (I.5.3.1)."""

COLOURS_BOX, NUMBERED, NUMBER_AT, NUMBERED_LENGTH = b"colr", b"\x01", 3, 7
PLAIN_COLOURS = frozenset(number.to_bytes(4, "big") for number in (16, 17, 18))
"""Colours that have a number instead of a profile (I.5.3.3); behind those of sRGB, grey and sYCC nothing follows."""

CODE_BOX = b"jp2c"
CODE_BEGINS = b"\xff\x4f\xff\x51"
"""A picture without a file around it: its start, and its size (annex A.4 and A.5)."""

CODE_START, CODE_TILE, CODE_DATA = b"\xff\x4f", b"\xff\x90", b"\xff\x93"
CODE_END = b"\xff\xd9"
"""Markers of a picture (table A.2)."""

CODE_KEPT = frozenset({0x50, 0x51, 0x52, 0x53, 0x55, 0x57, 0x58, 0x59, 0x5C, 0x5D, 0x5E, 0x5F, 0x60, 0x61, 0x63, 0x90})
"""Second bytes of the markers whose content a decoder needs (table A.2; ISO/IEC 15444-15 for 0x50 and 0x59). Comments
are not among them, nor what nobody knows."""

TILE_LENGTH_AT = 6
"""Where in the marker of a part of a picture its length stands (A.4.2)."""

CODE_PART_HEAD = 4
"""Bytes of a part before its content: marker and length (A.1.2)."""


def without_jpeg_metadata(photo: bytes) -> bytes:
    """A JPEG without what is written beside the picture, before it and behind it. Nothing is left of what is none."""
    if photo.startswith((FILE_BEGINS, CODE_BEGINS)):  # called so by mistake, and some viewers look for themselves
        return without_jpeg2000_metadata(photo)
    start = photo.find(JPEG_BEGINS)  # viewers look for it, too
    if start < 0:
        return b""
    kept = [JPEG_BEGINS, *_parts_of_picture(photo, start + len(JPEG_BEGINS)), bytes([MARK, JPEG_END])]
    return b"".join(kept)


def _parts_of_picture(photo: bytes, place: int) -> Iterator[bytes]:
    while (found := NEXT_MARKER.search(photo, place)) is not None:
        place, marker = found.end(), found.group()[-1]
        if marker == JPEG_END:
            return
        if marker in WITHOUT_LENGTH:
            continue
        content = place + SEGMENT_LENGTH
        end = max(content, place + int.from_bytes(photo[place:content], "big"))
        if marker == JPEG_SCAN:
            following = AFTER_SCAN.search(photo, end)
            end = len(photo) if following is None else following.start()
        if marker in OF_PICTURE:
            yield bytes([MARK, marker]) + photo[place:end]
        elif (bare := _bare_application_data(marker, photo[content:end])) is not None:
            yield bytes([MARK, marker]) + (SEGMENT_LENGTH + len(bare)).to_bytes(SEGMENT_LENGTH, "big") + bare
        place = end


def _bare_application_data(marker: int, content: bytes) -> bytes | None:
    """What is wanted of it, and nothing that follows its fields; None where nothing is."""
    if marker == JFIF_MARKER and content.startswith(JFIF_KIND) and len(content) >= JFIF_LENGTH:
        return content[: JFIF_LENGTH - len(NO_SMALL_PICTURE)] + NO_SMALL_PICTURE
    if marker == ADOBE_MARKER and content.startswith(ADOBE_KIND) and len(content) >= ADOBE_LENGTH:
        return content[:ADOBE_LENGTH]
    return content if marker == COLOURS_MARKER and content.startswith(COLOURS_KIND) else None


def without_jpeg2000_metadata(photo: bytes) -> bytes:
    """A JPEG 2000 without what is written beside the picture. Raises `ValueError` for what cannot be told apart."""
    if photo.startswith(CODE_BEGINS):
        return _code_without_comments(photo)
    kept = [(kind, content) for kind, content in _boxes(photo) if kind in BOXES_KEPT]
    if not any(kind == CODE_BOX for kind, _ in kept):
        raise ValueError("a JPEG 2000 without a picture")
    return b"".join(_box(kind, _bare_content(kind, content)) for kind, content in kept)


def _bare_content(kind: bytes, content: bytes) -> bytes:
    if kind == HEADER_BOX:
        inner = ((kind, held) for kind, held in _boxes(content) if kind in HEADER_BOXES_KEPT)
        return b"".join(_box(kind, held[: _header_length(kind, held)]) for kind, held in inner)
    if kind == CODE_BOX:
        return _code_without_comments(content)
    return SIGNATURE if kind == SIGNATURE_BOX else _bare_kind(content)


def _header_length(kind: bytes, content: bytes) -> int:
    if kind == SIZE_BOX:
        return SIZE_LENGTH
    is_numbered = (
        kind == COLOURS_BOX and content[:1] == NUMBERED and content[NUMBER_AT:NUMBERED_LENGTH] in PLAIN_COLOURS
    )
    return NUMBERED_LENGTH if is_numbered else len(content)


def _bare_kind(content: bytes) -> bytes:
    kind = content[:KIND_NAME] if content[:KIND_NAME] in KINDS else b"jp2 "
    names = (content[at : at + KIND_NAME] for at in range(KIND_LISTED_FROM, len(content), KIND_NAME))
    listed = sorted(KINDS.intersection(names)) or [kind]
    return kind + bytes(KIND_LISTED_FROM - KIND_NAME) + b"".join(listed)


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    while place < len(data):
        length, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + BOX_HEADER]
        head = BOX_HEADER
        if length == IS_LONG:
            length, head = int.from_bytes(data[place + BOX_HEADER : place + LONG_BOX_HEADER], "big"), LONG_BOX_HEADER
        elif length == TO_THE_END:
            length = len(data) - place
        if length < head or place + length > len(data):
            raise ValueError("a JPEG 2000 whose boxes do not fit")
        yield kind, data[place + head : place + length]
        place += length


def _box(kind: bytes, content: bytes) -> bytes:
    return (BOX_HEADER + len(content)).to_bytes(4, "big") + kind + content


def _code_without_comments(code: bytes) -> bytes:
    """The same picture with empty comments: their place stays, since lengths and places of others count it."""
    if not code.startswith(CODE_START):
        raise ValueError("a JPEG 2000 without a start")
    blank, place, tile_end = bytearray(code), len(CODE_START), len(code)
    while place < len(code) and (marker := code[place : place + 2]) != CODE_END:
        if marker == CODE_DATA and place < tile_end:
            place = tile_end
            continue
        end = place + 2 + int.from_bytes(code[place + 2 : place + 4], "big")
        if marker == CODE_TILE:
            tile_end = _end_of_tile(code, place)
        if not place + 2 < end <= min(len(code), tile_end) or marker[0] != MARK:
            raise ValueError("a JPEG 2000 whose parts do not fit")
        if marker[1] not in CODE_KEPT:
            content = min(place + CODE_PART_HEAD, end)
            blank[content:end] = bytes(end - content)
        place = end
    return bytes(blank[:place]) + CODE_END


def _end_of_tile(code: bytes, place: int) -> int:
    length = int.from_bytes(code[place + TILE_LENGTH_AT : place + TILE_LENGTH_AT + 4], "big")
    return place + length if length else len(code)  # 0: it is the last one
