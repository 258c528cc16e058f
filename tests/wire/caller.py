"""A client in the call of a room, and what it knows of that call as the pushes led to it."""

from typing import Any

from tests.wire.classroom import Classroom, new_nonce
from tests.wire.clients import NPM_WEBSOCKET, Client, Entry, Kind


class Caller:
    """A client, and the call of a room as a page would keep it. A revision that is left out fails the test."""

    def __init__(self, client: Client, room: str) -> None:
        self.client = client
        self.room = room
        self.me = ""
        self.resume = ""
        self.audio_slots = self.video_slots = 0
        self._read = 0
        self._revision = 0
        self._participants: dict[str, dict[str, Any]] = {}
        self._head: dict[str, Any] = {}

    # --- What it does ---

    async def join(self, **fields: Any) -> dict[str, Any]:
        """Join the call, as oneself or as a class camera; the answer."""
        joined: dict[str, Any] = await self.call("join", **fields)
        self.me, self.resume = joined["me"], joined["resume"]
        self.audio_slots, self.video_slots = joined["audio_slots"], joined["video_slots"]
        return joined

    async def call(self, name: str, **fields: Any) -> Any:
        """A command about the call; its result."""
        return await self.client.call(f"call.{name}", room=self.room, **fields)

    async def refusal(self, name: str, **fields: Any) -> str:
        """A command that must be refused; the code."""
        return await self.client.refusal(f"call.{name}", room=self.room, **fields)

    async def decide(self, name: str, **fields: Any) -> None:
        """A durable command of a teacher."""
        await self.call(name, nonce=new_nonce(), **fields)

    async def come_back(self, times: int = 2) -> dict[str, Any]:
        """After a drop: connect, enter the room again and go on in the call."""
        await self.client.connected(times=times)
        await self.client.resume(self.room)
        return await self.join(resume=self.resume)

    # --- What it knows ---

    @property
    def participants(self) -> dict[str, dict[str, Any]]:
        """Those in the call, by id."""
        self._apply()
        return self._participants

    @property
    def head(self) -> dict[str, Any]:
        """Mode, hands and the rest that is not about one participant."""
        self._apply()
        return self._head

    def tracks(self, participant: str) -> dict[str, tuple[bool, bool]]:
        """Of each medium that somebody publishes: muted, stopped."""
        tracks = self.participants[participant]["tracks"]
        return {track["medium"]: (track["muted"], track["stopped"]) for track in tracks}

    def is_away(self, participant: str) -> bool:
        """Whether somebody in the call has lost their connection."""
        return participant in self.participants and bool(self.participants[participant]["away"])

    async def until(self, condition: Any, what: str) -> Any:
        """Wait until something is true of the call."""
        return await self.client.until(condition, what)

    async def sees(self, *participants: str) -> None:
        """Wait until just these are in the call."""
        await self.until(lambda: set(self.participants) == set(participants), f"{participants} in the call")

    def pushes(self, name: str) -> list[Any]:
        """The payloads of all pushes of one name."""
        return self.client.pushes(name)

    def _apply(self) -> None:
        journal = self.client.journal
        while self._read < len(journal):
            entry: Entry = journal[self._read]
            self._read += 1
            view = _view_in(entry)
            if view is not None and view["room"] == self.room:
                self._start(view)
            elif entry.kind == "push" and entry.name == "call_changed" and entry.value["room"] == self.room:
                self._change(entry.value)

    def _start(self, view: dict[str, Any]) -> None:
        self._revision = view["revision"]
        self._participants = {each["id"]: each for each in view["participants"]}
        self._head = {key: view[key] for key in ("mode", "settling", "paused", "pupils_held", "hands")}

    def _change(self, change: dict[str, Any]) -> None:
        if change["revision"] <= self._revision:
            return
        assert change["revision"] == self._revision + 1 or not self._participants, "a revision was left out"
        self._revision = change["revision"]
        for gone in change["left"]:
            self._participants.pop(gone, None)
        self._participants.update({each["id"]: each for each in change["changed"]})
        self._head = {key: change[key] for key in ("mode", "settling", "paused", "pupils_held", "hands")}


def _view_in(entry: Entry) -> dict[str, Any] | None:
    """The whole call, as it is pushed and as it comes with the answer to a join; both replace what one knew."""
    if entry.kind == "push" and entry.name == "call":
        found: dict[str, Any] = entry.value
        return found
    if entry.kind == "ack" and "ok" in entry.value and "call" in entry.value["ok"]:
        view: dict[str, Any] = entry.value["ok"]["call"]
        return view
    return None


async def enter_call(classroom: Classroom, member: str, by: Kind = NPM_WEBSOCKET, **fields: Any) -> Caller:
    """A member, by name, who comes into the class room and joins its call."""
    caller = await beside_call(classroom, member, by)
    await caller.join(**fields)
    return caller


async def beside_call(classroom: Classroom, member: str, by: Kind = NPM_WEBSOCKET) -> Caller:
    """A member, by name, who is in the class room and not in its call."""
    return Caller(await classroom.enter(classroom.members[member], by), classroom.room)
