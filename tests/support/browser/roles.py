"""A Fleet as it is used for real: without --dev, with tokens of each role."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.browser.crew import Crew
from tests.support.serving import Served, served

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Roles:
    """The server, a token for each role, and its agents."""

    server: Served
    tokens: dict[str, str]
    crew: Crew


def make_token(server: Served, name: str, role: str) -> str:
    """What `fleet token create` prints."""
    command = [
        sys.executable,
        "-m",
        "fleet",
        "token",
        "create",
        name,
        "--role",
        role,
        "-d",
        str(server.database),
    ]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@contextlib.contextmanager
def served_with_roles(folder: Path) -> Iterator[Roles]:
    """Serve from `folder` and make the tokens."""
    with served(folder, "--log-level", "info") as server:
        tokens = {role: make_token(server, f"{role} person", role) for role in ("viewer", "operator", "admin")}
        bearer = {"Authorization": f"Bearer {tokens['admin']}"}
        with httpx.Client(base_url=server.url, headers=bearer, timeout=70) as api:
            yield Roles(server, tokens, Crew(api))


def invite(roles: Roles, email: str, role: str = "viewer", name: str = "") -> dict[str, str]:
    """Invite somebody; the answer holds their link."""
    body = {"email": email, "role": role, "name": name}
    answer = roles.crew.api.post("/v1/people", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, str] = answer.json()
    return made


def revoke_token(server: Served, name: str) -> None:
    """Revoke the token with this name."""
    fleet = [sys.executable, "-m", "fleet", "token"]
    listed = subprocess.run(
        [*fleet, "list", "-d", str(server.database)], check=True, capture_output=True, text=True
    ).stdout
    [token_id] = [line.split()[0] for line in listed.splitlines() if line.split()[1] == name]
    subprocess.run([*fleet, "revoke", token_id, "-d", str(server.database)], check=True, capture_output=True)
