"""People of a served Fleet, each with a browser and a token of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from tests.support.api import good
from tests.support.serving import Served
from tests.support.tokens import client, fleet

PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Somebody:
    """A person: `browser` is signed in and follows redirects, `api` has a personal token."""

    email: str
    browser: httpx.Client
    api: httpx.Client


def link(server: Served, email: str, role: str) -> str:
    """The one-time link that `fleet user add` prints."""
    process = fleet(server, "user", "add", email, "--role", role)
    out, facts = process.communicate(timeout=60)
    assert process.returncode == 0, facts
    return out.strip().rpartition("link=")[2]


@contextmanager
def somebody(server: Served, email: str, role: str = "viewer") -> Iterator[Somebody]:
    """Invite a person, let them choose a password, and give them a token."""
    site = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
    with client(server, **site) as browser:
        form = {"link": link(server, email, role), "password": PASSWORD}
        answer = browser.post("/login", data=form)
        assert answer.status_code == 303, answer.text
        browser.follow_redirects = True
        made = good(browser.post("/v1/tokens", json={"name": "mine", "role": role}))
        with client(server, made["token"]) as api:
            yield Somebody(email, browser, api)
