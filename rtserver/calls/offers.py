"""Offers of media sessions: what the engine answers, in time and in the words of the protocol."""

import asyncio
from collections.abc import Awaitable

from media.engine import EngineUnavailable, OfferRefused
from rooms.errors import ErrorCode, Refused
from signaling.messages import CallAnswer

ANSWER_DEADLINE = 10.0
"""Seconds in which an engine must answer an offer: longer than the embedded one takes to say that it cannot."""

REASON_CHARACTERS_MAX = 200
"""Of why an offer was refused: what is quoted in it may be as long as the offer."""


async def call_answer(answer: Awaitable[str]) -> CallAnswer:
    """What is answered to whoever made an offer. Raises `Refused`, `EngineUnavailable`."""
    try:
        async with asyncio.timeout(ANSWER_DEADLINE):
            return CallAnswer(await answer)
    except OfferRefused as error:
        raise Refused(ErrorCode.OFFER_REFUSED, str(error)[:REASON_CHARACTERS_MAX]) from None
    except TimeoutError:
        raise EngineUnavailable("no answer in time") from None
