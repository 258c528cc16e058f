"""A link as a QR code (ISO/IEC 18004) that the page draws by itself: runs of dark modules, not a picture."""

from itertools import groupby

import segno
from msgspec import Struct

ERROR_CORRECTION = "m"
"""Of L, M, Q and H: reads with 15 % of it missing, as after a fold or under a thumb. More makes the modules smaller,
and a cheap camera fails for that sooner."""


class QrCode(Struct, frozen=True):
    """`path`: SVG path data, to be filled. `size`: modules of a side, the quiet zone not counted."""

    size: int
    path: str


def qr_code(text: str) -> QrCode:
    """The code of `text`, of the smallest version that it fits: some 5 ms of work."""
    matrix = segno.make(text, error=ERROR_CORRECTION, micro=False, boost_error=False).matrix
    return QrCode(len(matrix), "".join(_runs(row, number) for number, row in enumerate(matrix)))


def _runs(row: bytearray, y: int) -> str:
    """The dark modules of a row, those side by side as one rectangle."""
    path, x = "", 0
    for is_dark, modules in groupby(row):
        width = len(list(modules))
        path += f"M{x} {y}h{width}v1h-{width}z" if is_dark else ""
        x += width
    return path
