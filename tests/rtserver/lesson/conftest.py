"""A class on a real database without any socket: see `tests.rtserver.hub.support`."""

from tests.rtserver.seats import classroom, other, pupil, teacher, template

__all__ = ["classroom", "other", "pupil", "teacher", "template"]
