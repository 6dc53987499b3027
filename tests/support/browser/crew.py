"""Agents for the tests of pages: made, and moved, through /v1 as real ones are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

Json = dict[str, Any]


@dataclass(frozen=True)
class Member:
    """One agent, by its id."""

    api: httpx.Client
    id: str
    name: str

    @property
    def path(self) -> str:
        """Its page."""
        return f"/agents/{self.id}"

    def call(self, method: str, rest: str = "", body: Json | None = None) -> Any:
        """A call below /v1/agents/<id>; raises for any answer that is an error."""
        answer = self.api.request(method, f"/v1/agents/{self.id}{rest}", json=body)
        assert answer.is_success, f"{method} {rest}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def report(self, **fields: Any) -> Json:
        """Say something about itself."""
        return self.call("PATCH", "", fields)

    def ask(self, question: str, *options: str) -> None:
        """Ask a person, with likely answers."""
        self.report(status="waiting_feedback", pending_question=question, question_options=list(options))

    def say(self, message: str, kind: str = "info") -> str:
        """A line of activity; returns its id."""
        return self.call("POST", "/events", {"type": kind, "message": message})["id"]

    def fail(self, message: str) -> None:
        """Stop with an error."""
        self.say(message, "error")
        self.report(status="error")

    def plan(self, *texts: str) -> list[Json]:
        """Add todos; returns them."""
        return [self.call("POST", "/todos", {"text": text}) for text in texts]

    def hear(self, content: str, kind: str = "instruction") -> str:
        """Be told something; returns the command's id."""
        return self.call("POST", "/commands", {"type": kind, "content": content})["id"]

    def respond(self, command_id: str, response: str, **more: Any) -> None:
        """Answer a command."""
        self.call("PATCH", f"/commands/{command_id}", {"status": "completed", "response": response, **more})

    @property
    def now(self) -> Json:
        """What the server knows of it."""
        return self.call("GET")

    @property
    def todos(self) -> list[Json]:
        """Its list."""
        return self.call("GET", "/todos")["todos"]

    @property
    def commands(self) -> list[Json]:
        """What it was told, oldest first."""
        return self.call("GET", "/commands")["commands"]

    def leave(self) -> None:
        """Be deleted."""
        self.call("DELETE")


@dataclass(frozen=True)
class Crew:
    """All the agents of a server."""

    api: httpx.Client

    def add(self, name: str = "Code Reviewer", worktree: str = "/srv/payments-api", **fields: Any) -> Member:
        """Make an agent; `fields` are anything that a report may say."""
        answer = self.api.post("/v1/agents", json={"name": name, "worktree": worktree, **fields})
        assert answer.status_code == 201, answer.text
        return Member(self.api, answer.json()["id"], name)

    def many(self, count: int, **fields: Any) -> list[Member]:
        """`Worker 001` and so on."""
        return [self.add(f"Worker {n + 1:03}", **fields) for n in range(count)]

    def task(self, title: str, description: str = "Soon", **fields: Any) -> Json:
        """Put a task into the queue."""
        answer = self.api.post("/v1/tasks", json={"title": title, "description": description, **fields})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def clear(self) -> None:
        """Delete every agent and task."""
        for noun in ("agents", "tasks"):
            while found := self.api.get(f"/v1/{noun}?limit=1000").json()[noun]:
                for item in found:
                    self.api.delete(f"/v1/{noun}/{item['id']}")
