"""Photos as they lie in documents: the same pixels, and nothing that was written beside them."""

import pytest

from rtserver.files.photos import without_jpeg2000_metadata, without_jpeg_metadata
from tests.rtserver.files.samples import (
    SECRET,
    corners,
    encoded,
    jpeg2000_with_place,
    jpeg_segment,
    jpeg_segments,
    opened,
    photo_with_place,
)


def test_jpegs_of_both_kinds() -> None:
    """One that comes line by line, one that gets sharper: several scans."""
    for progressive in (False, True):
        photo = encoded(corners(), "JPEG", progressive=progressive, comment=SECRET)
        bare = without_jpeg_metadata(photo + SECRET)
        assert SECRET not in bare
        assert opened(bare).tobytes() == opened(photo).tobytes()
    assert without_jpeg_metadata(b"\x89PNG" + SECRET) == b"", "it is none"
    assert {marker for marker, _ in jpeg_segments(without_jpeg_metadata(photo_with_place()))}.isdisjoint({0xE1, 0xFE})


@pytest.mark.parametrize(
    ("before", "beside"),
    [
        (b"", b"\xff\xff" + jpeg_segment(0xE1, b"Exif\0\0" + SECRET)),  # fill bytes
        (b"\n" + SECRET, b""),
        (b"", jpeg_segment(0xE0, b"JFXX\0\x10" + SECRET)),  # a small picture of the whole one
        (b"", jpeg_segment(0xE2, b"MPF\0" + SECRET)),
        (b"", b"\xff\x01" + jpeg_segment(0xE1, b"Exif\0\0" + SECRET)),  # markers that have no length
        (b"", b"\xff\xd0\xff\xd7" + jpeg_segment(0xE1, b"Exif\0\0" + SECRET)),
        (b"", b"\0\0" + SECRET + jpeg_segment(0xE1, b"Exif\0\0" + SECRET)),  # decoders pass it over
        (b"", jpeg_segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1" + bytes([3, 3]) + SECRET)),  # a small picture
        (b"", jpeg_segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0" + SECRET)),
        (b"", jpeg_segment(0xEE, b"Adobe\0\x64\0\0\0\0\1" + SECRET)),
        (SECRET, jpeg_segment(0xFE, SECRET)),
    ],
)
def test_where_jpegs_hide_things(before: bytes, beside: bytes) -> None:
    photo = encoded(corners(), "JPEG")
    bare = without_jpeg_metadata(before + photo[:2] + beside + photo[2:])
    assert SECRET not in bare
    assert opened(bare).tobytes() == opened(photo).tobytes()


@pytest.mark.parametrize(
    ("beside", "is_kept"),
    [
        (b"\xff\xd8" + jpeg_segment(0xE1, SECRET), False),  # begun twice
        (jpeg_segment(0xF0, SECRET), False),  # what nobody has ever used
        (jpeg_segment(0xC8, SECRET), False),
        (jpeg_segment(0xE0, b"JFIF\0" + SECRET[:4]), False),  # too short to be that
        (jpeg_segment(0xE2, b"ICC_PROFILE\0\1\1" + SECRET), True),  # the colours
    ],
)
def test_what_decoders_need_of_a_jpeg(beside: bytes, is_kept: bool) -> None:
    """Some refuse a photo with such a part: without it they show it."""
    photo = encoded(corners(), "JPEG")
    bare = without_jpeg_metadata(photo[:2] + beside + photo[2:])
    assert (SECRET[:4] in bare) is is_kept
    assert bare == (photo[:2] + beside + photo[2:] if is_kept else photo)
    assert opened(bare).tobytes() == opened(photo).tobytes()


@pytest.mark.parametrize("length", [0, 1, 2, 3, 60_000])
def test_a_jpeg_whose_parts_do_not_fit(length: int) -> None:
    photo = encoded(corners(), "JPEG")
    bare = without_jpeg_metadata(photo[:2] + b"\xff\xe1" + length.to_bytes(2, "big") + SECRET + photo[2:])
    assert SECRET not in bare
    assert bare.endswith(b"\xff\xd9")


def test_jpeg2000_of_both_kinds() -> None:
    """In a file, and bare: the same pixels, and nothing else."""
    photo = jpeg2000_with_place()
    bare = without_jpeg2000_metadata(photo)
    assert SECRET not in bare
    assert opened(bare).tobytes() == opened(photo).tobytes()
    code = encoded(corners(), "JPEG2000", no_jp2=True, comment=SECRET.decode())
    assert SECRET in code
    bare = without_jpeg2000_metadata(code + SECRET)
    assert SECRET not in bare
    assert opened(bare).tobytes() == opened(code).tobytes()


def test_a_jpeg2000_that_is_called_a_jpeg() -> None:
    assert without_jpeg_metadata(jpeg2000_with_place()) == without_jpeg2000_metadata(jpeg2000_with_place())


@pytest.mark.parametrize("cut", [3, 30, 60, 100, 200])
def test_a_jpeg2000_that_nobody_knows(cut: int) -> None:
    """Nor one that is cut off in the middle of what tells its parts apart: it is not given to others."""
    whole_photo = encoded(corners(), "JPEG2000")
    with pytest.raises(ValueError, match="JPEG 2000"):
        without_jpeg2000_metadata(whole_photo[:cut])
    with pytest.raises(ValueError, match="JPEG 2000"):
        without_jpeg2000_metadata(SECRET * cut)


def test_a_jpeg2000_made_to_be_read_without_end() -> None:
    """A part of a picture that ends before it begins."""
    code = encoded(corners(), "JPEG2000", no_jp2=True)
    place = code.index(b"\xff\x90")
    evil = code[: place + 6] + (12).to_bytes(4, "big") + code[place + 10 :]
    with pytest.raises(ValueError, match="JPEG 2000"):
        without_jpeg2000_metadata(evil)


def box(kind: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + kind + content


def jpeg2000_boxes(photo: bytes) -> dict[bytes, bytes]:
    found, place = {}, 0
    while place < len(photo):
        length = int.from_bytes(photo[place : place + 4], "big") or len(photo) - place
        found[photo[place + 4 : place + 8]] = photo[place + 8 : place + length]
        place += length
    return found


@pytest.mark.parametrize(
    "changed",
    [
        {b"rreq": SECRET},
        {b"jP  ": b"\r\n\x87\n" + SECRET},
        {b"ftyp": b"jp2 \0\0\0\0jp2 " + SECRET},
        {b"ftyp": SECRET},
    ],
)
def test_where_jpeg2000_files_hide_things(changed: dict[bytes, bytes]) -> None:
    photo = encoded(corners(), "JPEG2000")
    boxes = jpeg2000_boxes(photo)
    order = [b"jP  ", b"ftyp", b"rreq", b"jp2h", b"jp2c"]
    boxes |= changed
    given = b"".join(box(kind, boxes[kind]) for kind in order if kind in boxes)
    bare = without_jpeg2000_metadata(given)
    assert SECRET in given
    assert SECRET not in bare
    assert SECRET[:4] not in bare
    assert opened(bare).tobytes() == opened(photo).tobytes()


@pytest.mark.parametrize(("kind", "more"), [(b"ihdr", SECRET), (b"colr", SECRET), (b"res ", box(b"resc", SECRET))])
def test_where_headers_of_jpeg2000_files_hide_things(kind: bytes, more: bytes) -> None:
    photo = encoded(corners(), "JPEG2000")
    boxes = jpeg2000_boxes(photo)
    header = jpeg2000_boxes(boxes[b"jp2h"])
    header[kind] = header.get(kind, b"") + more
    boxes[b"jp2h"] = b"".join(box(inner, content) for inner, content in header.items())
    bare = without_jpeg2000_metadata(b"".join(box(kind, content) for kind, content in boxes.items()))
    assert SECRET not in bare
    assert opened(bare).tobytes() == opened(photo).tobytes()


def test_a_part_of_a_jpeg2000_that_nobody_knows() -> None:
    code = encoded(corners(), "JPEG2000", no_jp2=True)
    after_size = 4 + int.from_bytes(code[4:6], "big")
    bare = without_jpeg2000_metadata(code[:after_size] + jpeg_segment(0x6F, SECRET) + code[after_size:])
    assert SECRET not in bare
    assert opened(bare).tobytes() == opened(code).tobytes()
