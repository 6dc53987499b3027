"""Tokens as an administrator makes them: by `fleet token`, beside the running server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from tests.support.serving import Served

ROLES = ("viewer", "operator", "admin")


@dataclass(frozen=True)
class Token:
    """A token's id, as `fleet token list` shows it, and its secret."""

    id: str
    secret: str


def make_token(server: Served, role: str, *more: str) -> Token:
    """A new token of that role."""
    return make_tokens(server, [(role, *more)])[0]


def make_tokens(server: Served, wanted: Sequence[tuple[str, ...]]) -> list[Token]:
    """A token for each role with its further arguments; made side by side."""
    running = [
        fleet(server, "token", "create", f"{role}-{place}", "--role", role, *more)
        for place, (role, *more) in enumerate(wanted)
    ]
    return [made(process) for process in running]


def made(process: subprocess.Popen[str]) -> Token:
    """The token that `fleet token create` printed."""
    out, facts = process.communicate(timeout=60)
    assert process.returncode == 0, facts
    return Token(facts.split("Token ")[1].split()[0], out.strip())


def revoke(server: Served, token: Token) -> None:
    """End a token."""
    process = fleet(server, "token", "revoke", token.id)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said


def fleet(server: Served, *arguments: str) -> subprocess.Popen[str]:
    """The `fleet` command on the server's database."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("FLEET_") and k != "PORT"}
    return subprocess.Popen(
        [sys.executable, "-m", "fleet", *arguments, "-d", str(server.database)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=server.folder,
        env=environment | {"HOME": str(server.folder)},
    )


def client(server: Served, secret: str | None = None, **headers: str) -> httpx.Client:
    """A client with that token, or with none; redirects are left to the test."""
    bearer = {} if secret is None else {"Authorization": f"Bearer {secret}"}
    return httpx.Client(base_url=server.url, headers=bearer | headers, timeout=70)


@contextmanager
def browser(server: Served, secret: str) -> Iterator[httpx.Client]:
    """A signed-in browser: a session cookie, and the headers that browsers send with forms."""
    with client(server, **{"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}) as signed_in:
        answer = signed_in.post("/login", data={"token": secret})
        assert answer.status_code == 303, answer.text
        yield signed_in
