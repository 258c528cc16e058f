"""A lesson at one board, in a single thread: a server with a log, and people whose lines break at any moment.

The server is as small as it can be around the rules that are tested. The people's pages are written from the contract
of the wire, not from the rules: a mirror of the board, changes that wait, and one command under way.
"""

from collections import deque
from typing import Any

import msgspec

from rooms import events, stored
from rooms.board.audience import as_seen, visible_elements
from rooms.board.decide import decide
from rooms.board.elements import Arrow, Element, TextElement
from rooms.board.messages import BoardChange, BoardStreamCommand, Change, Superseded
from rooms.board.model import BoardElement, BoardPolicy, BoardState
from rooms.board.rules import BoardRules
from rooms.errors import Refused
from rooms.model import MemberId
from rooms.stream import Event
from tests.rooms.board.drawing import BOARD, MEMBERS, START, STREAM, bent, end, standing

Answer = tuple[str, int, tuple[Superseded, ...] | None] | tuple[str, Refused]
"""What a command is answered with: its seq and what was not taken (None: a resend), or the refusal."""


FOLLOWING = {
    "arrow": {"x", "y", "width", "height", "points", "lastCommittedPoint", "startBinding", "endBinding"},
    "text": {"x", "y", "width", "height", "angle", "text"},
}
"""What may change of others' arrows and texts that are tied to something of one's own."""


def assert_taken(page: "Page", state: BoardState, sent: Element) -> None:
    """What was not superseded is on the board, in its place or right behind; or it is gone, as was asked."""
    kept = state.elements.get(sent.id)
    if sent.is_deleted:
        assert kept is None or (sent.id in state.hidden and not page.is_staff)
    else:
        assert kept is not None
        travelling, expected = msgspec.to_builtins(kept.element), msgspec.to_builtins(sent)
        assert travelling.pop("index") >= expected.pop("index")
        assert travelling == expected


def assert_fair(page: "Page", before: BoardState, kept: BoardElement, told: dict[str, BoardElement]) -> None:
    """A pupil has changed nothing that is not theirs to change."""
    if page.is_staff:
        return
    name = kept.element.id
    assert name not in before.hidden
    assert kept.editor == page.member
    assert kept.element.is_deleted or not kept.held or before.elements[name].held
    old = before.elements.get(name)
    if old is None:
        assert_fairly_back(page, before, kept, told)
        return
    assert (kept.creator, kept.class_id, kept.held) == (old.creator, old.class_id, old.held)
    assert kept.version == old.version + 1
    one, two = msgspec.to_builtins(old.element), msgspec.to_builtins(kept.element)
    differing = {field for field in one.keys() | two.keys() if one.get(field) != two.get(field)}
    assert differing
    if differing == {"boundElements"}:
        return
    assert not old.held
    if old.creator == page.member or before.policy.change_others:
        return
    assert one["type"] == two["type"]
    ends = [(one.get(field), two.get(field)) for field in ("startBinding", "endBinding")]
    ties = [one.get("containerId"), *(tie["elementId"] for ends_of in ends for tie in ends_of if tie is not None)]
    assert any(tie in told for tie in ties)
    for was, now in ends:
        if was is None and now is not None:
            assert_own_return(page, before, now["elementId"], told)
    if kept.element.is_deleted:
        assert one["type"] == "text"
        assert told[one["containerId"]].element.is_deleted
        assert told[one["containerId"]].creator == page.member
    else:
        assert differing <= FOLLOWING[one["type"]]
        assert "".join(one.get("text", "").split()) == "".join(two.get("text", "").split())


def assert_fairly_back(page: "Page", before: BoardState, kept: BoardElement, told: dict[str, BoardElement]) -> None:
    """What is new is the pupil's; what comes back stays whose it was, and is the pupil's or goes with what is."""
    gone = before.gone.get(kept.element.id)
    if gone is None:
        assert (kept.version, kept.creator) == (1, page.member)
        return
    assert (kept.version, kept.creator, kept.class_id) == (gone.version + 1, gone.creator, gone.class_id)
    assert not gone.hidden
    assert not gone.held
    if gone.creator != page.member and not before.policy.change_others:
        assert isinstance(kept.element, TextElement)
        assert gone.editor == page.member
        assert kept.element.container_id is not None
        assert_own_return(page, before, kept.element.container_id, told)


def assert_own_return(page: "Page", before: BoardState, name: str, told: dict[str, BoardElement]) -> None:
    """A thing of the pupil's own, which they have deleted, comes back at the same time."""
    assert name not in before.elements
    assert not told[name].element.is_deleted
    assert told[name].creator == before.gone[name].editor == page.member


