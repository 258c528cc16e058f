"""A teacher and two pupils in their open class room."""

from tests.rtserver.seats import classroom, other, pupil, teacher, template

__all__ = ["classroom", "other", "pupil", "teacher", "template"]
