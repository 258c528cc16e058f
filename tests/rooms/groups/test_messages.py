"""`rooms.groups.messages`: what travels, and how large it may be."""

from typing import Any

import msgspec
import pytest

from rooms.groups.messages import GROUPS_RESULTS, GroupsCommand, GroupsEnd, GroupsForm, WantedGroup
from rooms.groups.model import GROUP_MEMBERS_MAX, GROUP_NUMBER_MAX, GROUPS_MAX
from rooms.project import ROOMS_MAX
from rooms.versions import SINCE

NONCE = "nonce-0001"


def formed(groups: list[dict[str, Any]]) -> Any:
    """A command as it comes from the wire."""
    fields = {"command": "groups.form", "nonce": NONCE, "room": "hall", "groups": groups}
    return msgspec.convert(fields, GroupsForm)


def group(**fields: Any) -> dict[str, Any]:
    """A group in a new room."""
    return {"room": None, "name": "Oder", "members": [], **fields}


def test_from_the_wire() -> None:
    """Groups in new rooms and in those that there are."""
    asked = formed([group(members=["zoe", "jan"]), group(room="r1", name=None)])
    assert asked == GroupsForm(
        nonce=NONCE, room="hall", groups=(WantedGroup(None, "Oder", ("zoe", "jan")), WantedGroup("r1", None, ()))
    )
    assert msgspec.convert({"command": "groups.end", "nonce": NONCE}, GroupsEnd) == GroupsEnd(nonce=NONCE)


@pytest.mark.parametrize(
    "groups",
    [
        [],
        [group()] * (GROUPS_MAX + 1),
        [group(members=["m"] * (GROUP_MEMBERS_MAX + 1))],
        [group(members=["m" * 65])],
        [group(members=[""])],
        [group(name="")],
        [group(name="o" * 121)],
        [group(room="")],
        [group(leader="zoe")],
        [group(number=0)],
        [group(number=GROUP_NUMBER_MAX + 1)],
        [{"room": None, "members": []}],
        ["zoe"],
    ],
)
def test_malformed(groups: list[Any]) -> None:
    """None, too many, too long, or with what nobody knows: not read."""
    with pytest.raises(msgspec.ValidationError):
        formed(groups)


def test_numbers() -> None:
    """Up to as many as a project may have rooms."""
    assert formed([group(number=GROUP_NUMBER_MAX)]).groups[0].number == GROUP_NUMBER_MAX == ROOMS_MAX


def test_every_command_has_an_answer_and_a_version() -> None:
    """They came with version 3."""
    assert set(GROUPS_RESULTS) == set(GroupsCommand.__args__)
    assert [SINCE.knows_command(version, "groups.form") for version in (2, 3)] == [False, True]
    assert [SINCE.knows_command(version, "groups.end") for version in (2, 3)] == [False, True]
