"""Photos without what cameras and programs write beside the picture. Bytes only: nothing is decoded.

JPEG (ITU-T T.81) and JPEG 2000 (ISO/IEC 15444-1), as they lie in documents.
"""

import re
from collections.abc import Iterator

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

BOX_HEADER, LONG_BOX_HEADER = 8, 16
"""Bytes of a box before its content: its length and its type; and of one whose length takes eight bytes (I.4)."""

TO_THE_END, IS_LONG = 0, 1
"""What may stand for a length (table I.1)."""

BOXES_KEPT = frozenset({b"jP  ", b"ftyp", b"rreq", b"jp2h", b"jp2c"})
"""What makes a JPEG 2000 file one (table I.2): signature, kind, what its reader has to know, header, picture. Exif,
places and words are in others."""

HEADER_BOX = b"jp2h"
HEADER_BOXES_KEPT = frozenset({b"ihdr", b"bpcc", b"colr", b"pclr", b"cmap", b"cdef", b"res "})
"""Of the header: size, colours, which of them is transparent, dots per inch."""

CODE_BOX = b"jp2c"
CODE_BEGINS = b"\xff\x4f\xff\x51"
"""A picture without a file around it: its start, and its size (annex A.4 and A.5)."""

CODE_START, CODE_TILE, CODE_DATA = b"\xff\x4f", b"\xff\x90", b"\xff\x93"
CODE_COMMENT, CODE_END = b"\xff\x64", b"\xff\xd9"
"""Markers of a picture (table A.2)."""

TILE_LENGTH_AT = 6
"""Where in the marker of a part of a picture its length stands (A.4.2)."""

COMMENT_HEAD = 6
"""Bytes of a comment before its words: marker, length, kind (A.9.2)."""


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
        return b"".join(_box(inner, held) for inner, held in _boxes(content) if inner in HEADER_BOXES_KEPT)
    return _code_without_comments(content) if kind == CODE_BOX else content


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
        if marker == CODE_COMMENT:
            blank[place + COMMENT_HEAD : end] = bytes(end - place - COMMENT_HEAD)
        if marker == CODE_TILE:
            tile_end = _end_of_tile(code, place)
        if not place + 2 < end <= min(len(code), tile_end) or marker[0] != MARK:
            raise ValueError("a JPEG 2000 whose parts do not fit")
        place = end
    return bytes(blank[:place]) + CODE_END


def _end_of_tile(code: bytes, place: int) -> int:
    length = int.from_bytes(code[place + TILE_LENGTH_AT : place + TILE_LENGTH_AT + 4], "big")
    return place + length if length else len(code)  # 0: it is the last one
