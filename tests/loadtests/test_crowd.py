"""People come in, drop and come back: with their position, their gaps filled, what they wrote sent again."""

from typing import Any

import msgspec
import pytest
from msgspec import Raw
from msgspec.json import encode

from loadtests.generator import crowd, tags
from loadtests.generator.activity import Activity, Topic
from loadtests.generator.agenda import NEVER
from loadtests.generator.crowd import SLOW_READER, Crowd
from loadtests.generator.people import Person, RoomPlan
from loadtests.generator.target import Target
from loadtests.generator.traffic import Traffic
from loadtests.problem import Problem
from loadtests.schedule import NANOSECONDS
from rooms.messages import ChatHistory, ChatPost, ProjectJoin, RoomJoin, RoomSetOpen
from tests.loadtests.recording_peer import RecordingPeer

RUN = "0a1b2c3d"
ROOM = RoomPlan(0, "p_1", "r_1", ("m_0", "m_1"))
CHAT = Activity(Topic.CHAT, every=1, characters=10, reason="")
LATER = 10 * NANOSECONDS


class Loop:
    """Keeps peers."""

    def __init__(self) -> None:
        self.peers: list[Any] = []

    def add(self, peer: Any) -> None:
        self.peers.append(peer)

    def remove(self, peer: Any) -> None:
        self.peers.remove(peer)


class Stage:
    """A crowd of one, and the server's part in it."""

    def __init__(self, number: int) -> None:
        self.loop = Loop()
        self.traffic = Traffic(RUN)
        target = Target("http", "localhost", 80, "127.0.0.1")
        self.crowd = Crowd(self.loop, target, self.traffic, seed=1)  # type: ignore[arg-type]
        self.person = Person(ROOM, number)
        self.person.ticket = "ticket"
        self.crowd.let_in([self.person])
        self.crowd.move(0)

    @property
    def peer(self) -> Any:
        """The newest connection."""
        return self.loop.peers[-1]

    def answer(self, kind: type, **ok: object) -> None:
        """Acknowledge the newest command of this kind."""
        commands = self.peer.sent
        number = max(index for index, command in enumerate(commands, 1) if isinstance(command, kind))
        self.crowd.ack(self.peer, number, Raw(encode([{"ok": ok}])), at=0)

    def refuse(self, kind: type, code: str) -> None:
        commands = self.peer.sent
        number = max(index for index, command in enumerate(commands, 1) if isinstance(command, kind))
        error = {"code": code, "message": "No.", "retry": False}
        self.crowd.ack(self.peer, number, Raw(encode([{"error": error}])), at=0)

    def join(self, seq: int, **more: object) -> None:
        """The server lets them in, at `seq` of the room."""
        self.crowd.opened(self.peer)
        self.answer(ProjectJoin, position={"epoch": "p", "seq": 3})
        self.answer(RoomJoin, position={"epoch": "e", "seq": seq}, **more)

    def push(self, name: str, **payload: object) -> None:
        self.crowd.event(self.peer, name, Raw(encode(payload)), at=0)

    def chat(self, seq: int) -> None:
        self.push("event", stream=ROOM.stream, seq=seq, nonce=nonce(seq))

    def last(self, kind: type) -> Any:
        return [command for command in self.peer.sent if isinstance(command, kind)][-1]


def nonce(seq: int) -> str:
    """The other one has written all of it, the first as number 0."""
    return tags.write(RUN, Topic.CHAT, 0, seq - 1, due=0)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(crowd, "Peer", RecordingPeer)
    return Stage(1)


def test_in_with_a_ticket_and_back_with_session_and_position(stage: Stage) -> None:
    assert stage.person.auth.ticket == "ticket"
    stage.push("session", session="token", member="m_1", expires_at=0)
    stage.join(seq=0)
    assert (stage.crowd.here, stage.crowd.away) == (1, 0)
    stage.chat(1)
    stage.crowd.drop_all(now=0)
    assert (stage.crowd.here, stage.crowd.away) == (0, 1)
    stage.crowd.move(LATER)
    assert stage.person.auth.session == "token"
    stage.crowd.opened(stage.peer)
    assert msgspec.to_builtins(stage.last(RoomJoin).position) == {"epoch": "e", "seq": 1}
    assert msgspec.to_builtins(stage.last(ProjectJoin).position) == {"epoch": "p", "seq": 3}


def test_who_is_asked_to_move_does(stage: Stage) -> None:
    """At their moment and not before, with their position; what was not acknowledged is sent again."""
    stage.join(seq=0)
    stage.traffic.send(stage.person, CHAT, due=0)
    first = stage.peer
    stage.push("moving", after_ms=500)
    moment = NANOSECONDS // 2
    assert stage.crowd.next_move(LATER) == moment
    stage.crowd.move(moment - 1)
    assert stage.crowd.here == 1
    stage.crowd.move(moment)
    assert stage.loop.peers == [stage.peer]
    assert stage.peer is not first
    assert (stage.crowd.here, stage.crowd.away, stage.crowd.moves) == (0, 1, 1)
    stage.join(seq=0, events=[])
    assert stage.last(ChatPost) == first.sent[-1]
    assert sum(stage.crowd.absences.values()) == 1
    assert not stage.crowd.cuts
    assert not stage.crowd.returns


