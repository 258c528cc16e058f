import pytest

from rtserver.files.frames import (
    HEADER_BYTES,
    HEADER_BYTES_MAX,
    SIDE_MAX,
    SIGNATURE_BYTES,
    Done,
    Header,
    Kind,
    Made,
    MalformedHeader,
    Unfit,
    decode_header,
    encode_header,
    kind_of,
)
from tests.rtserver.files.samples import corners, encoded, pdf


@pytest.mark.parametrize("kind", [Kind.PNG, Kind.JPEG, Kind.WEBP, Kind.GIF])
def test_pictures_are_known_by_their_first_bytes(kind: Kind) -> None:
    assert kind_of(encoded(corners(), kind.value)[:SIGNATURE_BYTES]) is kind


def test_documents_are_known_by_their_first_bytes() -> None:
    assert kind_of(pdf()[:SIGNATURE_BYTES]) is Kind.PDF


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"<svg xmlns=",
        b"<!DOCTYPE html>",
        b"<html>%PDF-1.4",  # it is the beginning that counts
        b"\0\0\0\x18ftypheic",
        b"RIFF\0\0\0\0WAVE",
        b"\x89PNG\n\x1a\n",
        b"BM\0\0",
        b"II*\0",
        b"\xff\xd8",
    ],
)
def test_everything_else_is_nothing(start: bytes) -> None:
    assert kind_of(start) is None


@pytest.mark.parametrize(
    "header", [Made("image/png", 3, 4, 5), Done(), Unfit("too_large", "why"), Unfit("unreadable", "ä" * 200)]
)
def test_headers_come_back(header: Header) -> None:
    raw = encode_header(header)
    assert int.from_bytes(raw[:HEADER_BYTES], "big") == len(raw) - HEADER_BYTES <= HEADER_BYTES_MAX
    assert decode_header(raw[HEADER_BYTES:]) == header


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff",
        b"{}",
        b'{"kind":"other"}',
        b'{"kind":"made","type":"text/html","width":1,"height":1,"size":1}',
        b'{"kind":"made","type":"image/png","width":0,"height":1,"size":1}',
        b'{"kind":"made","type":"image/png","width":%d,"height":1,"size":1}' % (SIDE_MAX + 1),
        b'{"kind":"unfit","reason":"other","why":""}',
    ],
)
def test_what_no_converter_of_ours_says_is_no_header(raw: bytes) -> None:
    with pytest.raises(MalformedHeader):
        decode_header(raw)
