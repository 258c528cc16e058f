"""What those who join a project are told of it, made once for each audience and kept until something has changed.

A crowd that comes in at once costs one query for its names, and one view of the project for staff and one for others.
"""

import asyncio
from collections.abc import Mapping

from rooms.audience import NameAudience, project_view, roster
from rooms.messages import ProjectView, Roster
from rooms.model import Identity, Member, MemberId
from rooms.ports import Identities
from rooms.project import ProjectState
from rooms.stream import Position
from rtserver.live_stream import LiveStream


class Names:
    """The names of everybody in a project as of one position of its stream, and the rosters made of them."""

    def __init__(self, position: Position, state: ProjectState, identities: Mapping[MemberId, Identity]) -> None:
        self.position = position
        self._members = state.members
        self._identities = identities
        self._rosters: dict[NameAudience, Roster] = {}

    def roster(self, reader: Member) -> Roster:
        """The names as `reader` sees them."""
        audience = NameAudience.of(reader)
        found = self._rosters.get(audience)
        if found is None:
            found = self._rosters[audience] = roster(self._members.values(), self._identities, audience)
        return found


class Views:
    """The views of one live project. Its names change with its stream, or together with its sessions' revision."""

    def __init__(self, stream: LiveStream[ProjectState]) -> None:
        self._stream = stream
        self._names: Names | None = None
        self._loading: asyncio.Task[Names] | None = None
        self._loading_from = stream.position
        self._project_of: ProjectState | None = None
        self._projects: dict[bool, ProjectView] = {}

    def project(self, to_staff: bool) -> ProjectView:
        """The project as of the last commit, as one audience sees it."""
        if self._project_of is not self._stream.state:  # states are immutable: the same one looks the same
            self._project_of = self._stream.state
            self._projects.clear()
        view = self._projects.get(to_staff)
        if view is None:
            view = self._projects[to_staff] = project_view(self._stream.state, to_staff)
        return view

    def names_at_hand(self) -> Names | None:
        """The names as of the last commit, when they need not be fetched."""
        if self._names is not None and self._names.position != self._stream.position:
            self._names = None
        return self._names

    async def names(self, identities: Identities) -> Names:
        """The names as of the call or later; fetched once, however many ask. Raises `LogUnavailable`."""
        names = self.names_at_hand()
        if names is not None:
            return names
        if self._loading is None or self._loading_from != self._stream.position:
            self._loading_from = self._stream.position
            self._loading = asyncio.create_task(self._load(identities), name="names")
        return await asyncio.shield(self._loading)

    def forget_names(self) -> None:
        """Somebody may have changed them without a word in the project's stream."""
        self._names = self._loading = None

    async def _load(self, identities: Identities) -> Names:
        this = asyncio.current_task()
        position, state = self._stream.position, self._stream.state
        try:
            names = Names(position, state, await identities.identities(list(state.members)))
            if self._loading is this:
                self._names = names
            return names
        finally:
            if self._loading is this:
                self._loading = None
