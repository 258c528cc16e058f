"""The file of a backup: private, whole or not there at all, and read again only when nothing in it has changed."""

import json
import os
import stat
import struct
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rtserver.care.archive import FORMAT, LENGTH_BYTES, MANIFEST, Archive, ArchiveWriter
from rtserver.care.problem import CareFailed, FileUnusable

ROWS: list[tuple[Any, ...]] = [("p1", 1, None, True, b"\x00\xff"), ("p2", -(2**63), "école 🎈", False, b"")]
COLUMNS = ("id", "number", "text", "flag", "content")
SAID = {"rtserver": "1.2.3", "schema": "0001", "database": "sqlite", "made_at": 5}

MEGABYTE = 1_000_000

LIMITED = """
import resource, signal, sys
from pathlib import Path
from rtserver.care.archive import ArchiveWriter
from rtserver.care.problem import CareFailed
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    with ArchiveWriter(Path(sys.argv[1])) as archive:
        with archive.part("files", ["content"]) as part:
            for _ in range(10):
                part.write([(bytes(50_000),)])
        archive.finish(rtserver="1", schema="0001", database="sqlite", made_at=0)
except CareFailed as failure:
    print(failure)
"""
"""Writes a file that is larger than the system lets it be, as on a full disk."""


def write(file: Path, table: str = "projects", rows: list[tuple[Any, ...]] = ROWS) -> Path:
    with ArchiveWriter(file) as archive:
        with archive.part(table, COLUMNS) as part:
            part.write(rows)
        archive.finish(**SAID)  # type: ignore[arg-type]
    return file


def read(file: Path) -> list[tuple[Any, ...]]:
    with Archive(file) as archive:
        list(archive.verify())
        [part] = archive.manifest.parts
        return [tuple(row) for row in archive.rows(part)]


@pytest.mark.parametrize("table", ["projects", "files"])
def test_gives_back_what_was_written(archive: Path, table: str) -> None:
    """Compressed or, where that is of no use, not."""
    assert read(write(archive, table)) == ROWS
    with zipfile.ZipFile(archive) as file:
        kind = file.getinfo(f"tables/{table}").compress_type
    assert kind == (zipfile.ZIP_STORED if table == "files" else zipfile.ZIP_DEFLATED)


def test_says_what_it_holds(archive: Path) -> None:
    """To us, and to whoever unpacks it."""
    with Archive(write(archive)) as found:
        [part] = found.manifest.parts
        assert (part.table, part.rows, part.columns) == ("projects", 2, COLUMNS)
        assert (found.manifest.rows("projects"), found.manifest.rows("events")) == (2, 0)
        assert found.bytes == part.bytes
    with zipfile.ZipFile(archive) as file:
        manifest = json.loads(file.read(MANIFEST))
        assert len(file.read("tables/projects")) == part.bytes
    assert {name: manifest[name] for name in SAID} == SAID


def test_is_for_its_owner_only(archive: Path) -> None:
    """Whatever the umask, and from its first byte on."""
    before = os.umask(0)
    try:
        with ArchiveWriter(archive) as writing:
            [temporary] = archive.parent.iterdir()
            assert stat.S_IMODE(temporary.stat().st_mode) == 0o600
            assert not archive.exists()
            writing.finish(**SAID)  # type: ignore[arg-type]
    finally:
        os.umask(before)
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert list(archive.parent.iterdir()) == [archive]


def test_never_overwrites(archive: Path) -> None:
    """The backup of yesterday is not lost to that of today."""
    archive.write_text("yesterday")
    with pytest.raises(CareFailed, match="already"):
        ArchiveWriter(archive)
    assert archive.read_text() == "yesterday"


def test_nothing_is_left_of_one_that_failed(archive: Path) -> None:
    """Neither a file of that name nor a part of one."""

    def fail() -> None:
        with ArchiveWriter(archive) as writing, writing.part("events", ["id"]) as part:
            part.write([(1,)])
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert list(archive.parent.iterdir()) == []


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    """Is said in a sentence."""
    with pytest.raises(CareFailed, match=r"cannot be written: No such file"):
        ArchiveWriter(tmp_path / "missing" / "backup.zip")


