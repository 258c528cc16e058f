"""The program that opens files which strangers made: `python -m rtserver.files.converter JOB < file > frames`.

Pictures and documents are the classic way to take over a program. So they are opened here, in a process that holds no
secret, lives for one file, and after its start can open nothing: no file, no socket, no further process. What it makes
is drawn anew from pixels: whatever else was in the file (places, names, scripts, other files) has no way through.

The same file gives the same bytes as long as the libraries are the same.
"""

import io
import os
import resource
import sys
from collections.abc import Callable, Iterator
from typing import BinaryIO

import msgspec
import pypdfium2
from PIL import (
    GifImagePlugin,
    Image,
    ImageCms,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from PIL.ExifTags import Base

from rtserver.files.frames import (
    PAGE_SIDE_MAX,
    PREVIEW_SIDE_MAX,
    SIDE_MAX,
    Cleaned,
    Done,
    Job,
    Kind,
    Made,
    PictureType,
    Unfit,
    encode_header,
)

DECODERS = (GifImagePlugin, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin)
"""Imported before the first byte is read, since later no module can be opened: two telephones in three send JPEG with a
second picture in it (MPO), and Exif is TIFF."""

JPEG_QUALITY = 85
"""Of 100: what is lost cannot be seen on a screen."""

WEBP_QUALITY = 85
"""The same in a picture that may be transparent."""

PNG_BYTES_PER_PIXEL_MAX = 0.75
"""A drawing or a screenshot takes some tenths of a byte a pixel as PNG, without loss; what takes more is a photograph,
which WebP keeps in a tenth of the space."""

REDUCING_GAP = 3.0
"""How much larger than wanted a picture is decoded before it is scaled with care: beyond 3 nobody sees a difference."""

NICENESS = 10
"""The server itself goes first: a lesson does not stutter because somebody sends a picture."""

OPAQUE = 255

DEEP_MODES = ("I", "I;16", "I;16L", "I;16B", "I;16N")
"""Pillow's names for 16 bits of grey."""

DEEP_TO_BYTE = 1 / 257
"""65,535 becomes 255."""

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What Exif's orientation asks for (CIPA DC-008, 4.6.4)."""

Drawn = tuple[PictureType, Image.Image, bytes]
Clean = Callable[[bytes], bytes]
"""Makes a document anew."""


class Unusable(Exception):
    """Nothing can be made of the file."""

    def __init__(self, unfit: Unfit) -> None:
        super().__init__(unfit.why)
        self.unfit = unfit


def too_large(why: str) -> Unusable:
    """It is larger than allowed."""
    return Unusable(Unfit("too_large", why))


def unreadable(why: str) -> Unusable:
    """It is damaged, or locked."""
    return Unusable(Unfit("unreadable", why))


def main(argument: str, given: BinaryIO, out: BinaryIO) -> None:
    """Do one job."""
    job = msgspec.json.decode(argument, type=Job)
    clean = cleaner() if job.in_chat and job.kind is Kind.PDF else None
    confine(job)
    for piece in answer(job, given.read(), clean):
        out.write(piece)
        out.flush()


def cleaner() -> Clean:
    """What cleans documents: loaded only where one is to be cleaned, since it takes longer than a small picture."""
    from rtserver.files.documents import cleaned

    return cleaned


def confine(job: Job) -> None:
    """Give up what opening a file does not need, for good."""
    rehearse()
    os.nice(NICENESS)
    limits = {
        resource.RLIMIT_AS: job.address_space,
        resource.RLIMIT_CPU: job.cpu_seconds,
        resource.RLIMIT_NOFILE: 0,  # what is open stays open; no further file, and no socket
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_CORE: 0,  # a dump would hold the picture
    }
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))