def test_who_was_cut_before_their_moment_is_not_moved(stage: Stage) -> None:
    stage.join(seq=0)
    stage.push("moving", after_ms=500)
    stage.crowd.closed(stage.peer, "gone")
    stage.crowd.move(NEVER)
    stage.join(seq=0, events=[])
    assert (stage.crowd.here, stage.crowd.moves) == (1, 0)
    assert len(stage.loop.peers) == 2
    assert sum(stage.crowd.absences.values()) == 1


def test_missed_chat_is_filled_in(stage: Stage) -> None:
    stage.join(seq=0)
    stage.crowd.drop_all(now=0)
    stage.crowd.move(LATER)
    stage.join(seq=2, events=[{"seq": 1, "nonce": nonce(1)}, {"seq": 2, "nonce": nonce(2)}])
    stage.chat(3)
    counts = stage.person.receiver.counts
    assert (counts.durable, counts.twice, counts.disorder, counts.gaps) == (3, 0, 0, 0)
    assert sum(stage.crowd.returns.values()) == 1


def test_after_a_snapshot_they_page_back_to_where_they_were(stage: Stage) -> None:
    stage.join(seq=0)
    stage.chat(1)
    stage.crowd.drop_all(now=0)
    stage.crowd.move(LATER)
    newest = [{"id": seq, "nonce": nonce(seq)} for seq in (4, 5)]
    stage.join(seq=5, snapshot={"messages": newest, "more": True})
    assert stage.crowd.here == 0
    assert stage.last(ChatHistory).before == 4
    older = [{"id": seq, "nonce": nonce(seq)} for seq in (1, 2, 3)]
    stage.answer(ChatHistory, messages=older, more=False)
    assert stage.crowd.here == 1
    counts = stage.person.receiver.counts
    assert (counts.durable, counts.twice, counts.disorder) == (5, 0, 0)
    stage.chat(6)
    assert counts.gaps == 0


def test_a_gap_is_filled_by_joining_again(stage: Stage) -> None:
    stage.join(seq=0)
    stage.chat(2)
    assert msgspec.to_builtins(stage.last(RoomJoin).position) == {"epoch": "e", "seq": 0}
    events = [{"seq": seq, "nonce": nonce(seq)} for seq in (1, 2)]
    stage.answer(RoomJoin, position={"epoch": "e", "seq": 2}, events=events)
    counts = stage.person.receiver.counts
    assert (counts.durable, counts.gaps, counts.twice) == (2, 1, 0)
    assert stage.crowd.here == 1


def test_what_was_written_and_not_acknowledged_is_sent_again(stage: Stage) -> None:
    stage.join(seq=0)
    stage.traffic.send(stage.person, CHAT, due=0)
    written = stage.last(ChatPost)
    stage.crowd.drop_all(now=0)
    stage.crowd.move(LATER)
    stage.join(seq=0, events=[])
    assert stage.last(ChatPost) == written
    stage.answer(ChatPost, seq=1)
    assert not stage.person.unacknowledged


def test_a_founder_opens_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "Peer", RecordingPeer)
    stage = Stage(0)
    stage.join(seq=0)
    assert stage.crowd.opening == 1
    assert stage.last(RoomSetOpen).open
    stage.answer(RoomSetOpen, seq=1)
    assert stage.crowd.opening == 0


@pytest.mark.parametrize(("is_slow", "suffix"), [(False, ""), (True, SLOW_READER)])
def test_who_is_cut_comes_back(stage: Stage, is_slow: bool, suffix: str) -> None:
    stage.join(seq=0)
    stage.person.is_slow = is_slow
    stage.crowd.closed(stage.peer, "Connection reset by peer")
    assert stage.crowd.cuts == {f"Connection reset by peer{suffix}": 1}
    stage.crowd.move(10**30)
    assert len(stage.loop.peers) == 2


def test_who_never_came_in_ends_the_run(stage: Stage) -> None:
    with pytest.raises(Problem, match=r"A member could not come in: refused: no\. See the server's log"):
        stage.crowd.closed(stage.peer, "refused: no")


def test_a_full_server_ends_the_run(stage: Stage) -> None:
    with pytest.raises(Problem, match="RT_CONNECTIONS_MAX"):
        stage.crowd.closed(stage.peer, 'no WebSocket: HTTP/1.1 503 {"error":{"code":"server_full"}}')


def test_no_local_port_is_left(stage: Stage) -> None:
    with pytest.raises(Problem, match=r"net\.ipv4\.ip_local_port_range"):
        stage.crowd.closed(stage.peer, "Cannot assign requested address")


def test_a_refused_join_ends_the_run(stage: Stage) -> None:
    stage.crowd.opened(stage.peer)
    with pytest.raises(Problem, match=r"A member was refused \(room_banned\)"):
        stage.refuse(RoomJoin, "room_banned")


@pytest.mark.parametrize(("reason", "comes_back"), [('{"retry":true}', True), ('{"retry":false}', False)])
def test_a_stopping_server_is_tried_again(stage: Stage, reason: str, comes_back: bool) -> None:
    stage.join(seq=0)
    stage.crowd.drop_all(now=0)
    stage.crowd.move(LATER)
    if comes_back:
        stage.crowd.closed(stage.peer, f"refused: {reason}")
        stage.crowd.move(10**30)
        assert len(stage.loop.peers) == 2
    else:
        with pytest.raises(Problem, match="does not let a member come back"):
            stage.crowd.closed(stage.peer, f"refused: {reason}")
