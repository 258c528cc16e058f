"""A node in a process of its own that stands still, is killed, or has a wrong clock."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from loadtests.topology.redis import Redis
from rtserver.broker.redis.timing import Timing
from tests.rtserver.broker.support import SILENCE, Nodes

ROOT = Path(__file__).parents[4]

FIVE_MINUTES = 300.0


@pytest.fixture
def timing() -> Timing:
    """Of the nodes here; that in a process of its own has the same."""
    return SILENCE


class Apart:
    """That process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.name = ""
        self.heard: list[list[Any]] = []

    async def said(self, kind: str) -> Any:
        """The next line of that kind; what it says before stays in `heard`."""
        assert self.process.stdout is not None
        while True:
            line = await self.process.stdout.readline()
            assert line, "it has ended"
            words = json.loads(line)
            if words[0] == kind:
                return words[-1]
            self.heard.append(words)

    async def ask(self, *words: str) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(words).encode() + b"\n")
        return await self.said(words[0])

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)


@asynccontextmanager
async def apart(url: str, prefix: str, ahead: float = 0.0) -> AsyncIterator[Apart]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.rtserver.broker.node_process", url, prefix, str(ahead)),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    node = Apart(process)
    try:
        node.name = await node.said("node")
        await node.said("connected")
        yield node
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_a_node_that_stood_still_does_not_hold_what_another_has_claimed(
    nodes: Nodes, shared_redis: Redis, prefix: str
) -> None:
    """It is missed; awake again it says everything anew, and learns that its call is another's."""
    [other] = await nodes.start(1)
    async with apart(shared_redis.url, prefix) as stuck:
        await stuck.ask("put", "here:1", "value")
        assert await stuck.ask("claim", "call:1") == stuck.name
        assert await stuck.ask("claim", "call:2") == stuck.name
        assert await other.broker.claim("call:1") == stuck.name
        stuck.signal(signal.SIGSTOP)
        await other.told.misses(stuck.name)
        assert await other.broker.values("here:1") == {}
        assert await other.broker.claim("call:1") == other.name
        stuck.signal(signal.SIGCONT)
        await stuck.said("lost")
        await stuck.said("connected")
        assert await other.broker.values("here:1") == {stuck.name: b"value"}
        assert await stuck.ask("claim", "call:1") == other.name
        assert await stuck.ask("claim", "call:2") == stuck.name
        assert other.told.lost_nodes == [stuck.name]
        assert (other.told.connections, other.told.losses) == (1, 0)


async def test_a_node_that_just_woke_up_cannot_claim_as_if_it_had_not_slept(
    nodes: Nodes, shared_redis: Redis, prefix: str
) -> None:
    """Its question was asked while it slept and may come before its next sign of life."""
    [other] = await nodes.start(1)
    async with apart(shared_redis.url, prefix) as stuck:
        await stuck.ask("put", "here:1", "value")
        assert await other.broker.claim("call:1") == other.name
        stuck.signal(signal.SIGSTOP)
        asking = asyncio.create_task(stuck.ask("claim", "call:1"))
        await other.told.misses(stuck.name)
        stuck.signal(signal.SIGCONT)
        assert await asking in (None, other.name)


async def test_a_node_that_was_killed_is_missed_and_cleared(nodes: Nodes, shared_redis: Redis, prefix: str) -> None:
    one, other = await nodes.start(2)
    async with apart(shared_redis.url, prefix) as killed:
        await killed.ask("put", "here:1", "value")
        assert await killed.ask("claim", "call:1") == killed.name
        assert await one.broker.values("here:1") == {killed.name: b"value"}
        killed.signal(signal.SIGKILL)
        for node in (one, other):
            await node.told.misses(killed.name)
            assert node.told.lost_nodes == [killed.name]
        assert await one.broker.values("here:1") == {}
        assert await one.broker.claim("call:1") == one.name
    for node in (one, other):
        await node.broker.stop()
    assert shared_redis.ask("KEYS", f"{prefix}:*") == [], "nothing stays behind"


async def test_clocks_may_be_five_minutes_apart(nodes: Nodes, shared_redis: Redis, prefix: str) -> None:
    """No clock of a node is asked for anything."""
    [other] = await nodes.start(1)
    async with apart(shared_redis.url, prefix, ahead=FIVE_MINUTES) as node:
        await node.ask("put", "here:1", "value")
        assert await node.ask("claim", "call:1") == node.name
        assert await other.broker.values("here:1") == {node.name: b"value"}
        assert await other.broker.claim("call:1") == node.name
        other.broker.put("here:1", b"mine")
        await other.settled("here:1")
        assert await node.ask("values", "here:1") == {other.name: "mine"}
        node.signal(signal.SIGKILL)
        await other.told.misses(node.name)
        assert await other.broker.claim("call:1") == other.name
        other.broker.release("call:1")
        assert ["lost"] not in node.heard
