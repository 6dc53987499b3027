"""What is called for an agent by itself, and what is done to it by whoever looks after it."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from fleet.db import write
from fleet.models import command, task, todo
from tests.support.agents import new_agent

BROWSER = {"Sec-Fetch-Site": "same-origin"}


class Scene:
    """An agent that has not been heard of, and what its calls name."""

    def __init__(self) -> None:
        self.agent = new_agent(capabilities=["python"])
        self.todo = write(lambda tx: todo.add(tx, self.agent, "Read")).id
        self.command = write(lambda tx: command.send(tx, self.agent, "instruction", "Go")).id
        self.free = write(lambda tx: task.create(tx, {"title": "Free", "description": ""})).id
        self.mine = write(lambda tx: task.create(tx, {"title": "Mine", "description": ""})).id
        self.fence = write(lambda tx: task.claim(tx, self.mine, self.agent, 300))[1].fence

    def call(self, client: FlaskClient, name: str) -> Any:
        """One of CALLS; returns the answer."""
        method, path, body = CALLS[name]
        values = {k: v(self) if callable(v) else v for k, v in body.items()}
        asked = {"json": values} if method != "GET" and (values or method != "DELETE") else {}
        headers = BROWSER | {"Accept": "application/json"}
        return client.open(path.format(s=self), method=method, headers=headers, **asked)


CALLS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a report": ("PATCH", "/v1/agents/{s.agent}", {"progress": 45}),
    "a report of nothing new": ("PATCH", "/v1/agents/{s.agent}", {"progress": 0}),
    "a line of activity": ("POST", "/v1/agents/{s.agent}/events", {"type": "info", "message": "here"}),
    "a todo": ("POST", "/v1/agents/{s.agent}/todos", {"text": "Write"}),
    "a todo done": ("PATCH", "/v1/agents/{s.agent}/todos/{s.todo}", {"completed": True}),
    "a todo off the list": ("DELETE", "/v1/agents/{s.agent}/todos/{s.todo}", {}),
    "a command read": ("PATCH", "/v1/agents/{s.agent}/commands/{s.command}", {"status": "acknowledged"}),
    "a poll": ("GET", "/v1/agents/{s.agent}/commands?status=sent", {}),
    "a claim": ("POST", "/v1/tasks/claim", {"agent_id": lambda s: s.agent}),
    "a claim of one task": ("POST", "/v1/tasks/{s.free}/claim", {"agent_id": lambda s: s.agent}),
    "a lease renewed": ("PATCH", "/v1/tasks/{s.mine}/claim", {"fence": lambda s: s.fence}),
    "a task given back": ("DELETE", "/v1/tasks/{s.mine}/claim", {"fence": lambda s: s.fence}),
    "a task completed": ("POST", "/v1/tasks/{s.mine}/completion", {"fence": lambda s: s.fence}),
    "a task failed": ("POST", "/v1/tasks/{s.mine}/failure", {"fence": lambda s: s.fence}),
}
# What is sent to an agent, or done with it, by whoever looks after it.
DONE_TO_IT: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a command": ("POST", "/v1/agents/{s.agent}/commands", {"content": "Go on"}),
    "a command withdrawn": ("DELETE", "/v1/agents/{s.agent}/commands/{s.command}", {}),
    "a pause": ("POST", "/v1/agents/{s.agent}/pause", {}),
    "a look at it": ("GET", "/v1/agents/{s.agent}", {}),
    "a look at what it was told": ("GET", "/v1/agents/{s.agent}/commands", {}),
    "a task for it": ("POST", "/v1/tasks", {"title": "Do", "description": "d", "assigned_agent_id": lambda s: s.agent}),
    "a claim taken from it": ("DELETE", "/v1/tasks/{s.mine}/claim", {}),
}
CALLS |= DONE_TO_IT
OF_ITSELF = [name for name in CALLS if name not in DONE_TO_IT]
