"""What a route says of itself: the same declarations that read and check it, for the API's description.

A view is described where it is defined, by the body that it reads, the functions
that read its query, and the type of what it answers with; a test holds each of
them against the view. What every route has in common is said once, by
`fleet.web.openapi`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fleet.web.http.bodies import Body

V = TypeVar("V", bound=Callable[..., Any])
Reader = Callable[[], object]
ATTRIBUTE = "description"


@dataclass(frozen=True, slots=True)
class Description:
    """One route: type of its answer (None: 204, nothing), status, body, readers of its query, codes of its own.

    `codes` are those that the state of things or a rule beyond types brings;
    what types, roles and paths bring is known. `edition` says that `If-Match` is
    heeded, `etag` that the answer has one; `keyed` that a POST heeds `Idempotency-Key`.
    `form` is a body that is a form with a file in it, which its view reads as it comes.
    `others` are further answers that are no errors, by status; `files` the media
    types of answers that are no JSON; `frames` the types of what a stream sends.
    """

    answer: Any = None
    status: int = 204
    body: type[Body] | None = None
    form: type[Body] | None = None
    query: tuple[Reader, ...] = ()
    codes: tuple[str, ...] = ()
    edition: bool = False
    etag: bool = False
    keyed: bool = True
    others: tuple[tuple[int, Any], ...] = ()
    files: tuple[str, ...] = ()
    frames: Mapping[str, Any] = field(default_factory=dict)


def describes(answer: Any = None, status: int | None = None, **more: Any) -> Callable[[V], V]:
    """Describe a view by a Description's fields; the status is 204 without an answer, else 200 unless it is said."""
    said = Description(answer=answer, status=status or (204 if answer is None else 200), **more)

    def decorate(view: V) -> V:
        setattr(view, ATTRIBUTE, said)
        return view

    return decorate


def description_of(view: Callable[..., Any]) -> Description | None:
    """What a view says of itself, or None."""
    return getattr(view, ATTRIBUTE, None)
