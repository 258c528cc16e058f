"""Files as people send them, good and bad ones, made here so that each byte of them is known."""

import io
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from PIL import Image, ImageCms, PngImagePlugin

from rtserver.files.frames import Job, Kind

SECRET = b"48.8566N-Lea-Bernard"
"""What is hidden in files and must never come out."""

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 255)


def job(kind: Kind, **changes: Any) -> Job:
    """How the server would ask for it, without limits of the process."""
    given: dict[str, Any] = {
        "pixels_max": 60_000_000,
        "pages_max": 30,
        "address_space": 1 << 30,
        "cpu_seconds": 20,
        **changes,
    }
    return Job(kind, **given)


def encoded(image: Image.Image, format_name: str, **options: object) -> bytes:
    """The bytes of a picture as Pillow writes it."""
    buffer = io.BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


def opened(content: bytes) -> Image.Image:
    """A picture that was made of a file."""
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def corners(width: int = 80, height: int = 40) -> Image.Image:
    """Red, green, blue and white quarters, from left to right and from top to bottom."""
    image = Image.new("RGB", (width, height))
    half, middle = width // 2, height // 2
    for colour, place in ((RED, (0, 0)), (GREEN, (half, 0)), (BLUE, (0, middle)), (WHITE, (half, middle))):
        image.paste(colour, (*place, place[0] + half, place[1] + middle))
    return image


def photo_with_place() -> bytes:
    """A JPEG with everything that cameras and programs write beside the picture."""
    exif = Image.Exif()
    exif[0x010F] = SECRET.decode()  # the maker
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 23.0), 29: SECRET.decode()})  # GPS
    options = {"exif": exif, "comment": SECRET, "xmp": b"<x:xmpmeta>" + SECRET, "icc_profile": srgb_profile()}
    return encoded(corners(), "JPEG", **options) + SECRET  # and something behind the end


def jpeg2000_with_place() -> bytes:
    """A JPEG 2000 with a comment, boxes of words and Exif, and something behind it."""
    photo = encoded(corners(), "JPEG2000", comment=SECRET.decode())
    words = b"xml " + b"<x>" + SECRET + b"</x>"
    exif = b"uuid" + b"JpgTiffExif->JP2" + SECRET
    return photo + b"".join((len(box) + 4).to_bytes(4, "big") + box for box in (words, exif))


def drawing_with_texts() -> bytes:
    """A PNG with text chunks of each kind, a profile, Exif, a date, and bytes behind its end."""
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", SECRET.decode())
    texts.add_text("Comment", SECRET.decode(), zip=True)
    texts.add_itxt("Location", SECRET.decode())
    texts.add(b"tIME", bytes([7, 234, 11, 22, 9, 0, 0]))
    exif = Image.Exif()
    exif[0x010F] = SECRET.decode()
    return encoded(corners(), "PNG", pnginfo=texts, exif=exif, icc_profile=srgb_profile()) + SECRET


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def png_claiming(width: int, height: int) -> bytes:
    """A small PNG whose header promises a huge picture."""
    body = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    whole = encoded(corners(), "PNG")
    return whole[:12] + body + zlib.crc32(body).to_bytes(4, "big") + whole[33:]


def png_chunks(content: bytes) -> list[bytes]:
    """The names of a PNG's chunks, which take up all of it."""
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    names, at = [], 8
    while at < len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        names.append(content[at + 4 : at + 8])
        at += 12 + length
    assert at == len(content)
    return names


def webp_chunks(content: bytes) -> list[bytes]:
    """The names of a WebP's chunks, which take up all of it."""
    assert content[:4] == b"RIFF"
    assert int.from_bytes(content[4:8], "little") == len(content) - 8
    names, at = [], 12
    while at < len(content):
        length = int.from_bytes(content[at + 4 : at + 8], "little")
        names.append(content[at : at + 4])
        at += 8 + length + length % 2
    assert at == len(content)
    return names


def jpeg_segment(marker: int, content: bytes) -> bytes:
    """A part of a JPEG."""
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content


def jpeg_segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The markers of a JPEG up to its scan, with what they hold; nothing follows its end."""
    assert content.startswith(b"\xff\xd8")
    assert content.endswith(b"\xff\xd9")
    assert content.count(b"\xff\xd9") == 1
    at = 2
    while True:
        assert content[at] == 0xFF
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        yield marker, content[at + 4 : at + 2 + length]
        if marker == 0xDA:
            return
        at += 2 + length


def pdf(pages: Sequence[tuple[float, float]] = ((200, 100),), content: bytes = b"", extra: bytes = b"") -> bytes:
    """A PDF with pages of such sizes (points), each with the same `content` stream."""
    count = len(pages)
    kids = b" ".join(b"%d 0 R" % (4 + number) for number in range(count))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, kids),
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        *(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %f %f]/Contents 3 0 R/Resources<<>>>>" % size for size in pages),
    ]
    written = bytearray(b"%PDF-1.4\n" + extra)
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(written))
        written += b"%d 0 obj%s\nendobj\n" % (number, body)
    start = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    written += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    written += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)
    return bytes(written)
