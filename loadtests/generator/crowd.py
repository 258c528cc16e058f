"""The people of one process coming in, dropping out and coming back: the `Listener` of all their peers."""

import heapq
import random
from collections import deque
from collections.abc import Iterable
from time import perf_counter_ns

import msgspec
from msgspec import Raw, Struct

from loadtests.generator.limits import spoiled, spoiled_connection
from loadtests.generator.people import Person
from loadtests.generator.tally import Tally, count
from loadtests.generator.target import Target
from loadtests.generator.traffic import Traffic
from loadtests.loop import Loop
from loadtests.packets import decode_ack
from loadtests.peer import Peer, SharedChunks
from loadtests.problem import Problem
from loadtests.schedule import NANOSECONDS
from rooms.messages import ChatHistory, Failure, Moving, RoomSetOpen, SessionGranted

IN_FLIGHT_MAX = 64
"""People on their way in at once when a run is prepared: enough to keep the server busy, less than its backlog."""

RETURN_DELAY_MAX = 1.0
"""Seconds within which people who were cut come back, at random, as Socket.IO's clients do."""

RETRY_DELAY_MAX = 2.0
"""The same after an attempt that failed: the server may be starting."""

PAGE = 100
"""Messages asked for at once when the server answers a join with a snapshot instead of what was missed."""

REFUSED = "refused:"
"""How a peer begins to say that the server has refused its CONNECT."""

RETRY = '"retry":true'
"""In a refusal that does not last: the server is about to stop."""

SLOW_READER = " (a slow reader)"
"""Follows the reason when somebody is cut who had stopped reading: that is as it should be."""

NANOSECONDS_PER_MS = 1_000_000

NO_LOCAL_PORT = "Cannot assign requested address"
"""What the system says when all local ports towards one address are taken."""


class At(Struct, frozen=True):
    """What is read of a position."""

    epoch: str
    seq: int


class Missed(Struct, frozen=True):
    """What is read of an event that was missed."""

    seq: int
    nonce: str | None = None


class Old(Struct, frozen=True):
    """What is read of a message in a snapshot or a page of history."""

    id: int
    nonce: str | None = None


class View(Struct, frozen=True):
    """What is read of a room's snapshot, or of a page of its history."""

    messages: tuple[Old, ...]
    more: bool = False


class Joined(Struct, frozen=True):
    """What is read of the answer to a join."""

    position: At
    events: tuple[Missed, ...] | None = None
    snapshot: View | None = None


class ProjectIsJoined(Struct, frozen=True):
    """What is read of the answer to project.join; the snapshot of a large project is not."""

    position: At


class Page(Struct):
    """History that somebody pages through: back to `until`, as the events after it were not sent."""

    until: int
    head: int
    messages: list[Old]
    ack: int = 0


