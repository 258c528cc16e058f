"""The process in which files are opened: what it makes, what it cannot do, and that it never stays."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec
import psutil
import pytest

from rooms.errors import ErrorCode, Refused
from rtserver.files import conversion
from rtserver.files.conversion import Conversion, Picture, Work
from rtserver.files.frames import Cleaned, Done, Kind, Made, encode_header
from tests.rtserver.files.samples import corners, encoded, opened, pdf, photo_with_place, png_claiming

PNG = encoded(corners(), "PNG")


class Files:
    """Files that are closed at the end of a test."""

    def __init__(self) -> None:
        self.made: list[BinaryIO] = []

    def holding(self, data: bytes) -> BinaryIO:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the fixture
        file.write(data)
        file.flush()
        self.made.append(file)
        return file


@pytest.fixture
def files() -> Iterator[Files]:
    made = Files()
    yield made
    for file in made.made:
        file.close()


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    before = {child.pid for child in psutil.Process().children()}
    yield
    assert {child.pid for child in psutil.Process().children()} <= before


def program(text: str) -> Conversion:
    """A converter that is another program."""
    return Conversion(60_000_000, 30, (sys.executable, "-c", text))


async def refusal(converter: Conversion, kind: Kind, file: BinaryIO) -> Refused:
    with pytest.raises(Refused) as refused:
        await converter.convert(kind, file)
    return refused.value


class TestWhatItMakes:
    async def test_a_picture(self, files: Files) -> None:
        (picture,) = await Conversion(60_000_000, 30).convert(Kind.JPEG, files.holding(photo_with_place()))
        assert (picture.type, picture.width, picture.height) == ("image/jpeg", 80, 40)
        assert opened(picture.content).size == (80, 40)

    async def test_a_photograph_of_a_telephone_with_two_pictures_in_it(self, files: Files) -> None:
        """It needs a module that must be there before no file can be opened any more."""
        data = encoded(corners(), "MPO", save_all=True, append_images=[corners()])
        (picture,) = await Conversion(60_000_000, 30).convert(Kind.JPEG, files.holding(data))
        assert picture.type == "image/jpeg"

    @pytest.mark.parametrize("kind", [Kind.PNG, Kind.WEBP, Kind.GIF])
    async def test_every_kind_can_be_opened_there(self, kind: Kind, files: Files) -> None:
        data = encoded(corners(), kind.value)
        (picture,) = await Conversion(60_000_000, 30).convert(kind, files.holding(data))
        assert (picture.width, picture.height) == (80, 40)

    async def test_the_pages_of_a_document(self, files: Files) -> None:
        """With letters in a font that the file does not bring along."""
        text = b"BT /Helvetica 24 Tf 10 10 Td (Hello) Tj ET"
        pages = await Conversion(60_000_000, 30).convert(Kind.PDF, files.holding(pdf([(200, 100)] * 3, text)))
        assert [(page.type, page.width, page.height) for page in pages] == [("image/png", 1920, 960)] * 3
        assert len({page.content for page in pages}) == 1

    async def test_the_same_each_time(self, files: Files) -> None:
        converter = Conversion(60_000_000, 30)
        for kind, data in ((Kind.JPEG, photo_with_place()), (Kind.PDF, pdf())):
            file = files.holding(data)
            assert await converter.convert(kind, file) == await converter.convert(kind, file)

    async def test_more_than_are_opened_at_once(self, files: Files) -> None:
        converter = Conversion(60_000_000, 30)
        found = await asyncio.gather(*(converter.convert(Kind.PNG, files.holding(PNG)) for _ in range(6)))
        assert found == [found[0]] * 6

    @pytest.mark.parametrize(
        ("kind", "data", "code"),
        [
            (Kind.PNG, PNG[:100], ErrorCode.FILE_UNREADABLE),
            (Kind.PNG, png_claiming(9_000, 9_000), ErrorCode.TOO_LARGE),
            (Kind.PDF, b"%PDF-1.4 and nothing", ErrorCode.FILE_UNREADABLE),
            (Kind.PDF, pdf([(9, 9)] * 31), ErrorCode.TOO_LARGE),
            (Kind.GIF, b"", ErrorCode.FILE_UNREADABLE),
        ],
    )
    async def test_refusals(self, kind: Kind, data: bytes, code: ErrorCode, files: Files) -> None:
        assert (await refusal(Conversion(60_000_000, 30), kind, files.holding(data))).code is code


SPY = """
import msgspec, os, resource, sys
from rtserver.files import converter
from rtserver.files.frames import *
job = msgspec.json.decode(sys.argv[1], type=Job)
%s
converter.confine(job)
found = []
%s
sys.stdout.buffer.write(encode_header(Unfit("unreadable", " ".join(found))))
"""


async def spied(after: str, files: Files, before: str = "") -> str:
    """What a converter finds out when its file has taken it over."""
    said = (await refusal(program(SPY % (before, after)), Kind.PNG, files.holding(PNG))).detail
    return said or ""


class TestWhatItCannotDo:
    async def test_it_has_no_secrets(self, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RT_TURN_SECRET", "hush")
        monkeypatch.setenv("RT_DATABASE_URL", "postgresql://rt:hush@db/rt")
        seen = set((await spied("found.extend(os.environ)", files)).split())
        assert seen <= {*conversion.PASSED_ON, "LC_CTYPE"}  # which Python itself sets

    async def test_it_opens_nothing(self, files: Files) -> None:
        attempts = """
