"""What every page needs: who looks, what the rail shows, which stream it follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import g, request

from fleet.config.values import is_loopback
from fleet.db import db
from fleet.db.greenlets import in_turns
from fleet.models.fleet_figures import figures
from fleet.web.framework.current import the_app, the_settings
from fleet.web.live import feed, topic_keys
from fleet.web.live.viewer import who
from fleet.web.security.origins import named
from fleet.web.security.policy import May

# Fields that a form has although nothing of them is shown again, or nothing was sent.
SHOWN_FIELDS = (
    "name",
    "worktree",
    "confirm",
    "email",
    "role",
    "password",
    "current_password",
    "disabled",
    "expires_in",
)
Crumb = tuple[str, str | None]
SECRET_FIELDS = ("token", "link", "password", "current_password")


@dataclass
class Form:
    """A form shown again: which one, what was typed, what was wrong where."""

    name: str = ""
    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    error: str | None = None

    @classmethod
    def failed(cls, name: str, wrong_field: str | None, message: str) -> Form:
        """The present request's form with its error at the field, or above the form."""
        typed = {k: v for k, v in request.form.items() if k not in SECRET_FIELDS}
        if wrong_field in typed or wrong_field in SHOWN_FIELDS:
            return cls(name, typed, errors={str(wrong_field): message})
        return cls(name, typed, error=message)


def page_context(
    *, title: str, nav: str | None, topics: Sequence[str] = (), crumbs: Sequence[Crumb] = ()
) -> dict[str, Any]:
    """The context of layout.html; nobody's for who is not signed in.

    The cursor is taken before the page reads anything else, so that the stream
    brings what changes while it is rendered.
    """
    me = g.get("identity")
    context: dict[str, Any] = {
        "title": title,
        "nav": nav,
        "me": me,
        "instance": instance(),
        "crumbs": list(crumbs),
        "may": May.of(me.role) if me else May(operate=False, administer=False),
    }
    if me is not None:
        cursor = feed().position()
        live = {"cursor": str(cursor), "role": me.role, "who": who(me), "topics": ""}
        with db.engine.connect() as connection:
            counted = figures(connection)
        context |= {"badges": counted, "figures": counted, "live": live}
        for topic in ("frame", *topics):
            follow(context, topic)
    return context


def follow(context: dict[str, Any], topic: str) -> None:
    """Let a page follow one topic more, by its key and its text; one may depend on what was counted for its context."""
    live = context["live"]
    live["topics"] += ("&" if live["topics"] else "") + urlencode({topic_keys.key(topic): topic})


def render(template: str, context: dict[str, Any], **more: Any) -> str:
    """A whole page; while it is a long one, others have their turns."""
    app = the_app()
    values = {**context, **more}
    app.update_template_context(values)
    return "".join(in_turns(app.jinja_env.get_template(template).generate(values)))


def instance() -> str:
    """The name under which people know this server."""
    public = the_settings().public_url
    return urlsplit(public).netloc if public else request.host


def base_url() -> str:
    """The address that agents call, for the commands and links that pages show.

    It is the one by which the page was asked for, which works; but who looks from the server's own machine is shown
    an address that works elsewhere, too, where there is one.
    """
    settings = the_settings()
    if settings.public_url:
        return settings.url
    if is_loopback(named(request.host)) and settings.reachable_urls:
        return settings.own_url
    return f"{request.scheme}://{request.host}{settings.base_path}"
