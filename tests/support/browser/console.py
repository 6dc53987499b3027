"""What goes wrong in a page while a test uses it: messages in the console, errors, reports of the policy."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Request, Response, WebError

# Reports of the Content-Security-Policy reach the console once per page; this tells of each one.
REPORT = """
addEventListener("securitypolicyviolation", (report) =>
  console.error(`policy: ${report.violatedDirective} blocked ${report.blockedURI} ${report.sample}`));
"""
# What the browser itself notes when a test makes an answer fail on purpose, by the name a test allows it under.
NOTES = {
    "not found": r"Failed to load resource: the server responded with a status of 404",
    "refused": r"Failed to load resource: the server responded with a status of 40[0139]",
    "signed out": r"Failed to load resource: the server responded with a status of 401",
    "pause": r"Failed to load resource: the server responded with a status of 429",
    "conflict": r"Failed to load resource: the server responded with a status of 409",
    "wrong form": r"Failed to load resource: the server responded with a status of 400",
    "network": r"Failed to load resource: net::ERR_|^htmx:error|(network error|Failed to fetch|net::ERR_)",
}
POLICY = ("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'")
# The one page with a policy of its own: Scalar styles itself as it goes.
STYLES_ITSELF = ("/openapi", "style-src 'self' 'unsafe-inline'; ")


@dataclass
class Watch:
    """Collects what goes wrong in every window of a test; `check` fails when there was anything."""

    origins: set[str] = field(default_factory=set)
    allowed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def allow(self, *names: str) -> None:
        """Let pass what NOTES has under these names."""
        self.allowed.extend(NOTES[name] for name in names)

    def begin(self) -> None:
        """Forget what another test has seen and allowed."""
        self.allowed.clear()
        self.wrong.clear()

    def follow(self, context: BrowserContext, url: str) -> None:
        """Watch every page of a window."""
        parts = urlsplit(url)
        self.origins.add(f"{parts.scheme}://{parts.netloc}")
        context.add_init_script(REPORT)
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("dialog", self._dialog)
        context.on("request", self._request)
        context.on("response", self._response)

    def check(self) -> None:
        """Raise AssertionError with everything that went wrong and was not allowed."""
        left = [text for text in self.wrong if not any(re.search(note, text) for note in self.allowed)]
        assert not left, "in the browser:\n" + "\n".join(left)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning", "assert"):
            self.wrong.append(f"{message.text} ({message.type} at {message.location.get('url')})")

    def _error(self, error: WebError) -> None:
        self.wrong.append(f"uncaught: {error.error}")

    def _dialog(self, dialog: Dialog) -> None:
        self.wrong.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https") and f"{parts.scheme}://{parts.netloc}" not in self.origins:
            self.wrong.append(f"request elsewhere: {request.url}")

    def _response(self, response: Response) -> None:
        if response.request.resource_type != "document" or response.status in (303, 304):
            return
        policy = response.headers.get("content-security-policy", "")
        path, styles = STYLES_ITSELF
        if urlsplit(response.url).path == path:
            policy = policy.replace(styles, "style-src 'self'; ")
        if not all(part in policy for part in POLICY) or "unsafe" in policy:
            self.wrong.append(f"page without its policy: {response.url} has {policy!r}")
