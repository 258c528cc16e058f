"""A node in a process of its own, so that it can be stopped where it is.

`python -m tests.rtserver.broker.node_process URL PREFIX SECONDS`; its clock is ahead by that many. Each line of its
standard input is a method and its arguments in JSON; each line of its output an answer, or what the broker told.
"""

import asyncio
import json
import sys
import time
from typing import Any

import structlog

from rtserver.broker.port import BrokerUnavailable, NodeId
from tests.rtserver.broker.support import SILENCE, quick_broker


class Teller:
    def broker_connected(self) -> None:
        say("connected")

    def broker_lost(self) -> None:
        say("lost")

    def node_lost(self, node: NodeId) -> None:
        say("node_lost", node)


def say(*words: Any) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


async def main(url: str, prefix: str, ahead: float) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    true_time = time.time
    time.time = lambda: true_time() + ahead
    broker = quick_broker(url, prefix, SILENCE)
    say("node", broker.node)
    await broker.start(Teller())
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        match json.loads(line):
            case ["put", key, value]:
                broker.put(key, value.encode())
                say("put", None)
            case ["claim", key]:
                try:
                    say("claim", await broker.claim(key))
                except BrokerUnavailable:
                    say("claim", None)
            case ["values", key]:
                say("values", {node: value.decode() for node, value in (await broker.values(key)).items()})
    await broker.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