import socket
for attempt in (lambda: open("/etc/passwd"), lambda: os.open("/", os.O_RDONLY), socket.socket, os.pipe,
                lambda: os.memfd_create("x")):
    try:
        attempt()
        found.append("opened")
    except OSError as error:
        found.append(os.strerror(error.errno).replace(" ", "_"))
"""
        assert set((await spied(attempts, files, before="import socket")).split()) == {"Too_many_open_files"}

    async def test_it_has_no_file_of_ours(self, files: Files) -> None:
        """What the server has open, the database among it, is not open there."""
        said = await spied("found = seen", files, before="seen = sorted(os.listdir('/proc/self/fd'))")
        assert said.split() == ["0", "1", "2", "3"]  # 3 is the folder that is being listed

    async def test_its_memory_and_time_are_limited(self, files: Files) -> None:
        look = "found.extend(str(resource.getrlimit(one)[1]) for one in (resource.RLIMIT_AS, resource.RLIMIT_CPU))"
        wanted = conversion.MEMORY_BASE_BYTES + conversion.BYTES_PER_PIXEL * 60_000_000
        assert await spied(look, files) == f"{wanted} {conversion.CPU_SECONDS[Work.PICTURE]}"

    async def test_a_file_that_wants_more_memory_is_too_large(self, files: Files) -> None:
        grab = """
try:
    bytearray(job.address_space)
except MemoryError:
    found.append("refused")
"""
        assert await spied(grab, files) == "refused"

    async def test_the_limits_cannot_be_lifted_by_who_is_not_root(self, files: Files) -> None:
        lift = """
os.setuid(65534) if os.getuid() == 0 else None
try:
    resource.setrlimit(resource.RLIMIT_NOFILE, (10, 10))
except ValueError:
    found.append("refused")
"""
        assert await spied(lift, files) == "refused"

    async def test_the_largest_picture_that_is_allowed_fits(self, files: Files) -> None:
        """Of the kind that takes the most memory."""
        from PIL import Image

        large = encoded(Image.new("RGBA", (3_000, 2_000), (1, 2, 3, 100)), "PNG")
        (picture,) = await Conversion(6_000_000, 30).convert(Kind.PNG, files.holding(large))
        assert picture.width == 2_560


class TestNothingOfItIsBelieved:
    @pytest.mark.parametrize(
        "output",
        [
            b"",
            b"\0\0",
            b"\0\0\0\x05{",
            b"\xff\xff\xff\xff",
            encode_header(Done())[:-1],
            encode_header(Made("image/png", 1, 1, 10)) + b"short",
            encode_header(Made("image/png", 1, 1, 1)) + b"x",  # and then nothing
            encode_header(Made("image/png", 1, 1, conversion.PICTURE_BYTES_MAX + 1)),
            (encode_header(Made("image/png", 1, 1, 1)) + b"x") * 31 + encode_header(Done()),
            b'\0\0\0\x43{"kind":"made","type":"text/html","width":1,"height":1,"size":1}   x',
        ],
    )
    async def test_what_is_no_answer(self, output: bytes, files: Files) -> None:
        converter = program(f"import sys; sys.stdout.buffer.write({output!r})")
        assert (await refusal(converter, Kind.PNG, files.holding(PNG))).code is ErrorCode.FILE_UNREADABLE

    async def test_an_answer_without_end_is_cut(self, files: Files) -> None:
        header = encode_header(Made("image/png", 1, 1, 1)) + b"x"
        converter = program(f"import sys\nwhile True: sys.stdout.buffer.write({header!r})")
        assert (await refusal(converter, Kind.PNG, files.holding(PNG))).code is ErrorCode.FILE_UNREADABLE

    async def test_all_together_are_limited_too(self, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(conversion, "ANSWER_BYTES_MAX", 10)
        for count, is_refused in ((2, False), (3, True)):
            output = (encode_header(Made("image/png", 1, 1, 5)) + b"12345") * count + encode_header(Done())
            asked = program(f"import sys; sys.stdout.buffer.write({output!r})").convert(Kind.PDF, files.holding(PNG))
            if is_refused:
                with pytest.raises(Refused):
                    await asked
            else:
                assert len(await asked) == count

    async def test_a_picture_is_taken_as_it_is_said_to_be(self, files: Files) -> None:
        output = encode_header(Made("image/webp", 7, 5, 3)) + b"abc" + encode_header(Done())
        converter = program(f"import sys; sys.stdout.buffer.write({output!r})")
        assert await converter.convert(Kind.PNG, files.holding(PNG)) == [Picture("image/webp", 7, 5, b"abc")]


class TestItEnds:
    async def test_when_its_time_is_over(self, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(conversion, "DEADLINE_SECONDS", dict.fromkeys(Work, 0.2))
        hangs = program("import signal; signal.pause()")
        said = await refusal(hangs, Kind.PNG, files.holding(PNG))
        assert (said.code, said.retry) == (ErrorCode.UNAVAILABLE, True)

    async def test_when_it_computes_for_too_long(self, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(conversion, "CPU_SECONDS", dict.fromkeys(Work, 1))
        monkeypatch.setattr(conversion, "DEADLINE_SECONDS", dict.fromkeys(Work, 600.0))
        said = await refusal(program(SPY % ("", "while True: pass")), Kind.PNG, files.holding(PNG))
        assert (said.code, said.detail) == (ErrorCode.FILE_UNREADABLE, None)

    async def test_a_document_of_a_chat_that_was_made_to_take_long(
        self, files: Files, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is damaged, and not to be sent again; whoever may send one could keep all others waiting."""
        monkeypatch.setattr(conversion, "CPU_SECONDS", {**dict.fromkeys(Work, 600), Work.DOCUMENT: 1})
        with pytest.raises(Refused) as refused:
            await program(SPY % ("", "while True: pass")).convert_for_chat(Kind.PDF, files.holding(pdf()))
        assert (refused.value.code, refused.value.retry) == (ErrorCode.FILE_UNREADABLE, False)
        assert conversion.CPU_SECONDS[Work.DOCUMENT] < conversion.DEADLINE_SECONDS[Work.DOCUMENT]

    async def test_when_nobody_waits_any_more(self, files: Files, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "started")
        hangs = program(f"import signal; open({str(tmp_path / 'started')!r}, 'w').close(); signal.pause()")
        asked = asyncio.create_task(hangs.convert(Kind.PNG, files.holding(PNG)))
        await asyncio.to_thread((tmp_path / "started").read_bytes)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked

    async def test_a_program_that_cannot_be_started_is_our_bug(self, files: Files) -> None:
        with pytest.raises(FileNotFoundError):
            await Conversion(1, 1, ("/nowhere/python",)).convert(Kind.PNG, files.holding(PNG))


