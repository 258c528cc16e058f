"""The chat as two people see it: replies, reactions, mentions, pins, read marks, search, drafts, links, languages."""

import re
from collections.abc import Callable
from typing import Any

from playwright.async_api import Locator, expect

from tests.browser.looks import FOUR_VIEWS, TWO_VIEWS, require_accessible, require_fitting, tab_to
from tests.browser.person import Person
from tests.browser.space import Space
from tests.browser.talking import talking
from tests.browser.visits import DESKTOP, PHONE, Visit

CLAIRE, JAN = "Mme Claire", "Janek"
"""As the partner class sees them."""


BLOCK_IDS = 64
"""Of a block of the list: web/src/chat/blocks.ts."""


REACHED = "article:focus"
"""The message that one has jumped to. It is marked as such, too (`data-target`), but for some seconds only."""


LATE_SECONDS = 2
"""Seconds by which answers come later than people go on."""


async def together(enter: Callable[..., Any], *names: str) -> list[Person]:
    """Several people in the class room."""
    return [await enter(name) for name in names]


def chip(person: Person, text: str, reaction: str) -> Locator:
    """A reaction under a message."""
    return person.message(text).get_by_role("list", name="Reactions").get_by_role("button", name=reaction)


async def choose(person: Person, text: str, item: str) -> None:
    """Choose something in the menu of a message."""
    await person.press_on(text, "More actions")
    await person.page.get_by_role("menuitem", name=item).click()


async def test_reply_quotes_and_leads_to_the_original(enter: Callable[..., Any]) -> None:
    """A reply shows whom it answers; a press goes there; a withdrawn original says so."""
    claire, jan = await together(enter, "claire", "jan")
    await jan.write("Jaka jest pogoda?")
    await claire.press_on("Jaka jest pogoda?", "Reply")
    await expect(claire.page.get_by_test_id("reply-bar")).to_contain_text(JAN)
    await expect(claire.input).to_be_focused()
    await claire.write("Il pleut")
    await expect(claire.page.get_by_test_id("reply-bar")).to_have_count(0)

    quote = jan.message("Il pleut").get_by_role("button", name=re.compile("In reply to"))
    await expect(quote).to_contain_text("Jaka jest pogoda?")
    await quote.click()
    original = jan.page.locator("[data-target]")
    await expect(original).to_contain_text("Jaka jest pogoda?")
    await expect(original).to_be_focused()

    await jan.press_on("Jaka jest pogoda?", "Delete message")
    await jan.dialog.get_by_role("button", name="Delete").click()
    for person in (claire, jan):
        await expect(person.message("Il pleut")).to_contain_text("That message was withdrawn.")
    await claire.page.reload()
    await expect(claire.message("Il pleut")).to_contain_text("That message was withdrawn.")


async def test_reactions_are_seen_by_both(enter: Callable[..., Any]) -> None:
    """One reacts, the other joins in and says who it was; the last to take it back takes the chip away."""
    claire, jan = await together(enter, "claire", "jan")
    await jan.write("Mamy psa")
    await claire.press_on("Mamy psa", "Heart")
    await expect(chip(jan, "Mamy psa", "Heart, 1 person")).to_have_attribute("aria-pressed", "false")
    await chip(jan, "Mamy psa", "Heart").click()
    await expect(chip(claire, "Mamy psa", "Heart, 2 people")).to_have_attribute("aria-pressed", "true")
    await chip(claire, "Mamy psa", "Heart").hover()
    await expect(claire.message("Mamy psa").get_by_role("tooltip")).to_have_text(f"you and {JAN}")

    await claire.press_on("Mamy psa", "More reactions")
    await expect(claire.page.get_by_role("dialog").get_by_role("button")).to_have_count(24)
    await claire.page.get_by_role("dialog").get_by_role("button", name="Star").click()
    await expect(chip(jan, "Mamy psa", "Star")).to_be_visible()

    await chip(jan, "Mamy psa", "Heart").click()
    await chip(claire, "Mamy psa", "Heart").click()
    for person in (claire, jan):
        await expect(chip(person, "Mamy psa", "Heart")).to_have_count(0)


