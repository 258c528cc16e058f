from enum import StrEnum

import pytest
from aiohttp.test_utils import make_mocked_request

from rooms.errors import ErrorCode, Refused
from rtserver.http_query import NAME_CHARACTERS_MAX, choice, require_known, whole_number


class Colour(StrEnum):
    RED = "red"
    DARK_BLUE = "dark-blue"


def test_numbers() -> None:
    """From 1 to the largest; without one, the default."""
    assert [whole_number(make_mocked_request("GET", f"/{query}"), "n", 7, 50) for query in ("", "?n=1", "?n=50")] == [
        *(7, 1, 50)
    ]


@pytest.mark.parametrize("text", ["0", "51", "-1", "1.5", "", "all", "٣", "0000000001", "1e1"])
def test_what_is_no_number(text: str) -> None:
    """Refused, with what it should be."""
    with pytest.raises(Refused, match="a number from 1 to 50") as refused:
        whole_number(make_mocked_request("GET", f"/?n={text}"), "n", 7, 50)
    assert refused.value.code is ErrorCode.INVALID


def test_choices() -> None:
    """By their values; without one, the default."""
    requests = [make_mocked_request("GET", f"/{query}") for query in ("", "?colour=dark-blue")]
    found = [choice(request, "colour", Colour.RED) for request in requests]
    assert found == [Colour.RED, Colour.DARK_BLUE]


@pytest.mark.parametrize("text", ["", "RED", "green", "DARK_BLUE"])
def test_what_is_no_choice(text: str) -> None:
    """Refused, with what there is."""
    with pytest.raises(Refused, match="one of red, dark-blue") as refused:
        choice(make_mocked_request("GET", f"/?colour={text}"), "colour", Colour.RED)
    assert refused.value.code is ErrorCode.INVALID


@pytest.mark.parametrize("query", ["", "?format=csv", "?room=r&format=csv", "?format=csv&format=html"])
def test_known(query: str) -> None:
    """Any of them, in any order; what they hold is looked at elsewhere."""
    require_known(make_mocked_request("GET", f"/{query}"), ("format", "room"))


@pytest.mark.parametrize(
    ("query", "known", "detail"),
    [
        ("formt=csv", ("format", "room"), "formt: no parameter of this request; there are format, room"),
        ("format=csv&Room=r", ("format", "room"), "Room: no parameter of this request; there are format, room"),
        ("x", (), "x: no parameter of this request; this request takes none"),
        ("=", (), ": no parameter of this request; this request takes none"),
        ("y" * 500, (), f"{'y' * NAME_CHARACTERS_MAX}: no parameter of this request; this request takes none"),
    ],
)
def test_unknown(query: str, known: tuple[str, ...], detail: str) -> None:
    """Refused by its name, as far as that is of any use, with those that there are."""
    with pytest.raises(Refused) as refused:
        require_known(make_mocked_request("GET", f"/?{query}"), known)
    assert (refused.value.code, refused.value.detail) == (ErrorCode.INVALID, detail)
