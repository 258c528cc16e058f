"""What stands behind the question mark: known, or refused."""

import pytest
from aiohttp.test_utils import make_mocked_request

from rooms.errors import ErrorCode, Refused
from rtserver.api.queries import NAME_CHARACTERS_MAX, require_known


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