async def test_a_finger_that_rests_on_a_message_opens_its_tools(
    visit: Visit, space: Space, enter: Callable[..., Any]
) -> None:
    """On a phone nothing hovers: a long press shows the reactions, and each is large enough for a finger."""
    await enter("claire")
    jan = await visit("jan", space.server, viewport=PHONE, has_touch=True, is_mobile=True)
    await jan.enter(await space.link("jan"))
    await jan.write("Mamy psa")
    message = jan.message("Mamy psa")
    await expect(message).to_have_attribute("data-seq", re.compile(r"\d"))
    await expect(message.get_by_role("button")).to_have_count(0)
    await message.locator(".message__text").dispatch_event("pointerdown", {"pointerType": "touch"})
    button = message.get_by_role("button", name="Thumbs up")
    await expect(button).to_be_visible()
    box = await button.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    await button.tap()
    await expect(chip(jan, "Mamy psa", "Thumbs up, 1 person")).to_be_visible()
    await require_fitting(jan.page, "tools on a phone")


async def test_mention_by_keyboard_calls_the_other(enter: Callable[..., Any], space: Space) -> None:
    """An @ offers names; the text that travels holds an id; the other's own name stands out."""
    claire, jan = await together(enter, "claire", "jan")
    await claire.input.press_sequentially("Bravo @jan")
    await expect(claire.page.get_by_role("option")).to_have_count(1)
    await expect(claire.page.get_by_role("option", name=JAN)).to_have_attribute("aria-selected", "true")
    await claire.input.press("Enter")
    await expect(claire.input).to_have_value(f"Bravo @{JAN} ")
    await claire.input.press_sequentially("!")
    await claire.input.press("Enter")
    await claire.sees(f"Bravo @{JAN} !")

    await jan.sees("Bravo @Jan Kowalczyk !")  # each sees the name that they may see
    await expect(jan.message("Bravo")).to_have_attribute("data-for-me", "true")
    await expect(jan.message("Bravo").locator(".mention")).to_have_attribute("data-me", "true")
    await expect(claire.message("Bravo").locator(".mention")).to_have_attribute("data-me", "false")
    assert jan.watcher.heard(f"<@{space.members['jan']}>")


async def test_pins_are_for_everybody_and_made_by_teachers(enter: Callable[..., Any]) -> None:
    """A teacher pins: it stands above the messages of all; a pupil may go there, and not unpin."""
    claire, jan = await together(enter, "claire", "jan")
    await jan.write("Lekcja o rzekach")
    await claire.write("Page 12")
    await jan.press_on("Page 12", "More actions")
    await expect(jan.page.get_by_role("menuitem", name="Pin for everybody")).to_have_count(0)
    await jan.page.keyboard.press("Escape")
    for text in ("Lekcja o rzekach", "Page 12"):
        await choose(claire, text, "Pin for everybody")
        await expect(jan.page.get_by_test_id("chat-bar")).to_contain_text(text)
    await jan.page.get_by_role("button", name="All 2").click()
    await expect(jan.dialog.get_by_role("listitem")).to_have_count(2)
    await expect(jan.dialog.get_by_role("button", name="Unpin")).to_have_count(0)
    await jan.dialog.get_by_role("button", name=re.compile("Lekcja o rzekach")).click()
    await expect(jan.page.locator(REACHED)).to_contain_text("Lekcja o rzekach")

    await choose(claire, "Page 12", "Unpin")
    await expect(jan.page.get_by_test_id("chat-bar")).to_contain_text("Lekcja o rzekach")
    await expect(jan.page.get_by_test_id("chat-bar")).not_to_contain_text("Page 12")


async def test_seen_by_and_the_line_above_what_is_new(enter: Callable[..., Any], space: Space) -> None:
    """Who reads is counted under one's newest message, for teachers by name; who comes back finds the line."""
    claire, jan = await together(enter, "claire", "jan")
    await claire.write("Bonjour")
    await expect(claire.page.get_by_test_id("seen-by")).to_have_text(re.compile("Seen by 1"))
    await claire.page.get_by_test_id("seen-by").click()
    await expect(claire.dialog).to_contain_text(JAN)
    await claire.page.keyboard.press("Escape")
    await expect(jan.page.get_by_test_id("seen-by")).to_have_count(0)

    await jan.open("about:blank")
    await claire.write("Où es-tu ?")
    await expect(claire.page.get_by_test_id("seen-by")).to_have_count(0)
    await claire.write("On commence")
    await jan.page.go_back()
    await jan.is_in()
    line = jan.page.get_by_test_id("unread-line")
    await expect(line).to_have_text("New")
    below = await line.evaluate(
        "line => document.querySelector(`article[data-seq='${line.dataset.before}']`)?.innerText"
    )
    assert "Où es-tu ?" in below
    await expect(claire.page.get_by_test_id("seen-by")).to_have_text(re.compile("Seen by 1"))
    await jan.write("Jestem")
    await expect(line).to_have_count(0)


