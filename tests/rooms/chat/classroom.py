"""A class room in which the tests of the chat's rules talk."""

from typing import Any

from rooms.chat.decide import Around, decide
from rooms.chat.model import Message
from rooms.chat.rules import ChatRules
from rooms.events import Body
from rooms.permissions import Action, Standing, denial
from rooms.stream import Decision, Event
from tests.rooms.samples import CLAIRE, CLASS_ROOM, LiveProject, command

RULES = ChatRules()


class ChatRoom:
    """The open class room of an active project with a pupil of each class, and what is said in it."""

    def __init__(self) -> None:
        self.languages: dict[str, str] = {}
        """What is known of texts."""
        self.live = LiveProject()
        self.live.do(CLAIRE, "room.set_open", room=CLASS_ROOM, open=True)
        self.zoe = self.live.add("pupil", "fr")
        self.jan = self.live.add("pupil", "pl")
        self.state = RULES.empty("room:hall")
        self.seq = 0
        self.around = Around(may_read=self.may_read, language_of=self.languages.get)

    def may_read(self, member: str) -> bool:
        return member in self.live.state.members and denial(self.standing(member), Action.READ_ROOM) is None

    def standing(self, actor: str, teacher_present: bool = True) -> Standing:
        return self.live.state.standing(actor, teacher_present, CLASS_ROOM)

    def ask(self, actor: str, tag: str, teacher_present: bool = True, **fields: Any) -> Decision:
        """What a command leads to. Raises `Refused`."""
        wanted = command(tag, room=CLASS_ROOM, **fields)
        return decide(self.state, self.standing(actor, teacher_present), actor, wanted, self.around)

    def do(self, actor: str, tag: str, **fields: Any) -> int:
        """The same, applied; the seq of the last event."""
        for body in self.ask(actor, tag, **fields).bodies:
            self.happen(actor, body)
        return self.seq

    def happen(self, actor: str, body: Body) -> None:
        """An event, whatever the rules say."""
        self.seq += 1
        event = Event("room:hall", self.seq, self.seq * 1000, actor, f"nonce-{self.seq:04}", body)
        self.state = RULES.apply(self.state, event)

    def post(self, actor: str, text: str, **fields: Any) -> int:
        """The id of a new message."""
        return self.do(actor, "chat.post", text=text, **fields)

    def message(self, wanted: int) -> Message:
        found = self.state.find(wanted)
        assert found is not None
        return found


def full_room(room: ChatRoom, count: int) -> ChatRoom:
    """The room after so many messages of Zoé."""
    for number in range(1, count + 1):
        room.post(room.zoe, f"message {number}")
    return room
