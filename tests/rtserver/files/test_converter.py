"""What is made of files, in this process. `test_conversion` has the process around it."""

import io

import pytest
from PIL import Image, ImageCms

from rtserver.files import converter
from rtserver.files.converter import Drawn, Unusable, answer, pages, picture
from rtserver.files.frames import HEADER_BYTES, PAGE_SIDE_MAX, SIDE_MAX, Done, Header, Kind, Made, Unfit, decode_header
from tests.rtserver.files.samples import (
    BLUE,
    GREEN,
    RED,
    SECRET,
    WHITE,
    corners,
    drawing_with_texts,
    encoded,
    job,
    jpeg_segments,
    opened,
    pdf,
    photo_with_place,
    png_chunks,
    png_claiming,
    srgb_profile,
    webp_chunks,
)

# What Pillow has to say about odd files, it says to nobody: the converter has no standard error.
pytestmark = [pytest.mark.filterwarnings("ignore::UserWarning"), pytest.mark.filterwarnings("ignore::RuntimeWarning")]

Colour = tuple[int, ...]


def made(data: bytes, kind: Kind) -> Drawn:
    return picture(data, job(kind))


def near(seen: object, wanted: Colour, by: int = 6) -> bool:
    assert isinstance(seen, tuple)
    return len(seen) == len(wanted) and all(abs(a - b) <= by for a, b in zip(seen, wanted, strict=True))


