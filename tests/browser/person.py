"""A person at a browser of their own, and what they do there. Names of buttons are those of the English page."""

import re
from typing import Literal

from playwright.async_api import BrowserContext, Locator, Page, expect
from playwright.async_api import TimeoutError as TooLate

from tests.browser.line import Line
from tests.browser.watcher import Watcher

ConnectionState = Literal["connecting", "online", "offline", "waiting", "reconnecting", "ended"]

SHIFTED_MS = 15_000
"""Milliseconds for the buttons of a message under the pointer to show; then it is pointed at anew."""

COMEBACK_MS = 40_000
"""Milliseconds until a page is back at the latest: its longest wait between two tries, and the try."""


class Person:
    """One browser context with one page, its line to the server, and what was seen behind it."""

    def __init__(self, name: str, context: BrowserContext, page: Page, line: Line, watcher: Watcher) -> None:
        self.name = name
        self.context = context
        self.page = page
        self.line = line
        self.watcher = watcher

    # --- What there is on the page ---

    @property
    def composer(self) -> Locator:
        """The form in which one writes; it says why when one may not."""
        return self.page.get_by_test_id("composer")

    @property
    def input(self) -> Locator:
        """The box of the composer."""
        return self.composer.get_by_role("textbox")

    @property
    def texts(self) -> Locator:
        """The texts of the messages, in order, those on their way too."""
        return self.page.get_by_test_id("message-list").locator(".message__text")

    @property
    def dialog(self) -> Locator:
        """The dialog that is open."""
        return self.page.get_by_role("dialog").or_(self.page.get_by_role("alertdialog"))

    @property
    def connection(self) -> Locator:
        """What says whether the page is connected."""
        return self.page.get_by_test_id("connection-state")

    def message(self, text: str) -> Locator:
        """The message that says `text`, in its own words, not in those that it quotes."""
        words = self.page.locator(".message__text, .message__deleted").filter(has_text=text)
        return self.page.get_by_test_id("message").filter(has=words)

    def person(self, name: str) -> Locator:
        """Somebody in the list of people."""
        return self.page.get_by_test_id("people").locator(".person").filter(has_text=name)

    def part(self, name: str) -> Locator:
        """The button of a part of the classroom: People, Chat, Call or Board. It says how that part is shown."""
        return self.page.get_by_test_id("part-bar").get_by_role("button", name=re.compile(f"^{name}\\b"))

    # --- Arranging the classroom ---

    async def bring(self, part: str) -> None:
        """Have a part of the classroom shown, which it may be already."""
        button = self.part(part)
        if await button.get_attribute("aria-pressed") == "false":
            await button.click()
        await expect(button).to_have_attribute("aria-pressed", "true")

    async def put_away(self, part: str) -> None:
        """Have a part that is shown put away."""
        button = self.part(part)
        await expect(button).to_have_attribute("aria-pressed", "true")
        await button.click()
        await expect(button).to_have_attribute("aria-pressed", "false")

    # --- Coming in ---

    async def open(self, url: str) -> None:
        """Follow a link."""
        await self.page.goto(url)

    async def enter(self, link: str) -> None:
        """Follow an invitation link and say yes."""
        await self.open(link)
        await self.page.get_by_role("button", name=re.compile("^Enter as")).click()
        await self.is_in()

    async def is_in(self) -> None:
        """Wait until the room is there and connected."""
        await self.sees_connection("online")
        await expect(self.page.get_by_test_id("message-list")).to_be_visible()

    async def go_to_room(self, name: str) -> None:
        """Choose a room in the list."""
        await self.page.get_by_role("navigation", name="Rooms").get_by_role("link", name=re.compile(name)).click()
        await expect(self.page.get_by_test_id("room-title")).to_have_text(name)

    # --- Writing ---

    async def write(self, text: str) -> None:
        """Write a message and send it with Enter."""
        await self.input.fill(text)
        await self.input.press("Enter")
        await expect(self.input).to_have_value("")

    async def press_on(self, text: str, button: str) -> None:
        """Press a button of a message; it shows when the pointer is over it."""
        message = self.message(text)
        await expect(message).to_have_attribute("data-state", "sent")  # the row of one on its way is another one
        for patience in (SHIFTED_MS, SHIFTED_MS, None):
            await message.hover()
            await message.focus()
            try:
                await message.get_by_role("button", name=button).click(timeout=patience)
            except TooLate:
                if patience is None:
                    raise
                continue  # somebody's message has moved the list, and the pointer is over another one
            return

    async def act_on(self, name: str, action: str) -> None:
        """Choose an action in somebody's menu."""
        await self.page.get_by_role("button", name=f"Actions for {name}").click()
        await self.page.get_by_role("menuitem", name=action).click()

    async def switch(self, label: str, on: bool) -> None:
        """Turn one of the teachers' switches, and wait until it is turned."""
        switch = self.page.get_by_role("switch", name=label)
        await expect(switch).to_be_checked(checked=not on)
        await switch.click()
        await expect(switch).to_be_checked(checked=on)

    # --- Seeing ---

    async def sees(self, *texts: str) -> None:
        """Wait until these, and no others, are the messages, in this order, and all of them have arrived."""
        await expect(self.texts).to_have_text(list(texts))
        await expect(self.on_their_way).to_have_count(0)

    @property
    def on_their_way(self) -> Locator:
        """Messages that are not in the log yet."""
        return self.page.locator("[data-testid=message]:not([data-state=sent])")

    async def sees_connection(self, state: ConnectionState) -> None:
        """Wait until the page says so of its connection."""
        patience = COMEBACK_MS if state == "online" else None
        await expect(self.connection).to_have_attribute("data-state", state, timeout=patience)

    async def may_write(self) -> None:
        """Wait until the composer is free."""
        await expect(self.composer).not_to_have_attribute("data-blocked", re.compile("."))
        await expect(self.input).to_be_editable()

    async def may_not_write(self, code: str, words: str) -> None:
        """Wait until the composer says why not."""
        await expect(self.composer).to_have_attribute("data-blocked", code)
        await expect(self.composer.get_by_role("status").first).to_contain_text(words)
        await expect(self.composer.locator("textarea:not([readonly])")).to_have_count(0)
