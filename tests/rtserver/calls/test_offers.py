"""What is said to whoever made an offer, whatever the engine does with it."""

import asyncio

import pytest

from media.engine import EngineUnavailable, OfferRefused
from rooms.errors import ErrorCode, Refused
from rtserver.calls import offers
from rtserver.calls.offers import REASON_CHARACTERS_MAX, call_answer
from signaling.messages import CallAnswer


async def answering(answer: str | Exception) -> str:
    """An engine that answers, or fails."""
    if isinstance(answer, Exception):
        raise answer
    return answer


async def test_an_answer() -> None:
    assert await call_answer(answering("v=0")) == CallAnswer("v=0")


async def test_a_long_reason() -> None:
    """Of what is quoted in it only the beginning is sent back."""
    with pytest.raises(Refused) as refused:
        await call_answer(answering(OfferRefused("x" * (REASON_CHARACTERS_MAX + 1))))
    assert refused.value.code is ErrorCode.OFFER_REFUSED
    assert refused.value.detail == "x" * REASON_CHARACTERS_MAX


async def test_an_engine_that_is_away() -> None:
    with pytest.raises(EngineUnavailable, match="it restarts"):
        await call_answer(answering(EngineUnavailable("it restarts")))


async def test_an_engine_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for ever."""
    monkeypatch.setattr(offers, "ANSWER_DEADLINE", 0.0)
    with pytest.raises(EngineUnavailable, match="in time"):
        await call_answer(asyncio.get_running_loop().create_future())
