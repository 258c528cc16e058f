"""The check before a lesson, on a machine that stands still for seconds now and then."""

import re

from playwright.async_api import expect

from tests.browser.calling import MEDIA_MS
from tests.browser.person import Person

TRIES = 5
"""So often the line is measured: four seconds each, of which two without an answer make it red."""


async def until_line_is_usable(person: Person, again: str) -> None:
    """Wait until the line was found to be green or yellow; "check again" when the machine stood still meanwhile."""
    line = person.page.locator("[data-line=line]")
    for _ in range(TRIES):
        await expect(line).to_have_attribute("data-colour", re.compile("green|yellow|red"), timeout=MEDIA_MS)
        if await line.get_attribute("data-colour") != "red":
            return
        await person.page.get_by_role("button", name=again).click()
        await expect(line).not_to_have_attribute("data-colour", "red")
    raise AssertionError("the line stays red")
