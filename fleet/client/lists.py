"""Long lists, page after page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlencode

from fleet.client.address import Json

PAGE = 100  # how many things are asked for at a time


def every(
    send: Callable[[str, str], Json], noun: str, filters: Mapping[str, str] | None = None, page: int = PAGE
) -> Iterator[Json]:
    """All agents or tasks (`noun`) that match, each once; `send` is a transport's, `page` how many at a time."""
    offset, total = 0, 1
    seen: set[str] = set()
    while offset < total:
        query = urlencode({**(filters or {}), "limit": page, "offset": offset})
        answer = send("GET", f"/v1/{noun}?{query}")
        # A new one at the front pushes the others into the next page.
        fresh = [each for each in answer[noun] if each["id"] not in seen]
        seen |= {each["id"] for each in fresh}
        yield from fresh
        offset, total = offset + max(len(answer[noun]), 1), answer["total"]
