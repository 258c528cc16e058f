"""Everything that travels between clients and the hub: that of rooms and that of calls, in one table each."""

from typing import Any

from rooms.messages import PUSHES, RESULTS, AnyCommand, Command
from signaling.messages import CALL_PUSHES, CALL_RESULTS, CallCommand

WireCommand = AnyCommand | CallCommand
"""Every command."""

WIRE_RESULTS: dict[type[Command], Any] = {**RESULTS, **CALL_RESULTS}
"""What each command is answered with."""

WIRE_PUSHES: dict[str, Any] = {**PUSHES, **CALL_PUSHES}
"""The name of each Socket.IO event that the server sends, and what it carries."""
