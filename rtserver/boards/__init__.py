"""Boards that somebody follows: joining them, changing them, and telling who sees what."""
