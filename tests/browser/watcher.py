"""What happens behind a page: its requests, its console, what it receives."""

import re
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, Response, WebError, WebSocket

INLINE = ("data", "blob", "about")
"""Schemes that ask nobody."""

OUTAGE = re.compile(r"net::ERR_|WebSocket connection to|WebSocket is closed")
"""What the browser itself writes to the console when a server cannot be reached."""

VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} refused ${event.blockedURI}`));
"""


FORBIDDEN = re.compile(r"the server responded with a status of 40[13]")
"""What it writes when somebody who has been sent away asks again."""


NO_WORKER = re.compile(r"Service Worker registration blocked by Playwright")
"""What it says when a page that may not have a service worker asks for one."""


class Watcher:
    """Records a browser context. `check()` fails on what no page of ours may do.

    `origin` is where the page comes from; `allowed` are other origins that it may ask.
    """

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.allowed: set[str] = set()
        self.requests: list[str] = []
        self.answers: list[Response] = []
        self.console: list[str] = []
        self.received: list[bytes] = []
        self._complaints: list[str] = []
        self._tolerated: list[re.Pattern[str]] = [NO_WORKER]
        self._checks = True

    async def watch(self, context: BrowserContext) -> None:
        """Begin, before the first page is opened."""
        await context.add_init_script(VIOLATIONS)
        context.on("request", self._on_request)
        context.on("response", self._on_response)
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)
        context.on("page", self._on_page)

    def tolerate(self, *patterns: re.Pattern[str]) -> None:
        """Complaints that a test brings about on purpose."""
        self._tolerated += patterns

    def check_nothing(self) -> None:
        """For pages that are not ours and misbehave on purpose."""
        self._checks = False

    def check(self) -> None:
        """Fail when a foreign host was asked, the console complains, or the Content-Security-Policy was violated."""
        if not self._checks:
            return
        foreign = {url for url in self.requests if self._is_foreign(url)}
        assert not foreign, f"the page asked other hosts: {sorted(foreign)}"
        complaints = [line for line in self._complaints if not any(known.search(line) for known in self._tolerated)]
        assert not complaints, "the page's console complains:\n" + "\n".join(complaints)

    def heard(self, text: str) -> bool:
        """Whether `text` was in anything that the server sent."""
        return any(text.encode() in body for body in self.received)

    def _is_foreign(self, url: str) -> bool:
        parts = urlsplit(url)
        own = {urlsplit(origin).netloc for origin in (self.origin, *self.allowed)}
        return parts.scheme not in INLINE and parts.netloc not in own

    def _on_request(self, request: Request) -> None:
        self.requests.append(request.url)

    async def _on_response(self, response: Response) -> None:
        self.answers.append(response)
        if urlsplit(response.url).path.startswith(("/session", "/socket.io/")):
            try:
                self.received.append(await response.body())
            except Exception:  # the page has gone on meanwhile
                return

    def _on_console(self, message: ConsoleMessage) -> None:
        line = f"{message.type}: {message.text} ({message.location.get('url', '')})"
        self.console.append(line)
        if message.type in ("error", "warning"):
            self._complaints.append(line)

    def _on_error(self, error: WebError) -> None:
        self.console.append(f"uncaught: {error.error}")
        self._complaints.append(f"uncaught: {error.error}")

    def _on_page(self, page: Page) -> None:
        page.on("websocket", self._on_socket)

    def _on_socket(self, socket: WebSocket) -> None:
        self.requests.append(re.sub(r"^ws", "http", socket.url))
        socket.on(
            "framereceived", lambda data: self.received.append(data if isinstance(data, bytes) else data.encode())
        )
