"""Pictures and documents in the chat, as two people see them."""

import base64
import random
import re
from collections.abc import Callable
from typing import Any

from PIL import Image
from playwright.async_api import FilePayload, Locator, expect

from tests.browser.looks import TWO_VIEWS, require_accessible, require_fitting
from tests.browser.person import Person
from tests.browser.watcher import OUTAGE
from tests.rtserver.files.samples import corners, encoded, pdf

LARGE = 4_000
"""Pixels of the longer side of what a phone's camera gives."""

PASTE = """
    async ([selector, base64]) => {
        const bytes = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
        const data = new DataTransfer();
        data.items.add(new File([bytes], "image.png", { type: "image/png" }));
        const target = document.querySelector(selector);
        target.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }
"""

DROP = """
    (names) => {
        for (const name of names) {
            const data = new DataTransfer();
            data.items.add(new File(["words"], name, { type: "text/plain" }));
            const dropped = new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
            document.querySelector(".composer__input").dispatchEvent(dropped);
        }
    }
"""
"""Each is a drop of its own."""


DECODED = "image => image.decode().then(() => [image.naturalWidth, image.naturalHeight])"


def photo(width: int = 900, height: int = 600) -> bytes:
    """A JPEG as cameras make them: it does not pack well."""
    small = Image.frombytes("RGB", (90, 60), random.Random(7).randbytes(3 * 90 * 60))
    return encoded(small.resize((width, height), Image.Resampling.BICUBIC), "JPEG", quality=80)


def file(name: str, content: bytes, media_type: str) -> FilePayload:
    return {"name": name, "mimeType": media_type, "buffer": content}


async def choose(person: Person, *files: FilePayload) -> None:
    """Choose files for the message that is being written."""
    await person.page.get_by_test_id("file-chooser").set_input_files(list(files))


def pictures(person: Person) -> Locator:
    """Those in messages that are in the log."""
    return person.page.locator("[data-state=sent] .files__picture img")


async def loaded(picture: Locator) -> tuple[int, int]:
    """The size of a picture that is shown, in its own pixels."""
    await expect(picture).to_be_visible()
    width, height = await picture.evaluate(DECODED)
    return int(width), int(height)


async def test_a_picture_is_sent_seen_and_withdrawn(enter: Callable[..., Any]) -> None:
    """A phone's photo goes smaller, is shown small and large, and is nowhere any more when its message is withdrawn."""
    claire, jan = await enter("claire"), await enter("jan")
    await choose(
        claire,
        file("Łódź.jpg", photo(LARGE, 3_000), "image/jpeg"),
        file("quarters.png", encoded(corners(), "PNG"), "image/png"),
    )
    await expect(claire.page.get_by_test_id("tray").get_by_role("listitem")).to_have_count(2)
    await claire.input.fill("Voilà notre ville")
    await claire.input.press("Enter")
    await expect(claire.page.get_by_test_id("tray")).to_have_count(0)
    await expect(pictures(jan)).to_have_count(2)
    small = pictures(jan).first
    assert await loaded(small) == (640, 480)
    await expect(small).to_have_attribute("alt", "Łódź.jpg, picture by Mme Claire")

    await small.click()
    viewer = jan.dialog
    assert await loaded(viewer.get_by_role("img")) == (2_560, 1_920)
    await require_accessible(jan.page, "a picture, large", TWO_VIEWS)
    await jan.page.keyboard.press("ArrowRight")
    await expect(viewer.get_by_role("img")).to_have_attribute("alt", re.compile("quarters"))
    await expect(viewer).to_contain_text("2 of 2")
    await jan.page.keyboard.press("Escape")
    await expect(viewer).to_have_count(0)
    await expect(jan.page.locator("button.files__picture").first).to_be_focused()
    await require_accessible(jan.page, "pictures in the chat", TWO_VIEWS)
    await require_fitting(jan.page, "pictures in the chat")

    address = await small.evaluate("image => image.src")
    assert (await jan.page.request.get(address)).status == 200
    await claire.press_on("Voilà notre ville", "Delete message")
    await claire.dialog.get_by_role("button", name="Delete").click()
    await expect(pictures(jan)).to_have_count(0)
    assert (await jan.page.request.get(address)).status == 404


async def test_a_document_is_saved_and_what_is_none_is_refused(enter: Callable[..., Any]) -> None:
    """A PDF is a link that saves it under its name; of anything else it is said what to do."""
    claire, jan = await enter("claire"), await enter("jan")
    await choose(
        jan,
        file("Praca domowa.pdf", pdf([(595, 842)] * 2, b"1 0 0 rg 50 50 100 100 re f"), "application/pdf"),
        file(
            "praca.docx", b"PK\x03\x04word", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        ),
    )
    await expect(jan.page.locator(".tray__problems")).to_contain_text("Save it as a PDF")
    await require_accessible(jan.page, "files that are chosen", TWO_VIEWS)
    await jan.composer.get_by_role("button", name="Send", exact=True).click()
    link = claire.page.get_by_role("link", name=re.compile("Praca domowa.pdf"))
    async with claire.page.expect_download() as waiting:
        await link.click()
    download = await waiting.value
    assert download.suggested_filename == "Praca domowa.pdf"
    message = claire.page.get_by_test_id("message").filter(has=link)
    await message.hover()
    await message.get_by_role("button", name="Reply").click()
    await expect(claire.page.get_by_test_id("reply-bar")).to_contain_text("1 file")


async def test_each_of_two_drops_has_its_problems_named(enter: Callable[..., Any]) -> None:
    """Also when both are made ready at the same time."""
    claire = await enter("claire")
    await expect(claire.input).to_be_visible()
    await claire.page.evaluate(DROP, ["notes.txt", "table.csv"])
    problems = claire.composer.locator(".tray__problems")
    await expect(problems).to_contain_text("notes.txt")
    await expect(problems).to_contain_text("table.csv")


async def test_a_picture_survives_a_lost_line(enter: Callable[..., Any]) -> None:
    """It is pasted and sent without a connection, the page is loaded anew, and it goes out once by itself."""
    claire, jan = await enter("claire"), await enter("jan", line=True)
    jan.watcher.tolerate(OUTAGE)
    await jan.write("Zaraz wyślę rysunek")
    await claire.sees("Zaraz wyślę rysunek")
    await jan.line.cut()
    await jan.sees_connection("waiting")
    pasted = base64.b64encode(encoded(corners(), "PNG")).decode()
    await jan.page.evaluate(PASTE, [".composer__input", pasted])
    await expect(jan.page.get_by_test_id("tray").get_by_role("listitem")).to_have_count(1)
    await jan.composer.get_by_role("button", name="Send", exact=True).click()
    await expect(jan.page.get_by_test_id("outgoing-files").get_by_role("img")).to_be_visible()
    jan.line.mend()
    await jan.page.reload()
    await expect(pictures(claire)).to_have_count(1)
    await expect(pictures(jan)).to_have_count(1)
    await expect(jan.page.get_by_test_id("outgoing-files")).to_have_count(0)