class Server:
    """Decides, keeps the log and its snapshot, and tells those who are connected."""

    def __init__(self) -> None:
        self.rules = BoardRules()
        self.state: BoardState = self.rules.empty(STREAM)
        self.history: list[Event] = []
        self.log: list[tuple[int, int, MemberId, str, str, bytes]] = []
        self.snapshot = (0, self.rules.encode(self.state))
        self.pruned = 0
        self.nonces: dict[tuple[MemberId, str], int] = {}
        self.pages: list[Page] = []
        self.now = START

    @property
    def seq(self) -> int:
        """The newest event."""
        return len(self.history)

    def take(self, page: "Page", command: BoardStreamCommand) -> None:
        """A command of a page: decided, stored, told, acknowledged."""
        key = (page.member, command.nonce)
        if key in self.nonces:
            page.inbox.append(("ok", self.nonces[key], None))
            return
        before = self.state
        try:
            outcome = decide(self.state, standing(page.member), page.member, command, self.now)
        except Refused as refused:
            assert self.state is before
            page.inbox.append(("error", refused))
            return
        new = []
        for body in outcome.decision.bodies:
            event = Event(STREAM, self.seq + 1, self.now, page.member, command.nonce, body)
            self.history.append(event)
            kind, encoded = stored.kind_of(body), stored.encode_body(body)
            self.log.append((event.seq, event.at, event.actor, command.nonce, kind, encoded))
            self.state = self.rules.apply(self.state, event)
            new.append(event)
        self.nonces[key] = self.seq
        self.check(page, before, command, new, outcome.superseded)
        for other in self.pages:
            if other.is_connected:
                other.inbox.extend(as_seen(event, self.state, other.is_staff) for event in new)
        page.inbox.append(("ok", self.seq, outcome.superseded))

    def check(
        self,
        page: "Page",
        before: BoardState,
        command: BoardStreamCommand,
        new: list[Event],
        superseded: tuple[Superseded, ...],
    ) -> None:
        """What holds after each command, said once more and in other words than the rules say it."""
        indexes = [kept.element.index for kept in self.state.elements.values()]
        assert len(set(indexes)) == len(indexes), "two elements in one place"
        for event in new:
            if isinstance(event.body, events.BoardChanged):
                told = {kept.element.id: kept for kept in event.body.elements}
                assert not told.keys() & {lost.id for lost in superseded}
                for kept in told.values():
                    assert_fair(page, before, kept, told)
        if isinstance(command, BoardChange):
            lost_ids = {lost.id for lost in superseded}
            for change in command.changes:
                if change.element.id not in lost_ids:
                    assert_taken(page, self.state, change.element)
        for lost in superseded:
            assert lost.element is None or page.is_staff or lost.id not in self.state.hidden, "shown to whom it is not"

    def save_snapshot(self) -> None:
        """As the newest state is."""
        self.snapshot = (self.seq, self.rules.encode(self.state))

    def prune(self, keep: int) -> None:
        """Forget events behind the snapshot, but for some."""
        self.pruned = max(self.pruned, self.snapshot[0] - keep)
        self.log = [row for row in self.log if row[0] > self.pruned]

    def restart(self) -> None:
        """Only what is stored is left; everybody's line breaks."""
        for page in self.pages:
            page.drop()
        seq, encoded = self.snapshot
        self.state = self.rules.decode(encoded)
        for event in self.read(seq):
            self.state = self.rules.apply(self.state, event)

    def read(self, after: int) -> list[Event]:
        """Later events, as they lie in the log."""
        return [
            Event(STREAM, seq, at, actor, nonce, stored.decode_body(kind, stored.BODY_VERSION, body))
            for seq, at, actor, nonce, kind, body in self.log
            if seq > after
        ]


