"""Takes the pictures of the documentation from a demo that it starts itself: `python -m tests.browser.screenshots`."""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.async_api import Browser, FilePayload, expect

from loadtests.topology.process import free_port
from tests.browser import chromium
from tests.browser.boards import Painter
from tests.browser.calling import Caller
from tests.browser.drawn_board import file_of_the_rivers
from tests.browser.drawn_camera import draw_camera
from tests.browser.person import Person
from tests.browser.visits import DESKTOP, PHONE, Visitors
from tests.wire.server import Server

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs" / "images"
TO_LOOK_AT = ROOT / "build" / "pictures"
"""Where those lie that no page of the documentation shows."""

PICTURE_BYTES_MAX = 300_000
"""Bytes of one picture: they travel with every copy of the repository."""

JPEG_QUALITY = 85
"""Per cent: letters stay clear."""

LINK = re.compile(r"http\S+/join#\S+")
"""A person's link in the table that the demo prints."""

LAST_WORDS = "Ctrl-C stops"
"""What the demo prints last."""

TEACHER, PUPIL, PAINTER, WRITER = 0, 2, 3, 5
"""Whom of the demo's people the pictures show: the first teacher, and pupils of both classes."""

CLASS_CAMERA, CLASS_SIZE = 1, 18
"""The second teacher's device shows so many of her class."""

UNDERLINE = ((215.0, -153.0), (20.0, -146.0), (-150.0, -152.0))
UNDER_THE_HILL = (230.0, 62.0)
"""Where somebody draws and points on the board, from the middle of its canvas."""

SPEAKING = (TEACHER, CLASS_CAMERA)

HUES = (12, 215, 45, 150, 190, 280)
"""Of the wall behind each, in degrees."""

HAVE_ENOUGH_DATA = 4
"""HTMLMediaElement.readyState."""


@contextmanager
def demo(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """A running demo: its address, and the links of its people in the order in which it prints them."""
    port = free_port()
    program = str(Path(sys.executable).with_name("rtserver"))
    command = [program, "demo", "--port", str(port), "--data", str(folder)]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout is not None
        links: list[str] = []
        for line in process.stdout:
            found = LINK.search(line)
            if found is not None:
                links.append(found[0])
            if LAST_WORDS in line:
                break
        yield f"http://127.0.0.1:{port}", links
    finally:
        process.terminate()
        process.wait(timeout=20)


async def take(browser: Browser, origin: str, links: list[str]) -> None:
    """Let some people come in, and take the pictures."""
    server = Server(Path(), public_url=origin)
    visitors = Visitors(browser)

    async def picture(person: Person, name: str, folder: Path = IMAGES) -> None:
        path = folder / name
        # Cameras have no flat colours: as PNG they would be four times as large.
        quality = JPEG_QUALITY if path.suffix == ".jpg" else None
        await person.page.screenshot(path=path, quality=quality)
        size = path.stat().st_size
        print(f"{path.relative_to(ROOT)}: {size / 1000:.0f} KB")
        assert size <= PICTURE_BYTES_MAX

    newcomer = await visitors.visit("newcomer", server, viewport=DESKTOP)
    await newcomer.open(links[PUPIL])
    await expect(newcomer.page.get_by_role("button", name=re.compile("^Enter as"))).to_be_visible()
    await picture(newcomer, "join.png")

    people: dict[int, Person] = {}

    async def come_in(number: int) -> Person:
        person = await visitors.visit(str(number), server, viewport=PHONE if number == PUPIL else DESKTOP)
        await draw_camera(person.context, HUES[number], CLASS_SIZE if number == CLASS_CAMERA else 1)
        await person.enter(links[number])
        people[number] = person
        return person

    teacher, phone, writer = [await come_in(number) for number in (TEACHER, PUPIL, WRITER)]
    await writer.input.press_sequentially("Tak")
    for person in (teacher, phone):
        await expect(person.page.get_by_test_id("typing")).to_be_visible()
    await picture(teacher, "room.png")
    await picture(phone, "room-phone.png")

    board = [Painter(person) for person in (teacher, phone, await come_in(PAINTER), writer)]
    await draw_together(*board)
    await picture(teacher, "board.jpg")
    await picture(phone, "board-phone.jpg")
    await board[2].page.mouse.up()
    for painter in board:
        await (painter.person.bring("Chat") if painter.person is phone else painter.person.put_away("Board"))

    for number in range(len(links)):
        if number not in people:
            await come_in(number)
    callers = [Caller(people[number]) for number in range(len(links))]
    for number, caller in enumerate(callers):
        await caller.open_lobby()
        if number == TEACHER:
            preview = caller.person.dialog.locator("video")
            await expect(preview).to_have_js_property("readyState", HAVE_ENOUGH_DATA)
            await picture(teacher, "call-lobby.jpg", TO_LOOK_AT)
        await caller.join(microphone=number in SPEAKING, class_camera=number == CLASS_CAMERA)
        if number == CLASS_CAMERA:
            await shows(callers[TEACHER], 2)
            await picture(teacher, "call-two.jpg", TO_LOOK_AT)
    await callers[WRITER].press("Hand")
    for caller in (callers[TEACHER], callers[PUPIL]):
        await shows(caller, len(callers))
        await expect(caller.page.get_by_test_id("hands")).to_be_visible()
    await picture(teacher, "call.jpg")
    await picture(phone, "call-phone.jpg")
    await visitors.leave()


async def draw_together(teacher: Painter, phone: Painter, painter: Painter, writer: Painter) -> None:
    """Put a board of two rivers before everybody; one pupil underlines its title, another points at a river."""
    await teacher.open()
    await teacher.page.get_by_test_id("board-menu").click()
    await teacher.page.get_by_role("menuitem", name="Open a file").click()
    dialog = teacher.person.dialog
    rivers: FilePayload = {"name": "rivers.excalidraw", "mimeType": "application/json", "buffer": file_of_the_rivers()}
    await dialog.locator("input[type=file]").set_input_files(rivers)
    await dialog.get_by_role("button", name="Put on the board").click()
    await dialog.get_by_role("button", name="Close").click()
    await teacher.person.put_away("Board")
    for one in (teacher, phone, painter, writer):  # opened anew the board is shown as a whole
        await one.open()
    await painter.begin(*UNDERLINE)
    await writer.take("selection")
    await writer.point(UNDER_THE_HILL)
    for one in (teacher, phone):
        await expect(one.page.get_by_test_id("board-cursor")).to_have_count(2)
    await teacher.sees_ink(*UNDERLINE)


async def shows(caller: Caller, pictures: int) -> None:
    """Wait until so many pictures are on the page."""
    await expect(caller.page.locator("[data-testid=tile] video:not([data-covered=true])")).to_have_count(pictures)


async def main() -> None:
    """Take all pictures."""
    for pictures in (IMAGES, TO_LOOK_AT):
        pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, demo(Path(folder)) as (origin, links):
        async with chromium.launched() as browser:
            await take(browser, origin, links)


if __name__ == "__main__":
    asyncio.run(main())
