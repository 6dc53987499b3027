"""For every action that may change something: what makes it succeed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from tests.support.api import JSON, good, make_agent, make_task, make_todo, send_command, unique
from tests.support.daemon_host import real_host
from tests.support.daemons import enrol
from tests.support.serving import Served, free_port, served
from tests.support.sshd import can_have_one, machine
from tests.support.tokens import client, make_tokens

DEPLOYMENTS = (("deploy", "/api/agents/deploy"), ("deployments", "/v1/deployments"))
PASSWORD = "correct horse battery"


@dataclass
class Place:
    """A Fleet, an administrator's client, and its database."""

    server: Served
    api: httpx.Client
    operator: httpx.Client
    secrets: list[str] = field(default_factory=list)

    def entries(self, after: int = 0) -> list[JSON]:
        """The audit's rows after a number."""
        with closing(sqlite3.connect(self.server.database, timeout=20)) as connection:
            connection.row_factory = sqlite3.Row
            found = connection.execute("SELECT * FROM audit WHERE seq > ? ORDER BY seq", (after,)).fetchall()
        return [dict(row) for row in found]

    def head(self) -> int:
        """The last entry's number."""
        return max((row["seq"] for row in self.entries()), default=0)


@contextmanager
def placed(folder: Path) -> Iterator[Place]:
    """A Fleet in which everything may succeed."""
    environment = {
        "FLEET_NOTICE_TARGETS": "127.0.0.1",
        "FLEET_DEPLOY_TARGETS": "127.0.0.1",
        "FLEET_SSH_KEY_DIRS": str(folder),
    }
    with served(folder, environment=environment) as server, ExitStack() as stack:
        admin, operator = make_tokens(server, [("admin",), ("operator",)])
        form = {"Sec-Fetch-Site": "same-origin", "Accept": "application/json"}
        place = Place(
            server,
            stack.enter_context(client(server, admin.secret, **form)),
            stack.enter_context(client(server, operator.secret, **form)),
        )
        place.secrets += [admin.secret, operator.secret]
        yield place


def invited(place: Place) -> tuple[JSON, str]:
    """Somebody invited, and the secret of their link."""
    person = good(place.api.post("/v1/people", json={"email": f"{unique('p')}@example.org", "role": "admin"}))
    secret = person["link"].partition("link=")[2]
    place.secrets.append(secret)
    return person, secret


def signed_in(place: Place) -> tuple[JSON, httpx.Client]:
    """Somebody with a password, in a browser."""
    person, link = invited(place)
    browser = client(place.server, None, **{"Sec-Fetch-Site": "same-origin", "Accept": "application/json"})
    good(browser.post("/login", data={"link": link, "password": PASSWORD}))
    place.secrets += [PASSWORD, *browser.cookies.values()]
    return person, browser


def claimed(place: Place) -> tuple[str, str, int]:
    """A task that an agent has claimed: task, agent, fence."""
    agent, task = make_agent(place.api)["id"], make_task(place.api)["id"]
    lease = good(place.api.post(f"/v1/tasks/{task}/claim", json={"agent_id": agent}))["lease"]
    return task, agent, lease["fence"]