async def test_the_way_to_what_is_new_stays_when_the_newest_is_read(enter: Callable[..., Any], space: Space) -> None:
    """Of two hundred new messages fifty come at once, and fifty more above those in sight; who goes to the end and has
    read the newest still finds the way to where the new begins."""
    claire = await enter("claire")
    async with talking(space, "ewa") as ewa:
        await ewa("chat.post", text="Stara.")
        await claire.sees("Stara.")
        await claire.open("about:blank")
        for number in range(200):
            await ewa("chat.post", text=f"Nowa {number}.")
    await claire.page.go_back()
    await claire.is_in()
    way = claire.page.get_by_role("button", name="To the first unread message")
    await expect(way).to_be_visible()
    await claire.page.get_by_test_id("message-list").evaluate("(list) => { list.scrollTop = list.scrollHeight; }")
    await expect(claire.message("Nowa 199.")).to_be_in_viewport()
    await expect(claire.page).to_have_title(re.compile("^Class room"))
    await way.click()
    await expect(claire.page.locator(REACHED)).to_contain_text("Nowa 0.")
    await claire.page.get_by_role("button", name=re.compile("Back to now|To the newest")).click()
    await expect(claire.message("Nowa 199.")).to_be_in_viewport()
    await expect(way).to_have_count(0)


async def test_the_empty_box_says_what_has_space_in_it(enter: Callable[..., Any]) -> None:
    """Where one writes to; in a narrow box, which would cut that off, fewer words."""
    claire = await enter("claire")
    await expect(claire.input).to_have_attribute("placeholder", "Write to Class room")
    await claire.page.set_viewport_size({"width": 320, "height": 640})
    await expect(claire.input).to_have_attribute("placeholder", "Your message")
    await claire.page.set_viewport_size(DESKTOP)
    await expect(claire.input).to_have_attribute("placeholder", "Write to Class room")


