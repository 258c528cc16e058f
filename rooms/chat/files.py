"""Which files go with a message, and what they are called."""

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from rooms.chat.model import FILE_NAME_CHARACTERS_MAX, MessageFile
from rooms.errors import ErrorCode, Refused
from rooms.messages import SentFile
from rooms.text import MISLEADING_IN_NAMES, storable

ENDINGS = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/webp": (".webp",),
    "application/pdf": (".pdf",),
}
"""How the names of files of a type end; the first is put where another one stands."""

ENDING = re.compile(r"\.[A-Za-z0-9]{1,5}$")
"""What looks like an ending, and is that of what was sent, not of what is stored."""

FORBIDDEN = re.compile(r'[/\\:*?"<>|\u061c\u200b-\u200f\ufeff]')
"""What would not be a name on some computer (Microsoft, "Naming Files, Paths, and Namespaces"), or is not seen at all.
Joiners and marks of direction are among them: a name needs none that would make two look the same."""

NAMELESS = "file"
"""What a file is called whose name holds nothing else."""


class UploadedFile(Struct, frozen=True):
    """What the server knows of a file that was uploaded: see `MessageFile`."""

    type: str
    bytes: int
    width: int | None
    height: int | None


def message_files(sent: Sequence[SentFile], uploaded: Mapping[str, UploadedFile]) -> tuple[MessageFile, ...]:
    """The files of a message, each once.

    Raises `Refused` with UNKNOWN_FILE where the actor has not uploaded one for this room.
    """
    found: dict[str, MessageFile] = {}
    for one in sent:
        known = uploaded.get(one.file)
        if known is None:
            raise Refused(ErrorCode.UNKNOWN_FILE)
        name = file_name(one.name, known.type)
        found.setdefault(one.file, MessageFile(one.file, name, known.type, known.bytes, known.width, known.height))
    return tuple(found.values())


def file_name(given: str, media_type: str) -> str:
    """A name as it was given, without what misleads, that ends as files of its type do: it is so saved to disks."""
    storable(given, "name")
    clean = FORBIDDEN.sub("", MISLEADING_IN_NAMES.sub("", given)).strip(" .")
    endings = ENDINGS[media_type]
    if clean.lower().endswith(endings):
        stem, dot, ending = clean.rpartition(".")
        ending = dot + ending
    else:
        stem, ending = ENDING.sub("", clean).strip(" ."), endings[0]
    return (stem.strip(" .") or NAMELESS)[: FILE_NAME_CHARACTERS_MAX - len(ending)] + ending
