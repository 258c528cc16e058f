"""`signaling.modes`: mesh or sfu, and the way from the one to the other."""

import pytest

from signaling.messages import CallMode
from signaling.modes import SETTLING_MS, Mode


def joined(mode: Mode, *participants: str, is_adult: bool = True, now: int = 0) -> Mode:
    """After these came one by one."""
    for place, _ in enumerate(participants):
        mode.joined(participants[:place], is_adult, now)
    return mode


@pytest.mark.parametrize("mesh_max", [0, 1])
def test_without_mesh(mesh_max: int) -> None:
    """A mesh of less than two is none."""
    assert joined(Mode(mesh_max), "a", "b").mode is CallMode.SFU


def test_two_adults_are_a_mesh() -> None:
    """They negotiate with each other, and not with themselves."""
    mode = joined(Mode(2), "a", "b")
    assert mode.mode is CallMode.MESH
    assert mode.may_relay("a", "b")
    assert not mode.may_relay("a", "a")


def test_a_third_makes_it_sfu() -> None:
    """The two of the mesh keep their connections until everybody has settled."""
    mode = joined(Mode(2), "a", "b", "c", now=100)
    assert (mode.mode, mode.settling) == (CallMode.SFU, True)
    assert mode.may_relay("a", "b")
    assert not mode.may_relay("a", "c")
    for each in "abc":
        mode.advance("abc", 200)
        assert mode.settling
        mode.settled(each)
    mode.advance("abc", 200)
    assert not mode.settling
    assert not mode.may_relay("a", "b")


def test_larger_meshes() -> None:
    """As many as configured."""
    assert joined(Mode(3), "a", "b", "c").mode is CallMode.MESH
    assert joined(Mode(3), "a", "b", "c", "d").mode is CallMode.SFU


def test_who_cannot_reach_another_makes_it_sfu() -> None:
    """Those who have a connection keep it until everybody has settled; said again, it changes nothing."""
    mode = joined(Mode(3), "a", "b", "c")
    mode.use_server("abc", 100)
    assert (mode.mode, mode.settling) == (CallMode.SFU, True)
    assert mode.may_relay("a", "b")
    mode.use_server("abc", 100 + SETTLING_MS - 1)
    mode.advance("abc", 100 + SETTLING_MS)
    assert not mode.settling


def test_a_pupil_makes_it_sfu() -> None:
    """However few there are; one alone has no connection to keep."""
    mode = joined(Mode(5), "a")
    mode.joined(["a"], is_adult=False, now=0)
    assert (mode.mode, mode.settling) == (CallMode.SFU, False)
    assert joined(Mode(5), "a", is_adult=False).mode is CallMode.SFU


def test_settling_does_not_take_for_ever() -> None:
    """Nor does it wait for who is away, or has left; it does not end while everybody is away at once."""
    mode = joined(Mode(2), "a", "b", "c", now=100)
    mode.advance("abc", 100 + SETTLING_MS - 1)
    assert mode.settling
    mode.advance("abc", 100 + SETTLING_MS)
    assert not mode.settling

    mode = joined(Mode(2), "a", "b", "c")
    mode.advance("", 1)
    assert mode.settling
    mode.settled("a")
    mode.settled("b")
    mode.advance("ab", 1)
    assert not mode.settling


def test_settling_ends_with_the_last_connection() -> None:
    """When less than two are left who had one."""
    mode = joined(Mode(2), "a", "b", "c")
    mode.left("b")
    mode.advance("ac", 1)
    assert not mode.settling


def test_once_sfu_it_stays_so() -> None:
    """Until nobody is left."""
    mode = joined(Mode(2), "a", "b", "c")
    for each in "abc":
        mode.settled(each)
    mode.advance("abc", 1)
    mode.left("c")
    mode.left("b")
    mode.joined(["a"], True, 2)
    assert (mode.mode, mode.settling) == (CallMode.SFU, False)
    mode.left("a")
    mode.joined([], True, 3)
    assert mode.mode is CallMode.MESH


def test_settled_outside_settling_counts_for_nothing() -> None:
    """What was said before the switch began is not believed after it."""
    mode = joined(Mode(2), "a", "b")
    for each in "ab":
        mode.settled(each)
    mode.joined("ab", True, 5)
    mode.settled("c")
    mode.advance("abc", 6)
    assert mode.settling
