from pathlib import Path

import pytest

from tests.rtserver.care.samples import Files


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(tmp_path_factory.mktemp("care"))


@pytest.fixture
def url(files: Files) -> str:
    """An SQLite database with the newest tables, and nothing in them."""
    return files.new()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Where a backup may be written."""
    return tmp_path / "backup.zip"
