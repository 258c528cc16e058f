"""What is left of a PDF: its pages, and nothing of who made it, what it would do, or what was put into it."""

import base64
import io
import zlib
from typing import Any

import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, Stream

from rtserver.files.documents import cleaned
from rtserver.files.photos import without_jpeg2000_metadata, without_jpeg_metadata
from tests.rtserver.files.samples import (
    SECRET,
    corners,
    encoded,
    jpeg2000_with_place,
    jpeg_segments,
    opened,
    pdf,
    photo_with_place,
)

RED_SQUARE = b"1 0 0 rg 50 50 100 100 re f"
WORDS = SECRET.decode()


def document() -> Pdf:
    """Three pages."""
    return Pdf.open(io.BytesIO(pdf([(300, 400)] * 3, RED_SQUARE)))


def saved(made: Pdf) -> bytes:
    out = io.BytesIO()
    made.save(out, compress_streams=False, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return out.getvalue()


def whole(content: bytes) -> bytes:
    """Everything that can be read in a document, unpacked: what is left packed would hide what is looked for."""
    out = io.BytesIO()
    with Pdf.open(io.BytesIO(content)) as made:
        made.save(out, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.generalized)
    return out.getvalue()


def photo_in(made: Pdf, photo: bytes) -> Stream:
    shown: dict[str, Any] = {"Width": 80, "Height": 40, "BitsPerComponent": 8, "ColorSpace": Name.DeviceRGB}
    return Stream(made, photo, Type=Name.XObject, Subtype=Name.Image, Filter=Name.DCTDecode, **shown)


def test_pages_stay_as_they_look() -> None:
    before, after = (pypdfium2.PdfDocument(content) for content in (saved(document()), cleaned(saved(document()))))
    assert len(after) == 3
    drawn = [found[1].render(scale=1).to_pil().convert("RGB") for found in (before, after)]
    assert drawn[0].tobytes() == drawn[1].tobytes()
    assert drawn[1].getpixel((100, 300)) == (255, 0, 0)


def _author(made: Pdf) -> None:
    made.docinfo["/Author"] = WORDS
    with made.open_metadata() as metadata:
        metadata["dc:creator"] = [WORDS]


def _attachment(made: Pdf) -> None:
    made.attachments["a.txt"] = pikepdf.AttachedFileSpec(
        made, SECRET, filename="a.txt", description=WORDS, mime_type="text/plain", creation_date="", mod_date=""
    )
    made.pages[0].obj.AF = Array([made.attachments["a.txt"].obj])


def _scripts(made: Pdf) -> None:
    script = Dictionary(S=Name.JavaScript, JS=WORDS)
    made.Root.OpenAction = script
    made.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array(["a", script])))
    made.pages[1].obj.AA = Dictionary(O=script)


def _note_and_link(made: Pdf) -> None:
    where = Array([10, 10, 60, 60])
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=where, A=Dictionary(S=Name.URI, URI=WORDS))
    note = Dictionary(Type=Name.Annot, Subtype=Name.Text, Rect=where, Contents=WORDS, T=WORDS)
    made.pages[0].obj.Annots = made.make_indirect(Array([made.make_indirect(link), made.make_indirect(note)]))


def _photo(made: Pdf) -> None:
    shown = photo_in(made, photo_with_place())
    shown.Metadata = Stream(made, SECRET)
    # A name that is that of an action elsewhere.
    made.pages[0].obj.Resources = Dictionary(XObject=Dictionary({"/A": shown}))


def _packed_photo(made: Pdf) -> None:
    """Once more by what is usual for words: some programs do."""
    shown = photo_in(made, zlib.compress(photo_with_place()))
    shown.Filter = Array([Name.FlateDecode, Name.DCTDecode])
    made.pages[0].obj.Resources = Dictionary(XObject=Dictionary({"/Im0": shown}))


def _photo_of_jpeg2000(made: Pdf) -> None:
    shown = photo_in(made, jpeg2000_with_place())
    shown.Filter = Name.JPXDecode
    made.pages[0].obj.Resources = Dictionary(XObject=Dictionary({"/Im0": shown}))


INLINE = b"q 80 0 0 40 10 10 cm BI /W 80 /H 40 /BPC 8 /CS /RGB /F %s ID %s\nEI Q"
"""Instructions that draw a photo which they hold themselves."""


def _inline(made: Pdf) -> None:
    made.pages[0].obj.Contents = Stream(made, INLINE % (b"/D#43T", photo_with_place()))


def _inline_in_two_streams(made: Pdf) -> None:
    begin, end = (INLINE % (b"/DCTDecode", photo_with_place())).split(b" /W 80")
    made.pages[0].obj.Contents = Array([Stream(made, begin), Stream(made, b"/W 80" + end)])


def _inline_in_a_form(made: Pdf) -> None:
    drawn = INLINE % (b"/DCT", photo_with_place())
    form = Stream(made, drawn, Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 99, 99]))
    made.pages[0].obj.Resources = Dictionary(XObject=Dictionary({"/Im0": form}))


