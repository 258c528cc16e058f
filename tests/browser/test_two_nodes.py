"""A call of people who are on two servers: they are brought together, and all go on elsewhere when that server ends."""

import asyncio
import itertools
import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import WebSocketRoute, expect

from loadtests.topology.postgres import Postgres
from tests.browser.calling import MEDIA_MS, Caller, keep_peers
from tests.browser.calls import see_each_other, shown_to
from tests.browser.conftest import QUICK
from tests.browser.looks import CATALOGUES
from tests.browser.person import Person
from tests.browser.space import Space, open_space
from tests.browser.two_nodes import TwoNodes, two_nodes
from tests.browser.visits import Visit

DRAIN = {"drain_notice": 2, "drain_spread": 0.5, "drain_deadline": 15}
"""Seconds. The balancer needs 1.3 to notice."""

AWAY_MS = 10_000
"""Milliseconds that going over takes at most, on a machine that stands still for some of them. A fraction of one
second is usual: `make bench-cluster`."""

INTERRUPTED_MS = 15_000
"""Milliseconds without pictures of the other at most while a call goes over, on such a machine."""

PATIENCE_MS = 2_000
"""Milliseconds without pictures after which the page says so: `web/src/call/recovery.ts`."""

WORDS = json.loads((CATALOGUES / "en.json").read_text())
MOVING, LOST = WORDS["connection"]["moving"], WORDS["call"]["note"]["reconnecting"]

WITH_A_NODE = re.compile(r"/socket\.io/.*[?&]node=")
"""Sockets of those who were told where to go."""

WATCH = """
window.__states = [];
window.__words = [];
window.__notes = [];
window.__pictures = [];
addEventListener("DOMContentLoaded", () => {
  const watched = new WeakSet();
  function watch(video) {
    watched.add(video);
    const note = (now) => {
      if (video.isConnected) {
        window.__pictures.push(now);
        video.requestVideoFrameCallback(note);
      }
    };
    video.requestVideoFrameCallback(note);
  }
  new MutationObserver(() => {
    const connection = document.querySelector("[data-testid=connection-state]");
    window.__words.push(connection?.innerText.trim() ?? "");
    const state = connection?.dataset.state;
    if (state !== undefined && window.__states.at(-1)?.state !== state) {
      window.__states.push({ state, at: performance.now() });
    }
    window.__notes.push(document.querySelector("[data-testid=call-notes]")?.innerText ?? "");
    for (const tile of document.querySelectorAll("[data-testid=tile]")) {
      const video = tile.querySelector("video");
      if (video !== null && !watched.has(video) && tile.innerText.includes(NAME)) {
        watch(video);
      }
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
});
"""
"""Keeps how the connection went, what was said of it and of the call, and when there was a picture of somebody: by a
part of the name that their tile shows."""


class Passage:
    """What somebody at a page saw of going over to another server, from when this was made."""

    def __init__(self, caller: Caller) -> None:
        self._page = caller.page
        self._since = 0.0

    @classmethod
    async def of(cls, caller: Caller) -> "Passage":
        passage = cls(caller)
        passage._since = await caller.page.evaluate("performance.now()")
        return passage

    async def states(self) -> list[dict[str, Any]]:
        """What the connection was, and since when."""
        told: list[dict[str, Any]] = await self._page.evaluate(
            "(since) => window.__states.filter(({ at }) => at > since)", self._since
        )
        return told

    async def away_ms(self) -> float:
        """How long there was no connection, one time: from its going over until it was there again."""
        told = await self.states()
        states = [one["state"] for one in told]
        assert (states[0], states[-1]) == ("moving", "online")
        assert not {"moving", "online", "offline", "ended"} & set(states[1:-1])
        return float(told[-1]["at"] - told[0]["at"])

    async def interrupted_ms(self) -> float:
        """The longest time without a picture of the other."""
        seen = await self._page.evaluate("(since) => window.__pictures.filter((at) => at > since)", self._since)
        return float(max(after - before for before, after in itertools.pairwise(seen)))