class TestManyAtOnce:
    async def test_beyond_those_that_may_wait_they_come_back_later(
        self, files: Files, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(conversion, "WAITING_MAX", 2)
        converter = Conversion(60_000_000, 30)
        file = files.holding(PNG)
        first = [asyncio.create_task(converter.convert(Kind.PNG, files.holding(PNG))) for _ in range(2)]
        await asyncio.sleep(0)  # both have begun
        refused = await refusal(converter, Kind.PNG, file)
        assert (refused.code, refused.retry_after) == (ErrorCode.TOO_MANY_REQUESTS, conversion.RETRY_AFTER)
        await asyncio.gather(*first)
        assert len(await converter.convert(Kind.PNG, file)) == 1

    @pytest.mark.parametrize("in_chat", [True, False])
    async def test_a_document_holds_up_its_like_only(self, in_chat: bool, files: Files, tmp_path: Path) -> None:
        """Pictures are opened while a document that was there before is not done, and so is one of a board, or chat."""
        fifo = tmp_path / "go"
        os.mkfifo(fifo)
        leash = os.open(fifo, os.O_RDWR)  # so that nobody waits for it to be opened at the other end
        output = encode_header(Made("image/png", 1, 1, 1)) + b"x" + encode_header(Done())
        cleaned = encode_header(Cleaned(1)) + b"x" + encode_header(Done())
        text = f"""
import msgspec, os, sys
from rtserver.files.frames import *
job = msgspec.json.decode(sys.argv[1], type=Job)
if job.kind is Kind.PDF and job.in_chat is {in_chat}:
    os.read(os.open({str(fifo)!r}, os.O_RDONLY), 1)
sys.stdout.buffer.write({cleaned!r} if job.kind is Kind.PDF and job.in_chat else {output!r})
"""
        converter = program(text)

        def document(*, is_of_chat: bool) -> asyncio.Task[object]:
            convert = converter.convert_for_chat if is_of_chat else converter.convert
            return asyncio.create_task(convert(Kind.PDF, files.holding(PNG)))

        documents = [document(is_of_chat=in_chat) for _ in range(2)]
        await converter.convert(Kind.PNG, files.holding(PNG))
        await document(is_of_chat=not in_chat)
        assert not any(one.done() for one in documents)
        os.write(leash, b"go")
        assert len(await asyncio.gather(*documents)) == 2
        os.close(leash)


def test_jobs_travel_as_text() -> None:
    job = Conversion(10, 20)._job(Kind.PDF, 30)
    assert msgspec.json.decode(msgspec.json.encode(job).decode(), type=type(job)) == job


def test_the_server_itself_has_no_decoder() -> None:
    """Nothing of it can be made to open a file in the process that holds the keys."""
    decoders = "{'PIL', 'pikepdf', 'pypdfium2', 'rtserver.files.converter'}"
    text = f"import sys, rtserver.app; print({decoders} & set(sys.modules))"
    said = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, check=True, cwd=conversion.FOLDER
    )
    assert said.stdout.strip() == "set()"