def _inline_in_a_pattern(made: Pdf) -> None:
    drawn = INLINE % (b"[/DCT]", photo_with_place())
    pattern = Stream(
        made, drawn, PatternType=1, PaintType=1, TilingType=1, BBox=Array([0, 0, 99, 99]), XStep=9, YStep=9
    )
    made.pages[0].obj.Resources = Dictionary(Pattern=Dictionary(P=pattern))


def _inline_in_a_letter(made: Pdf) -> None:
    letter = Stream(made, b"99 0 d0 " + INLINE % (b"/DCT", photo_with_place()))
    font = Dictionary(Type=Name.Font, Subtype=Name.Type3, CharProcs=Dictionary(A=letter))
    made.pages[0].obj.Resources = Dictionary(Font=Dictionary(F=made.make_indirect(font)))


def _inline_packed(made: Pdf) -> None:
    packed = base64.a85encode(photo_with_place()) + b"~>"
    made.pages[0].obj.Contents = Stream(made, INLINE % (b"[/A85 /DCT] /DP [null null]", packed))


def _drawing_of_tex(made: Pdf) -> None:
    """Where it lay on whose disk."""
    drawing = Stream(made, b"", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9]))
    drawing["/PTEX.FileName"] = WORDS
    drawing["/PTEX.InfoDict"] = made.make_indirect(Dictionary(Author=WORDS))
    drawing.Ref = Dictionary(F=WORDS, Page=0)
    made.pages[0].obj.Resources = Dictionary(XObject=Dictionary({"/Im0": drawing}))


def _layer(made: Pdf) -> None:
    usage = Dictionary(CreatorInfo=Dictionary(Creator=WORDS), User=Dictionary(Type=Name.Ind, Name=WORDS))
    layer = made.make_indirect(Dictionary(Type=Name.OCG, Name="a", Usage=usage))
    made.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(Order=Array([layer]), Creator=WORDS))


def _inherited(made: Pdf) -> None:
    tree: Any = made.Root.Pages
    tree.PieceInfo = Dictionary(Private=WORDS)
    tree.AA = Dictionary(O=Dictionary(S=Name.JavaScript, JS=WORDS))


HIDDEN = (
    _author,
    _attachment,
    _scripts,
    _note_and_link,
    _photo,
    _packed_photo,
    _photo_of_jpeg2000,
    _inline,
    _inline_in_two_streams,
    _inline_in_a_form,
    _inline_in_a_pattern,
    _inline_in_a_letter,
    _inline_packed,
    _drawing_of_tex,
    _layer,
    _inherited,
)


@pytest.mark.parametrize("hide", HIDDEN)
def test_nothing_else_comes_out(hide: Any) -> None:
    """Wherever it was hidden, and the pages are still there."""
    made = document()
    hide(made)
    given = saved(made)
    assert SECRET in given or hide in (_packed_photo, _inline_packed)
    clean = cleaned(given)
    assert SECRET not in whole(clean)
    assert len(pypdfium2.PdfDocument(clean)) == 3
    assert cleaned(given) == clean  # the same file twice lies there once


def test_what_pages_inherit_stays_theirs() -> None:
    made = document()
    tree: Any = made.Root.Pages
    for page in made.pages:
        del page.obj["/MediaBox"]
    tree.MediaBox = Array([0, 0, 120, 90])
    tree.Rotate = 90
    found = pypdfium2.PdfDocument(cleaned(saved(made)))
    assert found[2].get_size() == (90, 120)


def test_a_photo_keeps_its_colours_and_its_name_in_the_page() -> None:
    made = document()
    _photo(made)
    with Pdf.open(io.BytesIO(cleaned(saved(made)))) as clean:
        photo = clean.pages[0].obj.Resources.XObject["/A"].read_raw_bytes()
    assert opened(photo).tobytes() == opened(photo_with_place()).tobytes()


@pytest.mark.parametrize("draw", [_inline, _inline_in_two_streams, _inline_packed])
def test_a_photo_within_instructions_looks_the_same(draw: Any) -> None:
    made = document()
    draw(made)
    given = saved(made)
    before, after = (
        pypdfium2.PdfDocument(content)[0].render(scale=1).to_pil().convert("RGB") for content in (given, cleaned(given))
    )
    assert before.tobytes() == after.tobytes()
    assert after.getpixel((20, 400 - 40)) != (255, 255, 255), "it is drawn"


def test_a_photo_within_instructions_that_was_written_in_letters() -> None:
    """It is written plainly: nobody could read its place there, and it is gone all the same."""
    made = document()
    _inline_packed(made)
    instructions = whole(cleaned(saved(made)))
    assert b"85" not in instructions.partition(b"ID")[0].partition(b"BI")[2]
    assert without_jpeg_metadata(photo_with_place()) in instructions


