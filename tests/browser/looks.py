"""What can be measured of how a page looks: axe's rules, what sticks out, where the focus is, what is in English."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Page, ViewportSize

from tests.browser.visits import DESKTOP, PHONE

WEB = Path(__file__).parents[2] / "web"
AXE = WEB / "node_modules/axe-core/axe.min.js"
CATALOGUES = WEB / "src/locales"

RUN_AXE = """
async ([within, without]) => {
  const context = { include: [[within]], exclude: without === "" ? [] : [[without]] };
  const { violations, passes } = await axe.run(context, { resultTypes: ["violations"] });
  const told = ({ html, any }) => `    ${html.slice(0, 200)}\\n      ${any[0]?.message ?? ""}`;
  const found = violations.map(({ id, help, nodes }) => [`${id}: ${help}`, ...nodes.map(told)].join("\\n"));
  return { found, passed: passes.length };
}
"""

RULES_MIN = 10
"""Rules of axe that apply to any of our pages; fewer would mean that it looked at nothing."""

STICKS_OUT = """
() => {
  const width = document.documentElement.clientWidth;
  const mayScroll = [
    ".visually-hidden, .skip-link, .board-cursor, .tile__caption",
    ".scene__strip, .scene__picture-row, .hands__list",
  ].join();
  const scrolls = (element) => element !== document.documentElement && element.closest(mayScroll);
  const runsLeft = document.documentElement.dir === "rtl";
  const isOut = ({ left, right }) => (runsLeft ? left < -1 : right > width + 1);
  return {
    over: Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - window.innerWidth,
    elements: [...document.body.querySelectorAll("*")]
      .filter((element) => !scrolls(element) && isOut(element.getBoundingClientRect()))
      .map((element) => `${element.tagName.toLowerCase()}.${element.className}`.slice(0, 80)),
  };
}
"""

SETTLED = """
async () => {
  await new Promise(requestAnimationFrame);
  await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
  await new Promise(requestAnimationFrame);
}
"""
"""A change of style may be a transition, be it a short one."""

FOCUS = """
() => {
  const focused = document.activeElement;
  const box = focused.getBoundingClientRect();
  const isRing = ({ outlineStyle, outlineWidth, boxShadow }) =>
    (outlineStyle !== "none" && parseFloat(outlineWidth) >= 1) || /0px 0px 0px [1-9]/.test(boxShadow);
  const isDrawn = [focused, focused.parentElement ?? focused].some((element) => isRing(getComputedStyle(element)));
  return {
    name: focused.getAttribute("aria-label") ?? focused.innerText ?? "",
    tag: focused.tagName.toLowerCase(),
    isVisible: focused !== document.body && isDrawn && box.width > 0 && box.bottom > 0 && box.top < innerHeight,
  };
}
"""

WORDS = """
() => {
  const words = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    if (walker.currentNode.parentElement.closest("script, style, [lang]:not(html)") === null) {
      words.add(walker.currentNode.data.trim());
    }
  }
  for (const name of ["aria-label", "title", "placeholder", "alt"]) {
    for (const element of document.querySelectorAll(`[${name}]`)) words.add(element.getAttribute(name).trim());
  }
  words.add(document.title);
  return [...words].filter((text) => text !== "");
}
"""


View = tuple[ViewportSize, Literal["light", "dark"]]

FOUR_VIEWS: tuple[View, ...] = ((DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light"), (PHONE, "dark"))
TWO_VIEWS: tuple[View, ...] = ((DESKTOP, "light"), (PHONE, "dark"))
"""Each size and each set of colours once: for what stands on a page that was looked at in all four."""
ON_DESKTOP: tuple[View, ...] = FOUR_VIEWS[:2]
ON_PHONE: tuple[View, ...] = FOUR_VIEWS[2:]


LOOKS: dict[str, dict[str, str]] = {
    "light": {},
    "dark": {"theme": "dark"},
    "high contrast": {"contrast": "high"},
    "large letters": {"text": "huge"},
}
"""What the settings of a device may have made of the page."""

CHOOSE = """
(chosen) => {
  localStorage.setItem("rtserver.appearance", JSON.stringify(chosen));
  dispatchEvent(new StorageEvent("storage"));
}
"""
"""As if somebody had chosen so in the settings, in another tab."""


async def require_accessible(page: Page, where: str, views: tuple[View, ...] = FOUR_VIEWS, without: str = "") -> None:
    """Fail on what axe finds, in each of `views`. `without`: a selector of what is not ours."""
    found: list[str] = []
    for size, scheme in views:
        await page.set_viewport_size(size)
        await page.emulate_media(color_scheme=scheme)
        violations, passed = await _axe(page, without=without)
        assert passed >= RULES_MIN
        found += [f"{where}, {size['width']} px, {scheme}: {line}" for line in violations]
    assert not found, "\n".join(found)


async def require_accessible_in_all_looks(page: Page, where: str, within: str) -> None:
    """Fail on what axe finds in the elements that `within` selects, in each look that the settings offer."""
    found: list[str] = []
    for look, chosen in LOOKS.items():
        await page.evaluate(CHOOSE, chosen)
        violations, passed = await _axe(page, within=within)
        assert passed > 0, f"{where}: axe looked at nothing"
        found += [f"{where}, {look}: {line}" for line in violations]
    await page.evaluate(CHOOSE, {})
    assert not found, "\n".join(found)


async def _axe(page: Page, *, within: str = "html", without: str = "") -> tuple[list[str], int]:
    """What axe finds, and how many of its rules hold."""
    await page.evaluate(SETTLED)
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(AXE.read_text())
    result = await page.evaluate(RUN_AXE, [within, without])
    return result["found"], result["passed"]


async def require_fitting(page: Page, where: str) -> None:
    """Fail when the page is wider than its window, or something lies outside of it where its lines end."""
    await page.evaluate(SETTLED)  # it may have got another size a moment ago
    outside = await page.evaluate(STICKS_OUT)
    assert outside["over"] <= 0, f"{where}: {outside['over']} px too wide: {outside['elements'][:8]}"
    assert not outside["elements"], f"{where}: cut off at the end of a line: {outside['elements'][:8]}"


async def focus(page: Page) -> dict[str, Any]:
    """What has the focus: `name`, `tag`, and `isVisible`: it is on the screen, with a mark around it."""
    await page.evaluate(SETTLED)
    return dict(await page.evaluate(FOCUS))


async def tab_to(page: Page, name: str, *, back: bool = False, steps: int = 60) -> None:
    """Go to something by Tab alone, where each stop on the way shows that it has the focus."""
    seen: list[str] = []
    for _ in range(steps):
        await page.keyboard.press("Shift+Tab" if back else "Tab")
        focused = await focus(page)
        seen.append(f"{focused['tag']} {focused['name']!r}")
        if focused["tag"] != "body":
            assert focused["isVisible"], f"the focus cannot be seen: {seen[-1]}"
        if re.search(name, focused["name"]):
            return
    raise AssertionError(f"Tab does not reach {name!r}; it goes to {seen}")


@cache
def sentences(language: str) -> dict[str, str]:
    """A catalogue of the page, its keys joined by dots."""

    def flat(prefix: str, tree: dict[str, Any]) -> dict[str, str]:
        found: dict[str, str] = {}
        for key, value in tree.items():
            path = f"{prefix}.{key}" if prefix else key
            found |= flat(path, value) if isinstance(value, dict) else {path: value}
        return found

    return flat("", json.loads((CATALOGUES / f"{language}.json").read_text()))


FILLED_IN = dict.fromkeys(("{{count}}", "{{index}}", "{{number}}"), r"[\d.,\s]+")
"""What stands for a number in a sentence, and what it looks like when shown; anything else can be any words."""


@cache
def english_only(language: str) -> list[tuple[str, re.Pattern[str]]]:
    """Every English sentence that differs in `language`, as a pattern of what it may look like when shown."""
    other = set(sentences(language).values())
    patterns: list[tuple[str, re.Pattern[str]]] = []
    for key, sentence in sentences("en").items():
        fixed = re.sub(r"\{\{.*?\}\}", "", sentence)
        if sentence in other or not re.search(r"[A-Za-z]", fixed):
            continue
        parts = re.split(r"(\{\{.*?\}\})", sentence)
        pattern = "".join(FILLED_IN.get(part, ".+") if part.startswith("{{") else re.escape(part) for part in parts)
        patterns.append((key, re.compile(pattern, re.DOTALL)))
    return patterns


async def require_language(page: Page, language: str, where: str) -> None:
    """Fail when an English sentence of the catalogue is on the page, or the page does not name its language."""
    named = await page.evaluate("() => document.documentElement.lang")
    assert named.partition("-")[0] == language, f"{where}: the page says that it is in {named!r}"
    english = [
        f"{text!r} ({key})"
        for text in await page.evaluate(WORDS)
        for key, pattern in english_only(language)
        if pattern.fullmatch(text)
    ]
    assert not english, f"{where}: English on a page in {language!r}: {sorted(set(english))}"
