"""The page is honest about its connection."""

import re
from collections.abc import Callable

from playwright.async_api import expect

from tests.browser.person import COMEBACK_MS
from tests.browser.space import Space, open_space
from tests.browser.talking import talking
from tests.browser.visits import Visit
from tests.browser.watcher import OUTAGE
from tests.wire.server import Server

NOTE_COUNTDOWN = r"""
() => {
  window.seconds = [];
  new MutationObserver(() => {
    const found = document.querySelector("[data-testid=connection-state]").innerText.match(/Next try in (\d+) second/);
    if (found !== null) window.seconds.push(Number(found[1]));
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}
"""

HAS_COUNTED_DOWN = """
() => {
  const steps = window.seconds.slice(1).map((now, index) => now - window.seconds[index]);
  return steps.includes(-1) && steps.some((step) => step > 0);
}
"""
"""It went down by a second, and after a try in vain it began anew."""


async def test_server_stopped_and_back(visit: Visit, own_server: Callable[..., Server]) -> None:
    """While the server is away the page counts down to the next try; when it is back, the page says so by itself."""
    server = own_server()
    async with open_space(server) as space:
        leo = await visit("leo", server)
        leo.watcher.tolerate(OUTAGE)
        await leo.enter(await space.link("leo"))
        await expect(leo.connection).to_contain_text("Connected")
        await leo.page.evaluate(NOTE_COUNTDOWN)
        server.stop()
        await leo.sees_connection("waiting")
        await expect(leo.connection.get_by_role("button", name="Try now")).to_be_visible()
        await leo.page.wait_for_function(HAS_COUNTED_DOWN, timeout=COMEBACK_MS)
        server.start()
        await leo.sees_connection("online")
        await expect(leo.connection).to_contain_text("Connected")


async def test_trying_at_once(visit: Visit, own_server: Callable[..., Server]) -> None:
    """One press on "Try now" does not wait for the countdown."""
    server = own_server()
    async with open_space(server) as space:
        leo = await visit("leo", server, line=True)
        leo.watcher.tolerate(OUTAGE)
        await leo.enter(await space.link("leo"))
        await leo.page.evaluate(NOTE_COUNTDOWN)
        await leo.line.cut()
        # Late tries are far apart, so that it is the press that brings the connection back.
        await expect(leo.connection).to_contain_text(re.compile(r"Next try in ([89]|\d\d) seconds"), timeout=60_000)
        leo.line.mend()
        await leo.connection.get_by_role("button", name="Try now").click()
        await leo.sees_connection("online")
        assert await leo.page.evaluate("() => window.seconds.at(-1)") > 1, "it was the countdown, not the press"


async def test_first_visit_without_a_server(visit: Visit, own_server: Callable[..., Server]) -> None:
    """A link that is followed while the sockets do not work leads to the room once they do."""
    server = own_server()
    async with open_space(server) as space:
        leo = await visit("leo", server, line=True)
        leo.watcher.tolerate(OUTAGE)
        await leo.line.cut()
        await leo.open(await space.link("leo"))
        await leo.page.get_by_role("button", name="Enter as Leo Girard").click()
        await leo.sees_connection("waiting")
        leo.line.mend()
        await leo.is_in()


async def test_proxy_that_closes_websockets(visit: Visit, space: Space) -> None:
    """Behind a proxy that lets WebSockets open and then closes them one comes in and writes all the same."""
    claire = await visit("claire", space.server)
    await claire.enter(await space.link("claire"))
    leo = await visit("leo", space.server, line=True)
    leo.watcher.tolerate(OUTAGE)
    leo.line.block_websockets()
    await leo.enter(await space.link("leo"))
    await leo.write("By the slow road")
    await claire.sees("By the slow road")
    await claire.write("Welcome")
    await leo.sees("By the slow road", "Welcome")


async def test_earlier_messages_that_were_lost_with_the_line(visit: Visit, space: Space) -> None:
    """They come by themselves when it is back: nobody has to press for them."""
    async with talking(space, "ewa") as ewa:
        for number in range(80):
            await ewa("chat.post", text=f"N{number:03}. " + "rzeka płynie " * 12)
    leo = await visit("leo", space.server, line=True)
    leo.watcher.tolerate(OUTAGE)
    await leo.enter(await space.link("leo"))
    await expect(leo.message("N079")).to_be_visible()
    count = await leo.texts.count()
    assert count < 80, "all of them were there at once"
    await leo.line.cut()
    await leo.message("N079").focus()
    await leo.page.keyboard.press("Home")
    await expect(leo.page.get_by_text("Earlier messages could not be loaded.")).to_be_visible()
    leo.line.mend()
    await leo.sees_connection("online")
    await expect(leo.texts).to_have_count(80)