def quarters(image: Image.Image) -> list[object]:
    """The colours in the middle of the four quarters."""
    xs, ys = (image.width // 4, image.width * 3 // 4), (image.height // 4, image.height * 3 // 4)
    return [image.getpixel((x, y)) for y in ys for x in xs]


def answered(data: bytes, **limits: int) -> list[Header]:
    """The headers of an answer about a PNG."""
    found, raw = [], b"".join(answer(job(Kind.PNG, **limits), data))
    while raw:
        length = int.from_bytes(raw[:HEADER_BYTES], "big")
        header = decode_header(raw[HEADER_BYTES : HEADER_BYTES + length])
        found.append(header)
        raw = raw[HEADER_BYTES + length + (header.size if isinstance(header, Made) else 0) :]
    return found


class TestWhatComesOut:
    @pytest.mark.parametrize(
        ("kind", "type_"),
        [(Kind.PNG, "image/png"), (Kind.JPEG, "image/jpeg"), (Kind.WEBP, "image/png"), (Kind.GIF, "image/png")],
    )
    def test_photographs_stay_so_and_the_rest_is_without_loss(self, kind: Kind, type_: str) -> None:
        options = {"quality": 95} if kind is Kind.JPEG else {"lossless": True} if kind is Kind.WEBP else {}
        seen_type, image, content = made(encoded(corners(), kind.value, **options), kind)
        assert (seen_type, image.size) == (type_, (80, 40))
        shown = opened(content).convert("RGB")
        for seen, wanted in zip(quarters(shown), (RED, GREEN, BLUE, WHITE), strict=True):
            assert near(seen, wanted)

    def test_a_photograph_in_a_png_becomes_small(self) -> None:
        noise = Image.effect_noise((400, 300), 80).convert("RGB")
        noise.putalpha(Image.linear_gradient("L").resize((400, 300)))
        type_, _, content = made(encoded(noise, "PNG"), Kind.PNG)
        assert type_ == "image/webp"
        assert opened(content).mode == "RGBA"
        assert len(content) < len(encoded(noise, "PNG")) / 3

    def test_what_lossy_would_not_make_smaller_stays_as_it_is(self) -> None:
        """A dot is smaller than the header of either."""
        assert made(encoded(Image.new("RGB", (1, 1), RED), "PNG"), Kind.PNG)[0] in ("image/png", "image/webp")
        type_, image, content = made(encoded(Image.new("RGB", (1, 1), RED), "PNG"), Kind.PNG)
        assert opened(content).size == image.size == (1, 1)
        assert len(content) <= len(encoded(Image.new("RGB", (1, 1), RED), "PNG"))
        assert type_ != "image/jpeg"

    @pytest.mark.parametrize("size", [(5000, 2500), (2500, 5000), (5000, 1), (1, 5000)])
    @pytest.mark.parametrize("kind", [Kind.PNG, Kind.JPEG])
    def test_large_ones_are_scaled_down(self, size: tuple[int, int], kind: Kind) -> None:
        _, image, content = made(encoded(Image.new("RGB", size, RED), kind.value), kind)
        assert max(image.size) == SIDE_MAX
        assert min(image.size) == max(1, SIDE_MAX * min(size) // max(size))
        assert opened(content).size == image.size

    def test_small_ones_are_not_scaled_up(self) -> None:
        assert made(encoded(corners(6, 4), "PNG"), Kind.PNG)[1].size == (6, 4)

    def test_the_same_file_gives_the_same_bytes(self) -> None:
        for data, kind in ((photo_with_place(), Kind.JPEG), (drawing_with_texts(), Kind.PNG)):
            assert made(data, kind)[2] == made(data, kind)[2]


class TestNothingElseComesOut:
    def test_of_a_photograph_with_its_place(self) -> None:
        data = photo_with_place()
        assert data.count(SECRET) >= 4
        content = made(data, Kind.JPEG)[2]
        assert SECRET not in content
        segments = list(jpeg_segments(content))
        assert {marker for marker, _ in segments} <= {0xE0, 0xDB, 0xC0, 0xC2, 0xC4, 0xDA}  # JFIF, tables, frame, scan
        assert [held for marker, held in segments if marker == 0xE0] == [b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"]

    def test_of_a_drawing_with_texts(self) -> None:
        data = drawing_with_texts()
        assert data.count(SECRET) >= 3
        content = made(data, Kind.PNG)[2]
        assert SECRET not in content
        assert set(png_chunks(content)) == {b"IHDR", b"IDAT", b"IEND"}

    def test_of_a_webp(self) -> None:
        noise = Image.effect_noise((200, 200), 80).convert("RGB")
        exif = Image.Exif()
        exif[0x010F] = SECRET.decode()
        data = encoded(noise, "WEBP", exif=exif, xmp=b"<x>" + SECRET, icc_profile=b"")
        assert SECRET in data
        type_, _, content = made(data, Kind.WEBP)
        assert type_ == "image/webp"
        assert webp_chunks(content) == [b"VP8 "]
        assert SECRET not in content

    def test_of_a_gif_with_comments(self) -> None:
        data = encoded(corners(), "GIF", comment=SECRET)
        assert SECRET in data
        assert SECRET not in made(data, Kind.GIF)[2]

    def test_of_a_photograph_with_a_second_one_in_it(self) -> None:
        """Telephones put a depth map or a larger preview behind the picture (MPO)."""
        hidden = Image.new("RGB", (300, 300), BLUE)
        data = encoded(corners(), "MPO", save_all=True, append_images=[hidden], comment=SECRET)
        assert data.count(b"\xff\xd9") >= 2
        type_, image, content = made(data, Kind.JPEG)
        assert (type_, image.size) == ("image/jpeg", (80, 40))
        assert content.count(b"\xff\xd9") == 1
        assert SECRET not in content


SHOWN_TURNED = {
    1: (RED, GREEN, BLUE, WHITE),
    2: (GREEN, RED, WHITE, BLUE),
    3: (WHITE, BLUE, GREEN, RED),
    4: (BLUE, WHITE, RED, GREEN),
    5: (RED, BLUE, GREEN, WHITE),
    6: (BLUE, RED, WHITE, GREEN),
    7: (WHITE, GREEN, BLUE, RED),
    8: (GREEN, WHITE, RED, BLUE),
}
"""The quarters of the same picture, held in the eight ways that Exif knows."""


class TestUpright:
    @pytest.mark.parametrize("turn", range(1, 9))
    @pytest.mark.parametrize("kind", [Kind.JPEG, Kind.PNG])
    def test_as_exif_says(self, turn: int, kind: Kind) -> None:
        exif = Image.Exif()
        exif[0x0112] = turn
        _, image, content = made(encoded(corners(), kind.value, exif=exif), kind)
        assert image.size == ((80, 40) if turn < 5 else (40, 80))
        for seen, wanted in zip(quarters(opened(content)), SHOWN_TURNED[turn], strict=True):
            assert near(seen, wanted, by=12)

    @pytest.mark.parametrize("exif", [b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0", b"Exif\0\0" + b"\xff" * 40])
    def test_broken_exif_is_no_reason_to_refuse(self, exif: bytes) -> None:
        assert made(encoded(corners(), "JPEG", exif=exif), Kind.JPEG)[1].size == (80, 40)

    @pytest.mark.parametrize("turn", [0, 9, 65_535])
    def test_turns_that_do_not_exist_are_none(self, turn: int) -> None:
        exif = Image.Exif()
        exif[0x0112] = turn
        assert made(encoded(corners(), "JPEG", exif=exif), Kind.JPEG)[1].size == (80, 40)


class TestColours:
    def test_four_inks_become_light(self) -> None:
        _, image, content = made(encoded(corners().convert("CMYK"), "JPEG", quality=95), Kind.JPEG)
        assert image.mode == "RGB"
        for seen, wanted in zip(quarters(opened(content)), (RED, GREEN, BLUE, WHITE), strict=True):
            assert near(seen, wanted, by=12)

    def test_sixteen_bits_of_grey_become_eight(self) -> None:
        deep = Image.new("I;16", (80, 40))
        for x in range(80):
            for y in range(40):
                deep.putpixel((x, y), x * 65_535 // 79)
        shown = opened(made(encoded(deep, "PNG"), Kind.PNG)[2])
        assert shown.getpixel((0, 0)) == (0, 0, 0)
        assert shown.getpixel((79, 0)) == WHITE
        assert near(shown.getpixel((40, 0)), (129, 129, 129), by=2)

    def test_a_palette_with_a_transparent_entry(self) -> None:
        few = corners().quantize(4)
        where = few.getpixel((0, 0))
        shown = opened(made(encoded(few, "PNG", transparency=where), Kind.PNG)[2])
        assert shown.mode == "RGBA"
        assert shown.getpixel((0, 0))[3] == 0  # type: ignore[index]
        assert shown.getpixel((79, 0))[3] == 255  # type: ignore[index]

    def test_one_colour_that_counts_as_transparent(self) -> None:
        shown = opened(made(encoded(corners(), "PNG", transparency=RED), Kind.PNG)[2])
        assert shown.getpixel((0, 0))[3] == 0  # type: ignore[index]
        assert near(shown.getpixel((79, 39)), (*WHITE, 255))

    @pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
    def test_every_mode_of_png(self, mode: str) -> None:
        assert made(encoded(corners().convert(mode), "PNG"), Kind.PNG)[1].mode == "RGB"

    def test_half_transparent_stays_so(self) -> None:
        image = corners()
        image.putalpha(100)
        shown = opened(made(encoded(image, "PNG"), Kind.PNG)[2])
        assert near(shown.getpixel((0, 0)), (*RED, 100))

    def test_profiles_are_applied_before_they_are_dropped(self) -> None:
        """In a profile whose red and green are exchanged, red is green."""
        exchanged = srgb_profile().replace(b"rXYZ", b"????").replace(b"gXYZ", b"rXYZ").replace(b"????", b"gXYZ")
        for kind in (Kind.PNG, Kind.JPEG):
            for profile, wanted in ((srgb_profile(), RED), (exchanged, (0, 255, 0))):
                data = encoded(Image.new("RGB", (20, 20), RED), kind.value, icc_profile=profile)
                assert near(opened(made(data, kind)[2]).getpixel((3, 3)), wanted)

    def test_profiles_that_do_not_fit_are_left_out(self) -> None:
        """Of another kind of picture, or broken: the colours are taken as they are."""
        lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
        for profile in (lab, b"no profile", b"\0" * 200):
            data = encoded(Image.new("RGB", (20, 20), RED), "PNG", icc_profile=profile)
            assert near(opened(made(data, Kind.PNG)[2]).getpixel((3, 3)), RED)


class TestMoving:
    """Of what moves, the first picture is taken."""

    @pytest.mark.parametrize(("kind", "name"), [(Kind.GIF, "GIF"), (Kind.WEBP, "WEBP"), (Kind.PNG, "PNG")])
    def test_the_first_frame_only(self, kind: Kind, name: str) -> None:
        frames = [Image.new("RGB", (60, 60), colour) for colour in (GREEN, BLUE, RED)]
        options = {"lossless": True} if kind is Kind.WEBP else {}
        data = encoded(frames[0], name, save_all=True, append_images=frames[1:], duration=100, **options)
        shown = opened(made(data, kind)[2])
        assert getattr(shown, "n_frames", 1) == 1
        assert near(shown.convert("RGB").getpixel((30, 30)), GREEN)


class TestRefusals:
    @pytest.mark.parametrize("kind", [Kind.PNG, Kind.JPEG, Kind.WEBP, Kind.GIF])
    @pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
    def test_a_file_that_ends_too_early(self, kind: Kind, share: float) -> None:
        whole = encoded(Image.effect_noise((200, 200), 60).convert("RGB"), kind.value)
        headers = b"".join(answer(job(kind), whole[: int(len(whole) * share)]))
        assert b'"reason":"unreadable"' in headers

    def test_too_many_pixels_are_refused_before_they_are_decoded(self) -> None:
        """A header of 33 bytes would have us find room for 10 GB."""
        for side in (8_000, 9_000, 50_000):
            assert answered(png_claiming(side, side)) == [Unfit("too_large", "at most 60000000 pixels")]

    def test_the_limit_itself_is_allowed(self) -> None:
        data = encoded(corners(), "PNG")
        assert isinstance(answered(data, pixels_max=3_200)[-1], Done)
        assert isinstance(answered(data, pixels_max=3_199)[-1], Unfit)

    def test_a_file_is_opened_as_what_it_was_taken_for(self) -> None:
        """Not as whatever Pillow would find in it."""
        assert [type(header) for header in answered(encoded(corners(), "TIFF"))] == [Unfit]

    def test_too_little_memory_means_too_large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def starved(*_: object) -> Drawn:
            raise MemoryError

        monkeypatch.setattr(converter, "picture", starved)
        assert answered(b"") == [Unfit("too_large", "it needs too much memory")]

    def test_texts_that_unpack_to_a_thousand_times_their_size(self) -> None:
        """A bomb beside the picture."""
        from PIL import PngImagePlugin

        texts = PngImagePlugin.PngInfo()
        for number in range(80):
            texts.add_text(f"t{number}", "a" * (1 << 20), zip=True)
        headers = answered(encoded(corners(), "PNG", pnginfo=texts))
        assert isinstance(headers[-1], Unfit)


class TestDocuments:
    def test_each_page_is_a_picture(self) -> None:
        red_square = b"1 0 0 rg 0 50 100 50 re f"
        found = list(pages(pdf([(200, 100), (100, 200)], red_square), 30))
        assert [image.size for _, image, _ in found] == [(PAGE_SIDE_MAX, 960), (960, PAGE_SIDE_MAX)]
        shown = opened(found[0][2])
        assert found[0][0] == "image/png"
        assert quarters(shown) == [RED, WHITE, WHITE, WHITE]

    def test_too_many_pages(self) -> None:
        assert len(list(pages(pdf([(9, 9)] * 3), 3))) == 3
        with pytest.raises(Unusable) as refused:
            next(pages(pdf([(9, 9)] * 4), 3))
        assert refused.value.unfit == Unfit("too_large", "at most 3 pages")

    @pytest.mark.parametrize("size", [(14_400, 1), (1, 14_400), (100_000, 50_000)])
    def test_odd_pages_stay_within_bounds(self, size: tuple[int, int]) -> None:
        ((_, image, _),) = pages(pdf([size]), 30)
        assert 1 <= min(image.size) <= max(image.size) <= PAGE_SIDE_MAX

    def test_what_else_is_in_the_file_does_not_come_out(self) -> None:
        script = b"<script>" + SECRET + b"</script>"
        ((_, _, content),) = pages(pdf(content=b"% " + SECRET, extra=b"%" + script + b"\n"), 30)
        assert set(png_chunks(content)) == {b"IHDR", b"IDAT", b"IEND"}
        assert SECRET not in content

    @pytest.mark.parametrize("data", [b"%PDF-1.4", b"%PDF-1.4\n" + b"\xff" * 500, pdf()[:60], pdf([])])
    def test_broken_ones(self, data: bytes) -> None:
        raw = b"".join(answer(job(Kind.PDF), data))
        assert b'"reason":"unreadable"' in raw

    def test_the_same_file_gives_the_same_bytes(self) -> None:
        data = pdf(content=b"BT /F1 24 Tf 10 10 Td (Hello) Tj ET")
        assert [content for *_, content in pages(data, 30)] == [content for *_, content in pages(data, 30)]


def test_main_answers_on_its_output(monkeypatch: pytest.MonkeyPatch) -> None:
    import msgspec

    monkeypatch.setattr(converter, "confine", lambda _: None)
    out = io.BytesIO()
    converter.main(msgspec.json.encode(job(Kind.PNG)).decode(), io.BytesIO(encoded(corners(), "PNG")), out)
    assert out.getvalue().endswith(b'{"kind":"done"}')
