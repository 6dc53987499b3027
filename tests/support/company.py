"""People for tests: invited, come by their link, signed in on browsers of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.support.api import JSON, good, unique
from tests.support.serving import Served, served
from tests.support.tokens import client, make_token

PASSWORD = "correct horse battery"
SITE = {"Sec-Fetch-Site": "same-origin"}
JSON_PLEASE = {"Accept": "application/json"}


@dataclass
class Someone:
    """A person who has chosen a password, and the browser on which that was done."""

    id: str
    email: str
    browser: httpx.Client


@dataclass
class Company:
    """A Fleet without --dev; `admin` calls its API, people join."""

    server: Served
    admin: httpx.Client
    stack: ExitStack = field(default_factory=ExitStack)

    def visitor(self, **headers: str) -> httpx.Client:
        """A browser that nobody has signed in on."""
        return self.stack.enter_context(client(self.server, **SITE, **headers))

    def program(self, secret: str) -> httpx.Client:
        """A program with that token or key."""
        return self.stack.enter_context(client(self.server, secret))

    def invite(self, role: str = "viewer", **more: str) -> JSON:
        """Invite somebody; the answer holds the link."""
        body = {"email": f"{unique('ada')}@example.net", "role": role} | more
        made: JSON = good(self.admin.post("/v1/people", json=body), 201)
        return made

    def join(self, role: str = "viewer", **more: str) -> Someone:
        """Somebody who was invited and came."""
        invited = self.invite(role, **more)
        browser = self.visitor()
        answer = browser.post("/login", data={"link": code_of(invited["link"]), "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return Someone(invited["id"], invited["email"], browser)

    def sign_in(self, someone: Someone, password: str = PASSWORD, **headers: str) -> httpx.Client:
        """Another browser of theirs."""
        browser = self.visitor(**headers)
        answer = log_in(browser, someone.email, password)
        assert answer.status_code == 303, answer.text
        return browser

    def change(self, someone: Someone, **changes: object) -> JSON:
        """What an administrator makes of somebody."""
        changed: JSON = good(self.admin.patch(f"/v1/people/{someone.id}", json=changes))
        return changed


@contextmanager
def company(folder: Path, **environment: str) -> Iterator[Company]:
    """A Fleet of its own, and an administrator's token."""
    with served(folder, "-l", "info", environment=environment) as server, ExitStack() as stack:
        admin = stack.enter_context(client(server, make_token(server, "admin").secret))
        yield Company(server, admin, stack)


def code_of(link: str) -> str:
    """The secret in a one-time link."""
    return link.partition("/login?link=")[2]


def log_in(browser: httpx.Client, email: str, password: str = PASSWORD, **headers: str) -> httpx.Response:
    """What the login form answers."""
    return browser.post("/login", data={"email": email, "password": password}, headers=headers)


def who(browser: httpx.Client) -> int:
    """200 while the browser is signed in, 401 when it is not."""
    return browser.get("/v1/account").status_code


def role_of(browser: httpx.Client) -> str:
    """As what the browser, or program, is known."""
    return str(good(browser.get("/v1/account"))["role"])
