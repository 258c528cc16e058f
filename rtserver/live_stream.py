"""A live stream: the one owner of its log in this process, which takes commands in order, decides, appends and tells.

A command is decided on the committed state, together with those that arrived while the last commit ran; nothing leaves
before the commit. When another process was first, the owner reads what it wrote and decides again; when a commit fails,
the commands are refused with a retryable error and the owner reads the log again before it goes on.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Generic, TypeVar

import structlog

from rooms.chat.model import MessageId
from rooms.chat.state import RECALLED_MAX
from rooms.errors import ErrorCode, Refused
from rooms.events import ChatDeleted
from rooms.messages import Accepted
from rooms.model import MemberId
from rooms.ports import Append, Appended, Log, LogUnavailable, Repeated, UsedNonce
from rooms.stream import Event, Position, Rules, StreamName
from rtserver.drafts import Answer, Decide, Draft, Needed, Submission
from rtserver.heard_events import HeardEvents
from rtserver.listener import Listener
from rtserver.metrics.figures import FIGURES
from rtserver.recent_events import RECENT_EVENTS_MAX, RecentEvents
from rtserver.snapshots import Snapshots
from rtserver.tracing import TRACING, Stage

log = structlog.get_logger(__name__)

RECENT_NONCES_MAX = 2_000
"""Nonces of a stream kept in memory: resends come within minutes; older ones are found in the store."""

READ_PAGE = 200
"""Events read at once while catching up: to apply them to a large board takes some tens of milliseconds."""

BATCH_MAX = 500
"""Commands decided for one append: bounds the time that a reader of the loop waits."""

RECALLS_MAX = RECALLED_MAX // 2
"""Older messages fetched for one batch: one more still fits beside them in what a chat keeps at hand."""

ATTEMPTS_MAX = 50
"""Appends of one batch that others may forestall: each time one of them has gone on, so it ends by itself; unless the
log and we do not agree about where it ends."""

Announce = Callable[[StreamName, str, list[Event]], None]
"""Tells the other processes of a stream's epoch and events that this one has just appended to it."""

Clock = Callable[[], int]
State = TypeVar("State")

RecallMessage = Callable[[State, StreamName, set[MessageId]], Awaitable[State]]
"""Puts older messages of a chat into its state."""


