"""The calls of `/v1` that agents and hosts make, with typed answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from fleet.client import Json, Missing, Transport, every


@dataclass(frozen=True)
class Command:
    """Something that an agent was told; `answers` is the question that it answers, if any.

    `stops` is true for the word that the whole fleet is stopped.
    """

    id: str
    type: str
    content: str
    answers: str | None
    stops: bool = False


@dataclass(frozen=True)
class Claim:
    """A task that is ours while its lease lasts; `fence` proves that the claim is the latest."""

    task_id: str
    title: str
    fence: int


class Client:
    """What an agent says to the server. Errors are those of `Transport.send`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._send = transport.send

    def interrupt(self) -> None:
        """Break the connection, from another thread; once all has stopped, its call ends with Stopped."""
        self._transport.interrupt()

    def close(self) -> None:
        """Give the connection back to the system."""
        self._transport.close()

    def check(self) -> None:
        """Return when the server answers and takes the token."""
        self._send("GET", "/v1/fleet/status")

    # -- the agent itself

    def beat(self, identity: Json) -> Json:
        """Say that the agent is alive; creates it at the first time. The agent's record."""
        return self._send("POST", "/v1/agents/heartbeat", identity)

    def update_agent(self, agent_id: str, **fields: object) -> Json:
        """Change what the agent shows of itself. The agent's record."""
        return self._send("PATCH", f"/v1/agents/{quote(agent_id)}", fields)

    def log(self, agent_id: str, kind: str, message: str, metadata: Json | None = None) -> None:
        """Add a line to the agent's activity."""
        body = {"type": kind, "message": message, "metadata": metadata or None}
        self._send("POST", f"/v1/agents/{quote(agent_id)}/events", body)

    # -- its list

    def todo_ids(self, agent_id: str) -> list[str]:
        """The ids of the agent's todos, in order."""
        answer = self._send("GET", f"/v1/agents/{quote(agent_id)}/todos")
        return [todo["id"] for todo in answer["todos"]]

    def add_todo(self, agent_id: str, text: str, order: int) -> str:
        """Put a line on the agent's list; its id."""
        body = {"text": text, "order": order}
        return str(self._send("POST", f"/v1/agents/{quote(agent_id)}/todos", body)["id"])

    def update_todo(self, agent_id: str, todo_id: str, **fields: bool) -> None:
        """Mark a todo as `current` or `completed`; one that a person has taken away is let be."""
        self._todo("PATCH", agent_id, todo_id, dict(fields))

    def remove_todo(self, agent_id: str, todo_id: str) -> None:
        """Take a line off the list, if it is still there."""
        self._todo("DELETE", agent_id, todo_id)

    def _todo(self, method: str, agent_id: str, todo_id: str, body: Json | None = None) -> None:
        try:
            self._send(method, f"/v1/agents/{quote(agent_id)}/todos/{quote(todo_id)}", body)
        except Missing as missing:
            if missing.code == "AGENT_NOT_FOUND":
                raise

    # -- what it is told

    def commands(self, agent_id: str, wait: int) -> list[Command]:
        """Commands that nobody has acknowledged; waits up to `wait` seconds for the first."""
        path = f"/v1/agents/{quote(agent_id)}/commands?status=sent&wait={wait}"
        commands = self._send("GET", path, wait=wait)["commands"]
        return [
            Command(c["id"], c["type"], c["content"], c.get("answers"), stops=bool(c.get("stop_id"))) for c in commands
        ]

    def acknowledge(self, agent_id: str, command_id: str) -> None:
        """Say that a command was read."""
        self._command(agent_id, command_id, status="acknowledged")

    def complete(self, agent_id: str, command_id: str, response: str) -> None:
        """Answer a command."""
        self._command(agent_id, command_id, status="completed", response=response)

    def _command(self, agent_id: str, command_id: str, **fields: str) -> None:
        path = f"/v1/agents/{quote(agent_id)}/commands/{quote(command_id)}"
        self._send("PATCH", path, dict(fields))

    # -- tasks

    def add_task(self, **fields: object) -> str:
        """Put a task into the pool; its id."""
        return str(self._send("POST", "/v1/tasks", fields)["id"])

    def claim(self, agent_id: str, lease: int) -> Claim | None:
        """Take the next task that suits the agent for `lease` seconds; None when there is none."""
        body = {"agent_id": agent_id, "wait": 0, "lease": lease}
        answer = self._send("POST", "/v1/tasks/claim", body)
        if not answer:
            return None
        task = answer["task"]
        return Claim(task["id"], task["title"], answer["lease"]["fence"])

    def renew(self, claim: Claim, lease: int) -> None:
        """Keep a claimed task for `lease` more seconds."""
        body = {"fence": claim.fence, "lease": lease}
        self._send("PATCH", f"/v1/tasks/{quote(claim.task_id)}/claim", body)

    def release(self, claim: Claim) -> None:
        """Give a claimed task back to the pool."""
        path = f"/v1/tasks/{quote(claim.task_id)}/claim?fence={claim.fence}"
        self._send("DELETE", path)

    def finish_task(self, claim: Claim, result: str) -> None:
        """Hand in the result of a claimed task."""
        body = {"fence": claim.fence, "result": result}
        self._send("POST", f"/v1/tasks/{quote(claim.task_id)}/completion", body)

    def fail_task(self, claim: Claim, reason: str) -> None:
        """Say that a claimed task cannot be done, and why."""
        body = {"fence": claim.fence, "reason": reason}
        self._send("POST", f"/v1/tasks/{quote(claim.task_id)}/failure", body)

    # -- hosts

    def hosts(self) -> Iterator[Json]:
        """Every host of the fleet, the simulated and the real ones."""
        return every(self._send, "agents", {"kind": "host"})

    def enrolment_key(self) -> str:
        """A key with which one host can enrol, once."""
        return str(self._send("POST", "/v1/enrolment-keys", {})["key"])

    def enrol(self, host: Json) -> tuple[str, str]:
        """Spend the enrolment key that this client speaks with; the new host's id and its own key."""
        answer = self._send("POST", "/v1/enrolments", host)
        return str(answer["agent"]["id"]), str(answer["key"])

    def run_command(self, host_id: str, command: str, timeout: int, expires_in: int) -> str:
        """Queue a shell command for a host, both times in seconds; its id."""
        body = {"type": "shell", "params": {"command": command, "timeout": timeout}, "expires_in": expires_in}
        return str(self._send("POST", f"/v1/agents/{quote(host_id)}/commands", body)["id"])

    def cancel(self, host_id: str, command_id: str) -> None:
        """End a command of a host, or withdraw it."""
        self._send("DELETE", f"/v1/agents/{quote(host_id)}/commands/{quote(command_id)}")

    # -- lists, and taking things away

    def agents(self) -> Iterator[Json]:
        """Every agent of the fleet, the simulated and the real ones."""
        return every(self._send, "agents")

    def tasks(self, **filters: str) -> Iterator[Json]:
        """Every task, or those with the `status` that is asked for."""
        return every(self._send, "tasks", filters)

    def remove_agent(self, agent_id: str) -> None:
        """Delete an agent with its todos, commands and activity."""
        self._send("DELETE", f"/v1/agents/{quote(agent_id)}")

    def remove_task(self, task_id: str) -> None:
        """Delete a task."""
        self._send("DELETE", f"/v1/tasks/{quote(task_id)}")