class Acts:
    """Acts by the names of their actions; each returns the answer."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.api = place.api
        self.ordered = ""

    def on_agent(self, method: str, path: str, **body: Any) -> httpx.Response:
        return self.api.request(method, f"/v1/agents/{make_agent(self.api)['id']}{path}", json=body or None)

    def on_question(self, path: str, **body: Any) -> httpx.Response:
        agent = make_agent(self.api, status="waiting_feedback", pending_question="Which?")
        return self.api.post(f"/v1/agents/{agent['id']}{path}", json=body)

    def on_todo(self, method: str, **body: Any) -> httpx.Response:
        agent = make_agent(self.api)["id"]
        return self.api.request(
            method, f"/v1/agents/{agent}/todos/{make_todo(self.api, agent)['id']}", json=body or None
        )

    def on_command(self, method: str, **body: Any) -> httpx.Response:
        agent = make_agent(self.api)["id"]
        return self.api.request(
            method, f"/v1/agents/{agent}/commands/{send_command(self.api, agent)['id']}", json=body or None
        )

    def bulk(self, what: str, **body: Any) -> httpx.Response:
        return self.api.post(f"/v1/agents/bulk-{what}", json={"ids": [make_agent(self.api)["id"]]} | body)

    def bulk_resumption(self) -> httpx.Response:
        agent = make_agent(self.api)["id"]
        good(self.api.post(f"/v1/agents/{agent}/pause", json={}))
        return self.api.post("/v1/agents/bulk-resumptions", json={"ids": [agent]})

    def on_claim(self, method: str, path: str, **body: Any) -> httpx.Response:
        task, _, fence = claimed(self.place)
        return self.api.request(method, f"/v1/tasks/{task}/{path}", json={"fence": fence} | body)

    def claim(self) -> httpx.Response:
        agent, task = make_agent(self.api)["id"], make_task(self.api)["id"]
        return self.api.post(f"/v1/tasks/{task}/claim", json={"agent_id": agent})

    def claim_next(self) -> httpx.Response:
        make_task(self.api)
        return self.api.post("/v1/tasks/claim", json={"agent_id": make_agent(self.api)["id"]})

    def deploy(self, path: str) -> httpx.Response:
        """Make a machine a host, to the end."""
        folder = self.place.server.folder / unique("target")
        folder.mkdir()
        with machine(folder) as target:
            order = {"host": "127.0.0.1", "ssh_user": "root", "ssh_port": target.port, "host_key": target.fingerprint}
            answer = self.api.post(path, json=order | {"ssh_key": str(target.private_key)})
            if answer.status_code == 202:
                good(self.api.get(f"/v1/deployments/{answer.json()['id']}?wait=55"))
            return answer

    def enrol(self) -> httpx.Response:
        key = good(self.api.post("/v1/enrolment-keys", json={}))["key"]
        self.place.secrets.append(key)
        answer = httpx.post(
            f"{self.place.server.url}/v1/enrolments",
            json={"name": "Ada", "worktree": "/w"},
            headers={"Authorization": f"Bearer {key}"},
        )
        self.place.secrets.append(answer.json()["key"])
        return answer

    def order(self) -> httpx.Response:
        host = enrol(self.api)
        self.place.secrets.append(host.key)
        body = {"type": "shell", "params": {"command": "true"}}
        answer = self.api.post(f"/api/agents/{host.id}/commands", json=body)
        self.ordered = answer.json()["command_id"]
        return answer

    def report(self) -> httpx.Response:
        host = enrol(self.api)
        self.place.secrets.append(host.key)
        path = f"{self.place.server.url}/api/agents/{host.id}/report"
        return httpx.post(path, json={"hostname": host.name}, headers={"X-Agent-Key": host.key})

    def on_key(self, path: str, *, delete: bool = False) -> httpx.Response:
        made = good(self.api.post(path, json={}))
        self.place.secrets.append(made["key"])
        return self.api.delete(f"{path}/{made['id']}") if delete else self.api.post(path, json={})

    def token(self, *, delete: bool = False) -> httpx.Response:
        answer = self.api.post("/v1/tokens", json={"name": "t", "role": "viewer"})
        self.place.secrets.append(answer.json()["token"])
        return self.api.delete(f"/v1/tokens/{answer.json()['id']}") if delete else answer

    def as_person(self, method: str, path: str, **more: Any) -> httpx.Response:
        _, browser = signed_in(self.place)
        with closing(browser):
            return browser.request(method, path, **more)

    def sign_in(self) -> httpx.Response:
        person, browser = signed_in(self.place)
        browser.close()
        return httpx.post(
            f"{self.place.server.url}/login",
            data={"email": person["email"], "password": PASSWORD},
            headers={"Sec-Fetch-Site": "same-origin", "Accept": "application/json"},
        )

    def on_channel(self, method: str, path: str, kind: str = "browser", **body: Any) -> httpx.Response:
        """Something done to a channel of somebody's own."""
        _, browser = signed_in(self.place)
        with closing(browser):
            channel = good(browser.post("/v1/notice-channels", json=self.channel(kind)))
            self.place.secrets += [channel["secret"]] if kind == "webhook" else []
            return browser.request(method, f"/v1/notice-channels/{channel['id']}{path}", json=body or None)

    def channel(self, kind: str) -> JSON:
        """A channel; nobody listens at the webhook's address."""
        return {"kind": kind} | ({"target": f"http://127.0.0.1:{free_port()}/"} if kind == "webhook" else {})

    def pick_up(self) -> httpx.Response:
        _, browser = signed_in(self.place)
        with closing(browser):
            channel = good(browser.post("/v1/notice-channels", json=self.channel("browser")))["id"]
            good(browser.post(f"/v1/notice-channels/{channel}/tests"), 202)
            return browser.post(f"/v1/notice-channels/{channel}/pickups")

    def retry(self) -> httpx.Response:
        _, browser = signed_in(self.place)
        with closing(browser):
            channel = good(browser.post("/v1/notice-channels", json=self.channel("webhook")))["id"]
            failed = good(browser.post(f"/v1/notice-channels/{channel}/tests"))["id"]
            return browser.post(f"/v1/notices/deliveries/{failed}/retries")

    def quiet(self, *, delete: bool = False) -> httpx.Response:
        hours = {"start": "22:00", "end": "07:00", "zone": "UTC"}
        _, browser = signed_in(self.place)
        with closing(browser):
            made = browser.put("/v1/account/quiet-hours", json=hours)
            return browser.delete("/v1/account/quiet-hours") if delete else made

    def pause(self, *, delete: bool = False) -> httpx.Response:
        path = f"/v1/agents/{make_agent(self.api)['id']}/pause"
        made = self.api.post(path, json={})
        return self.api.delete(path) if delete else made

    def stop(self, *, end: bool = False) -> httpx.Response:
        made = self.api.post("/v1/stops", json={"kind": "pause"})
        ended = self.api.post(f"/v1/stops/{made.json()['id']}/resumption")
        return ended if end else made

    def take_back(self) -> httpx.Response:
        return self.api.delete(f"{self.on_question('/answer', content='This').request.url.path}")

    def take_up(self) -> httpx.Response:
        return self.api.delete(f"{self.on_failing('/dismissal').request.url.path}")

    def on_failing(self, path: str) -> httpx.Response:
        return self.api.post(f"/v1/agents/{make_agent(self.api, status='error')['id']}{path}")

    def on_real_host(self, *, download: bool = False) -> httpx.Response:
        """A file to a host with a daemon, and from it, which is when the daemon brings one itself."""
        folder = self.place.server.folder / unique("host")
        folder.mkdir()
        with real_host(self.api, folder, read_roots=[str(folder)]) as host:
            answer = self.api.post(host.url, files={"file": ("f", b"content")}, data={"dest": "f"})
            good(answer)
            return self.api.get(host.url, params={"path": str(host.up / "f")}) if download else answer

    def known(self) -> dict[str, Any]:
        """Every one of them."""
        beat = {"hostname": unique("h"), "machine_address": "m", "repo_path": "/r"}
        new = {"current_password": PASSWORD, "password": f"{PASSWORD} again"}
        self.place.secrets.append(new["password"])
        return {
            "files.create": self.on_real_host,
            "transfers.create": lambda: self.on_real_host(download=True),
            "agents.create": lambda: self.api.post("/v1/agents", json={"name": "a", "worktree": "/x"}),
            "agents.edit": lambda: self.on_agent("PATCH", "", progress=3),
            "agents.delete": lambda: self.on_agent("DELETE", ""),
            "bulk_commands.create": lambda: self.bulk("commands", content="c"),
            "bulk_pauses.create": lambda: self.bulk("pauses"),
            "bulk_resumptions.create": self.bulk_resumption,
            "bulk_assignments.create": lambda: self.api.post(
                "/v1/tasks/bulk-assignments",
                json={"ids": [make_task(self.api)["id"]], "assigned_agent_id": make_agent(self.api)["id"]},
            ),
            "bulk_tags.create": lambda: self.bulk("tags", add=["x"]),
            "bulk_deletions.create": lambda: self.bulk("deletions"),
            "heartbeats.create": lambda: self.api.post("/v1/agents/heartbeat", json=beat),
            "answers.create": lambda: self.on_question("/answer", content="This"),
            "answers.delete": self.take_back,
            "dismissals.create": lambda: self.on_failing("/dismissal"),
            "dismissals.delete": self.take_up,
            "todos.create": lambda: self.on_agent("POST", "/todos", text="t"),
            "todos.edit": lambda: self.on_todo("PATCH", completed=True),
            "todos.delete": lambda: self.on_todo("DELETE"),
            "commands.create": lambda: self.on_agent("POST", "/commands", content="c"),
            "commands.edit": lambda: self.on_command("PATCH", status="acknowledged"),
            "commands.delete": lambda: self.on_command("DELETE"),
            "api_agents.delete": lambda: self.api.delete(f"/api/agents/{make_agent(self.api)['id']}"),
            "api_commands.create": self.order,
            "api_commands.delete": lambda: self.api.delete(f"{self.order().request.url.path}/{self.ordered}"),
            "api_reports.create": self.report,
            "events.create": lambda: self.on_agent("POST", "/events", type="info", message="m"),
            "tasks.create": lambda: self.api.post("/v1/tasks", json={"title": "t", "description": "d"}),
            "tasks.edit": lambda: self.api.patch(f"/v1/tasks/{make_task(self.api)['id']}", json={"priority": "high"}),
            "tasks.delete": lambda: self.api.delete(f"/v1/tasks/{make_task(self.api)['id']}"),
            "task_claims.take_next": self.claim_next,
            "task_claims.create": self.claim,
            "task_claims.edit": lambda: self.on_claim("PATCH", "claim"),
            "task_claims.delete": lambda: self.on_claim("DELETE", "claim"),
            "task_endings.complete": lambda: self.on_claim("POST", "completion"),
            "task_endings.fail": lambda: self.on_claim("POST", "failure"),
            "pauses.create": self.pause,
            "pauses.delete": lambda: self.pause(delete=True),
            "stops.create": self.stop,
            "stops.resume": lambda: self.stop(end=True),
            "quiet_hours.edit": self.quiet,
            "quiet_hours.delete": lambda: self.quiet(delete=True),
            "notice_channels.create": lambda: self.as_person("POST", "/v1/notice-channels", json={"kind": "browser"}),
            "notice_channels.edit": lambda: self.on_channel("PATCH", "", name="Desk"),
            "notice_channels.delete": lambda: self.on_channel("DELETE", ""),
            "notice_kinds.edit": lambda: self.on_channel("PUT", "/kinds", on_error=True),
            "notice_keys.create": lambda: self.on_channel("POST", "/key", "webhook"),
            "notice_tests.create": lambda: self.on_channel("POST", "/tests"),
            "notice_pickups.create": self.pick_up,
            "notices.retry": self.retry,
            "agent_keys.create": lambda: self.on_key(f"/v1/agents/{make_agent(self.api)['id']}/keys"),
            "agent_keys.delete": lambda: self.on_key(f"/v1/agents/{make_agent(self.api)['id']}/keys", delete=True),
            "enrolment_keys.create": lambda: self.on_key("/v1/enrolment-keys"),
            "enrolment_keys.delete": lambda: self.on_key("/v1/enrolment-keys", delete=True),
            "enrolments.create": self.enrol,
            **({f"{noun}.create": partial(self.deploy, path) for noun, path in DEPLOYMENTS} if can_have_one() else {}),
            "stream_tickets.create": lambda: self.api.post("/v1/stream-tickets", json={"path": "/v1/stream"}),
            "tokens.create": self.token,
            "tokens.delete": lambda: self.token(delete=True),
            "people.create": lambda: self.api.post(
                "/v1/people", json={"email": f"{unique('q')}@example.org", "role": "viewer"}
            ),
            "people.edit": lambda: self.api.patch(f"/v1/people/{invited(self.place)[0]['id']}", json={"name": "New"}),
            "person_links.create": lambda: self.api.post(f"/v1/people/{invited(self.place)[0]['id']}/links", json={}),
            "account.edit": lambda: self.as_person("PATCH", "/v1/account", json={"name": "Me"}),
            "passwords.edit": lambda: self.as_person("PUT", "/v1/account/password", json=new),
            "devices.delete": lambda: self.as_person("DELETE", "/v1/sessions/others"),
            "sessions.create": self.sign_in,
            "sessions.delete": lambda: self.as_person("POST", "/logout"),
            "audit_verifications.create": lambda: self.api.post("/v1/audit/verifications"),
        }
