"""Makes transcripts: reads the archive a page at a time, so that a chat of any length takes the memory of one page."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from datetime import tzinfo

from msgspec import Struct

from rooms.audience import NameAudience, roster
from rooms.errors import ErrorCode, Refused
from rooms.model import Identity, Member, MemberId, ProjectId, Room, RoomId, RoomKind
from rooms.ports import ChatArchive, Identities
from rooms.project import ProjectState
from rooms.stream import room_stream
from rtserver.live_stream import Clock
from rtserver.owners import Owners
from rtserver.transcripts.json_lines import JsonLines
from rtserver.transcripts.model import Author, Format, Names, Transcript, TranscriptRoom, Writer
from rtserver.transcripts.page import Page
from rtserver.transcripts.table import Table

PAGE_MESSAGES = 100
"""Messages read at once: at their longest some 800 KB, and a millisecond of the database's time."""

NAMES_AT_ONCE = 500
"""Members asked for in one statement: databases limit the number of parameters."""

BEYOND_ALL = 2**62
"""Greater than the number of any message."""

WRITERS: Mapping[Format, Callable[[Transcript], Writer]] = {
    Format.JSON_LINES: JsonLines,
    Format.CSV: Table,
    Format.HTML: Page,
}

Check = Callable[[], Awaitable[None]]
"""Raises `CutOff` when the reader may not have the rest."""


class Wanted(Struct, frozen=True):
    """How a file is to look. `words`: in `language`; see `rtserver.transcripts.model.Transcript`."""

    format: Format
    language: str
    words: Mapping[str, str]
    zone: tzinfo
    zone_name: str
    separator: str


async def _free() -> None:
    """Nothing can have changed."""


class Transcripts:
    """The chats of all projects as files. Methods raise `Refused` (UNKNOWN_PROJECT, UNKNOWN_ROOM), `LogUnavailable`."""

    def __init__(self, owners: Owners, archive: ChatArchive, identities: Identities, clock: Clock) -> None:
        self._owners = owners
        self._archive = archive
        self._identities = identities
        self._clock = clock

    async def for_portal(
        self, project: ProjectId, room: RoomId | None, names: Names, wanted: Wanted
    ) -> AsyncGenerator[bytes, None]:
        """The chat of one room; or (None) of all but the staff room: who wants what is said in that one names it."""
        state = (await self._owners.project(project)).state
        if room is None:
            rooms = [one for one in state.rooms.values() if one.kind is not RoomKind.STAFF_ROOM]
        else:
            rooms = [_room(state, room)]
        known = await self._names(state)
        chosen = {member: _chosen(one, names) for member, one in known.items()}
        return self._pieces(self._transcript(state, rooms, chosen, wanted), wanted.format, _free)

    async def for_reader(
        self, project: ProjectId, room: RoomId, reader: Member, wanted: Wanted, check: Check
    ) -> AsyncGenerator[bytes, None]:
        """The chat of a room with the names that `reader` sees in it. `check` is asked before each page."""
        state = (await self._owners.project(project)).state
        seen = roster(state.members.values(), await self._names(state), NameAudience.of(reader))
        names = {one.member: one.name for one in seen.names}
        return self._pieces(self._transcript(state, [_room(state, room)], names, wanted), wanted.format, check)

    async def _names(self, state: ProjectState) -> dict[MemberId, Identity]:
        members, known = list(state.members), dict[MemberId, Identity]()
        for start in range(0, len(members), NAMES_AT_ONCE):
            known |= await self._identities.identities(members[start : start + NAMES_AT_ONCE])
        return known

    def _transcript(
        self, state: ProjectState, rooms: Collection[Room], names: Mapping[MemberId, str | None], wanted: Wanted
    ) -> Transcript:
        classes = {one.id: one.name for one in state.classes.values()}
        return Transcript(
            title=state.title or "",
            rooms=tuple(TranscriptRoom(room.id, room.name) for room in rooms),
            authors={
                one.id: Author(one.id, one.role, one.class_id, classes.get(one.class_id or ""), names.get(one.id))
                for one in state.members.values()
            },
            at=self._clock(),
            language=wanted.language,
            words=wanted.words,
            zone=wanted.zone,
            zone_name=wanted.zone_name,
            separator=wanted.separator,
        )

    async def _pieces(self, transcript: Transcript, format_: Format, check: Check) -> AsyncGenerator[bytes, None]:
        writer = WRITERS[format_](transcript)
        yield writer.start()
        for room in transcript.rooms:
            stream, after, is_begun = room_stream(room.id), 0, False
            # What is written from now on is not in it: a busy chat would never end.
            newest = await self._archive.messages(stream, BEYOND_ALL, 1)
            end = newest[-1].id + 1 if newest else 0
            while page := await self._archive.messages(stream, end, PAGE_MESSAGES, after):
                await check()
                yield writer.page(room, page)
                after, is_begun = page[-1].id, True
            if not is_begun:
                yield writer.page(room, ())
        yield writer.end()


def _room(state: ProjectState, room: RoomId) -> Room:
    found = state.rooms.get(room)
    if found is None:
        raise Refused(ErrorCode.UNKNOWN_ROOM)
    return found


def _chosen(identity: Identity, names: Names) -> str | None:
    match names:
        case Names.ALIAS:
            return identity.alias
        case Names.ROSTER:
            return identity.roster_name
        case Names.NONE:
            return None
