"""A project with pupils of two classes, as the tests of groups play with it."""

import pytest

from tests.rooms.groups.school import School


@pytest.fixture
def school() -> School:
    """Two French and two Polish pupils, a Polish pupil-admin and a guest; no groups yet."""
    return School()