class Gate:
    """Holds the sockets of those who were told where to go, as a slow line does, until it is opened."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.is_open = asyncio.Event()

    async def hold(self, page: WebSocketRoute) -> None:
        self.reached.set()
        await self.is_open.wait()
        page.connect_to_server()


class Lesson:
    """People who come in to a node of the test's choice, as after that one was away, or the other."""

    def __init__(self, nodes: TwoNodes, visit: Visit, space: Space) -> None:
        self._nodes = nodes
        self._visit = visit
        self._space = space

    async def come_in(self, name: str, node: str, watched: str, gate: Gate | None = None, **options: Any) -> Caller:
        """`watched`: whose pictures count."""
        await self._nodes.only(node)
        person = await self._visit(name, self._nodes, ignore_https_errors=True, **options)
        await person.context.add_init_script(f"{{ const NAME = {json.dumps(shown_to(name, watched))}; {WATCH} }}")
        await keep_peers(person.context, name)
        if gate is not None:
            await person.context.route_web_socket(WITH_A_NODE, gate.hold)
        await person.enter(await self._space.link(name))
        await self._nodes.only(*self._nodes.nodes)
        return Caller(person)


@pytest.fixture
def nodes(built_page: None, tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Iterator[TwoNodes]:
    with two_nodes(tmp_path_factory.mktemp("nodes"), postgres, **QUICK, **DRAIN) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def lesson(nodes: TwoNodes, visit: Visit) -> AsyncIterator[Lesson]:
    async with open_space(nodes) as space:
        yield Lesson(nodes, visit, space)


async def write_until(over: asyncio.Event, person: Person) -> list[str]:
    """Write line after line, each when the one before has arrived."""
    lines = []
    for number in itertools.count(1):
        lines.append(f"{person.name} {number}")
        await person.write(lines[-1])
        await expect(person.on_their_way).to_have_count(0)
        if over.is_set():
            break
    return lines


@pytest.mark.alone
async def test_a_call_of_two_servers(nodes: TwoNodes, lesson: Lesson) -> None:
    """A teacher begins a call; a pupil on the other server is taken there in mid-sentence, and joins it. Then that
    server ends, and the call goes on at the other one. Nobody loses a word, nor reads that anything was lost."""
    gate = Gate()
    claire = await lesson.come_in("claire", "node1", watched="jan")
    jan = await lesson.come_in("jan", "node2", watched="claire", gate=gate)
    callers = {"claire": claire, "jan": jan}
    await claire.person.write("Bonjour")
    await jan.person.sees("Bonjour")
    await jan.person.input.fill("Cześć")

    way = await Passage.of(jan)
    await claire.join(camera=True, microphone=True)
    async with asyncio.timeout(MEDIA_MS / 1000):
        await gate.reached.wait()
    await jan.person.input.press("Enter")
    await jan.page.keyboard.type("Half a sentence")
    await claire.person.write("While he is on the way")
    await expect(jan.person.on_their_way).to_have_count(1)
    await jan.until("(words) => window.__words.includes(words)", MOVING)
    gate.is_open.set()
    await jan.person.is_in()
    await jan.page.keyboard.type(", and its end")
    for caller in callers.values():
        await caller.person.sees("Bonjour", "While he is on the way", "Cześć")
    await expect(jan.person.input).to_have_value("Half a sentence, and its end")
    assert (await way.states())[0]["state"] == "moving"
    assert nodes.nodes["node2"].log().count('"connection.moves"') == 1

    await jan.join()
    await see_each_other(callers, voices=1)
    await jan.press("Hand")
    hands = claire.page.get_by_test_id("hands")
    await expect(hands).to_contain_text(shown_to("claire", "jan"))
    await jan.person.input.fill("")

    passages = [await Passage.of(caller) for caller in callers.values()]
    over = asyncio.Event()
    async with asyncio.TaskGroup() as lesson_goes_on:
        writing = [lesson_goes_on.create_task(write_until(over, caller.person)) for caller in callers.values()]
        code, _ = await asyncio.to_thread(nodes.nodes["node1"].stop)
        for caller in callers.values():
            await expect(caller.page.get_by_test_id("call")).to_have_attribute("data-phase", "in")
        over.set()
    assert code == 0
    await see_each_other(callers, voices=1)
    await expect(hands).to_contain_text(shown_to("claire", "jan"))

    interruptions = []
    for passage in passages:
        assert await passage.away_ms() < AWAY_MS
        interruptions.append(await passage.interrupted_ms())
    assert max(interruptions) < INTERRUPTED_MS
    written = [lines.result() for lines in writing]
    await expect(claire.person.texts).to_have_count(3 + sum(map(len, written)))
    texts = await claire.person.texts.all_inner_texts()
    for caller, lines in zip(callers.values(), written, strict=True):
        await caller.person.sees(*texts)
        assert [text for text in texts if text.startswith(caller.person.name)] == lines
        if max(interruptions) < PATIENCE_MS:
            assert LOST not in "\n".join(await caller.page.evaluate("window.__notes"))
