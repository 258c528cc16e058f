"""What tests of the engine's parent side share: how a fake worker is started, and a listener that waits."""

import asyncio
import re
import sys
from typing import TypeVar

from media.engine import EngineEvent, Medium, PlannedParticipant

FAKE_WORKER = (sys.executable, "-m", "tests.media.fake_worker")

PERSON = PlannedParticipant("p1", (Medium.AUDIO, Medium.VIDEO))

_Kind = TypeVar("_Kind", bound=EngineEvent)


class Listener:
    """Keeps what the engine tells."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[EngineEvent] = asyncio.Queue()

    def engine_event(self, event: EngineEvent) -> None:
        self.events.put_nowait(event)

    async def next(self, kind: type[_Kind]) -> _Kind:
        """The next event of this kind; earlier others are dropped."""
        while True:
            event = await self.events.get()
            if isinstance(event, kind):
                return event


def worker_of(answer: str) -> tuple[int, int]:
    """Which worker and process gave a fake answer."""
    found = re.match(r"an answer of worker (\d+), process (\d+)", answer)
    assert found is not None
    return int(found[1]), int(found[2])
