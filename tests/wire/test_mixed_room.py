"""One room with members of every kind of client at once."""

import asyncio

from tests.wire.classroom import Classroom, new_nonce, upgraded
from tests.wire.clients import KINDS, Client, NpmClient, everywhere

EACH = 40
"""Messages of each member."""


def _texts(client: Client, name: str) -> list[str]:
    return [f"{client.kind} as {name}: {number}" for number in range(EACH)]


async def test_all_kinds_see_the_same_order_under_a_burst(classroom: Classroom) -> None:
    """Everybody posts at once, some upgrade in the middle: all see the same, dense, nothing doubled."""
    room = classroom.room
    names = ("leo", "zoe", "jan", "ola", "claire", "ewa", "leo", "jan")
    clients: list[tuple[Client, str]] = []
    teacher = await classroom.enter(classroom.claire)
    for kind, name in zip(KINDS, names, strict=True):
        options = {"upgrade_at_once": False} if kind.upgrades else {}
        clients.append((await classroom.enter(classroom.members[name], kind, **options), name))
    everybody = [teacher, *(client for client, _ in clients)]
    acks = []
    for number in range(EACH):
        for client, name in clients:
            fields = {"room": room, "text": _texts(client, name)[number], "nonce": new_nonce()}
            acks.append(client.send("chat.post", fields))
        if number % 10 == 9 or number >= EACH // 2:
            await acks[-len(clients)]  # so that it is spread over several flushes, and over the upgrades
        if number == EACH // 2:
            for client in everybody:
                if isinstance(client, NpmClient) and client.kind.upgrades:
                    assert client.view(room).applied
                    client.upgrade()
    answers = await asyncio.gather(*acks)
    seqs = [answer["ok"]["seq"] for answer in answers]
    assert sorted(seqs) == list(range(1, len(acks) + 1))
    await everywhere(everybody, room, len(acks))
    first, *others = (client.view(room).applied for client in everybody)
    assert [event["seq"] for event in first] == list(range(1, len(acks) + 1))
    for other in others:
        assert other == first
    for client, name in clients:
        wrote = [event["body"]["text"] for event in first if event["body"]["text"].startswith(f"{client.kind} as ")]
        assert wrote == _texts(client, name)
        assert len(client.pushes("event")) == len(acks)
        if client.kind.upgrades:
            await upgraded(client)
            place = next(place for place, entry in enumerate(client.journal) if entry.kind == "upgraded")
            events = [place for place, entry in enumerate(client.journal) if entry.name == "event"]
            assert events[0] < place < events[-1], "the upgrade was not in the middle of the burst"