def test_full_disk(archive: Path) -> None:
    """A sentence; nothing is left behind."""
    ended = subprocess.run([sys.executable, "-c", LIMITED, str(archive)], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == f"{archive} cannot be written: File too large. Nothing was left behind."
    assert ended.stderr == ""
    assert list(archive.parent.iterdir()) == []


# --- Damage ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["projects", "files"])
def test_every_cut_is_noticed(archive: Path, table: str) -> None:
    """Wherever a file ends too soon."""
    whole = write(archive, table).read_bytes()
    for size in range(0, len(whole), 7):
        archive.write_bytes(whole[:size])
        with pytest.raises(FileUnusable, match=r"damaged|empty"):
            read(archive)


@pytest.mark.parametrize("table", ["projects", "files"])
def test_every_change_of_the_rows_is_noticed(archive: Path, table: str) -> None:
    """By the checksums, before a row is believed; some last bits mean nothing."""
    whole = write(archive, table).read_bytes()
    with zipfile.ZipFile(archive) as file:
        member = file.getinfo(f"tables/{table}")
    # ZIP, 4.3.7: the local header ends with the lengths of the name and the extra field, and these.
    lengths = member.header_offset + 26
    start = lengths + 4 + sum(struct.unpack("<HH", whole[lengths : lengths + 4]))
    noticed = 0
    for place in range(start, start + member.compress_size):
        changed = bytearray(whole)
        changed[place] ^= 0x10
        archive.write_bytes(changed)
        try:
            assert read(archive) == ROWS
        except FileUnusable:
            noticed += 1
    assert noticed >= member.compress_size - 1


def rewritten(file: Path, **manifest: Any) -> Path:
    """The file with other words in its manifest."""
    with zipfile.ZipFile(file) as source:
        members = {name: source.read(name) for name in source.namelist()}
    said = json.loads(members.pop(MANIFEST)) | manifest
    with zipfile.ZipFile(file, "w") as target:
        for name, content in members.items():
            target.writestr(name, content)
        target.writestr(MANIFEST, json.dumps(said))
    return file


@pytest.mark.parametrize(
    ("manifest", "sentence"),
    [
        ({"kind": "other"}, "is not a backup of rtserver"),
        ({"format": FORMAT + 1, "rtserver": "9.0"}, r"was made by a newer rtserver \(9\.0\)"),
        ({"parts": "none"}, "is damaged"),
        ({"parts": [{"table": "gone", "columns": [], "rows": 0, "bytes": 0, "sha256": ""}]}, "is damaged"),
    ],
)
def test_manifest_of_something_else(archive: Path, manifest: dict[str, Any], sentence: str) -> None:
    """Another kind of file, a later format, nonsense."""
    with pytest.raises(FileUnusable, match=sentence):
        read(rewritten(write(archive), **manifest))


def test_row_with_other_columns_than_said(archive: Path) -> None:
    """Is not written into a table by its place."""
    write(archive)
    with Archive(archive) as found:
        [part] = found.manifest.parts
        fewer = type(part)(table=part.table, columns=COLUMNS[1:], rows=2, bytes=part.bytes, sha256=part.sha256)
        with pytest.raises(FileUnusable):
            list(found.rows(fewer))


def test_length_that_promises_too_much(archive: Path) -> None:
    """Is not believed: nobody reserves 4 GB for it."""
    with ArchiveWriter(archive) as writing:
        with writing.part("projects", COLUMNS) as part:
            part._into.write(b"\xff" * LENGTH_BYTES + b"short")
        manifest = writing.finish(**SAID)  # type: ignore[arg-type]
    with Archive(archive) as found, pytest.raises(FileUnusable):
        list(found.rows(manifest.parts[0]))


@pytest.mark.parametrize("what", ["text", "zip", "folder", "missing"])
def test_file_of_another_kind(archive: Path, what: str) -> None:
    """Is refused in a sentence."""
    match what:
        case "text":
            archive.write_text("no backup at all")
        case "zip":
            with zipfile.ZipFile(archive, "w") as file:
                file.writestr("other", "")
        case "folder":
            archive.mkdir()
    with pytest.raises(FileUnusable):
        Archive(archive)


# --- Size ------------------------------------------------------------------------------------------


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


def test_memory_does_not_grow_with_the_file(archive: Path, traced: None) -> None:
    """Forty pictures of a megabyte take no more than a few of them."""
    picture = os.urandom(MEGABYTE)
    with ArchiveWriter(archive) as writing:
        with writing.part("files", ["number", "content"]) as part:
            for number in range(40):
                part.write([(number, picture)])
        writing.finish(**SAID)  # type: ignore[arg-type]
    with Archive(archive) as found:
        list(found.verify())
        assert sum(len(row[1]) for row in found.rows(found.manifest.parts[0])) == 40 * MEGABYTE
    assert tracemalloc.get_traced_memory()[1] < 8 * MEGABYTE
