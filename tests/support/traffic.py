"""Agents and people at work on a server that may die at any moment, and a record of what they were promised."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from tests.support.serving import Served

JSON = dict[str, Any]


@dataclass
class Promise:
    """A write that was answered with 2xx: its kind, what was answered, what was sent, and with which key."""

    kind: str
    path: str
    sent: JSON
    answer: JSON
    key: str = ""


@dataclass
class Worker:
    """One caller; it goes on until the server is gone, and remembers what it was promised."""

    server: Served
    number: int
    promises: list[Promise] = field(default_factory=list)
    unanswered: list[Promise] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    serial: int = 0

    def __post_init__(self) -> None:
        self.random = Random(self.number)
        self.agent = ""
        self.claims: list[tuple[str, int]] = []

    def work(self, over: threading.Event) -> None:
        """Write until the server dies or the round is over."""
        headers = {"Authorization": f"Bearer {self.server.token}"}
        with httpx.Client(base_url=self.server.url, headers=headers, timeout=30) as client:
            try:
                if not self.agent:
                    body = {"name": f"Worker {self.number}", "worktree": "/src"}
                    if made := self.call(client, "POST", "/v1/agents", body):
                        self.agent = made["id"]
                verbs = [self.report, self.report, self.event, self.task, self.claim, self.repeatable]
                while not over.is_set() and self.agent:
                    self.random.choice(verbs)(client)
            except httpx.TransportError:
                return  # the server is gone

    def call(self, client: httpx.Client, method: str, path: str, body: JSON, key: str = "") -> JSON | None:
        """Write; remember the promise, or that there was no answer."""
        parts = path.split("/")[2:]  # /v1/agents/<id>/events is "POST events"
        kind = f"{method} {parts[0] if method == 'PATCH' or len(parts) == 1 else parts[-1]}"
        promise = Promise(kind, path, body, {}, key)
        headers = {"Idempotency-Key": key} if key else {}
        try:
            answer = client.request(method, path, json=body, headers=headers)
        except httpx.TransportError:
            self.unanswered.append(promise)
            raise
        if answer.is_success:
            promise.answer = answer.json() if answer.content else {}
            self.promises.append(promise)
            return promise.answer
        if answer.status_code not in (409, 503):
            self.wrong.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
        return None

    def next(self) -> int:
        self.serial += 1
        return self.serial

    def report(self, client: httpx.Client) -> None:
        self.call(client, "PATCH", f"/v1/agents/{self.agent}", {"files_changed": self.next()})

    def event(self, client: httpx.Client) -> None:
        body = {"type": "info", "message": f"{self.number}/{self.next()}"}
        self.call(client, "POST", f"/v1/agents/{self.agent}/events", body)

    def task(self, client: httpx.Client) -> None:
        self.call(client, "POST", "/v1/tasks", {"title": f"{self.number}/{self.next()}", "description": "x"})

    def repeatable(self, client: httpx.Client) -> None:
        body = {"title": f"once {self.number}/{self.next()}", "description": "x"}
        self.call(client, "POST", "/v1/tasks", body, key=uuid.uuid4().hex)

    def claim(self, client: httpx.Client) -> None:
        if self.claims and self.random.random() < 0.6:
            task_id, fence = self.claims.pop()
            self.call(client, "POST", f"/v1/tasks/{task_id}/completion", {"fence": fence, "result": "done"})
        elif taken := self.call(client, "POST", "/v1/tasks/claim", {"agent_id": self.agent, "lease": 10}):
            self.claims.append((taken["task"]["id"], taken["lease"]["fence"]))


def all_at_once(workers: list[Worker], meanwhile: Callable[[], None]) -> None:
    """Let every worker write while `meanwhile` runs; returns when all have stopped."""
    over = threading.Event()
    threads = [threading.Thread(target=worker.work, args=(over,)) for worker in workers]
    for thread in threads:
        thread.start()
    try:
        meanwhile()
    finally:
        over.set()
        for thread in threads:
            thread.join(60)
