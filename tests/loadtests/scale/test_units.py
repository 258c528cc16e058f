"""The costs stand where they are said to stand."""

import re
from pathlib import Path

import pytest

from loadtests.scale import units
from loadtests.scale.units import ALL, Unit

ROOT = Path(__file__).resolve().parents[3]


def text(file: str) -> str:
    """With single spaces and without emphasis: where a line is broken does not matter."""
    return re.sub(r"\s+", " ", (ROOT / file).read_text(encoding="utf-8"))


@pytest.mark.parametrize("unit", [one for one in ALL if one.found_in is not None], ids=lambda unit: unit.name)
def test_measured_figures_are_those_of_the_page(unit: Unit) -> None:
    """Whoever measures anew and writes it down has to change the plan, too."""
    assert unit.found_in is not None
    assert unit.found_in in text(units.PERFORMANCE)
    assert f"{unit.value:g}" in unit.found_in.replace(",", "")


def test_rates_of_cameras_are_those_of_the_page() -> None:
    """The browser is told so many bits a second."""
    source = (ROOT / "web/src/call/encodings.ts").read_text(encoding="utf-8")
    layers = re.search(r"BITRATES = \[([\d_, ]+)\]", source)
    voice = re.search(r"AUDIO_BITRATE = ([\d_]+)", source)
    assert layers is not None
    assert voice is not None
    assert sum(map(int, layers[1].split(","))) == units.LAYERS_RATE.value * 1000
    assert int(voice[1]) == units.VOICE_RATE.value * 1000


def test_each_has_a_place_and_a_unit() -> None:
    """And a name of its own, by which it is told."""
    assert len({unit.name for unit in ALL}) == len(ALL)
    assert all(unit.value > 0 and unit.unit and unit.where for unit in ALL)


def test_all_that_is_multiplied_is_told() -> None:
    """No cost hides beside the table."""
    assert {one for one in vars(units).values() if isinstance(one, Unit)} == set(ALL)
