"""What is left of a PDF: its pages, and nothing of who made it, what it would do, or what was put into it."""

import base64
import io
import zlib
from typing import Any

import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, Stream

from rtserver.files import documents
from rtserver.files.documents import cleaned
from rtserver.files.photos import without_jpeg_metadata
from tests.rtserver.files.samples import (
    SECRET,
    jpeg2000_with_place,
    jpeg_segment,
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


def _inline_in_a_letter_of_a_font_called_font(made: Pdf) -> None:
    """A name of the maker's that means something elsewhere."""
    _inline_in_a_letter(made)
    fonts = made.pages[0].obj.Resources.Font
    fonts["/Font"], fonts["/Pattern"] = fonts.F, fonts.F
    del fonts["/F"]


def _inline_in_a_soft_mask(made: Pdf) -> None:
    """Which need not say that it is a form."""
    drawn = Stream(made, INLINE % (b"/DCT", photo_with_place()), BBox=Array([0, 0, 99, 99]))
    mask = Dictionary(S=Name.Luminosity, G=made.make_indirect(drawn))
    made.pages[0].obj.Resources = Dictionary(ExtGState=Dictionary(G=Dictionary(SMask=mask)))


def _inline_in_what_says_not_what_it_is(made: Pdf) -> None:
    drawn = Stream(made, INLINE % (b"/DCT", photo_with_place()), BBox=Array([0, 0, 99, 99]))
    made.pages[0].obj.Resources = Dictionary(XObject=Dictionary({"/Im0": drawn}))


def _inline_without_an_end(made: Pdf) -> None:
    drawn = INLINE % (b"/DCT", photo_with_place())
    made.pages[0].obj.Contents = Stream(made, drawn + b" " + drawn.removesuffix(b"\nEI Q"))


def _shading_of_a_pattern(made: Pdf) -> None:
    """It is a thing there, and a dictionary of names among the resources."""
    shading = Dictionary(ShadingType=2, Metadata=Stream(made, SECRET))
    pattern = made.make_indirect(Dictionary(PatternType=2, Shading=shading))
    made.pages[0].obj.Resources = Dictionary(Pattern=Dictionary(P=pattern))


def _jpeg2000_that_says_jpeg(made: Pdf) -> None:
    shown = photo_in(made, jpeg2000_with_place())
    made.pages[0].obj.Resources = Dictionary(XObject=Dictionary({"/Im0": shown}))


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
    _inline_in_a_letter_of_a_font_called_font,
    _inline_in_a_soft_mask,
    _inline_in_what_says_not_what_it_is,
    _inline_without_an_end,
    _shading_of_a_pattern,
    _jpeg2000_that_says_jpeg,
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


def test_instructions_around_photos_stay_as_they_were_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are copied, not taken apart: a drawing may have hundreds of thousands of them."""
    monkeypatch.setattr(documents, "_written_anew", None)
    made = document()
    drawn = INLINE % (b"/DCT", photo_with_place())
    other = b"q 9 0 0 9 0 0 cm BI /W 2 /H 1 /BPC 8 /CS /RGB ID abcdef\nEI Q"
    around = other + b" 1  0 0\trg\n0 0 1. 1.00 re%ID\nf(ID)' "
    made.pages[0].obj.Contents = Stream(made, around + drawn + around + drawn + around)
    with Pdf.open(io.BytesIO(cleaned(saved(made)))) as clean:
        written = clean.pages[0].obj.Contents.read_bytes()
    begin, end = around + b"q 80 0 0 40 10 10 cm ", b" Q" + around
    assert written.startswith(begin + b"BI")
    assert written.endswith(b"EI" + end)
    assert b"EI" + end + b"q 80 0 0 40 10 10 cm BI" in written
    assert written.count(without_jpeg_metadata(photo_with_place())) == 2


@pytest.mark.parametrize("beside", [b"(BI#) Tj ", b"q BI /W 2 /H 1 /BPC 8 /CS /RGB ID #DCT#\xff\nEI Q "])
def test_photos_beside_what_might_be_photos(beside: bytes) -> None:
    """Then all is written anew: nothing comes through that was not understood."""
    made = document()
    drawn = INLINE % (b"/DCT", photo_with_place())
    made.pages[0].obj.Contents = Stream(made, beside + drawn + b" " + beside + drawn + b" 1 0 0 rg")
    with Pdf.open(io.BytesIO(cleaned(saved(made)))) as clean:
        written = clean.pages[0].obj.Contents.read_bytes()
        names = [str(found.operator) for found in pikepdf.parse_content_stream(clean.pages[0])]
    assert SECRET not in written
    assert names.count("INLINE IMAGE") == 2 + 2 * beside.count(b"EI")
    assert names[-1] == "rg"
    assert written.count(without_jpeg_metadata(photo_with_place())) == 2


def test_a_drawing_that_draws_itself() -> None:
    made = document()
    drawn = INLINE % (b"/DCT", photo_with_place())
    form = made.make_indirect(Stream(made, drawn, Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9])))
    form.Resources = Dictionary(XObject=Dictionary({"/Im0": form}))
    made.pages[0].obj.Resources = Dictionary(XObject=Dictionary({"/Im0": form}))
    assert SECRET not in whole(cleaned(saved(made)))


def test_a_photo_whose_colours_are_called_like_its_beginning() -> None:
    made = document()
    drawn = (INLINE % (b"/DCT", photo_with_place())).replace(b"/CS /RGB", b"/CS /BI")
    made.pages[0].obj.Contents = Stream(made, drawn)
    with Pdf.open(io.BytesIO(cleaned(saved(made)))) as clean:
        written = clean.pages[0].obj.Contents.read_bytes()
    assert written.partition(b"ID ")[0].count(b"/W") == 1, "it is described once"
    assert SECRET not in written


def test_a_photo_after_a_text_that_is_the_same() -> None:
    """It is found in the text first, which stays a text; the photo is bare."""
    made = document()
    drawn = INLINE % (b"/DCT", b"\xff\xd8" + jpeg_segment(0xFE, SECRET) + b"\xff\xd9")
    made.pages[0].obj.Contents = Stream(made, b"(" + drawn + b") Tj " + drawn + b" " + drawn)
    with Pdf.open(io.BytesIO(cleaned(saved(made)))) as clean:
        text, *photos = pikepdf.parse_content_stream(clean.pages[0], "Tj BI ID EI")
        assert bytes(text.operands[0]) == drawn
        found = [photo.iimage for photo in photos if isinstance(photo, pikepdf.ContentStreamInlineImage)]
        assert [photo.read_raw_bytes().strip() for photo in found] == [b"\xff\xd8\xff\xd9"] * 2


@pytest.mark.parametrize("following", [Name.FlateDecode, Name.Crypt, Name.DCTDecode, None])
def test_a_photo_that_would_be_unpacked_in_the_wrong_order(following: Any) -> None:
    """Viewers differ in what they make of it."""
    made = document()
    shown = photo_in(made, photo_with_place())
    shown.Filter = Array([Name.DCTDecode, following])
    made.pages[0].obj.Resources = Dictionary(XObject=Dictionary({"/Im0": shown}))
    with pytest.raises((ValueError, pikepdf.PdfError)):
        cleaned(saved(made))


def test_a_photo_among_objects_that_says_not_what_it_is() -> None:
    """It is one by how it is packed, even where a drawing is expected; what is no object at all changes nothing."""
    made = document()
    shown = photo_in(made, photo_with_place())
    shown.Subtype = Name.Form
    made.pages[0].obj.Resources = Dictionary(XObject=Dictionary({"/Im0": shown, "/Im1": Array([Array([])])}))
    with Pdf.open(io.BytesIO(cleaned(saved(made)))) as clean:
        photo = clean.pages[0].obj.Resources.XObject["/Im0"].read_raw_bytes()
    assert photo == without_jpeg_metadata(photo_with_place())


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