def rehearse() -> None:
    """Do once with pictures of our own what will be done: the libraries load some of their parts when first used."""
    dot = Image.new("RGBA", (1, 1))
    for kind in (Kind.PNG, Kind.JPEG, Kind.WEBP, Kind.GIF):
        job = Job(kind, pixels_max=1, pages_max=1, address_space=0, cpu_seconds=0)
        picture(saved(dot.convert("RGB") if kind is Kind.JPEG else dot, kind.value), job)
    in_srgb(dot, ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    saved(dot, "WEBP", quality=WEBP_QUALITY)
    document = pypdfium2.PdfDocument.new()
    page_drawn(document.new_page(1, 1))
    document.close()


def answer(job: Job, data: bytes, clean: Clean | None = None) -> Iterator[bytes]:
    """The frames of an answer, page by page. `clean`: the file is a document that stays one."""
    try:
        if clean is not None:
            document = clean(data)
            yield encode_header(Cleaned(len(document))) + document
        else:
            for type_, image, encoded in _drawn(job, data):
                yield encode_header(Made(type_, image.width, image.height, len(encoded))) + encoded
    except Unusable as error:
        yield encode_header(error.unfit)
    except Image.DecompressionBombError:
        yield encode_header(Unfit("too_large", f"at most {job.pixels_max} pixels"))
    except MemoryError:
        yield encode_header(Unfit("too_large", "it needs too much memory"))
    except Exception as error:  # noqa: BLE001 - a file made to confuse a decoder raises whatever it likes
        yield encode_header(Unfit("unreadable", type(error).__name__))
    else:
        yield encode_header(Done())


def _drawn(job: Job, data: bytes) -> Iterator[Drawn]:
    if job.kind is Kind.PDF:
        yield from pages(data, job.pages_max)
        return
    large = picture(data, job)
    yield large
    if job.in_chat and max(large[1].size) > PREVIEW_SIDE_MAX:
        yield preview(large)


# --- Pictures ---


def picture(data: bytes, job: Job) -> Drawn:
    """The first frame of a picture, upright, in sRGB, at most `SIDE_MAX` wide and high. Raises what decoders raise."""
    Image.MAX_IMAGE_PIXELS = job.pixels_max  # for frames that are larger than the picture; it allows twice as many
    opened = Image.open(io.BytesIO(data), formats=[job.kind.value])
    if opened.width * opened.height > job.pixels_max:
        raise Image.DecompressionBombError
    is_photograph = isinstance(opened, JpegImagePlugin.JpegImageFile)
    turn, profile = orientation(opened), opened.info.get("icc_profile")
    image = opened if is_photograph else as_plain(opened)
    image.thumbnail((SIDE_MAX, SIDE_MAX), Image.Resampling.LANCZOS, reducing_gap=REDUCING_GAP)
    image.load()
    image = without_alpha_if_opaque(in_srgb(image, profile))
    if turn in TURNS:
        image = image.transpose(TURNS[turn])
    return encoded_photograph(image) if is_photograph else encoded_drawing(image)


def preview(large: Drawn) -> Drawn:
    """A picture that was made, small."""
    type_, image, _ = large
    small = image.copy()
    small.thumbnail((PREVIEW_SIDE_MAX, PREVIEW_SIDE_MAX), Image.Resampling.LANCZOS)
    return encoded_photograph(small) if type_ == "image/jpeg" else encoded_drawing(small)


def orientation(image: Image.Image) -> int:
    """How Exif says that the picture was held; 1, upright, when that cannot be read."""
    try:
        found = image.getexif().get(Base.Orientation)
    except Exception:  # noqa: BLE001 - broken Exif, of which there are many kinds, does not make a broken picture
        return 1
    return found if isinstance(found, int) else 1


def as_plain(image: Image.Image) -> Image.Image:
    """Grey, RGB or CMYK of 8 bits, with alpha where there is transparency of whatever kind."""
    if image.mode in DEEP_MODES:
        return image.convert("I").point(lambda value: value * DEEP_TO_BYTE).convert("L")
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")


def in_srgb(image: Image.Image, profile: object) -> Image.Image:
    """RGB or RGBA whose colours need no profile: that one is metadata, too."""
    wanted = "RGBA" if image.mode == "RGBA" else "RGB"
    if isinstance(profile, bytes):
        try:
            given, ours = io.BytesIO(profile), ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, given, ours, outputMode=wanted)
        except (ImageCms.PyCMSError, ValueError, OSError):
            converted = None  # broken, or of another kind of picture: its colours are taken as they are
        if converted is not None:
            return converted
    return image.convert(wanted)


def without_alpha_if_opaque(image: Image.Image) -> Image.Image:
    """A picture without transparency takes less space without its alpha."""
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (OPAQUE, OPAQUE):
        return image.convert("RGB")
    return image


def encoded_photograph(image: Image.Image) -> Drawn:
    """As JPEG."""
    return "image/jpeg", image, saved(image, "JPEG", quality=JPEG_QUALITY, optimize=True)


def encoded_drawing(image: Image.Image) -> Drawn:
    """As PNG, without loss; as WebP where that would be large."""
    lossless = saved(image, "PNG")
    if len(lossless) <= PNG_BYTES_PER_PIXEL_MAX * image.width * image.height:
        return "image/png", image, lossless
    lossy = saved(image, "WEBP", quality=WEBP_QUALITY)
    if len(lossy) < len(lossless):
        return "image/webp", image, lossy
    return "image/png", image, lossless


def saved(image: Image.Image, format_name: str, **options: object) -> bytes:
    """The bytes of a picture, its pixels only."""
    image.info = {}  # Pillow would write comments and profiles that it found there
    buffer = io.BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


# --- Documents ---


def pages(data: bytes, pages_max: int) -> Iterator[Drawn]:
    """The pages of a PDF as pictures. Raises what pdfium's binding raises."""
    document = pypdfium2.PdfDocument(data)
    count = len(document)
    if count == 0:
        raise unreadable("it has no pages")
    if count > pages_max:
        raise too_large(f"at most {pages_max} pages")
    document.init_forms()  # what was filled into a form is drawn, too; scripts are not run: pdfium is without V8
    for number in range(count):
        yield encoded_drawing(page_drawn(document[number]))


def page_drawn(page: pypdfium2.PdfPage) -> Image.Image:
    """One page on white, `PAGE_SIDE_MAX` wide or high."""
    width, height = page.get_size()
    if not (width > 0 and height > 0):
        raise unreadable("a page has no size")
    scale = PAGE_SIDE_MAX / max(width, height)
    drawn: Image.Image = page.render(scale=scale).to_pil().convert("RGB")
    drawn.thumbnail((PAGE_SIDE_MAX, PAGE_SIDE_MAX))  # pdfium rounds up
    return drawn


if __name__ == "__main__":
    main(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer)