class Crowd:
    """Everybody whom one process plays."""

    def __init__(self, loop: Loop, target: Target, traffic: Traffic, seed: int) -> None:
        self.people: list[Person] = []
        self.here = 0
        """How many are in their rooms."""
        self.cuts: dict[str, int] = {}
        """How often the server has ended a connection, by its reason."""
        self.returns: Tally = {}
        """How long people who were dropped by us were away."""
        self.absences: Tally = {}
        """How long anybody was away: from the end of one connection until they were in their room with another."""
        self.moves = 0
        """How often somebody was asked by the server to come back by another connection, and did."""
        self._loop = loop
        self._target = target
        self._traffic = traffic
        self._context = target.context()
        self._shared = SharedChunks()
        self._dice = random.Random(seed)
        self._owners: dict[Peer, Person] = {}
        self._waiting: deque[Person] = deque()
        self._on_the_way = 0
        self._returning: list[tuple[int, int, Person]] = []
        self._moving: list[tuple[int, int, Person, Peer]] = []
        self._ranks = 0
        self._dropped_at: int | None = None
        self._pages: dict[Person, Page] = {}
        self._opening: dict[Person, int] = {}
        """Founders who have asked that their room be opened, and the acks that they wait for."""
        self._session_decoder = msgspec.json.Decoder(SessionGranted)
        self._joined_decoder = msgspec.json.Decoder(Joined)
        self._project_decoder = msgspec.json.Decoder(ProjectIsJoined)
        self._view_decoder = msgspec.json.Decoder(View)
        self._failure_decoder = msgspec.json.Decoder(Failure)
        self._moving_decoder = msgspec.json.Decoder(Moving)

    @property
    def away(self) -> int:
        """How many are not in their rooms."""
        return len(self.people) - self.here

    @property
    def opening(self) -> int:
        """Rooms that are not open yet: pupils may not write in them."""
        return len(self._opening)

    # --- Coming and going ---

    def let_in(self, people: Iterable[Person]) -> None:
        """They come in, a few at a time; `move` does it."""
        for person in people:
            self.people.append(person)
            self._waiting.append(person)

    def move(self, now: int) -> None:
        """Start whoever's turn it is at `now` nanoseconds."""
        while self._waiting and self._on_the_way < IN_FLIGHT_MAX:
            self._start(self._waiting.popleft())
        while self._moving and self._moving[0][0] <= now:
            _, _, person, peer = heapq.heappop(self._moving)
            if person.peer is peer:
                self._hang_up(person)
                self._start(person)
                self.moves += 1
        while self._returning and self._returning[0][0] <= now:
            self._start(heapq.heappop(self._returning)[2])

    def next_move(self, never: int) -> int:
        """When `move` has something to do."""
        return min(waiting[0][0] if waiting else never for waiting in (self._returning, self._moving))

    def drop_all(self, now: int) -> None:
        """Everybody's connection is gone, as when a school's network fails; they come back by themselves."""
        self._dropped_at = now
        for person in self.people:
            if person.peer is not None:
                self._hang_up(person)
                self._return(person, now, RETURN_DELAY_MAX)

    def expect_drop(self, now: int) -> None:
        """The operator restarts the server: from now on whoever is cut counts as dropped."""
        self._dropped_at = now

    def stall(self, count_per_room: int) -> None:
        """The last members of each room stop reading."""
        slow = [person for person in self.people if person.number >= person.room.size - count_per_room]
        for person in slow:
            person.is_slow = True
            if person.peer is not None:
                person.peer.pause()

    def wake(self) -> None:
        """They read again."""
        for person in self.people:
            if person.is_slow and person.peer is not None:
                person.peer.resume()

    def _start(self, person: Person) -> None:
        target = self._target
        peer = Peer(
            target.socket_address,
            person.room.project,
            person.auth,
            self,
            tls=target.tls(self._context),
            host=target.host,
            shared=self._shared,
        )
        person.peer = peer
        self._owners[peer] = person
        self._on_the_way += 1
        self._loop.add(peer)

    def _hang_up(self, person: Person) -> None:
        assert person.peer is not None
        self._loop.remove(person.peer)
        self._gone(person)

    def _gone(self, person: Person) -> None:
        if person.peer is not None:
            self._owners.pop(person.peer, None)
        if person.is_here:
            self.here -= 1
            person.left_at = perf_counter_ns()
        else:
            self._on_the_way -= 1
        person.peer = None
        person.is_here = False
        person.project_ack = person.room_ack = 0
        person.asked = {}
        self._pages.pop(person, None)
        self._opening.pop(person, None)

    def _return(self, person: Person, now: int, delay_max: float) -> None:
        self._ranks += 1
        at = now + round(self._dice.random() * delay_max * NANOSECONDS)
        heapq.heappush(self._returning, (at, self._ranks, person))

    # --- Listener ---

    def opened(self, peer: Peer) -> None:
        """Signed in: join the project and the room, both at once, as the server answers in order."""
        person = self._owners[peer]
        person.project_ack = peer.ask(person.project_join())
        person.room_ack = peer.ask(person.room_join())

    def event(self, peer: Peer, name: str, payload: Raw, at: int) -> None:
        """A push. Presence, rights and the like do not matter."""
        person = self._owners[peer]
        if name == "signal":
            self._traffic.signal(person, payload, at)
        elif name == "event":
            is_next = self._traffic.event(person, payload, at)
            if not is_next and not person.room_ack and person not in self._pages:
                person.room_ack = peer.ask(person.room_join())
        elif name == "session":
            person.session = self._session_decoder.decode(payload).session
        elif name == "moving":
            self._ranks += 1
            moment = at + self._moving_decoder.decode(payload).after_ms * NANOSECONDS_PER_MS
            heapq.heappush(self._moving, (moment, self._ranks, person, peer))
        elif name == "problem":
            self._traffic.refused(self._failure_decoder.decode(payload), is_signal=True)

    def ack(self, peer: Peer, number: int, payload: Raw, at: int) -> None:
        """The answer to a join or to a post."""
        person, ack = self._owners[peer], decode_ack(payload)
        page = self._pages.get(person)
        ours = (person.room_ack, person.project_ack, self._opening.get(person), page and page.ack)
        if number not in ours:
            self._traffic.answered(person, number, ack, at)
            return
        if ack.error is not None:
            raise Problem(
                spoiled(ack.error, is_signal=False)
                or f"A member was refused ({ack.error.code}): {ack.error.message} See the server's log."
            )
        if number == self._opening.get(person):
            del self._opening[person]
        elif number == person.project_ack:
            position = self._project_decoder.decode(ack.ok).position
            person.project_ack = 0
            person.project_epoch, person.project_seq = position.epoch, position.seq
        elif number == person.room_ack:
            self._joined(person, self._joined_decoder.decode(ack.ok), at)
        elif page is not None:
            self._turn_page(person, page, self._view_decoder.decode(ack.ok), at)

    def closed(self, peer: Peer, reason: str) -> None:
        """The server, or the network, has ended a connection: the person comes back by themselves."""
        person = self._owners[peer]
        now = perf_counter_ns()
        was_here = person.is_here
        self._gone(person)
        limit = spoiled_connection(reason)
        if limit is not None:
            raise Problem(limit)
        if not person.comes_back:
            raise Problem(_not_let_in(reason))
        if reason.startswith(REFUSED) and RETRY not in reason:
            raise Problem(f"The server does not let a member come back ({reason}): see its log.")
        if was_here:
            key = reason + SLOW_READER if person.is_slow else reason
            self.cuts[key] = self.cuts.get(key, 0) + 1
        self._return(person, now, RETURN_DELAY_MAX if was_here else RETRY_DELAY_MAX)

    # --- In the room ---

    def _joined(self, person: Person, joined: Joined, at: int) -> None:
        person.room_ack = 0
        missed = joined.events
        has_missed_nothing = joined.position.seq == person.receiver.seq
        if missed is None and person.comes_back and not has_missed_nothing and joined.position.epoch == person.epoch:
            snapshot = joined.snapshot or View(())
            page = Page(person.receiver.seq, joined.position.seq, [])
            self._pages[person] = page
            self._turn_page(person, page, snapshot, at)
            return
        for event in missed or ():
            self._traffic.fill(person, event.seq, event.nonce, at)
        self._is_in(person, joined.position, at)

    def _turn_page(self, person: Person, page: Page, view: View, at: int) -> None:
        """A snapshot holds the newest messages only: page back to where they were, as a reader who scrolls does."""
        page.messages[:0] = view.messages
        oldest = page.messages[0].id if page.messages else page.until
        if view.more and view.messages and oldest > page.until + 1 and person.peer is not None:
            page.ack = person.peer.ask(ChatHistory(room=person.room.room, before=oldest, limit=PAGE))
            return
        del self._pages[person]
        for message in page.messages:
            if message.id > page.until:
                self._traffic.fill(person, message.id, message.nonce, at)
        self._is_in(person, At(person.epoch or "", page.head), at)

    def _is_in(self, person: Person, position: At, at: int) -> None:
        person.epoch = position.epoch
        person.receiver.seq = position.seq
        if person.is_here:
            return  # joined again because of a gap
        person.is_here = True
        self.here += 1
        self._on_the_way -= 1
        if person.comes_back:
            if person.left_at is not None:
                count(self.absences, at - person.left_at)
                person.left_at = None
            if self._dropped_at is not None:
                count(self.returns, at - self._dropped_at)
            self._traffic.resend(person)
        elif person.number == 0 and person.peer is not None:
            nonce = f"open-{person.room.room}"
            self._opening[person] = person.peer.ask(RoomSetOpen(nonce=nonce, room=person.room.room, open=True))
        person.comes_back = True
        person.ticket = None


def _not_let_in(reason: str) -> str:
    if NO_LOCAL_PORT in reason:
        return (
            "This machine has no local port left for another connection: widen net.ipv4.ip_local_port_range, "
            "or ask for fewer people."
        )
    return f"A member could not come in: {reason}. See the server's log."