async def test_search_finds_and_jumps_far_back(enter: Callable[..., Any], space: Space) -> None:
    """Words are found whatever case and accents; a hit leads into the past with what was around it, and back."""
    async with talking(space, "ewa") as ewa:
        await ewa("chat.post", text="Nasza rzeka to WISŁA, a nad nią żółty most")
        for number in range(120):
            await ewa("chat.post", text=f"Wiadomość {number}")
    claire = await enter("claire")
    await expect(claire.message("Wiadomość 119")).to_be_in_viewport()
    await expect(claire.message("Nasza rzeka")).to_have_count(0)
    # Made smaller, it stays at its end, also when the list's own scrolling is told of before its size.
    messages = claire.page.get_by_test_id("message-list")
    await messages.evaluate("list => { list.style.maxHeight = '150px'; list.dispatchEvent(new Event('scroll')); }")
    await expect(claire.message("Wiadomość 119")).to_be_in_viewport()
    await messages.evaluate("list => { list.style.maxHeight = ''; }")

    await claire.page.get_by_role("button", name="Search messages").click()
    panel = claire.page.get_by_role("search")
    box = panel.get_by_role("searchbox")
    await expect(box).to_be_focused()
    await expect(panel.get_by_role("status")).to_contain_text("Type at least 2 letters")
    await box.fill("zzzz")
    await expect(panel.get_by_role("status")).to_contain_text("Nothing found")
    await box.fill("zolty rzek")
    await expect(panel.get_by_role("status")).to_have_text("1 message found")
    await expect(panel.locator("mark")).to_have_text(["rzeka", "żółty"])
    await require_accessible(claire.page, "search", TWO_VIEWS)
    await panel.get_by_role("button", name=re.compile("Nasza rzeka")).click()

    await expect(claire.page.get_by_role("search")).to_have_count(0)
    await expect(claire.page.locator(REACHED)).to_contain_text("Nasza rzeka")
    await expect(claire.page.get_by_test_id("message-list")).to_have_attribute("data-past", "true")
    await claire.page.get_by_role("button", name="Back to now").click()
    await expect(claire.message("Wiadomość 119")).to_be_in_viewport()
    await expect(claire.page.get_by_test_id("message-list")).to_have_attribute("data-past", "false")

    # What one jumps over stays unread, until one goes back to it or says that one is done with it.
    await claire.open("about:blank")
    async with talking(space, "ewa") as ewa:
        for number in range(40):
            await ewa("chat.post", text=f"Nowa {number}.")
    await claire.page.go_back()
    await claire.is_in()
    await expect(claire.page.get_by_test_id("unread-line")).to_be_in_viewport()
    await expect(claire.page).to_have_title(re.compile(r"^\(\d+\) Class room"))
    for done in ("To the first unread message", re.compile(r"\d+ new messages")):
        await claire.page.get_by_role("button", name="Search messages").click()
        await panel.get_by_role("searchbox").fill("nowa 38")
        await panel.get_by_role("button", name=re.compile("Nowa 38")).click()
        await expect(claire.page.locator(REACHED)).to_contain_text("Nowa 38.")
        await expect(claire.page.get_by_role("button", name=re.compile(r"\d+ new messages"))).to_be_visible()
        await expect(claire.page).to_have_title(re.compile(r"^\(\d+\) Class room"))
        await claire.page.get_by_role("button", name=done).click()
        await expect(claire.page.get_by_role("button", name="To the first unread message")).to_have_count(0)
    await expect(claire.message("Nowa 39.")).to_be_in_viewport()
    await expect(claire.page).to_have_title(re.compile("^Class room"))

    await claire.page.get_by_role("button", name="Search messages").click()
    await expect(panel.get_by_role("searchbox")).to_have_value("nowa 38")
    await claire.page.keyboard.press("Escape")
    await expect(panel).to_have_count(0)


