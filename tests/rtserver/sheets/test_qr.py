"""The code that is printed is read again by another library, as a camera sees it."""

import re

import pytest
import zxingcpp
from PIL import Image

from rtserver.sheets.qr import QrCode, qr_code

LINK = "https://twinspace.school.example.eu/join#abcDEF_-0123456789abcDEF_-0123456789abcde"
QUIET_ZONE = 4
"""Modules of white around a code (ISO/IEC 18004, 6.3.8)."""
SCALE = 4


def drawn(code: QrCode) -> Image.Image:
    """What a browser makes of it."""
    image = Image.new("L", ((code.size + 2 * QUIET_ZONE) * SCALE,) * 2, 255)
    for x, y, width in (map(int, found) for found in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", code.path)):
        left, top = (x + QUIET_ZONE) * SCALE, (y + QUIET_ZONE) * SCALE
        image.paste(0, (left, top, left + width * SCALE, top + SCALE))
    return image


@pytest.mark.parametrize("text", [LINK, "http://127.0.0.1:8080/join#a", LINK + "x" * 120])
def test_it_holds_the_link(text: str) -> None:
    """To the letter, of whatever length; nothing but what was drawn is in the path."""
    code = qr_code(text)
    assert [found.text for found in zxingcpp.read_barcodes(drawn(code))] == [text]
    assert re.sub(r"M\d+ \d+h(\d+)v1h-\1z", "", code.path) == ""


def test_it_is_read_with_a_corner_under_a_thumb() -> None:
    """As much as level M promises."""
    image = drawn(qr_code(LINK))
    side = image.width // 4
    image.paste(255, (image.width - side, image.height - side, image.width, image.height))
    assert [found.text for found in zxingcpp.read_barcodes(image)] == [LINK]
