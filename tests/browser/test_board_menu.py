"""What the board's menu offers: files in and out, the list for screen readers, the replay, templates, pictures."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.async_api import expect

from tests.browser.boards import Painter, at_the_board
from tests.browser.space import Space
from tests.browser.visits import Visit

FIXTURES = Path(__file__).parents[2] / "web/src/board/menu/fixtures"
PUBLIC_EDITOR = FIXTURES / "publicEditor.excalidraw"
"""A file that the public editor has written (`tests.browser.public_editor`): every element type, a picture, text in
frames, bound arrows."""

STAMPS = frozenset({"version", "versionNonce", "updated", "index"})
"""What the server gives, and where an element lies among the others, which is compared apart."""

ELSEWHERE = frozenset({"link", "fileId", "lastCommittedPoint"})
"""Links to other sites are left out; a picture is called after its content; and `lastCommittedPoint`, of a line that is
being drawn, is forgotten by the editor's own restore()."""

LEFT = ((-170.0, -60.0), (-120.0, 60.0), (-70.0, -60.0))
RIGHT = ((70.0, -60.0), (120.0, 60.0), (170.0, -60.0))


async def test_file_of_the_public_editor_goes_in_and_out(visit: Visit, space: Space, tmp_path: Path) -> None:
    """Everything in it is on everybody's board, and comes out as it was."""
    claire, leo = await at_the_board(visit, space, "claire", "leo")
    original = json.loads(PUBLIC_EDITOR.read_text())
    count = len(original["elements"])
    await _choose(claire, "Open a file")
    await claire.person.dialog.locator("input[type=file]").set_input_files(PUBLIC_EDITOR)
    await claire.person.dialog.get_by_role("button", name="Put on the board").click()
    await expect(claire.person.dialog).to_contain_text(f"{count} things are on the board")
    await expect(claire.person.dialog).to_contain_text("links to other sites")
    await claire.page.keyboard.press("Escape")
    for painter in (claire, leo):
        await painter.shows(count)
        await expect(painter.page.locator(".excalidraw__embeddable-container:visible")).to_have_count(0)

    saved = json.loads((await _save(leo, "Save as .excalidraw", tmp_path)).read_text())
    assert saved["type"] == "excalidraw"
    for ours, theirs in zip(saved["elements"], original["elements"], strict=True):
        assert _plain(ours) == _plain(theirs)
    indices = [element["index"] for element in saved["elements"]]
    assert indices == sorted(set(indices))
    (picture,) = [element for element in saved["elements"] if element["type"] == "image"]
    assert saved["files"][picture["fileId"]]["dataURL"].startswith("data:image/png;base64,")


async def test_saved_as_a_picture(visit: Visit, space: Space, tmp_path: Path) -> None:
    """PNG and SVG hold what was drawn, and name no other site."""
    (claire,) = await at_the_board(visit, space, "claire")
    await claire.draw(*LEFT)
    await claire.shows(1)
    with Image.open(await _save(claire, "Save as PNG", tmp_path)) as png:
        assert sum(png.convert("L").histogram()[:128]) > 0
    svg = (await _save(claire, "Save as SVG", tmp_path)).read_text()
    assert "<path" in svg
    assert "http" not in svg.replace("http://www.w3.org/", "")


async def test_saving_is_a_right(visit: Visit, space: Space) -> None:
    """Pupils whose teacher says no are told so."""
    claire, leo = await at_the_board(visit, space, "claire", "leo")
    await claire.page.get_by_role("button", name="Manage the board").click()
    await claire.page.get_by_role("menuitem", name="Who may draw").click()
    await claire.person.switch("Pupils may save the board", on=False)
    await claire.person.dialog.get_by_role("button", name="Save").click()
    await leo.page.get_by_test_id("board-menu").click()
    await expect(leo.page.get_by_role("menuitem", name="Save the board")).to_contain_text("teacher")
    await leo.page.get_by_role("menuitem", name="Save the board").click()
    await expect(leo.page.get_by_role("button", name="Save as PNG")).to_have_count(0)


async def test_list_says_what_is_there(visit: Visit, space: Space) -> None:
    """Whoever cannot see the board reads what is on it, whose it is, and may delete their own."""
    claire, leo = await at_the_board(visit, space, "claire", "leo")
    await claire.draw(*LEFT)
    await leo.draw((70.0, -40.0), (150.0, 60.0), tool="rectangle")
    await claire.shows(2)
    await leo.shows(2)
    await _choose(leo, "List of what is on the board")
    dialog = leo.page.get_by_role("dialog", name="List of what is on the board")
    await expect(dialog.get_by_role("listitem").filter(has_text="Pen stroke")).to_contain_text("Claire Martin")
    await expect(dialog.get_by_role("listitem").filter(has_text="Rectangle")).to_contain_text("Leo Girard")
    await expect(dialog.get_by_role("button", name="Delete: Pen stroke")).to_have_count(0)
    await dialog.get_by_role("button", name="Delete: Rectangle").click()
    await claire.shows(1)


