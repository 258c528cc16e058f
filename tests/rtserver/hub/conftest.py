"""A database with a project to copy, and a classroom on a copy of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.rtserver.hub.support import Classroom, make_template, open_classroom


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_template(tmp_path_factory.mktemp("template"))


@pytest.fixture
async def classroom(tmp_path: Path, template: Path) -> AsyncIterator[Classroom]:
    async with open_classroom(tmp_path, template) as made:
        made.on.owners.listen(made)
        yield made