class LiveStream(Generic[State]):
    """One stream and its state, as of the last commit."""

    def __init__(
        self,
        name: StreamName,
        rules: Rules[State],
        store: Log,
        clock: Clock,
        listeners: list[Listener],
        recall_message: RecallMessage[State] | None = None,
        snapshots: Snapshots[State] | None = None,
        recent: RecentEvents | None = None,
        announce: Announce | None = None,
    ) -> None:
        """`snapshots`: when the state is stored; None: with all events kept. `recent`: where the newest are at hand."""
        self.name = name
        self.state: State = rules.empty(name)
        self.position = Position("", 0)
        self._rules = rules
        self._store = store
        self._clock = clock
        self._listeners = listeners
        self._recall_message = recall_message
        self._snapshots = snapshots or Snapshots(name, rules, store)
        self._events = recent or RecentEvents()
        self._announce = announce
        self._heard = HeardEvents()
        """Of other processes; not applied while an append of ours is under way."""
        self._reading_back: asyncio.Task[None] | None = None
        self._reading: dict[tuple[int, int, int, int | None], asyncio.Task[list[Event]]] = {}
        self._recent: dict[tuple[MemberId, str], int] = {}
        self._waiting: deque[Submission[State]] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._loading: asyncio.Future[None] | None = None
        self._must_catch_up = False
        """Others have appended: what was heard of it, or else the log, says what."""
        self._must_read = False
        """The log is to be read, whatever was heard."""
        self._saving: asyncio.Task[None] | None = None

    async def ready(self) -> None:
        """Returns once the state is loaded. Raises `LogUnavailable`."""
        loading = self._loading
        if loading is None:
            loading = self._loading = asyncio.ensure_future(self._load())
        try:
            await asyncio.shield(loading)
        except Exception:
            if self._loading is loading:  # else somebody has begun anew already
                self._loading = None
            raise

    async def submit(
        self, actor: MemberId, nonce: str, decide: Decide[State], message: Needed[State] | None = None
    ) -> Accepted:
        """Have a command decided and stored. Raises `Refused`, also with UNAVAILABLE when it could not be stored."""
        future: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()

        def answer(outcome: Accepted | Refused) -> None:
            if future.done():
                return
            if isinstance(outcome, Refused):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

        self.enqueue(actor, nonce, decide, answer, message)
        return await future

    def enqueue(
        self,
        actor: MemberId,
        nonce: str,
        decide: Decide[State],
        answer: Answer,
        message: Needed[State] | None = None,
        repeated: Callable[[], None] | None = None,
    ) -> None:
        """As `submit`, in the order of the calls: `answer` is called once, after the commit; `repeated` before it, when
        the command is a resend of one that was taken before, whatever `decide` was asked meanwhile.
        """
        self._waiting.append(Submission(actor, nonce, decide, answer, message, repeated, TRACING.current))
        self._wake()

    def has_taken(self, actor: MemberId, nonce: str) -> bool:
        """Whether this is a resend, for what is to be done before it is decided: it will be answered as before."""
        return (actor, nonce) in self._recent

    def nudge(self) -> None:
        """Somebody else has appended: read the log."""
        self._must_read = True
        self._wake()

    async def refresh(self) -> None:
        """Returns when what others had appended before is known, or cannot be read now."""
        self.nudge()
        await self.idle()

    def hear(self, epoch: str, events: list[Event]) -> None:
        """Another process says that it has appended these: they are applied at once, or when ours are committed."""
        if not self.position.epoch or events[-1].seq <= self.position.seq:
            return  # not loaded yet, or known
        if epoch != self.position.epoch or not self._heard.add(events):
            self.nudge()
            return
        is_busy = self._worker is not None or self._loading is None or not self._loading.done()
        if is_busy or not self._apply_heard():
            self._must_catch_up = True
            self._wake()

    def recent(self, after: int) -> list[Event] | None:
        """As `read` without a limit, at once; None when memory does not reach back that far."""
        return self._events.after(after)

    async def read(self, after: int, limit: int, bytes_max: int | None = None) -> list[Event]:
        """Committed events with seq greater than `after`, up to the position that this process knows.

        `bytes_max` bounds what is read from the log, see `rooms.ports.Log.read`; what is at hand is bounded anyway.
        """
        is_near = self.position.seq - after <= RECENT_EVENTS_MAX
        if self.recent(after) is None and is_near and self._events.wants_older:
            if self._reading_back is None:
                self._reading_back = asyncio.create_task(self._read_back())
            await asyncio.shield(self._reading_back)
        recent = self.recent(after)
        if recent is not None:
            return recent[:limit]
        events = await self._read_log(after, limit, bytes_max)
        return [event for event in events if event.seq <= self.position.seq]

    async def _read_log(self, after: int, limit: int, bytes_max: int | None) -> list[Event]:
        """Read once for all who ask for the same meanwhile, as long as nothing is withdrawn."""
        asked = (self._events.emptied, after, limit, bytes_max)
        reading = self._reading.get(asked)
        if reading is None:
            reading = asyncio.create_task(self._store.read(self.name, after, limit, bytes_max))
            self._reading[asked] = reading
            reading.add_done_callback(lambda _: self._reading.pop(asked))
        return await asyncio.shield(reading)

    async def pruned(self) -> int:
        """Up to which seq the log has forgotten its events. Raises `LogUnavailable`."""
        return (await self._store.heads([self.name]))[self.name].pruned

    async def _read_back(self) -> None:
        """Have as many events at hand as fit: of a crowd that comes back, nobody else asks the log."""
        try:
            emptied = self._events.emptied
            oldest = max(0, self.position.seq - RECENT_EVENTS_MAX)
            self._events.before(await self._store.read(self.name, oldest, RECENT_EVENTS_MAX), emptied)
        finally:
            self._reading_back = None

    async def idle(self) -> None:
        """Returns when nothing is under way."""
        while under_way := [task for task in (self._worker, self._loading, self._saving) if task and not task.done()]:
            await asyncio.wait(under_way)

    def _wake(self) -> None:
        if self._worker is None:
            self._worker = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        try:
            while self._waiting or self._must_catch_up or self._must_read:
                batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), BATCH_MAX))]
                try:
                    await self._process(batch)
                except LogUnavailable as error:
                    log.warning("stream.unavailable", stream=self.name, error=str(error))
                    self._refuse(batch, Refused(ErrorCode.UNAVAILABLE))
                except Exception:
                    log.exception("stream.failed", stream=self.name)
                    self._refuse(batch, Refused(ErrorCode.INTERNAL))
        finally:
            self._worker = None

    def _refuse(self, batch: list[Submission[State]], refusal: Refused) -> None:
        self._must_catch_up = self._must_read = False  # the next command reads the log first
        if self._loading is not None and self._loading.done():
            self._loading = None
        for submission in batch:
            submission.answer(refusal)

    async def _process(self, batch: list[Submission[State]]) -> None:
        await self.ready()
        for _ in range(ATTEMPTS_MAX):
            if self._must_catch_up or self._must_read:
                await self._follow()
            draft = await self._draft(batch)
            if not draft.nonces:
                break
            draft.enters(Stage.APPEND)
            started = perf_counter()
            outcome = await self._store.append(
                Append(self.name, self.position, tuple(draft.events), tuple(draft.nonces), tuple(draft.identities))
            )
            FIGURES.append.observe(perf_counter() - started)
            if isinstance(outcome, Appended):
                draft.enters(Stage.FAN_OUT)
                self._accept(draft)
                break
            if isinstance(outcome, Repeated):
                self._remember(outcome.nonces)
            self._must_catch_up = True
        else:
            raise LogUnavailable("others append to it all the time")
        for answer, result in draft.answers:
            answer(result)
        if self._saving is None and self._snapshots.is_due(self.position.seq):
            self._saving = asyncio.create_task(self._save_snapshots())

    async def _follow(self) -> None:
        """Apply what others have appended. What is asked for meanwhile is done after it."""
        must_read, self._must_read, self._must_catch_up = self._must_read, False, False
        if not self._apply_heard() or must_read:
            await self._catch_up()
            self._apply_heard()

    async def _draft(self, batch: list[Submission[State]]) -> Draft[State]:
        """Decide a batch, in order, each command on the state that the ones before it lead to.

        A command whose message those before it have pushed out of reach goes back, with all behind it, to the head of
        the queue: the archive does not know yet what this batch does to the message.
        """
        looked_for = await self._recall(batch)
        draft = Draft(state=self.state, events=[], nonces=[], identities=[], answers=[], traces=[])
        outcomes: dict[tuple[MemberId, str], Accepted | Refused] = {}
        for index, submission in enumerate(batch):
            message = submission.missing(draft.state)
            if message is not None and message not in looked_for:
                self._waiting.extendleft(reversed(batch[index:]))
                del batch[index:]
                break
            key = (submission.actor, submission.nonce)
            outcome = outcomes.get(key)
            if outcome is None and key in self._recent:
                outcome = Accepted(self._recent[key])
            if outcome is None:
                outcome = outcomes[key] = self._decide(submission, draft)
            elif submission.repeated is not None:
                submission.repeated()
            draft.answers.append((submission.answer, outcome))
        return draft

    def _decide(self, submission: Submission[State], draft: Draft[State]) -> Accepted | Refused:
        if submission.trace is not None:
            submission.trace.enters(Stage.DECIDE)
            draft.traces.append(submission.trace)
        try:
            decision = submission.decide(draft.state)
        except Refused as refusal:
            return refusal
        at = self._clock()
        seq = self.position.seq + len(draft.events)
        for body in decision.bodies:
            seq += 1
            event = Event(self.name, seq, at, submission.actor, submission.nonce, body)
            draft.events.append(event)
            draft.state = self._rules.apply(draft.state, event)
        draft.identities.extend(decision.identities)
        draft.nonces.append(UsedNonce(submission.actor, submission.nonce, seq))
        return Accepted(seq)

    async def _recall(self, batch: list[Submission[State]]) -> set[MessageId]:
        """Have the messages at hand that the batch is about, as many as fit; returns what was looked for."""
        looked_for: set[MessageId] = set()
        if self._recall_message is None:
            return looked_for
        for submission in batch:
            message = submission.missing(self.state)
            if message is not None and len(looked_for) < RECALLS_MAX:
                looked_for.add(message)
        if looked_for:
            self.state = await self._recall_message(self.state, self.name, looked_for)
        message = batch[0].missing(self.state) if batch else None
        if message is not None and message not in looked_for:  # the others have taken its place
            self.state = await self._recall_message(self.state, self.name, {message})
            looked_for.add(message)
        return looked_for

    def _accept(self, draft: Draft[State]) -> None:
        self.state = draft.state
        self.position = Position(self.position.epoch, self.position.seq + len(draft.events))
        self._remember(draft.nonces)
        if self._announce is not None and draft.events:
            self._announce(self.name, self.position.epoch, draft.events)
        self._tell(draft.events)

    def _tell(self, events: list[Event]) -> None:
        for event in events:
            self._events.add(event)
            if isinstance(event.body, ChatDeleted):
                self._snapshots.note_deletion()
        if events:
            for listener in self._listeners:
                listener.committed(self.name, events)

    def _tell_reset(self) -> None:
        for listener in self._listeners:
            listener.reset(self.name)

    def _remember(self, used: list[UsedNonce] | tuple[UsedNonce, ...]) -> None:
        for item in used:
            self._recent[item.actor, item.nonce] = item.seq
        while len(self._recent) > RECENT_NONCES_MAX:
            del self._recent[next(iter(self._recent))]

    async def _load(self) -> None:
        """Read the state from the newest snapshot and the log behind it. Keeps what is loaded already."""
        head = await self._store.open(self.name)
        if self.position.epoch != head.position.epoch:
            was_loaded = self.position.epoch != ""
            await self._start_from_snapshot(head.position.epoch)
            if was_loaded:
                self._tell_reset()
        self._remember(await self._store.used_nonces(self.name, RECENT_NONCES_MAX))
        await self._catch_up()

    async def _start_from_snapshot(self, epoch: str) -> None:
        snapshot = await self._store.load_snapshot(self.name)
        size = 0
        if snapshot is not None and snapshot.version == self._rules.version:
            state, position, size = await self._snapshots.decode(snapshot), snapshot.position, len(snapshot.state)
        else:
            state, position = self._rules.empty(self.name), Position(epoch, 0)
        self._recent.clear()
        self._heard.clear()
        self.state, self.position = state, position
        self._snapshots.stored_at(self.position.seq, size)
        self._events.reset(self.position.seq)

    async def _catch_up(self) -> None:
        """Read what others have appended: one question, unless it is much."""
        while True:
            tail = await self._store.tail(self.name, self.position.seq, READ_PAGE)
            if tail is None:
                raise LookupError(f"{self.name} is not in the log any more")
            head, events = tail.head.position, list(tail.events)
            if head.epoch != self.position.epoch:
                return await self._load()
            if head.seq < self.position.seq:
                # The database has lost its newest commits, as when a replica that was behind takes over. Whoever has
                # seen them must not take others of the same numbers for them.
                log.error("stream.cut_short", stream=self.name, seq=self.position.seq, head=head.seq)
                await self._store.renew_epoch(self.name, head)
                return await self._load()
            is_next = bool(events) and events[0].seq == self.position.seq + 1
            if head.seq > self.position.seq and not is_next and await self._jump_to_snapshot():
                continue
            if events:
                self._apply(events)
            if not events or self.position.seq >= head.seq:
                return None

    def _apply_heard(self) -> bool:
        """Apply what others have appended next, as they say. False when nothing is, or something between is missing."""
        following = self._heard.take(self.position.seq)
        if following:
            self._apply(following)
        return bool(following) and not self._heard

    def _apply(self, events: list[Event]) -> None:
        """Events that others have appended, the next ones of this stream."""
        state = self.state
        for event in events:
            state = self._rules.apply(state, event)
        self.state, self.position = state, Position(self.position.epoch, events[-1].seq)
        self._remember([UsedNonce(event.actor, event.nonce, event.seq) for event in events if event.nonce is not None])
        self._tell(events)

    async def _jump_to_snapshot(self) -> bool:
        """The log was pruned behind our back: go on from its snapshot. False when there is no newer one."""
        snapshot = await self._store.load_snapshot(self.name)
        if snapshot is None or snapshot.version != self._rules.version or snapshot.position.seq <= self.position.seq:
            log.error("stream.gap", stream=self.name, seq=self.position.seq)
            return False
        await self._start_from_snapshot(snapshot.position.epoch)
        self._tell_reset()
        return True

    async def _save_snapshots(self) -> None:
        """Beside the worker: the next batch is decided and stored meanwhile."""
        try:
            while self._snapshots.is_due(self.position.seq):
                if not await self._snapshots.save(self.position, self.state):
                    return
        finally:
            self._saving = None