class Page:
    """One person's page: what it shows is the mirror of the board with what the person has changed on top."""

    def __init__(self, server: Server, member: MemberId) -> None:
        self.server = server
        self.member = member
        self.is_staff = MEMBERS[member].is_staff
        self.mirror: dict[str, BoardElement] = {}
        self.deleted: dict[str, tuple[int, Element]] = {}
        self.hidden: set[str] = set()
        self.policy = BoardPolicy()
        self.seq = -1
        self.changed: dict[str, tuple[int, Element]] = {}
        self.under_way: BoardStreamCommand | None = None
        self.answered: list[tuple[BoardStreamCommand, Answer]] = []
        self.is_connected = False
        self.sent: deque[BoardStreamCommand] = deque()
        self.inbox: deque[Event | Answer] = deque()
        self._nonces = 0
        self._name = f"{member}-{len(server.pages)}"
        server.pages.append(self)

    # --- The line ---

    def drop(self) -> None:
        """The line breaks: what was under way in either direction is gone."""
        self.is_connected = False
        self.sent.clear()
        self.inbox.clear()

    def connect(self) -> None:
        """Join from where one stood, or anew; then say again what was not answered."""
        if self.is_connected:
            return
        self.is_connected = True
        missed = self.server.read(self.seq)
        is_known = self.server.pruned <= self.seq
        if not is_known or any(isinstance(event.body, events.BoardClearUndone) for event in missed):
            self.start_anew()
        else:
            self.inbox.extend(as_seen(event, self.server.state, self.is_staff) for event in missed)
        self.send_again()

    def start_anew(self) -> None:
        """Take a snapshot, in the encoding of its pages."""
        state = self.server.state
        page = msgspec.json.encode(visible_elements(state, self.is_staff))
        elements = msgspec.json.decode(page, type=tuple[BoardElement, ...])
        self.mirror = {kept.element.id: kept for kept in elements}
        self.hidden = set(state.hidden) if self.is_staff else set()
        self.policy = state.policy
        self.seq = self.server.seq

    def send_again(self) -> None:
        """What is not answered, under the same nonce."""
        if self.is_connected and self.under_way is not None:
            self.sent.append(self.under_way)

    def reach_server(self) -> None:
        """The next command arrives."""
        if self.sent:
            self.server.take(self, self.sent.popleft())

    # --- What the person does ---

    def shown(self) -> dict[str, Element]:
        """The elements on the screen."""
        elements = {name: kept.element for name, kept in self.mirror.items()}
        for name, (_, element) in self.changed.items():
            if element.is_deleted:
                elements.pop(name, None)
            else:
                elements[name] = element
        return elements

    def change(self, element: Element) -> None:
        """Draw or change something that is not just under way."""
        name = element.id
        if isinstance(self.under_way, BoardChange) and any(c.element.id == name for c in self.under_way.changes):
            return
        if name in self.changed:
            base = self.changed[name][0]
        elif name in self.mirror:
            base = self.mirror[name].version
        else:
            base = 0
        self.changed[name] = (base, element)

    def undo_deletion(self) -> None:
        """Bring back what went last, with what went with it, and tie to it what came off."""
        if not self.deleted:
            return
        name, (version, element) = self.deleted.popitem()
        container = element.container_id if isinstance(element, TextElement) else None
        if container in self.deleted:
            self.deleted[name] = (version, element)
            name, (version, element) = container, self.deleted.pop(container)
        if name in self.mirror:
            return
        self.changed.setdefault(name, (version, element))
        for note in element.bound_elements or ():
            tied = self.shown().get(note.id)
            if note.id in self.deleted and tied is None:
                self.changed.setdefault(note.id, self.deleted.pop(note.id))
            elif isinstance(tied, Arrow) and tied.end_binding is None:
                self.change(bent(tied, endBinding=end(name)))

    def ask(self, kind: type[BoardStreamCommand], **fields: Any) -> None:
        """Something that teachers may; nothing when a command is under way."""
        if self.under_way is None:
            self._nonces += 1
            self.under_way = kind(f"{self._name}-{self._nonces:04}", BOARD, **fields)
            self.send_again()

    def send(self) -> None:
        """All that was changed, in one command."""
        if self.under_way is None and self.changed:
            changes = tuple(Change(base, element) for base, element in self.changed.values())
            self.changed.clear()
            self.ask(BoardChange, changes=changes)

    # --- What the page is told ---

    def hear(self) -> None:
        """The next event or answer."""
        if not self.inbox:
            return
        told = self.inbox.popleft()
        if isinstance(told, Event):
            self._take_event(told)
            return
        if self.under_way is None:
            return  # of a command that was sent twice
        if told[0] == "ok" and isinstance(told[1], int):
            assert told[1] <= self.seq, "acknowledged before its events were told"
        self.answered.append((self.under_way, told))
        self.under_way = None

    def _take_event(self, event: Event) -> None:
        if event.seq <= self.seq:
            return  # the snapshot has it already
        assert event.seq == self.seq + 1, "a hole in what was told"
        self.seq = event.seq
        match event.body:
            case events.BoardChanged(elements):
                for kept in elements:
                    self._take_element(kept)
            case events.BoardCleared(member):
                self.mirror = {
                    name: kept for name, kept in self.mirror.items() if member is not None and kept.creator != member
                }
            case events.BoardClearUndone():
                self.start_anew()
            case events.BoardHidden(names):
                self.hidden |= set(names)
                if not self.is_staff:
                    self.mirror = {name: kept for name, kept in self.mirror.items() if name not in names}
            case events.BoardShown(elements):
                self.mirror |= {kept.element.id: kept for kept in elements}
                self.hidden -= {kept.element.id for kept in elements}
            case events.BoardPolicySet(policy):
                self.policy = policy
            case other:
                assert other == events.Hidden()

    def _take_element(self, kept: BoardElement) -> None:
        name = kept.element.id
        old = self.mirror.pop(name, None)
        if kept.element.is_deleted:
            self.hidden.discard(name)
            if old is not None:
                self.deleted[name] = (kept.version, old.element)
        else:
            self.mirror[name] = kept
