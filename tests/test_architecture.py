"""The rules of the tree that a reader relies upon: who imports whom, the size of a file, a test for each module."""

import re
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("rtserver", "rooms", "signaling", "media", "loadtests")

LINES_MAX = 450
"""A file is a room that one can live in."""

LONGER = {
    "rooms/messages.py": "the one definition of the wire: a list, not code",
    "signaling/messages.py": "the wire of calls: the same",
}
"""Files that may be longer, and why."""

LONGER_MAX = 700
"""Even with a reason."""

CONTRACTS_MIN = 6
"""One for each arrow of the design."""

TESTED_ELSEWHERE = {
    "rooms/__init__.py": "a docstring",
    "rooms/board/__init__.py": "a docstring",
    "rooms/chat/__init__.py": "a docstring",
    "rooms/lesson/__init__.py": "a docstring",
    "rooms/groups/__init__.py": "a docstring",
    "rooms/events.py": "Structs only: tests/rooms/test_stored.py encodes and decodes each of them",
    "rooms/ports.py": "protocols only: tests/contract holds every implementation to them",
    "signaling/__init__.py": "a docstring",
    "media/__init__.py": "a docstring",
    "media/engine.py": "the seam only, protocols and Structs: both sides of it have their tests",
}
"""Modules without a test file of their own, and why."""

TESTED_PACKAGES = ("rooms", "signaling", "media")
"""Packages in which every module has a test file of its name."""


def modules(package: str) -> list[Path]:
    return [path for path in sorted((ROOT / package).rglob("*.py")) if "__pycache__" not in path.parts]


@pytest.mark.parametrize("package", PACKAGES)
def test_files_are_short(package: str) -> None:
    """Longer ones are split, or listed above with a reason."""
    lines = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in modules(package)}
    assert lines, f"{package} is gone"
    too_long = {name: count for name, count in lines.items() if count > LINES_MAX and name not in LONGER}
    assert too_long == {}
    assert max(lines.values()) <= LONGER_MAX


def test_exceptions_are_needed() -> None:
    """A file that has become short, or is gone, leaves the list."""
    for name in LONGER:
        assert len((ROOT / name).read_text().splitlines()) > LINES_MAX, f"{name} needs no exception any more"


@pytest.mark.parametrize("package", TESTED_PACKAGES)
def test_every_module_has_its_test_file(package: str) -> None:
    """Found by its name, in the folder of its name."""
    paths = [path.relative_to(ROOT) for path in modules(package)]
    untested = {str(path) for path in paths if not (ROOT / "tests" / path.with_stem(f"test_{path.stem}")).exists()}
    excepted = {name for name in TESTED_ELSEWHERE if name.startswith(f"{package}/")}
    assert untested == excepted, "a module without tests, or an exception not needed any more"


@pytest.mark.parametrize("folder", ["hub", "calls", "boards"])
def test_every_module_of_these_folders_has_its_test_file(folder: str) -> None:
    """`server` has its contract with what lies beneath it besides."""
    here = {path.name for path in (ROOT / "tests" / "rtserver" / folder).glob("test_*.py")}
    wanted = {f"test_{path.stem}.py" for path in modules(f"rtserver/{folder}") if path.stem != "__init__"}
    assert wanted | ({"test_server_contract.py"} if folder == "hub" else set()) <= here


def test_import_contracts(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Those of pyproject.toml are kept, as `lint-imports` says."""
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(str(ROOT))
    status = lint_imports(no_cache=True, no_logo=True)
    report = capsys.readouterr().out
    assert status == EXIT_STATUS_SUCCESS, report
    kept = re.search(r"Contracts: (\d+) kept, 0 broken", report)
    assert kept is not None, report
    assert int(kept[1]) >= CONTRACTS_MIN
