"""People who draw on a board with a real mouse, and what they see there. Names of buttons: the English page's."""

import io
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from PIL import Image
from playwright.async_api import FloatRect, Locator, Page, expect

from tests.browser.person import Person
from tests.browser.space import Space
from tests.browser.visits import Visit

LOADING_MS = 30_000
"""Milliseconds until the editor, two megabytes of it, is there on a busy machine."""

DARK = 160
"""Of 255: what is drawn with the usual pen is darker than this, paper and its grid are lighter."""

AREA_MARGIN = 24
"""Pixels around where somebody drew that belong to it: the pen is thick, and its line smoothed."""

STEPS = 12
"""Moves of the mouse from one place to the next."""

ONLY_THE_DRAWING = "[data-testid=board-cursor], .board-hint { visibility: hidden; }"
"""Leaves pointers with their names, and hints, out of a picture of the board."""

Place = tuple[float, float]
"""From the middle of the canvas, in pixels."""

NEXT_FRAME = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


class Painter:
    """Somebody at a board. Places count from the middle of the canvas, which two equal windows have at one spot."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.page: Page = person.page

    @property
    def board(self) -> Locator:
        """The board, with what it says of itself."""
        return self.page.get_by_test_id("board")

    @property
    def toolbar(self) -> Locator:
        """What one can do besides drawing."""
        return self.page.get_by_role("toolbar", name="Tools of the board")

    async def open(self) -> None:
        """Open the room's board, and wait until it is there."""
        await self.person.bring("Board")
        await self.is_ready()

    async def is_ready(self) -> None:
        """Wait until the board and its editor are there."""
        await expect(self.board).to_have_attribute("data-phase", "ready", timeout=LOADING_MS)
        await expect(self.page.locator(".excalidraw canvas.interactive")).to_be_visible(timeout=LOADING_MS)

    async def shows(self, count: int) -> None:
        """Wait until so many elements are on the board, and none of one's own waits for the server."""
        await expect(self.board).to_have_attribute("data-count", str(count))
        await expect(self.board).to_have_attribute("data-pending", "0")

    async def waits_with(self, count: int) -> None:
        """Wait until so many changes of one's own wait for the connection."""
        await expect(self.board).to_have_attribute("data-pending", str(count))

    # --- Drawing ---

    async def take(self, tool: str) -> None:
        """Choose a tool of the editor: `freedraw`, `rectangle`, `text`, `selection`, ..."""
        await self.page.locator(f"label:has([data-testid=toolbar-{tool}])").click()

    async def draw(self, *places: Place, tool: str = "freedraw") -> None:
        """One stroke with the mouse, from the first place over all others."""
        await self.begin(*places, tool=tool)
        await self.page.mouse.up()

    async def begin(self, *places: Place, tool: str = "freedraw") -> None:
        """As `draw`, with the button still pressed at the end."""
        await self.take(tool)
        middle = await self._middle()
        await self.page.mouse.move(middle[0] + places[0][0], middle[1] + places[0][1])
        await self.page.mouse.down()
        for x, y in places[1:]:
            await self.page.mouse.move(middle[0] + x, middle[1] + y, steps=STEPS)

    async def click(self, place: Place) -> None:
        """Click somewhere on the board."""
        x, y = await self._middle()
        await self.page.mouse.click(x + place[0], y + place[1])

    async def point(self, place: Place) -> None:
        """Move the pointer somewhere, without a button."""
        x, y = await self._middle()
        await self.page.mouse.move(x + place[0], y + place[1], steps=STEPS)

    async def undo(self) -> None:
        """With the editor's own button."""
        await self.page.get_by_test_id("button-undo").click()

    # --- Seeing ---

    async def sees_ink(self, *places: Place) -> None:
        """Wait until something dark is around these places."""
        await self._until_ink(lambda dark: dark > 0, places)

    async def sees_no_ink(self, *places: Place) -> None:
        """Wait until nothing dark is around these places."""
        await self._until_ink(lambda dark: dark == 0, places)

    async def _until_ink(self, is_right: Callable[[int], bool], places: Sequence[Place]) -> None:
        async def looked() -> bool:
            return is_right(await self._dark_pixels(places))

        await until(looked, self.page, "the board does not look as it should")

    async def _dark_pixels(self, places: Sequence[Place]) -> int:
        middle = await self._middle()
        left, top = min(x for x, _ in places), min(y for _, y in places)
        right, bottom = max(x for x, _ in places), max(y for _, y in places)
        clip: FloatRect = {
            "x": middle[0] + left - AREA_MARGIN,
            "y": middle[1] + top - AREA_MARGIN,
            "width": right - left + 2 * AREA_MARGIN,
            "height": bottom - top + 2 * AREA_MARGIN,
        }
        taken = await self.page.screenshot(clip=clip, style=ONLY_THE_DRAWING)
        picture = Image.open(io.BytesIO(taken)).convert("L")
        return sum(picture.histogram()[:DARK])

    async def _middle(self) -> Place:
        box = await self.page.locator(".excalidraw canvas.interactive").bounding_box()
        assert box is not None, "there is no canvas"
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


LOOKS_MAX = 100
"""Looks at a page before something is taken for not happening: a screenshot takes a tenth of a second."""


async def until(is_so: Callable[[], Awaitable[bool]], page: Page, complaint: str) -> None:
    """Look again after each frame that the page draws."""
    for _ in range(LOOKS_MAX):
        if await is_so():
            return
        await page.evaluate(NEXT_FRAME)
    raise AssertionError(complaint)


async def at_the_board(visit: Visit, space: Space, *names: str, **options: Any) -> list[Painter]:
    """These people, each with the board of the class room open."""
    painters = []
    for name in names:
        person = await visit(name, space.server, **options)
        await person.enter(await space.link(name))
        painter = Painter(person)
        await painter.open()
        painters.append(painter)
    return painters
