"""A call as people see and hear it: two teachers from browser to browser, then more by way of the server."""

from collections.abc import Callable

import pytest
from playwright.async_api import expect

from loadtests.topology.process import free_port
from tests.browser.calls import all_in, all_receive, come_in_with, see_each_other, shown_to
from tests.browser.space import Space, open_space
from tests.browser.visits import Visit
from tests.wire.server import Server

LONG_SECONDS = 240
"""For tests in which six browsers encode and decode on two cores."""


async def test_two_teachers_are_connected_directly(visit: Visit, own_server: Callable[..., Server]) -> None:
    """They see and hear each other, and not by way of the server."""
    port = free_port()
    async with open_space(own_server(media_udp_port=port, media_tcp_port=port)) as space:
        callers = await all_in(come_in_with(visit, space), "claire", "ewa")
        await see_each_other(callers, voices=1)
        for caller in callers.values():
            ends = [peer.remote for peer in await caller.peers() if peer.remote is not None]
            assert ends
            assert all(end["port"] != port for end in ends)


async def test_pupil_makes_it_go_by_the_server(visit: Visit, own_server: Callable[..., Server]) -> None:
    """When a third comes, everybody sees and hears everybody, by way of the server, and the direct connection ends."""
    port = free_port()
    async with open_space(own_server(media_udp_port=port, media_tcp_port=port)) as space:
        come_in = come_in_with(visit, space)
        callers = await all_in(come_in, "claire", "ewa")
        await see_each_other(callers)
        callers["leo"] = await come_in("leo")
        await callers["leo"].join()
        await see_each_other(callers)
        for caller in callers.values():
            await caller.until(
                "async (port) => (await window.__statistics()).every(({ remote }) => remote?.port === port)", port
            )
        await all_receive(callers.values(), pictures=2, voices=2)


@pytest.mark.alone
@pytest.mark.timeout(LONG_SECONDS)
async def test_six_see_and_hear_each_other(visit: Visit, space: Space) -> None:
    """Six people of two classes: each sees five others' own pictures and hears them."""
    callers = await all_in(come_in_with(visit, space), "claire", "ewa", "leo", "zoe", "jan", "ola")
    await see_each_other(callers, voices=5)


async def test_screen_is_shared(visit: Visit, space: Space) -> None:
    """A teacher's screen is large at the others, beside her camera, and goes when she stops."""
    callers = await all_in(come_in_with(visit, space), "claire", "leo", "jan")
    claire, jan = callers["claire"], callers["jan"]
    await see_each_other(callers)
    await claire.press("Screen")
    await expect(jan.tile("Mme Claire", "screen")).to_have_attribute("data-large", "true")
    await jan.sees_colour("Mme Claire", "claire")
    await jan.receives(pictures=3)
    await claire.press("Screen")
    await expect(jan.tile("Mme Claire", "screen")).to_have_count(0)
    await see_each_other(callers)


async def test_class_camera_is_large(visit: Visit, space: Space) -> None:
    """The device that shows a whole class is large for everybody, and named after its class."""
    come_in = come_in_with(visit, space)
    claire, jan = await come_in("claire"), await come_in("jan")
    await claire.join(class_camera=True)
    await jan.join()
    tile = jan.page.locator("[data-testid=tile][data-large=true]")
    await expect(tile).to_contain_text("class camera")
    await jan.sees_colour("class camera", "claire")


async def test_leaving_ends_it(visit: Visit, space: Space) -> None:
    """Who has left is gone at the others, with the camera off; when the last has left, there is no call any more."""
    callers = await all_in(come_in_with(visit, space), "claire", "ewa", "leo")
    await see_each_other(callers)
    await callers["leo"].leave()
    await expect(callers["claire"].tile(shown_to("claire", "leo"))).to_have_count(0)
    await callers["ewa"].leave()
    await expect(callers["claire"].leave_button).not_to_have_attribute("aria-haspopup", "menu")  # alone by now
    await callers["claire"].leave()
    for caller in callers.values():
        await expect(caller.page.get_by_role("button", name="Start a call")).to_be_visible()
        assert await caller.peers() == []
