"""A database with a project to copy, and a classroom on a copy of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.rtserver.hub.support import Classroom, open_classroom
from tests.rtserver.seats import template

__all__ = ["classroom", "template"]


@pytest.fixture
async def classroom(tmp_path: Path, template: Path) -> AsyncIterator[Classroom]:
    async with open_classroom(tmp_path, template) as made:
        made.on.owners.listen(made)
        yield made
