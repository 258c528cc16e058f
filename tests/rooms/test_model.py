"""`rooms.model`: what each role may do to begin with, and who supervises."""

import pytest

from rooms.model import DEFAULT_CAPABILITIES, STAFF_ROLES, Capability, Member, Role

EVERYTHING = {"post", "react", "draw", "publish-audio", "publish-video", "publish-screen"}
DEFAULTS = {
    "founder": EVERYTHING,
    "teacher": EVERYTHING,
    "pupil": EVERYTHING - {"publish-screen"},
    "pupil-admin": EVERYTHING,
    "visitor": set(),
}


def test_capabilities_to_begin_with() -> None:
    """Teachers and pupil-admins everything, pupils all but the screen, visitors nothing."""
    assert set(Capability) == EVERYTHING
    assert DEFAULT_CAPABILITIES == DEFAULTS


@pytest.mark.parametrize("role", list(Role))
def test_staff(role: Role) -> None:
    """Founders and teachers are staff, nobody else."""
    member = Member("m", role, "c", frozenset())
    assert member.is_staff is (role.value in ("founder", "teacher")) is (role in STAFF_ROLES)
