"""Forms that failed, shown again: a view says itself which page does that."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import ParamSpec, TypeVar

from flask import g

P = ParamSpec("P")
R = TypeVar("R")
# From the field that was wrong, or None, what was wrong with it, and the ids in the address: the page.
ShowAgain = Callable[..., str]


def form_page(show_again: ShowAgain) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let `show_again` answer where the view refuses what a form said: the page with what was typed.

    It is called with field, message and, by name, the view's own arguments. What
    is refused before the view runs, such as a caller without the right, is no
    form's failure. An answer that goes well passes here without a look.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return view(*args, **kwargs)
            except Exception:
                g.form_page = partial(show_again, **kwargs)
                raise

        return run

    return decorate


def failed_page(status: int, field: str | None, message: str) -> str | None:
    """The page of the form that the present request failed with, or None: then the error has a page of its own."""
    show_again: ShowAgain | None = g.get("form_page")
    if show_again is None or not (status in (400, 409, 412, 413, 429) or (status == 403 and field)):
        return None
    return show_again(field, message)