async def test_replay_shows_how_it_came_to_be(visit: Visit, space: Space) -> None:
    """From nothing to what is there now, by keys; what was deleted since can be seen, too."""
    (claire,) = await at_the_board(visit, space, "claire")
    await claire.draw(*LEFT)
    await claire.draw(*RIGHT)
    await claire.shows(2)
    await claire.undo()
    await claire.shows(1)
    await _choose(claire, "Replay")
    slider = claire.page.get_by_role("slider", name="Moment that is shown")
    await expect(slider).to_be_visible()
    await expect(slider).to_have_attribute("max", "3")
    await expect(claire.page.get_by_test_id("replay-stage").locator(".App-bottom-bar:visible")).to_have_count(0)
    await slider.press("Home")
    await expect(claire.page.get_by_text("The beginning", exact=True)).to_be_visible()
    for words in ("drew 1 thing", "drew 1 thing", "deleted 1 thing"):
        await slider.press("ArrowRight")
        await expect(claire.page.get_by_role("dialog", name="Replay")).to_contain_text(words)


async def test_template_and_picture(visit: Visit, space: Space) -> None:
    """A teacher's template is locked for pupils; a pupil's picture is at everybody's, from our own server."""
    claire, leo = await at_the_board(visit, space, "claire", "leo")
    await _choose(claire, "Templates")
    await claire.page.get_by_role("button", name="Venn diagram, two circles").click()
    await expect(leo.board).not_to_have_attribute("data-count", "0")
    count = int(await leo.board.get_attribute("data-count") or 0)
    await leo.page.get_by_test_id("board-menu").click()
    async with leo.page.expect_file_chooser() as chosen:
        await leo.page.get_by_role("menuitem", name="Insert a picture").click()
    await (await chosen.value).set_files({"name": "river.png", "mimeType": "image/png", "buffer": _red_square()})
    for painter in (leo, claire):
        await painter.shows(count + 1)
        await painter.sees_ink((-40.0, -40.0), (40.0, 40.0))


async def test_document_as_background(visit: Visit, space: Space) -> None:
    """Page by page, locked, behind what is drawn; pupils see it, and are not offered to put one there."""
    claire, leo = await at_the_board(visit, space, "claire", "leo")
    await claire.page.get_by_test_id("board-menu").click()
    async with claire.page.expect_file_chooser() as chosen:
        await claire.page.get_by_role("menuitem", name="Insert a PDF as background").click()
    await (await chosen.value).set_files({"name": "map.pdf", "mimeType": "application/pdf", "buffer": _two_pages()})
    for painter in (claire, leo):
        await painter.shows(2)
        await painter.sees_ink((-40.0, -40.0), (40.0, 40.0))
    await leo.draw(*LEFT)
    await claire.shows(3)
    await leo.page.get_by_test_id("board-menu").click()
    await expect(leo.page.get_by_role("menuitem", name="Insert a picture")).to_be_visible()
    await expect(leo.page.get_by_role("menuitem", name="Insert a PDF as background")).to_have_count(0)


def _plain(element: Mapping[str, Any]) -> dict[str, Any]:
    """What has to be equal. A generated page, and what stands beside links, is not taken."""
    left_out = STAMPS | ELSEWHERE | ({"customData"} if element["type"] in ("iframe", "embeddable") else set())
    # The editor's own restore() makes an empty list of null.
    plain = {**element, "boundElements": element.get("boundElements") or []}
    return {name: value for name, value in plain.items() if name not in left_out}


async def _choose(painter: Painter, item: str) -> None:
    await painter.page.get_by_test_id("board-menu").click()
    await painter.page.get_by_role("menuitem", name=item).click()


async def _save(painter: Painter, button: str, folder: Path) -> Path:
    await _choose(painter, "Save the board")
    async with painter.page.expect_download() as downloading:
        await painter.page.get_by_role("button", name=button).click()
    download = await downloading.value
    path = folder / download.suggested_filename
    await download.save_as(path)
    await painter.page.keyboard.press("Escape")
    return path


def _red_square() -> bytes:
    square = io.BytesIO()
    Image.new("RGB", (120, 120), (150, 20, 20)).save(square, "PNG")
    return square.getvalue()


def _two_pages() -> bytes:
    document = io.BytesIO()
    first, second = (Image.new("RGB", (400, 300), colour) for colour in ((120, 20, 20), (20, 20, 120)))
    first.save(document, "PDF", save_all=True, append_images=[second])
    return document.getvalue()
