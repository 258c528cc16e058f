"""Fixtures of the tests of the chat."""

import pytest

from tests.rooms.chat.classroom import ChatRoom


@pytest.fixture
def room() -> ChatRoom:
    """An open class room."""
    return ChatRoom()
