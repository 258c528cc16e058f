"""Draws a board with Excalidraw's public editor and keeps the file that it writes: the fixture of the tests of imports.

    python -m tests.browser.public_editor

builds the editor as it is published (`web/tools/public-editor`), draws in Chromium with mouse, pen and keyboard what
has a tool for a hand, has the editor make the rest, and writes `publicEditor.excalidraw` anew. Run it after an upgrade
of the editor; ids and stamps are others each time, and the tests name neither.
"""

import asyncio
import json
import mimetypes
import sys
import tempfile
from collections.abc import Iterable
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.async_api import CDPSession, Page, Route

import hatch_build
from tests.browser import chromium

ROOT = Path(__file__).parents[2]
FIXTURE = ROOT / "web/src/board/menu/fixtures/publicEditor.excalidraw"
CONFIG = "tools/public-editor/vite.config.ts"

ADDRESS = "http://public-editor.test"
"""Nobody is asked: the files are given from the folder that they were built into."""

SIZE = {"width": 1_600, "height": 1_200}

PUBLIC_SOURCE = "https://excalidraw.com"
"""What the public site writes as the source of a file: its own address."""

Place = tuple[float, float]

STROKE: tuple[Place, ...] = ((980, 560), (1_010, 600), (1_050, 575), (1_090, 640), (1_140, 590))
PRESSURES = (0.12, 0.5, 0.731, 0.4, 0.25)

HAS_NO_TOOL: list[dict[str, Any]] = [
    {"type": "magicframe", "x": 100, "y": 820, "width": 300, "height": 200, "children": []},
    {
        "type": "embeddable",
        "x": 440,
        "y": 820,
        "width": 320,
        "height": 180,
        "link": "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "customData": {"note": "the film of the lesson"},
    },
    {
        "type": "iframe",
        "x": 800,
        "y": 820,
        "width": 240,
        "height": 180,
        "customData": {"generationData": {"status": "done", "html": "<!doctype html><p>generated</p>"}},
    },
    {
        "type": "rectangle",
        "x": 1_080,
        "y": 820,
        "width": 120,
        "height": 60,
        "roundness": {"type": 3, "value": 12},
        "link": "https://example.org/a",
        "locked": True,
        "customData": {"kind": "card", "n": 3},
    },
]
"""What only the site's own services make, and what programs note about elements."""

BY_TYPE = (
    """(wanted) => window.editor.api.getSceneElements().filter(({ type }) => type === wanted).map(({ id }) => id)"""
)

COURSE = """(wanted) => {
  const line = window.editor.api.getSceneElements().find(({ id }) => id === wanted);
  return [line.x, line.y, line.points];
}"""

CHANGE = """([id, changed]) => {
  const { api } = window.editor;
  api.updateScene({
    elements: api.getSceneElements().map((each) => (each.id === id ? { ...each, ...changed } : each)),
  });
}"""