async def turns(space: Space, count: int) -> None:
    """Two people by turns say two things each, numbered, of some lines."""
    async with talking(space, "ewa") as ewa, talking(space, "jan") as jan:
        for number in range(count):
            await (ewa, jan)[number // 2 % 2]("chat.post", text=f"N{number:03}. " + "rzeka płynie " * 12)


async def jump(person: Person, word: str) -> Locator:
    """Find a message and go there."""
    await person.page.get_by_role("button", name="Search messages").click()
    panel = person.page.get_by_role("search")
    await panel.get_by_role("searchbox").fill(word)
    await panel.get_by_role("button", name=re.compile(word)).click()
    target = person.page.locator(REACHED)
    await expect(target).to_contain_text(word)
    return target


async def test_a_far_jump_ends_in_sight_whatever_lies_above(enter: Callable[..., Any], space: Space) -> None:
    """Also at the beginning of a block: the one above it is as high as was guessed until it comes into sight."""
    await turns(space, 300)
    claire = await enter("claire")
    newest = int(await claire.page.get_by_test_id("message").last.get_attribute("data-seq") or 0)
    for block in (2, 3):
        number = next(n for n in range(0, 300, 2) if newest - 299 + n >= block * BLOCK_IDS)
        await claire.page.reload()
        await claire.is_in()
        target = await jump(claire, f"N{number:03}")
        await expect(target).to_be_in_viewport(ratio=1)
        await expect(target).to_be_focused()


async def test_who_writes_in_the_past_is_back_at_now(enter: Callable[..., Any], space: Space) -> None:
    """What one writes is seen, and so is the newest own message that one changes by ArrowUp."""
    await turns(space, 120)
    claire = await enter("claire")
    past = claire.page.get_by_test_id("message-list")
    for text in ("Bonjour", "Encore"):
        await jump(claire, "N010")
        await expect(past).to_have_attribute("data-past", "true")
        await claire.write(text)
        await expect(past).to_have_attribute("data-past", "false")
        await expect(claire.message(text)).to_be_in_viewport()
        await expect(claire.on_their_way).to_have_count(0)
    await jump(claire, "N010")
    await claire.input.press("ArrowUp")
    edit = past.get_by_role("textbox")
    await expect(edit).to_have_value("Encore")
    await expect(edit).to_be_focused()
    await edit.press("Escape")
    await expect(claire.input).to_be_focused()


TOLD_LATE = """
() => {
  const Told = window.IntersectionObserver;
  window.IntersectionObserver = class extends Told {
    constructor(callback, options) {
      const waiting = [];
      super((entries, observer) => {
        waiting.push(...entries);
        setTimeout(() => waiting.length > 0 && callback(waiting.splice(0), observer), 500);
      }, options);
    }
  };
}
"""
"""A browser with much else to do: what came in and out of sight is told half a second later, all of it at once."""


async def test_earlier_messages_come_in_a_busy_browser(enter: Callable[..., Any], space: Space) -> None:
    """One is at the beginning of the list before the browser has said that one was not: more come all the same."""
    await turns(space, 150)
    claire = await enter("claire")
    await claire.context.add_init_script(f"({TOLD_LATE})()")
    await claire.page.reload()
    await claire.is_in()
    await claire.message("N149").focus()
    for count in (100, 150):
        await claire.page.keyboard.press("Home")
        await expect(claire.texts).to_have_count(count)


async def test_focus_stays_when_earlier_messages_come_in(enter: Callable[..., Any], space: Space) -> None:
    """Home goes to the first message at hand, more come in above it, of its author too; Home goes on from there."""
    async with talking(space, "ewa") as ewa, talking(space, "jan") as jan:
        for number in range(150):
            await (ewa, jan)[number // 3 % 2]("chat.post", text=f"N{number:03}.")
    claire = await enter("claire")
    await claire.message("N149").focus()
    for _ in range(3):
        count = await claire.texts.count()
        await claire.page.keyboard.press("Home")
        if count < 150:
            await expect(claire.texts).not_to_have_count(count)
        await expect(claire.page.locator("article:focus")).to_have_count(1)
    await expect(claire.message("N000")).to_be_focused()


async def test_reading_on_from_the_past_comes_to_now(enter: Callable[..., Any], space: Space) -> None:
    """From an old message one reads on, page by page, until past and present are one list without a hole."""
    async with talking(space, "ewa") as ewa:
        for number in range(150):
            await ewa("chat.post", text=f"Wiadomość {number}.")
    claire = await enter("claire")
    await claire.page.get_by_role("button", name="Search messages").click()
    await claire.page.get_by_role("searchbox").fill("Wiadomość 3")
    await claire.page.get_by_role("search").get_by_role("button", name=re.compile(r"Wiadomość 3\.")).click()
    await expect(claire.page.locator(REACHED)).to_contain_text("Wiadomość 3.")
    messages = claire.page.get_by_test_id("message-list")
    for _ in range(6):
        count = await claire.texts.count()  # first: when these are all of them, the past is over by the next look
        if await messages.get_attribute("data-past") == "false":
            break
        await claire.texts.last.scroll_into_view_if_needed()
        await expect(claire.texts.nth(count)).to_be_attached()
    await expect(messages).to_have_attribute("data-past", "false")
    await expect(claire.texts).to_have_text([f"Wiadomość {number}." for number in range(150)])


async def test_a_late_answer_closes_no_other_message(enter: Callable[..., Any]) -> None:
    """Who goes on to another message while one is being saved keeps what is written there."""
    claire, jan = await enter("claire"), await enter("jan", line=True)
    for text in ("Pierwsza", "Druga"):
        await jan.write(text)
    await jan.sees("Pierwsza", "Druga")
    box = jan.page.get_by_role("textbox", name="Edit your message")
    await jan.press_on("Pierwsza", "Edit message")
    await box.fill("Pierwsza zmiana")
    jan.line.lag = LATE_SECONDS
    for key in ("Enter", "Escape"):
        await jan.page.keyboard.press(key)
    await jan.press_on("Druga", "Edit message")
    await box.fill("Druga zmiana")
    await claire.sees("Pierwsza zmiana", "Druga")
    await claire.write("Po tym")  # after the answer
    await jan.sees("Pierwsza zmiana", "Po tym")
    await expect(box).to_be_focused()
    await expect(box).to_have_value("Druga zmiana")


async def test_draft_with_its_mention_and_reply_after_a_reload(enter: Callable[..., Any]) -> None:
    """What was typed, whom it means and what it answers are there again, until they are sent."""
    claire, jan = await together(enter, "claire", "jan")
    await jan.write("Pytanie?")
    await claire.press_on("Pytanie?", "Reply")
    await claire.input.press_sequentially("Oui @jan")
    await claire.input.press("Tab")
    await claire.page.reload()
    await claire.is_in()
    await expect(claire.input).to_have_value(f"Oui @{JAN} ")
    await expect(claire.page.get_by_test_id("reply-bar")).to_contain_text("Pytanie?")
    await claire.input.press("Enter")
    await jan.sees("Pytanie?", "Oui @Jan Kowalczyk ")
    await expect(jan.message("Oui")).to_contain_text("Pytanie?")
    await claire.page.reload()
    await claire.is_in()
    await expect(claire.input).to_have_value("")
    await expect(claire.page.get_by_test_id("reply-bar")).to_have_count(0)


async def test_link_card_tells_where_it_leads_and_asks_nobody(enter: Callable[..., Any]) -> None:
    """The host is shown large, and nothing of it is fetched."""
    claire, jan = await together(enter, "claire", "jan")
    await jan.write("https://school.example@evil.example/wis%C5%82a")
    card = claire.page.locator(".link-card")
    await expect(card.locator(".link-card__host")).to_have_text("evil.example")
    await expect(card.locator(".link-card__path")).to_have_text("/wisła")
    await expect(card).to_have_attribute("rel", "noopener noreferrer nofollow")
    await expect(claire.message("evil.example")).to_contain_text("leads out of the TwinSpace")


async def test_language_of_a_message_is_shown_and_put_right(enter: Callable[..., Any]) -> None:
    """The text has its `lang`, readers of another language are told, its author puts it right."""
    claire, jan = await together(enter, "claire", "jan")
    await jan.write("Ahoj")
    await choose(jan, "Ahoj", "Wrong language?")
    await jan.dialog.get_by_role("combobox").select_option("pl")
    await jan.dialog.get_by_role("button", name="Save").click()
    await expect(claire.message("Ahoj").locator(".message__text")).to_have_attribute("lang", "pl")
    mark = claire.message("Ahoj").get_by_test_id("language")
    await expect(mark).to_have_text("Polish")
    await claire.page.get_by_role("button", name="Language: Polish. Change it").click()
    await claire.page.get_by_role("menuitem", name="French").click()
    await expect(mark).to_have_text("French")
    await expect(jan.message("Ahoj").locator(".message__text")).to_have_attribute("lang", "fr")
    await claire.page.get_by_role("button", name="Language: French. Change it").click()
    await claire.page.get_by_role("menuitem", name="None, or several").click()
    await expect(mark).to_have_count(0)


NOTICES = """
() => {
  window.Notification = class {
    static permission = "default";
    static requestPermission() { this.permission = "granted"; return Promise.resolve("granted"); }
    constructor(text) { document.documentElement.dataset.notice = text; }
    close() {}
  };
}
"""
"""What a device would show: no headless browser shows notices."""

HIDE = """
(state) => {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}
"""
"""As when somebody looks at another tab, and back."""


async def test_mention_reaches_who_looks_elsewhere(visit: Visit, space: Space, enter: Callable[..., Any]) -> None:
    """The title counts, a notice says who and where to whom has switched them on, and another room's badge has an @."""
    jan = await enter("jan")
    claire = await visit("claire", space.server)
    await claire.context.add_init_script(f"({NOTICES})()")
    await claire.enter(await space.link("claire"))
    await claire.page.get_by_role("button", name="Settings").click()
    switch = claire.dialog.get_by_role("switch", name="Tell me when somebody mentions me")
    await expect(switch).to_be_checked(checked=False)
    await switch.click()
    await expect(switch).to_be_checked()
    await claire.page.keyboard.press("Escape")

    async def mention(words: str) -> None:
        await jan.input.press_sequentially("@claire")
        await jan.input.press("Enter")
        await jan.input.press_sequentially(words)
        await jan.input.press("Enter")
        await expect(jan.message(words)).to_have_attribute("data-state", "sent")

    await claire.page.evaluate(HIDE, "hidden")
    await mention("secret words")
    await expect(claire.page).to_have_title(re.compile(r"^\(1\) Class room"))
    notice = claire.page.locator("html")
    await expect(notice).to_have_attribute("data-notice", f"{JAN} mentions you in Class room")
    await expect(claire.page.get_by_test_id("unread-line")).to_be_visible()
    await claire.page.evaluate(HIDE, "visible")
    await expect(claire.page).to_have_title(re.compile("^Class room"))

    await claire.go_to_room("Staff room")
    await mention("once more")
    room = claire.page.get_by_role("navigation", name="Rooms").get_by_role("link", name="Class room")
    await expect(room).to_contain_text("You are mentioned here")
    await expect(claire.page).to_have_title(re.compile(r"^\(1\) Staff room"))
    await room.click()
    await expect(claire.page.get_by_test_id("unread-line")).to_be_visible()
    await expect(room).not_to_contain_text("You are mentioned here")


async def test_chat_by_keyboard_alone(enter: Callable[..., Any]) -> None:
    """Without a pointer one reacts, answers, pins and searches."""
    claire, jan = await together(enter, "claire", "jan")
    await jan.write("Dzień dobry")
    await claire.sees("Dzień dobry")
    page = claire.page
    await claire.input.focus()
    await tab_to(page, "Dzień dobry", back=True)
    await tab_to(page, "^Heart$")
    await page.keyboard.press("Enter")
    await expect(chip(jan, "Dzień dobry", "Heart")).to_be_visible()
    await tab_to(page, "^Reply$")
    await page.keyboard.press("Enter")
    await expect(claire.input).to_be_focused()
    await page.keyboard.type("Bonjour")
    await page.keyboard.press("Enter")
    await expect(jan.message("Bonjour")).to_contain_text("Dzień dobry")
    await tab_to(page, "^Search messages$", back=True)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("searchbox")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("search")).to_have_count(0)


async def lively(enter: Callable[..., Any]) -> tuple[Person, Person]:
    """A room in which there is some of everything."""
    claire, jan = await together(enter, "claire", "jan")
    await jan.write("Dzień dobry wszystkim, dzisiaj opowiemy wam o naszej rzece")
    await claire.press_on("Dzień dobry", "Reply")
    await claire.input.press_sequentially("Bravo @jan")
    await claire.input.press("Enter")
    await claire.input.press("Enter")
    await jan.press_on("Bravo", "Heart")
    await expect(chip(claire, "Bravo", "Heart")).to_be_visible()
    await claire.press_on("Dzień dobry", "Thumbs up")
    await choose(claire, "Dzień dobry", "Pin for everybody")
    await jan.write("https://pl.wikipedia.org/wiki/Wis%C5%82a")
    for person in (claire, jan):
        await expect(chip(person, "Bravo", "Heart")).to_be_visible()
        await expect(person.page.locator(".link-card")).to_be_visible()
        await person.page.mouse.move(0, 0)
    return claire, jan


async def test_axe_and_fit_of_the_whole_chat(enter: Callable[..., Any]) -> None:
    """Everything at once, for a teacher and a pupil, in both sizes and both sets of colours."""
    claire, jan = await lively(enter)
    await require_accessible(claire.page, "chat, teacher", FOUR_VIEWS)
    await require_fitting(claire.page, "chat, teacher")
    await jan.input.fill("@")
    await expect(jan.page.get_by_role("option").first).to_be_visible()
    await require_accessible(jan.page, "chat, pupil, mention", TWO_VIEWS)
    await require_fitting(jan.page, "chat, pupil")


async def test_chat_from_right_to_left(visit: Visit, space: Space, enter: Callable[..., Any]) -> None:
    """In Arabic the page runs the other way, and nothing sticks out or breaks a rule."""
    await lively(enter)
    zoe = await visit("zoe", space.server, locale="ar", viewport=PHONE)
    await zoe.open(await space.link("zoe"))
    await zoe.page.locator("main button").last.click()
    await zoe.is_in()
    await expect(zoe.page.locator(".link-card")).to_be_visible()
    assert await zoe.page.evaluate("() => document.documentElement.dir") == "rtl"
    await require_accessible(zoe.page, "chat, Arabic", TWO_VIEWS)
    await require_fitting(zoe.page, "chat, Arabic")