def test_other_pictures_within_instructions_stay() -> None:
    """Letters of old fonts are such: none of it is a photo."""
    made = document()
    instructions = b"q 80 0 0 40 10 10 cm BI /W 2 /H 1 /BPC 8 /CS /RGB ID #DCT#\xff\nEI Q"
    made.pages[0].obj.Contents = Stream(made, instructions)
    drawn = [
        pypdfium2.PdfDocument(content)[0].render(scale=1).to_pil().convert("RGB")
        for content in (saved(made), cleaned(saved(made)))
    ]
    assert drawn[0].tobytes() == drawn[1].tobytes()


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


@pytest.mark.parametrize(
    ("filters", "written"),
    [
        ([Name.ASCII85Decode], base64.a85encode(photo_with_place()) + b"~>"),
        ([Name.ASCIIHexDecode], photo_with_place().hex().encode() + b">"),
        ([Name.ASCII85Decode, Name.FlateDecode], base64.a85encode(zlib.compress(photo_with_place())) + b"~>"),
    ],
)
def test_a_photo_that_was_written_in_letters(filters: list[Any], written: bytes) -> None:
    """Programs that make reports do so: it is written plainly, and without its place."""
    made = document()
    shown = photo_in(made, written)
    shown.Filter = Array([*filters, Name.DCTDecode])
    shown.DecodeParms = Array([*(pikepdf.Dictionary() for _ in filters), Dictionary(ColorTransform=1)])
    made.pages[0].obj.Resources = Dictionary(XObject=Dictionary({"/Im0": shown}))
    with Pdf.open(io.BytesIO(cleaned(saved(made)))) as clean:
        photo = clean.pages[0].obj.Resources.XObject["/Im0"]
        assert photo.Filter == Name.DCTDecode
        assert int(photo.DecodeParms.ColorTransform) == 1
        assert SECRET not in photo.read_raw_bytes()
        assert opened(photo.read_raw_bytes()).tobytes() == opened(photo_with_place()).tobytes()


def test_a_photo_that_is_packed_in_a_way_that_nobody_knows() -> None:
    """What is in it cannot be told: it is not given to others."""
    made = document()
    shown = photo_in(made, photo_with_place())
    shown.Filter = Array([Name.Unheard, Name.DCTDecode])
    made.pages[0].obj.Resources = Dictionary(XObject=Dictionary({"/Im0": shown}))
    with pytest.raises(pikepdf.PdfError):
        cleaned(saved(made))


def test_a_form_shows_what_was_filled_in() -> None:
    """Drawn into the page; what was a field can be changed by nobody."""
    made = document()
    look = Stream(made, b"0 0 1 rg 0 0 40 20 re f", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 40, 20]))
    field = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Widget,
        FT=Name.Btn,
        T="f",
        Rect=Array([200, 200, 240, 220]),
        F=4,
        AP=Dictionary(N=look),
    )
    annotation = made.make_indirect(field)
    made.pages[0].obj.Annots = Array([annotation])
    made.Root.AcroForm = made.make_indirect(Dictionary(Fields=Array([annotation])))
    clean = cleaned(saved(made))
    assert b"/AcroForm" not in whole(clean)
    drawn = pypdfium2.PdfDocument(clean)[0].render(scale=1).to_pil().convert("RGB")
    assert drawn.getpixel((220, 400 - 210)) == (0, 0, 255)


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", b"%PDF-" + b"\0" * 100, pdf([])])
def test_what_is_no_document(data: bytes) -> None:
    with pytest.raises((pikepdf.PdfError, ValueError)):
        cleaned(data)


def test_a_locked_document_is_refused() -> None:
    out = io.BytesIO()
    document().save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    with pytest.raises(pikepdf.PasswordError):
        cleaned(out.getvalue())


def test_jpegs_of_both_kinds() -> None:
    """One that comes line by line, one that gets sharper: several scans."""
    for progressive in (False, True):
        photo = encoded(corners(), "JPEG", progressive=progressive, comment=SECRET)
        bare = without_jpeg_metadata(photo + SECRET)
        assert SECRET not in bare
        assert opened(bare).tobytes() == opened(photo).tobytes()
    assert without_jpeg_metadata(b"\x89PNG") == b"\x89PNG"
    assert {marker for marker, _ in jpeg_segments(without_jpeg_metadata(photo_with_place()))}.isdisjoint({0xE1, 0xFE})


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content


@pytest.mark.parametrize(
    ("before", "beside"),
    [
        (b"", b"\xff\xff" + segment(0xE1, b"Exif\0\0" + SECRET)),  # fill bytes
        (b"\n" + SECRET, b""),
        (b"", segment(0xE0, b"JFXX\0\x10" + SECRET)),  # a small picture of the whole one
        (b"", segment(0xE2, b"MPF\0" + SECRET)),
    ],
)
def test_where_jpegs_hide_things(before: bytes, beside: bytes) -> None:
    photo = encoded(corners(), "JPEG")
    bare = without_jpeg_metadata(before + photo[:2] + beside + photo[2:])
    assert SECRET not in bare
    assert opened(bare).tobytes() == opened(photo).tobytes()
