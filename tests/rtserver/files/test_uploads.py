"""What a file is, by its beginning. How it comes in is in `test_http`, over a real socket."""

import io

import pytest

from rooms.errors import ErrorCode, Refused
from rtserver.files.frames import SIGNATURE_BYTES, Kind
from rtserver.files.uploads import HEIC_ADVICE, OTHER_KINDS, Upload
from tests.rtserver.files.samples import corners, encoded


def upload(data: bytes) -> Upload:
    return Upload(io.BytesIO(data), len(data), data[:SIGNATURE_BYTES])


def test_a_picture_is_known() -> None:
    assert upload(encoded(corners(), "WEBP")).kind() is Kind.WEBP


@pytest.mark.parametrize(("mark", "offset", "advice"), OTHER_KINDS)
def test_what_people_try_is_answered_with_advice(mark: bytes, offset: int, advice: str) -> None:
    with pytest.raises(Refused) as refused:
        upload(b"\0" * offset + mark + b"\0" * 20).kind()
    assert (refused.value.code, refused.value.detail) == (ErrorCode.FILE_TYPE_REFUSED, advice)


@pytest.mark.parametrize("name", ["TIFF", "BMP"])
def test_real_files_of_other_kinds(name: str) -> None:
    with pytest.raises(Refused, match=f"{name}: save it as PNG first"):
        upload(encoded(corners(), name)).kind()


def test_a_photo_of_a_telephone() -> None:
    with pytest.raises(Refused) as refused:
        upload(b"\0\0\0\x24ftypheic\0\0\0\0mif1").kind()
    assert refused.value.detail == HEIC_ADVICE


@pytest.mark.parametrize("data", [b"", b"MZ", b"\0" * 40])
def test_what_nobody_expects(data: bytes) -> None:
    with pytest.raises(Refused) as refused:
        upload(data).kind()
    assert (refused.value.code, refused.value.detail) == (ErrorCode.FILE_TYPE_REFUSED, None)
