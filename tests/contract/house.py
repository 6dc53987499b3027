"""The Fleet that is asked: served as it is for people, with something of every noun in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.api import good, post_event
from tests.support.company import company
from tests.support.furnished_fleet import furnish_agent
from tests.support.serving import Served

# Nobody is told anything: channels that schemathesis makes lead to nowhere.
ENVIRONMENT = {"FLEET_LOG_LEVEL": "warn"}


@dataclass(frozen=True)
class House:
    """Where it is, an administrator's token, ids of what is there by the path's parameter; `own`: whose the token is."""

    server: Served
    token: str
    ids: dict[str, str]
    own: dict[str, str]

    def description(self) -> bytes:
        """What it says of itself."""
        answer = httpx.get(f"{self.server.url}/openapi.json", headers={"Authorization": f"Bearer {self.token}"})
        answer.raise_for_status()
        return answer.content

    def holds(self) -> bool:
        """Whether it still answers, and nothing of its own has gone wrong meanwhile."""
        return self.server.healthy() and "unexpected" not in self.server.log


@contextmanager
def house(folder: Path) -> Iterator[House]:
    """A furnished Fleet in `folder`; gone afterwards."""
    with company(folder, **ENVIRONMENT) as firm:
        person = firm.join("admin")
        made = good(person.browser.post("/v1/tokens", json={"name": "contract", "role": "admin", "personal": True}))
        api = firm.program(made["token"])
        own = {"CONTRACT_TOKEN_ID": made["id"], "CONTRACT_PERSON_ID": person.id}
        yield House(firm.server, made["token"], furnish(api, firm.admin), own)


def furnish(api: httpx.Client, admin: httpx.Client) -> dict[str, str]:
    """One of everything; what may be ended is not what the calls themselves need."""
    ids = furnish_agent(api)
    agent_id = ids["agent_id"]
    for _ in range(3):
        post_event(api, agent_id)
    channel = good(api.post("/v1/notice-channels", json={"kind": "browser", "on_question": True}))
    invited = good(admin.post("/v1/people", json={"email": "grace@example.net", "role": "viewer"}))
    ended = good(admin.post("/v1/tokens", json={"name": "to be revoked", "role": "viewer"}))
    stop = good(admin.post("/v1/stops", json={"kind": "pause"}))
    good(admin.post(f"/v1/stops/{stop['id']}/resumption"))
    kept = ("agent_id", "todo_id", "command_id", "task_id", "key_id")
    return {name: ids[name] for name in kept} | {
        "channel_id": channel["id"],
        "person_id": invited["id"],
        "token_id": ended["id"],
        "stop_id": stop["id"],
    }
