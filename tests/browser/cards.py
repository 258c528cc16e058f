"""Cards with links, as a teacher makes them and a phone's camera reads them."""

import io

import zxingcpp
from PIL import Image
from playwright.async_api import expect

from tests.browser.person import Person
from tests.wire.server import speak


async def open_links(teacher: Person, pupils: int) -> None:
    """The links of the teacher's class, which has so many pupils."""
    await teacher.page.get_by_role("button", name="Links for my class").click()
    await expect(teacher.page.get_by_test_id("sheet-pupil")).to_have_count(pupils)


async def links_on_paper(teacher: Person) -> dict[str, str]:
    """By name, what a camera reads from each card."""
    found = {}
    await expect(teacher.page.get_by_test_id("paper-card").first).to_be_visible()
    for card in await teacher.page.get_by_test_id("paper-card").all():
        picture = Image.open(io.BytesIO(await card.screenshot(scale="css")))
        (code,) = zxingcpp.read_barcodes(picture.resize((picture.width * 2, picture.height * 2)))
        speak(code.text.partition("#")[2])
        found[await card.get_by_role("heading").inner_text()] = code.text
    return found
