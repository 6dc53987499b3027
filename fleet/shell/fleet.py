"""The server, as the commands speak to it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from types import TracebackType
from urllib.parse import quote

from fleet.client import Json, Stream, Transport, every
from fleet.client.refusals import stranger

# How often a request is sent before the server counts as unreachable, and how long an answer may take.
TRIES, TIMEOUT = 3, 10.0
PAGE = 1000


class Fleet:
    """One server. Calls raise Refused and Unreachable; the constructor ValueError for what is no address."""

    def __init__(self, url: str, token: str) -> None:
        self.transport = Transport(url, token, Event(), tries=TRIES, timeout=TIMEOUT)

    def __enter__(self) -> Fleet:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.transport.close()

    def get(self, *path: str, query: str = "", wait: float = 0) -> Json:
        """What is at `/v1/…`; `wait` is how long a long poll may take, in seconds."""
        answer = self.transport.send("GET", address(*path) + (f"?{query}" if query else ""), wait=wait)
        if not answer:
            raise stranger(self.transport.address, 204)
        return answer

    def post(self, *path: str, body: Json, wait: float = 0) -> Json:
        """Make something; the record, or {} when the server has nothing to say."""
        return self.transport.send("POST", address(*path), body, wait=wait)

    def patch(self, *path: str, body: Json) -> Json:
        """Change something; its record."""
        return self.transport.send("PATCH", address(*path), body)

    def delete(self, *path: str, query: str = "") -> Json:
        """Take something away."""
        return self.transport.send("DELETE", address(*path) + (f"?{query}" if query else ""))

    def every(self, noun: str, most: int | None = None, **filters: str | None) -> list[Json]:
        """All agents or tasks that match, or the first `most` of them."""
        given = {name: value for name, value in filters.items() if value}
        rows = []
        try:
            for each in every(self.transport.send, noun, given, page=min(most or PAGE, PAGE)):
                rows.append(each)
                if len(rows) == most:
                    break
        except KeyError:
            raise stranger(self.transport.address, 200) from None
        return rows

    def stream(
        self,
        *,
        everything: bool,
        after: str | None,
        on_cut: Callable[[Exception], None],
        on_beat: Callable[[], None],
    ) -> Stream:
        """The changes, as they come."""
        return Stream(self.transport.address, everything=everything, after=after, on_cut=on_cut, on_beat=on_beat)


def address(*path: str) -> str:
    """A path under /v1 from its parts."""
    return "/v1/" + "/".join(quote(part, safe="") for part in path)
