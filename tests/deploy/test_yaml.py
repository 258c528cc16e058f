"""The YAML files: no key stands twice in a mapping.

Compose v2 refuses to load such a file; the docker-compose that the other tests have takes it.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]

NOT_OURS = {"build", "data", "dist", "node_modules"}
"""Folders with what others wrote, or what is made; hidden ones aside."""


class Strict(yaml.SafeLoader):
    """Refuses a key that stands twice. It looks before anything is merged in (`<<`), which may be given again."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError("in a mapping", node.start_mark, f"{key.value} stands twice", key.start_mark)
            seen.add(key.value)
        return node


def files() -> Iterator[Path]:
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if name not in NOT_OURS and not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(names) if name.endswith((".yml", ".yaml")))


FILES = list(files())


def test_all_are_looked_at() -> None:
    names = {str(path.relative_to(ROOT)) for path in FILES}
    assert {"docker-compose.yml", "compose.single.yml", "deploy/prometheus/alerts.yml"} <= names


@pytest.mark.parametrize("file", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_key_stands_twice(file: Path) -> None:
    with file.open() as text:
        assert list(yaml.load_all(text, Strict))


@pytest.mark.parametrize("text", ["a: 1\na: 1", "a: {b: 1, c: 2, b: 3}", "x: &x {a: 1}\ny: {<<: *x, <<: *x}"])
def test_what_stands_twice_is_refused(text: str) -> None:
    with pytest.raises(yaml.MarkedYAMLError, match="stands twice"):
        yaml.load(text, Strict)


def test_what_is_merged_in_may_be_given_again() -> None:
    read = yaml.load("x: &x {a: 1, b: 1}\ny: &y {<<: *x, a: 2}\nz: {<<: *y, a: 3}", Strict)
    assert read["z"] == {"a": 3, "b": 1}
