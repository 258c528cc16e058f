"""A tag is read as it was written, is a valid nonce, and nothing else is taken for one."""

import msgspec
import pytest

from loadtests.generator import tags
from loadtests.generator.activity import Topic
from loadtests.generator.tags import Tag
from rooms.messages import ChatPost

RUN = "0a1b2c3d"


def test_there_and_back() -> None:
    text = tags.write(RUN, Topic.STROKE, 999, 123_456, 2**62)
    assert tags.read(RUN, text) == Tag(Topic.STROKE, 999, 123_456, 2**62)


def test_it_is_a_nonce() -> None:
    nonce = tags.write(RUN, Topic.CHAT, 999, 2**32, 2**62)
    fields = {"nonce": nonce, "room": "r", "text": "x"}
    assert msgspec.convert(fields, ChatPost).nonce == nonce


@pytest.mark.parametrize(
    "text", ["", "0a1b2c3d", "ffffffff-0-1-2-3", "0a1b2c3d-0-1-2", "0a1b2c3d-0-1-2-x", "0a1b2c3d-9-1-2-3"]
)
def test_what_is_not_ours(text: str) -> None:
    assert tags.read(RUN, text) is None
