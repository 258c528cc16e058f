"""Names of what is made: unguessable, and short enough for a link."""

import base64
import hashlib

from rooms.model import MemberId
from rooms.stream import StreamName

ID_BYTES = 10
"""80 bits: no collision among all projects of all schools, and nobody guesses one."""


def derive_id(prefix: str, stream: StreamName, actor: MemberId, nonce: str) -> str:
    """An id for what a command makes: the same for a resend of the command, unguessable from outside by its nonce."""
    digest = hashlib.sha256(f"{stream}\n{actor}\n{nonce}".encode()).digest()[:ID_BYTES]
    return f"{prefix}_{base64.b32encode(digest).decode().lower()}"
