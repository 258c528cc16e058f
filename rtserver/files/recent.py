"""The pictures asked for last, in memory: a class that opens a board reads each once from the database."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable

from rooms.model import ProjectId
from rtserver.files.turns import Turns

BYTES_MAX = 32_000_000
"""Of all pictures kept: the thirty pages of a document, or what one member may be given at once."""

Key = tuple[ProjectId, str]
Read = Callable[[ProjectId, str], Awaitable[bytes | None]]


class RecentPictures:
    """Pictures by project and id, shared by all who read them; `read` finds one that is not here."""

    def __init__(self, read: Read, bytes_max: int = BYTES_MAX) -> None:
        self._read = read
        self._bytes_max = bytes_max
        self._kept: OrderedDict[Key, bytes] = OrderedDict()
        self._bytes = 0
        self._reading: Turns[Key] = Turns(at_once=1)

    async def content(self, project: ProjectId, file: str) -> bytes | None:
        """The bytes of a picture, None when there is none. Many who ask for the same at once wait for one reading."""
        key = (project, file)
        if key in self._kept:
            return self._touched(key)
        async with self._reading.turn(key):
            if key in self._kept:  # the one before us has read it
                return self._touched(key)
            content = await self._read(project, file)
            if content is not None:
                self._keep(key, content)
            return content

    def _touched(self, key: Key) -> bytes:
        self._kept.move_to_end(key)
        return self._kept[key]

    def _keep(self, key: Key, content: bytes) -> None:
        self._kept[key] = content
        self._bytes += len(content)
        while self._bytes > self._bytes_max:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest)
