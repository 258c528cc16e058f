"""A program in place of a worker: serves health, ends when asked, and behaves as its name in STUB says.

Arguments: the file in which it notes what happens to it. Starts in a few hundredths of a second.
"""

import os
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

JOURNAL = Path(sys.argv[1])


def note(what: str) -> None:
    """One line, also beside others who write."""
    with JOURNAL.open("a") as journal:
        journal.write(f"{os.environ['RT_PORT']} {os.getpid()} {what}\n")


def on_signal(number: int, _frame: FrameType | None) -> None:
    """End, but for one that hangs on to its life."""
    note(signal.Signals(number).name)
    if os.environ.get("STUB") != "stays":
        sys.exit(0)


def main() -> None:
    """Serve until the end."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    note("started")
    if os.environ.get("STUB") == "fails" or (os.environ.get("STUB") == "fails later" and Path("fail").exists()):
        sys.exit(3)
    with socket.create_server(("127.0.0.1", int(os.environ["RT_PORT"]))) as server:
        while True:
            connection, _ = server.accept()
            with connection, suppress(OSError):  # whoever asked may have gone meanwhile
                words = connection.recv(4096).split()
                if len(words) < 2:
                    continue
                if os.environ.get("STUB") == "deaf" and words[1] == b"/healthz":
                    time.sleep(3600)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


if __name__ == "__main__":
    main()
