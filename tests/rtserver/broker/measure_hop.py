"""What a message costs from one node to another by way of Redis: `python -m tests.rtserver.broker.measure_hop`.

Both nodes live in this process, Redis in one of its own: the CPU is that of one publish and one receive, of the latency
a part is the other node's work. `redis-py` is its asyncio client with PUBLISH and `PubSub.listen`, for comparison.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import redis.asyncio

from loadtests.topology.redis import Redis
from rtserver.broker.redis.address import parse
from rtserver.broker.redis.broker import RedisBroker
from tests.rtserver.broker.support import Told

MESSAGE_BYTES = 200
CHANNEL = "room:0123456789abcdef"

PACED = 2_000
"""Messages that leave one by one, each in its own write: the dearest way."""
PACE = 0.001

BURSTS, BURST = 500, 20
"""Messages that leave together."""

Publish = Callable[[bytes], object]


class Arrivals:
    def __init__(self) -> None:
        self.delays: list[float] = []
        self._wanted = 0
        self._are_there = asyncio.Event()

    def take(self, message: bytes) -> None:
        self.delays.append(time.perf_counter() - float(message[:20]))
        if len(self.delays) >= self._wanted:
            self._are_there.set()

    async def wait(self, wanted: int) -> None:
        self._wanted = wanted
        if len(self.delays) < wanted:
            self._are_there.clear()
            await self._are_there.wait()


def message() -> bytes:
    return f"{time.perf_counter():020.9f}".encode().ljust(MESSAGE_BYTES, b".")


async def paced(publish: Publish, count: int) -> None:
    for _ in range(count):
        publish(message())
        await asyncio.sleep(PACE)


async def bursts(publish: Publish, count: int) -> None:
    for sent in range(1, count + 1):
        publish(message())
        if sent % BURST == 0:
            await asyncio.sleep(PACE * BURST / 4)


async def idle(_publish: Publish, count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(PACE)


@asynccontextmanager
async def ours(url: str, arrivals: Arrivals | None) -> AsyncIterator[Publish]:
    sender, receiver = (RedisBroker(parse(url), "hop") for _ in range(2))
    told = Told()
    in_force = asyncio.Event()
    if arrivals is not None:
        receiver.subscribe(CHANNEL, arrivals.take, in_force.set)
        await receiver.start(Told())
        await in_force.wait()
    await sender.start(told)
    await told.connected.wait()
    yield lambda text: sender.publish(CHANNEL, text)
    await sender.stop()
    await receiver.stop()


@asynccontextmanager
async def redis_py(url: str, arrivals: Arrivals | None) -> AsyncIterator[Publish]:
    client, other = redis.asyncio.from_url(url), redis.asyncio.from_url(url)
    pubsub = other.pubsub()
    queue: asyncio.Queue[bytes] = asyncio.Queue()

    async def receive(take: Callable[[bytes], None]) -> None:
        async for one in pubsub.listen():
            if one["type"] == "message":
                take(one["data"])

    async def send() -> None:
        while True:
            async with client.pipeline(transaction=False) as pipe:
                pipe.publish(CHANNEL, await queue.get())
                while not queue.empty():
                    pipe.publish(CHANNEL, queue.get_nowait())
                await pipe.execute()

    tasks = [asyncio.create_task(send())]
    if arrivals is not None:
        await pubsub.subscribe(CHANNEL)
        tasks.append(asyncio.create_task(receive(arrivals.take)))
    yield queue.put_nowait
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await pubsub.aclose()
    await client.aclose()
    await other.aclose()


async def cpu(way: Callable[..., Any], url: str, traffic: Callable, count: int, arrivals: Arrivals | None) -> float:
    """Microseconds of this process for each message."""
    async with way(url, arrivals) as publish:
        begun = time.process_time()
        await traffic(publish, count)
        if arrivals is not None:
            await arrivals.wait(count)
        return (time.process_time() - begun) / count * 1e6


async def measure(url: str) -> dict[str, dict[str, float]]:
    found = {}
    ways: dict[str, Callable[..., Any]] = {"ours": ours, "redis-py": redis_py}
    for name, way in ways.items():
        pauses = await cpu(way, url, idle, PACED, None)
        figures = {}
        for kind, traffic, count in (("one_by_one", paced, PACED), ("bursts", bursts, BURSTS * BURST)):
            spent = pauses if traffic is paced else 0.0
            arrivals = Arrivals()
            figures[f"{kind}_publish_us"] = await cpu(way, url, traffic, count, None) - spent
            figures[f"{kind}_publish_and_receive_us"] = await cpu(way, url, traffic, count, arrivals) - spent
            delays = sorted(arrivals.delays)
            figures[f"{kind}_p50_ms"] = delays[len(delays) // 2] * 1e3
            figures[f"{kind}_p99_ms"] = delays[len(delays) * 99 // 100] * 1e3
        found[name] = {figure: round(value, 3) for figure, value in figures.items()}
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Redis(Path(folder)) as server:
        print(json.dumps(asyncio.run(measure(server.url)), indent=2))


if __name__ == "__main__":
    main()
