"""Bodies that are passed on as they come: as large as a file is, and never held (hosts-shape.md, trap 6)."""

from __future__ import annotations

from typing import Any, Protocol, cast

from flask import Request

# Their views read the connection themselves: nobody else may look for a form in it.
UPLOADS = frozenset({"files.create", "transfers.create"})


class Incoming(Protocol):
    """A body that waits to be read."""

    def read(self, size: int) -> bytes:
        """The next bytes, none at the end."""


def takes_upload(asked: Request) -> bool:
    """True for a request whose body is passed on."""
    return asked.endpoint is not None and asked.endpoint.removeprefix("v1_") in UPLOADS


def incoming(asked: Request, most: int) -> Incoming:
    """The request's body, of at most so many bytes, none of which is held by the server."""
    body: Any = asked.environ["wsgi.input"]
    if hasattr(body, "pass_on"):  # our own server's; under another one its own limits hold
        body.pass_on(most)
    return cast(Incoming, body)
