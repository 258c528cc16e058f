"""A database with a project to copy."""

from tests.rtserver.seats import template

__all__ = ["template"]
