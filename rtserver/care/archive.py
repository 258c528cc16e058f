"""The file of a backup: a ZIP that any program can look into, with a manifest that says what it holds.

`tables/<name>` holds the rows of a table, one after the other: the length of a row (4 bytes, big endian) and the row, a
msgpack array of its values in the order of the manifest's columns. `manifest.json` comes last, when all is known. The
values are those of Python (None, bool, int, str, bytes), so the file is the same whichever database it was made from.

A ZIP ends with its directory: a file that was cut has none. What was damaged shows in the checksums.
"""

import hashlib
import os
import secrets
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import msgspec
from msgspec import Struct

from rtserver.care.problem import CareFailed, FileUnusable

FORMAT = 1
"""The version of all that is said above; raised when an older rtserver could not read the file any more."""

KIND = "rtserver backup"

FILE_MODE = 0o600
"""It is about children: for its owner only."""

COMPRESSION_LEVEL = 3
"""Of zlib's 1 to 9: chat and strokes come to about a third; 6 takes twice the time for some percent less."""

STORED_TABLES = frozenset({"files", "previews"})
"""Not compressed: pictures are so already."""

LENGTH_BYTES = 4

ROW_BYTES_MAX = 1_000_000_000
"""Bytes of one row: far above the largest picture; a length beyond it comes from damage."""

PIECE_BYTES = 1_048_576
"""Bytes that are written or read at once: what of a large row is held twice."""

MANIFEST = "manifest.json"
MANIFEST_BYTES_MAX = 16_000_000
"""Bytes of the manifest: it grows with the number of tables only."""

BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, msgspec.DecodeError)
"""What reading raises when bytes are not what was written."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Any])

Values = Sequence[Any]
"""The values of a row."""


class Part(Struct, frozen=True, kw_only=True):
    """One table of a backup. `bytes` and `sha256` (hex) are those of its rows as they lie in the file, uncompressed."""

    table: str
    columns: tuple[str, ...]
    rows: int
    bytes: int
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True):
    """What a backup holds. `made_at`: milliseconds since 1970 UTC, the moment that it shows; `schema`: the revision."""

    kind: str = KIND
    format: int = FORMAT
    rtserver: str
    schema: str
    database: str
    made_at: int
    parts: tuple[Part, ...]

    def rows(self, table: str) -> int:
        """How many rows of a table there are."""
        return sum(part.rows for part in self.parts if part.table == table)


class ArchiveWriter:
    """Writes a backup beside its final name; `finish` gives it that name. Left without, nothing remains.

    Raises `CareFailed` when the file cannot be written.
    """

    def __init__(self, file: Path) -> None:
        if file.exists():
            raise CareFailed(f"There is {file} already: choose another name, or move it away.")
        self._file = file
        self._temporary = file.with_name(f".{file.name}.{secrets.token_hex(4)}.part")
        self._parts: list[Part] = []
        with _writing(file):
            self._raw = os.fdopen(os.open(self._temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, FILE_MODE), "w+b")
        self._zip = zipfile.ZipFile(self._raw, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION_LEVEL)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with suppress(OSError, ValueError):  # it may be the very reason why we are here
            self._zip.close()
        with suppress(OSError):
            self._raw.close()
        self._temporary.unlink(missing_ok=True)

    @contextmanager
    def part(self, table: str, columns: Sequence[str]) -> Iterator["PartWriter"]:
        """Begin a table. One at a time."""
        name = f"tables/{table}"
        # One that is described, instead of named, is not compressed.
        member = zipfile.ZipInfo(name) if table in STORED_TABLES else name
        with _writing(self._file), self._zip.open(member, "w", force_zip64=True) as into:
            writer = PartWriter(into, self._file)
            yield writer
        self._parts.append(
            Part(
                table=table,
                columns=tuple(columns),
                rows=writer.rows,
                bytes=writer.bytes,
                sha256=writer.sha256.hexdigest(),
            )
        )

    def finish(self, *, rtserver: str, schema: str, database: str, made_at: int) -> Manifest:
        """Write the manifest, have all of it on the disk, and give the file its name."""
        parts = tuple(self._parts)
        manifest = Manifest(rtserver=rtserver, schema=schema, database=database, made_at=made_at, parts=parts)
        with _writing(self._file):
            self._zip.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2))
            self._zip.close()
            self._raw.flush()
            os.fsync(self._raw.fileno())
            self._temporary.replace(self._file)
            _sync_folder(self._file.parent)
        return manifest


class PartWriter:
    """Writes the rows of one table."""

    def __init__(self, into: IO[bytes], file: Path) -> None:
        self._into = into
        self._file = file
        self.rows = 0
        self.bytes = 0
        self.sha256 = hashlib.sha256()

    def write(self, rows: Sequence[Values]) -> None:
        """Append rows."""
        pieces = bytearray()
        for row in rows:
            record = _encoder.encode(tuple(row))
            pieces += len(record).to_bytes(LENGTH_BYTES, "big")
            pieces += record
        self.rows += len(rows)
        self.bytes += len(pieces)
        self.sha256.update(pieces)
        with _writing(self._file), memoryview(pieces) as view:
            for start in range(0, len(view), PIECE_BYTES):
                self._into.write(view[start : start + PIECE_BYTES])


class Archive:
    """A backup to read from. Raises `FileUnusable` where the file is not what it should be."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            self._raw = file.open("rb")
        except OSError as error:
            raise FileUnusable(f"The backup {file} cannot be read: {error.strerror}.") from None
        try:
            with self._reading():
                self._zip = zipfile.ZipFile(self._raw)
            self.manifest = self._read_manifest()
        except BaseException:
            self._raw.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._raw.close()

    @property
    def bytes(self) -> int:
        """Bytes of all rows."""
        return sum(part.bytes for part in self.manifest.parts)

    def rows(self, part: Part) -> Iterator[list[Any]]:
        """The rows of a table, in the order of the columns of `part`; at the end their checksum is compared."""
        sha256, rows = hashlib.sha256(), 0
        with self._reading(), self._zip.open(f"tables/{part.table}") as source:
            while length := source.read(LENGTH_BYTES):
                size = int.from_bytes(length, "big")
                record = source.read(size) if size <= ROW_BYTES_MAX else b""
                if len(length) < LENGTH_BYTES or len(record) < size:
                    raise self._damaged()
                sha256.update(length)
                sha256.update(record)
                rows += 1
                values = _decoder.decode(record)
                if len(values) != len(part.columns):
                    raise self._damaged()
                yield values
        if rows != part.rows or sha256.hexdigest() != part.sha256:
            raise self._damaged()

    def verify(self) -> Iterator[int]:
        """Read all of it, to see that it is whole: bytes so far, again and again."""
        done = 0
        for part in self.manifest.parts:
            sha256, size = hashlib.sha256(), 0
            with self._reading(), self._zip.open(f"tables/{part.table}") as source:
                while piece := source.read(PIECE_BYTES):
                    sha256.update(piece)
                    size += len(piece)
                    yield done + size
            if size != part.bytes or sha256.hexdigest() != part.sha256:
                raise self._damaged()
            done += size

    def _read_manifest(self) -> Manifest:
        with self._reading():
            try:
                member = self._zip.getinfo(MANIFEST)
                if member.file_size > MANIFEST_BYTES_MAX:
                    raise self._damaged()
                text = self._zip.read(member)
            except KeyError:
                raise self._foreign() from None
            found = msgspec.json.decode(text, type=dict[str, Any])
            if found.get("kind") != KIND:
                raise self._foreign()
            if found.get("format") != FORMAT:
                raise FileUnusable(
                    f"{self._file} was made by a newer rtserver ({found.get('rtserver')}): restore it with that one."
                )
            return msgspec.convert(found, Manifest)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except zipfile.BadZipFile:
            if not self._raw.closed and os.fstat(self._raw.fileno()).st_size == 0:
                raise FileUnusable(f"{self._file} is empty: take another backup.") from None
            raise self._damaged() from None
        except (*BROKEN, KeyError):
            raise self._damaged() from None
        except OSError as error:
            raise FileUnusable(f"The backup {self._file} cannot be read: {error.strerror or error}.") from None

    def _damaged(self) -> FileUnusable:
        return FileUnusable(f"{self._file} is damaged or not whole; nothing was changed. Take another backup.")

    def _foreign(self) -> FileUnusable:
        return FileUnusable(f"{self._file} is not a backup of rtserver.")


@contextmanager
def _writing(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CareFailed(f"{file} cannot be written: {error.strerror or error}. Nothing was left behind.") from error


def _sync_folder(folder: Path) -> None:
    """Have the new name on the disk, too."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
