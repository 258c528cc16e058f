"""The call that the tests of its rules play with: two teachers, pupils of two classes, and short ways to change it."""

from typing import Any

import msgspec

from rooms.errors import ErrorCode
from rooms.lesson.model import NEVER_ENDED
from rooms.messages import Command
from rooms.model import Medium, Member, Role
from rooms.stream import Event
from signaling.call import Call, Joining
from signaling.holds import CallRules, CallState
from signaling.messages import CallCommand, ParticipantKind
from signaling.rights import MediaRights, media_rights
from tests.rooms.samples import CLAIRE, CLASS_ROOM, MAREK, LiveProject

GRACE = 10_000
CALL_COMMANDS: tuple[type[Command], ...] = CallCommand.__args__


def call_command_kinds() -> dict[str, type[Command]]:
    """Every command of calls, by its name on the wire."""
    return {str(kind.__struct_config__.tag): kind for kind in CALL_COMMANDS}


def call_command(tag: str, **fields: Any) -> Any:
    """The command as it comes from the wire, with a nonce where it needs one."""
    if "nonce" in call_command_kinds()[tag].__struct_fields__:
        fields.setdefault("nonce", "nonce-0001")
    return msgspec.convert({"command": tag, **fields}, CallCommand)


class Lesson:
    """A call in the open class room of an active project. Connections are called like the members who have them."""

    def __init__(self, mesh_max: int = 2) -> None:
        self.project = LiveProject()
        self.project.do(CLAIRE, "room.set_open", room=CLASS_ROOM, open=True)
        self.zoe = self.project.add("pupil", "fr")
        self.leo = self.project.add("pupil", "fr")
        self.jan = self.project.add("pupil", "pl")
        self.visitor = self.project.add("visitor", None)
        self.teacher = self.project.add("teacher", "pl")
        self.call = Call(CLASS_ROOM, mesh_max, GRACE)
        self.rules = CallRules()
        self.state: CallState = self.rules.empty("call:hall")
        self.ending = NEVER_ENDED
        self.teacher_present = True
        self.now = 0
        self.joined = 0
        self.seq = 0

    def member(self, member: str) -> Member:
        return self.project.state.members[member]

    def rights(self, member: str) -> MediaRights:
        """What a member may do now."""
        return media_rights(self.project.state.standing(member, self.teacher_present, CLASS_ROOM))

    def join(
        self, member: str, connection: str | None = None, kind: str = "person", resume: str | None = None
    ) -> Joining:
        """A member joins; ids are p1, p2, ... Raises `Refused`."""
        self.joined += 1
        return self.call.join(
            connection or member,
            self.member(member),
            ParticipantKind(kind),
            self.now,
            resume,
            f"p{self.joined}",
            f"resume{self.joined}",
            self.rights(member),
            self.state,
            self.ending,
        )

    def camera(self, member: str = CLAIRE) -> Joining:
        """The class camera of a teacher, on a device of its own."""
        return self.join(member, f"camera of {member}", kind="class-camera")

    def publish(self, member: str, medium: str = "audio", muted: bool = False) -> None:
        """A member offers a track."""
        self.call.publish(member, Medium(medium), muted, self.rights(member))

    def changed(self) -> dict[str, ErrorCode]:
        """Tell the call of the rules as they are now: who had to go, and why."""
        departures = self.call.set_rules(self.rights, self.state, not self.teacher_present, self.ending)
        return {each.participant: each.code for each in departures}

    def decided(self, *bodies: Any) -> dict[str, ErrorCode]:
        """Something was decided for longer than the call: who had to go."""
        for body in bodies:
            self.seq += 1
            self.state = self.rules.apply(self.state, Event("call:hall", self.seq, self.seq, CLAIRE, None, body))
        return self.changed()

    def may_send(self, participant: str) -> set[str]:
        """What is forwarded of a participant."""
        return {
            medium.value for each in self.call.plan() if each.participant == participant for medium in each.may_send
        }

    def tracks(self, participant: str) -> dict[str, str]:
        """How the tracks of a participant are seen by the others."""
        (found,) = (each for each in self.call.view().participants if each.id == participant)
        return {
            track.medium.value: " ".join(word for word in ("muted", "stopped") if getattr(track, word)) or "on"
            for track in found.tracks
        }

    def here(self) -> list[str]:
        """Who is in the call."""
        return [each.id for each in self.call.view().participants]


__all__ = ["CLAIRE", "CLASS_ROOM", "GRACE", "MAREK", "Lesson", "Role", "call_command", "call_command_kinds"]