class Hand:
    """Somebody at the editor."""

    def __init__(self, page: Page, pen: CDPSession) -> None:
        self._page = page
        self._pen = pen

    async def use(self, key: str, **style: Any) -> None:
        """Take a tool, and choose how what it draws looks."""
        chosen = {f"currentItem{name[0].upper()}{name[1:]}": value for name, value in style.items()}
        await self._page.evaluate("(appState) => window.editor.api.updateScene({ appState })", chosen)
        await self._page.keyboard.press(key)

    async def drag(self, *places: Place) -> None:
        """From the first place to the last, by way of the others."""
        mouse = self._page.mouse
        await mouse.move(*places[0])
        await mouse.down()
        for place in places[1:]:
            await mouse.move(*place, steps=4)
        await mouse.up()

    async def click(self, *places: Place) -> None:
        """One place after the other."""
        for place in places:
            await self._page.mouse.move(*place)
            await self._page.mouse.click(*place)

    async def press(self, *keys: str) -> None:
        """Keys of the keyboard."""
        for key in keys:
            await self._page.keyboard.press(key)

    async def write(self, *lines: str) -> None:
        """Write into the text that is open, and close it."""
        for number, line in enumerate(lines):
            if number:
                await self._page.keyboard.press("Enter")
            await self._page.keyboard.type(line)
        await self._page.keyboard.press("Escape")
        await self._page.keyboard.press("Escape")

    async def draw_with_pen(self, places: Iterable[tuple[Place, float]]) -> None:
        """A stroke of a pen that tells its pressure."""
        kinds = iter(["mousePressed"])
        for (x, y), force in places:
            await self._send(next(kinds, "mouseMoved"), x, y, force)
        await self._send("mouseReleased", x, y, 0.0)

    async def _send(self, kind: str, x: float, y: float, force: float) -> None:
        event = {"type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1}
        await self._pen.send("Input.dispatchMouseEvent", {**event, "pointerType": "pen", "force": force})

    async def ids(self, kind: str) -> list[str]:
        """Of all elements of a type, the lowest first."""
        found: list[str] = await self._page.evaluate(BY_TYPE, kind)
        return found

    async def course(self, line: str) -> tuple[float, float, list[Place]]:
        """Where a line begins, and its points from there."""
        x, y, points = await self._page.evaluate(COURSE, line)
        return x, y, [(across, down) for across, down in points]

    async def change(self, element: str, **changed: Any) -> None:
        """What has no tool."""
        await self._page.evaluate(CHANGE, [element, changed])


async def draw(page: Page, hand: Hand, folder: Path) -> None:
    """An element of every type: a text and arrows bound to shapes, texts in a frame, groups, a picture that is cut."""
    await hand.click((1_500, 60))  # the keys of tools go to what was touched last
    await hand.use("r", backgroundColor="#a5d8ff", fillStyle="hachure", strokeStyle="dashed")
    await hand.drag((200, 160), (380, 260))
    await hand.press("Enter")
    await hand.write("Clouds")
    await hand.use("o", backgroundColor="#ffec99", fillStyle="cross-hatch", strokeStyle="solid")
    await hand.drag((520, 170), (670, 260))
    await hand.use("d", backgroundColor="transparent", strokeColor="#e03131", roughness=2, opacity=60)
    await hand.drag((860, 180), (1_000, 300))
    await hand.use("t", strokeColor="#1e1e1e", roughness=1, opacity=100, fontFamily=6)
    await hand.click((200, 340))
    await hand.write("Rain falls on", "the mountains")
    await hand.use("a", arrowType="round", endArrowhead="arrow")
    await hand.click((386, 210), (450, 180), (514, 212))
    await hand.press("Escape", "Escape")
    await hand.use("a", arrowType="elbow", startArrowhead="dot", endArrowhead="triangle")
    await hand.drag((290, 266), (300, 320), (860, 330), (928, 306))
    await _hold_segment(hand)
    await hand.press("Escape")
    await hand.use("l", strokeStyle="dotted", backgroundColor="#b2f2bb", fillStyle="solid")
    await hand.click((200, 560), (260, 640), (340, 580), (400, 620))
    await hand.press("Escape", "Escape")
    await hand.use("p", strokeStyle="solid", backgroundColor="transparent")
    await hand.drag((480, 560), (505, 590), (530, 565))
    await hand.use("p", strokeWidth=4)
    await hand.draw_with_pen(zip(STROKE, PRESSURES, strict=True))
    await _put_picture(page, hand, folder)
    await hand.use("f")
    await hand.drag((160, 120), (720, 460))
    await hand.press("Escape")
    await page.evaluate("(skeletons) => window.editor.add(skeletons)", HAS_NO_TOOL)
    await _name_and_tie(hand)


async def _hold_segment(hand: Hand) -> None:
    """Put the longest level part of the arrow with elbows, which is selected, somewhere else."""
    x, y, points = await hand.course((await hand.ids("arrow"))[-1])
    level = [(start, end) for start, end in pairwise(points) if start[1] == end[1]]
    (left, height), (right, _) = max(level, key=lambda ends: abs(ends[1][0] - ends[0][0]))
    middle = x + (left + right) / 2
    await hand.drag((middle, y + height), (middle, y + height + 20), (middle, y + height + 44))


async def _put_picture(page: Page, hand: Hand, folder: Path) -> None:
    picture = BytesIO()
    Image.new("RGB", (80, 60), "#2f9e44").save(picture, "PNG")
    file = folder / "meadow.png"
    file.write_bytes(picture.getvalue())
    # Just after a stroke the editor is still at it, and another tool's key is lost.
    await hand.press("v")
    await page.wait_for_function("window.editor.api.getAppState().activeTool.type === 'selection'")
    async with page.expect_file_chooser() as chooser:
        await hand.press("9")
    await (await chooser.value).set_files(file)
    await page.wait_for_function("window.editor.api.getAppState().pendingImageElementId !== null")
    await hand.click((700, 600))
    await page.wait_for_function("Object.keys(window.editor.api.getFiles()).length > 0")
    (image,) = await hand.ids("image")
    crop = {"x": 10, "y": 10, "width": 40, "height": 30, "naturalWidth": 80, "naturalHeight": 60}
    # The public site says so when it has put the picture into the browser's store.
    await hand.change(image, status="saved", scale=[-1, 1], crop=crop)


async def _name_and_tie(hand: Hand) -> None:
    """A frame's name, groups inside each other, a link from one element to another."""
    (frame,), (ellipse,), (diamond,) = [await hand.ids(kind) for kind in ("frame", "ellipse", "diamond")]
    await hand.change(frame, name="Water cycle")
    await hand.change(ellipse, groupIds=["gr0upInner_0123456789", "gr0upOuter_0123456789"])
    box = (await hand.ids("rectangle"))[0]
    link = f"{PUBLIC_SOURCE}/?element={box}"
    await hand.change(diamond, groupIds=["gr0upOuter_0123456789"], link=link, angle=0.523599)


async def made() -> str:
    """The file. Raises `hatch_build.WebBuildError` when the editor cannot be built."""
    with tempfile.TemporaryDirectory() as made_in:
        folder = Path(made_in)
        built = folder / "built"
        build = ("exec", "--", "vite", "build", "--config", CONFIG, "--outDir", str(built), "--logLevel", "error")
        if hatch_build.npm(ROOT / "web", *build, output=sys.stderr) != 0:
            raise hatch_build.WebBuildError("The public editor could not be built; vite's own words are above.")

        async def give(route: Route) -> None:
            name = route.request.url.removeprefix(ADDRESS).partition("?")[0].lstrip("/") or "index.html"
            file = built / name
            if not route.request.url.startswith(ADDRESS) or not file.is_file():
                await route.abort()
                return
            kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
            await route.fulfill(body=await asyncio.to_thread(file.read_bytes), content_type=kind)

        async with chromium.launched() as browser:
            context = await browser.new_context(viewport=SIZE, locale="en-GB")  # type: ignore[arg-type]
            await context.route("**/*", give)
            page = await context.new_page()
            await page.goto(ADDRESS)
            await page.wait_for_function("window.editor !== undefined")
            await draw(page, Hand(page, await context.new_cdp_session(page)), folder)
            await page.screenshot(path=ROOT / "build" / "public-editor.png")
            saved = json.loads(await page.evaluate("window.editor.saved()"))
    return json.dumps(saved | {"source": PUBLIC_SOURCE}, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FIXTURE.write_text(asyncio.run(made()))
