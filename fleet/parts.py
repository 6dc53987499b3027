"""What an application keeps between requests: one object of each class, found by its class.

One extension for all of them: `the(Feed)` has a type, and no floor has to know
the classes of the floors above it. Flask's own `extensions` knows names only.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

from flask import Flask, current_app

T = TypeVar("T")
EXTENSION = "fleet"


class Parts:
    """The parts of one application."""

    def __init__(self) -> None:
        self._parts: dict[type[Any], Any] = {}

    def add(self, part: T) -> T:
        """Keep `part`, in place of an earlier one of its class, and return it."""
        self._parts[type(part)] = part
        return part

    def get(self, kind: type[T]) -> T:
        """The part of that very class. Raises LookupError when the application has none."""
        part = self._parts.get(kind)
        if part is None:
            raise LookupError(f"This application has no {kind.__name__}.")
        return cast(T, part)


def parts_of(app: Flask) -> Parts:
    """What `app` keeps."""
    parts = app.extensions.get(EXTENSION)
    return cast(Parts, parts if parts is not None else app.extensions.setdefault(EXTENSION, Parts()))


def the(kind: type[T]) -> T:
    """The current application's part of that class."""
    return parts_of(cast(Any, current_app)._get_current_object()).get(kind)
