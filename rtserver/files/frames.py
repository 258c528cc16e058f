"""What the server and its converter process say to each other.

The job travels as an argument of the program, the file as its standard input. On its standard output come frames: four
bytes with the length of a JSON header (big-endian), the header, and the bytes that the header promises. The last frame
is `Done` or `Unfit`; an output that ends otherwise is that of a process that was ended.
"""

from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

HEADER_BYTES = 4
HEADER_BYTES_MAX = 1_024
"""A header is some ten numbers and words."""

SIDE_MAX = 2_560
"""Pixels of the longer side of what is stored: sharp on a large screen, and still drawn by a phone."""

PAGE_SIDE_MAX = 1_920
"""Pixels of the longer side of a page: some 165 per inch of an A4 sheet, legible when one zooms in. A browser needs a
third of the memory for thirty of them that it would need at `SIDE_MAX`."""


class Kind(StrEnum):
    """What is taken, told by its first bytes."""

    PNG = "PNG"
    JPEG = "JPEG"
    WEBP = "WEBP"
    GIF = "GIF"
    PDF = "PDF"


PictureType = Literal["image/png", "image/jpeg", "image/webp"]

DOCUMENT_TYPE: Literal["application/pdf"] = "application/pdf"
FileType = Literal["image/png", "image/jpeg", "image/webp", "application/pdf"]

PREVIEW_SIDE_MAX = 640
"""Pixels of the longer side of a picture in the list of messages, where it has 320 of a screen that has two for one."""


class Job(Struct, frozen=True):
    """How a file is to be opened. `pixels_max`: of a picture before it is decoded; `pages_max`: of a document.

    `in_chat`: a picture comes with a small one of it, if it is large; a document stays one, cleaned.
    """

    kind: Kind
    pixels_max: int
    pages_max: int
    address_space: int
    """Bytes of memory that the process may map."""
    cpu_seconds: int
    in_chat: bool = False


class Made(Struct, frozen=True, tag_field="kind", tag="made"):
    """A picture, whose `size` bytes follow."""

    type: PictureType
    width: Annotated[int, Meta(ge=1, le=SIDE_MAX)]
    height: Annotated[int, Meta(ge=1, le=SIDE_MAX)]
    size: Annotated[int, Meta(ge=1)]


class Cleaned(Struct, frozen=True, tag_field="kind", tag="cleaned"):
    """A document, whose `size` bytes follow."""

    size: Annotated[int, Meta(ge=1)]


class Done(Struct, frozen=True, tag_field="kind", tag="done"):
    """That was all."""


class Unfit(Struct, frozen=True, tag_field="kind", tag="unfit"):
    """Nothing can be made of the file: it is damaged, or larger than allowed. `why` is for the makers of clients."""

    reason: Literal["unreadable", "too_large"]
    why: Annotated[str, Meta(max_length=200)]


Header = Made | Cleaned | Done | Unfit


class MalformedHeader(ValueError):
    """This is not what our converter says."""


_decoder: msgspec.json.Decoder[Header] = msgspec.json.Decoder(Header)

SIGNATURES: tuple[tuple[Kind, bytes, int, bytes], ...] = (
    (Kind.PNG, b"\x89PNG\r\n\x1a\n", 0, b""),
    (Kind.JPEG, b"\xff\xd8\xff", 0, b""),
    (Kind.WEBP, b"RIFF", 8, b"WEBP"),
    (Kind.GIF, b"GIF87a", 0, b""),
    (Kind.GIF, b"GIF89a", 0, b""),
    (Kind.PDF, b"%PDF-", 0, b""),
)
"""How each kind begins, and what stands at an offset besides."""

SIGNATURE_BYTES = 12
"""Bytes that `kind_of` looks at."""


def kind_of(start: bytes) -> Kind | None:
    """What a file is, by its first `SIGNATURE_BYTES`; neither its name nor what the sender calls it counts."""
    for kind, begins, offset, then in SIGNATURES:
        if start.startswith(begins) and start[offset : offset + len(then)] == then:
            return kind
    return None


def encode_header(header: Header) -> bytes:
    """A header with its length before it."""
    body = msgspec.json.encode(header)
    return len(body).to_bytes(HEADER_BYTES, "big") + body


def decode_header(body: bytes) -> Header:
    """Raises `MalformedHeader`."""
    try:
        return _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MalformedHeader(str(error)) from None
