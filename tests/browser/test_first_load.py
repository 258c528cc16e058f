"""What a first visit costs, and that nobody else is asked for any of it."""

from typing import Any

import pytest
from playwright.async_api import Response, expect

from rtserver.static_files import COMPRESSED_MIN
from tests.browser.person import Person
from tests.browser.space import Space
from tests.browser.visits import Visit

LOAD_BYTES_MAX = 250 * 1024
"""Bytes of scripts and styles that travel for a first visit: some seconds on a slow school line."""

CODE = ("script", "stylesheet")

LOADED = """
() => performance.getEntriesByType("resource")
  .filter(({ name }) => name.includes("/assets/"))
  .map(({ name, transferSize }) => [name, transferSize])
"""
"""Scripts and styles of the page that is open, and the bytes of each that came over the network."""


async def load(visit: Visit, space: Space, **options: Any) -> tuple[Person, list[Response]]:
    """Let Leo come in for the first time, and note the answers that he gets."""
    leo = await visit("leo", space.server, **options)
    await leo.open(await space.link("leo"))
    await leo.page.get_by_role("main").get_by_role("button").first.click()
    await leo.is_in()
    return leo, leo.watcher.answers


@pytest.mark.parametrize("language", ["en-GB", "pl-PL"])
async def test_scripts_and_styles_are_small(visit: Visit, space: Space, language: str) -> None:
    """The scripts and styles of a first visit are compressed, and within the limit as they travel."""
    _, answers = await load(visit, space, locale=language)
    code = [answer for answer in answers if answer.request.resource_type in CODE]
    assert {answer.request.resource_type for answer in code} == set(CODE)
    for answer in code:
        is_small = int(answer.headers["content-length"]) < COMPRESSED_MIN
        assert is_small or answer.headers.get("content-encoding") in ("gzip", "br", "zstd"), answer.url
    travelled = sum([(await answer.request.sizes())["responseBodySize"] for answer in code])
    assert 0 < travelled <= LOAD_BYTES_MAX


async def test_second_visit_loads_no_code_again(visit: Visit, space: Space) -> None:
    """Scripts and styles carry a hash in their name and are kept for good; the document is asked for each time."""
    leo, answers = await load(visit, space)
    for answer in answers:
        kept = answer.headers.get("cache-control", "")
        if answer.request.resource_type in CODE:
            assert "immutable" in kept, answer.url
        elif answer.request.resource_type == "document":
            assert kept == "no-cache"
    first = {name for name, _ in await leo.page.evaluate(LOADED)}
    await leo.page.reload()
    await leo.is_in()
    # Other parts come some seconds after a page is there: maybe on neither visit, maybe on the second one only.
    again = {name: size for name, size in await leo.page.evaluate(LOADED) if name in first}
    assert len(again) >= len(CODE)
    assert sum(again.values()) == 0, again


async def test_nobody_else_is_asked(visit: Visit, space: Space) -> None:
    """Every request of a visit goes to the server; the policy would not allow another one."""
    leo, _ = await load(visit, space)
    assert len(leo.watcher.requests) > 3
    leo.watcher.check()
    refused = await leo.page.evaluate(
        """() => new Promise((resolve) => {
          document.addEventListener("securitypolicyviolation", (event) => resolve(event.violatedDirective));
          new Image().src = "https://example.org/pixel.png";
        })"""
    )
    assert refused == "img-src"
    leo.watcher.check_nothing()  # that was us


async def test_page_may_not_be_framed_by_others(visit: Visit, space: Space) -> None:
    """A page of another site cannot put the room into a frame of its own."""
    frame = await visit("frame", space.server)
    frame.watcher.check_nothing()
    await frame.page.route(
        "http://frame.example/",
        lambda route: route.fulfill(content_type="text/html", body=f'<iframe src="{space.server.url}/"></iframe>'),
    )
    await frame.open("http://frame.example/")
    await expect(frame.page.frame_locator("iframe").get_by_text("TwinSpace")).to_have_count(0)
