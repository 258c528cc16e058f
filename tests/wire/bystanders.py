"""Members who go on chatting while somebody else misbehaves, and must not notice."""

from tests.wire.classroom import Classroom
from tests.wire.clients import NPM_POLLING, NPM_WEBSOCKET, Client, everywhere


class Bystanders:
    """A teacher who writes and a pupil who reads along, over different transports."""

    def __init__(self, classroom: Classroom, teacher: Client, pupil: Client) -> None:
        self.teacher = teacher
        self._classroom = classroom
        self._everybody = (teacher, pupil)
        self._seqs: list[int] = []

    @classmethod
    async def enter(cls, classroom: Classroom) -> "Bystanders":
        """Come in."""
        teacher = await classroom.enter(classroom.claire, NPM_WEBSOCKET)
        return cls(classroom, teacher, await classroom.enter(classroom.ola, NPM_POLLING))

    async def chat(self) -> None:
        """A line, that reaches both."""
        text = f"the lesson goes on, line {len(self._seqs) + 1}"
        self._seqs.append(await self._classroom.post(self.teacher, text))
        await everywhere(self._everybody, self._classroom.room, self._seqs[-1])

    async def check(self, others: int = 0) -> None:
        """Both have seen exactly these lines and `others` messages of other members, on one connection."""
        await self.chat()
        for client in self._everybody:
            view = client.view(self._classroom.room)
            mine = [event["seq"] for event in view.applied if event["actor"] == self._classroom.claire]
            assert mine == self._seqs
            assert len(view.applied) == len(self._seqs) + others
            assert len(client.entries("connected")) == 1
            assert client.pushes("problem") == []
