"""How smooth a long chat is on an old laptop: a part of `make bench-page`. Nothing here is asserted in tests.

A project of 60 people and 2,000 messages, all of them in the list. The processor is slowed down to a quarter. For each
thing that a person does there: the longest task of the page (W3C Long Tasks; ms, 0 when none took 50).
"""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import CDPSession, expect

import hatch_build
from loadtests.topology.process import free_port
from rooms.model import Role
from rtserver.shapes import NewMember
from tests.browser import chromium
from tests.browser.measure_page import OBSERVE, ROOT, SLOWDOWN
from tests.browser.person import Person
from tests.browser.space import Space, open_space
from tests.browser.talking import talking
from tests.browser.visits import Visitors
from tests.wire.server import Server

MESSAGES, PEOPLE = 2_000, 60

TARGET_MS = 200
"""Of one task: what is felt as a halt while one scrolls or types."""

SAYS = "kilka słów o naszej rzece i o mieście, w którym mieszkamy"
"""A message as long as those of a lesson."""

LINK_EVERY, REACTION_EVERY, IN_A_ROW = 20, 5, 3
"""Of so many messages one has a link, one a reaction; so many of one person follow each other."""

WHEEL_TURNS, WHEEL_PX, WHEEL_PAUSE_MS = 60, 700, 30
KEY_PAUSE_MS = 40

REST_MS = 800
"""After each thing, for what it led to."""

UNLIMITED: dict[str, Any] = dict.fromkeys(
    ("commands_rate", "commands_burst", "member_commands_rate", "member_commands_burst"), 1_000_000
)
"""The room is filled as fast as it goes."""

LONGEST = "() => Math.max(0, ...window.__tasks.splice(0).map(({ duration }) => duration))"
TO_END = "() => { const list = document.querySelector('#messages'); list.scrollTop = list.scrollHeight; }"
TO_TOP = "() => { document.querySelector('#messages').scrollTop = 0; }"


async def fill(space: Space) -> None:
    """Add pupils, and have two people talk until there are so many messages."""
    class_id = (await space.administration.classes(space.project))[0].id
    for number in range(PEOPLE - len(space.members)):
        new = NewMember(Role.PUPIL, f"Pupil Number {number}", f"P{number}", class_id)
        await space.administration.add_member(space.project, new)
    async with talking(space, "claire") as claire, talking(space, "jan") as jan:
        for number in range(MESSAGES):
            say = (claire, jan)[number // IN_A_ROW % 2]
            link = " https://example.org/a" if number % LINK_EVERY == 0 else ""
            posted = await say("chat.post", text=f"{number}: {SAYS}{link}")
            if number % REACTION_EVERY == 0:
                await say("chat.react", message=posted["seq"], reaction="👍", on=True)


async def measure(space: Space, claire: Person, jan: Person) -> dict[str, float]:
    """Longest task, ms, of each thing that claire does or sees."""
    page = claire.page
    found: dict[str, float] = {}

    async def longest(what: str) -> None:
        await page.wait_for_timeout(REST_MS)
        found[what] = await page.evaluate(LONGEST)

    session: CDPSession = await page.context.new_cdp_session(page)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    await longest("(before)")
    box = await page.get_by_test_id("message-list").bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for what, direction in (("scrolling up", -1), ("scrolling down", 1)):
        for _ in range(WHEEL_TURNS):
            await page.mouse.wheel(0, direction * WHEEL_PX)
            await page.wait_for_timeout(WHEEL_PAUSE_MS)
        await longest(what)
    for what, jump in (("to the top", TO_TOP), ("to the end", TO_END)):
        await page.evaluate(jump)
        await longest(what)
    await claire.input.press_sequentially("Bonjour tout le monde, voici une phrase @J", delay=KEY_PAUSE_MS)
    await longest("typing")
    await claire.input.fill("Bonjour")
    await claire.input.press("Enter")
    await longest("sending")
    for number in range(10):
        await jan.write(f"nowa {number}")
    await longest("others writing")
    await jan.press_on("nowa 9", "Heart")
    await longest("a reaction")
    await claire.message("nowa 5").hover()
    await longest("pointing at a message")
    await session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    del found["(before)"]
    return found


async def run(folder: Path) -> dict[str, float]:
    """Fill a room while its page is open, so that all messages are in the list, and measure."""
    server = Server(folder, port=free_port(), **UNLIMITED).start()
    try:
        async with open_space(server) as space, chromium.launched() as browser:
            visitors = Visitors(browser)
            claire, jan = await visitors.visit("claire", server), await visitors.visit("jan", server)
            await claire.context.add_init_script(OBSERVE)
            for person in (claire, jan):
                await person.enter(await space.link(person.name))
            await fill(space)
            await expect(claire.texts.last).to_contain_text(f"{MESSAGES - 1}: ", timeout=60_000)
            await expect(claire.texts).to_have_count(MESSAGES)
            found = await measure(space, claire, jan)
            await visitors.leave()
            return found
    finally:
        server.close()


def main() -> int:
    """Measure and print; 0 also when the target is missed, for that depends on the machine."""
    argparse.ArgumentParser(prog="make bench-page", description=__doc__).parse_args()
    hatch_build.build(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(run(Path(folder)))
    for what, duration in found.items():
        print(f"{what:<24}{duration:>6,.0f} ms")
    worst = max(found.values())
    verdict = "within" if worst <= TARGET_MS else "NOT within"
    print(f"With {MESSAGES} messages and {PEOPLE} people: {worst:.0f} ms, {verdict} the target of {TARGET_MS} ms.")
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
