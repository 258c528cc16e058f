"""The server as a program for the tests: its settings come as one JSON object, and it says on stdout when it is ready."""

import asyncio
import json
import sys
from typing import Any

from aiohttp import web

from rtserver.app import serve
from rtserver.config import load
from rtserver.observability import set_up_logging

READY = "ready"


def main(overrides: dict[str, Any]) -> None:
    """Serve until SIGTERM."""
    settings = load(**overrides)
    set_up_logging(settings.log_level)

    def on_ready(_: web.Application) -> None:
        print(READY, flush=True)

    asyncio.run(serve(settings, on_ready))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
