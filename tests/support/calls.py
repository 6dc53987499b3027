"""Every call of /v1 that takes a body: a good one, and which field is of which kind."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.support.api import JSON

TEXT, LIST, NUMBER, FLAG, OBJECT = "text", "list", "number", "flag", "object"
AGENT = {
    "name": TEXT,
    "worktree": TEXT,
    "status": TEXT,
    "current_task": TEXT,
    "progress": NUMBER,
    "files_changed": NUMBER,
    "lines_added": NUMBER,
    "lines_removed": NUMBER,
    "last_commit": TEXT,
    "pending_question": TEXT,
    "question_options": LIST,
    "capabilities": LIST,
    "issue_ids": LIST,
    "tags": LIST,
}
PLACE = {"hostname": TEXT, "machine_address": TEXT, "repo_path": TEXT}
TASK = {
    "title": TEXT,
    "description": TEXT,
    "priority": TEXT,
    "assigned_agent_id": TEXT,
    "labels": LIST,
    "depends_on": LIST,
    "required_capabilities": LIST,
}
NULLABLE = {
    "current_task",
    "last_commit",
    "pending_question",
    "assigned_agent_id",
    "result",
    "failure_reason",
    "response",
    "metadata",
    "question",
    "reason",
}


@dataclass(frozen=True)
class Call:
    """A method and a path with `{agent}`, `{todo}`, `{command}`, `{task}` for ids, and its body."""

    method: str
    path: str
    body: JSON
    fields: dict[str, str] = field(default_factory=dict)
    nullable: frozenset[str] = frozenset(NULLABLE)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


MINE = "/v1/agents/{agent}"
BEAT = {"hostname": "h", "machine_address": "m", "repo_path": "/r"}
BEATING = {k: v for k, v in AGENT.items() if k != "worktree"} | PLACE
LISTS = frozenset({"capabilities", "issue_ids", "tags"})
PLACES = frozenset({"hostname", "machine_address", "repo_path"})
CALLS = (
    Call("POST", "/v1/agents", {"name": "a", "worktree": "/x"}, AGENT | PLACE, frozenset(NULLABLE) | PLACES),
    Call("PATCH", MINE, {"progress": 1}, AGENT),
    Call("POST", "/v1/agents/heartbeat", BEAT, BEATING, frozenset(NULLABLE) | LISTS),
    Call("POST", "/api/agents/heartbeat", BEAT, BEATING, frozenset(NULLABLE) | LISTS),
    Call("POST", f"{MINE}/todos", {"text": "t"}, {"text": TEXT, "order": NUMBER}),
    Call(
        "PATCH",
        f"{MINE}/todos/{{todo}}",
        {"order": 1},
        {"text": TEXT, "order": NUMBER, "completed": FLAG, "current": FLAG},
    ),
    Call("POST", f"{MINE}/commands", {"content": "c"}, {"content": TEXT, "type": TEXT, "expires_in": NUMBER}),
    Call(
        "PATCH",
        f"{MINE}/commands/{{command}}",
        {"status": "acknowledged"},
        {"status": TEXT, "response": TEXT, "outcome": TEXT},
    ),
    Call(
        "POST",
        f"{MINE}/events",
        {"type": "info", "message": "m"},
        {"type": TEXT, "message": TEXT, "metadata": OBJECT},
    ),
    Call(
        "POST",
        "/api/agents/{agent}/commands",
        {"type": "shell", "params": {"command": "true"}},
        {"type": TEXT, "params": OBJECT, "expires_in": NUMBER},
    ),
    Call("POST", f"{MINE}/answer", {"content": "c"}, {"content": TEXT, "question": TEXT}),
    Call("POST", "/v1/tasks", {"title": "t", "description": "d"}, TASK),
    Call(
        "PATCH",
        "/v1/tasks/{task}",
        {"title": "t"},
        TASK | {"status": TEXT, "result": TEXT, "failure_reason": TEXT},
    ),
    Call("POST", "/v1/tasks/claim", {"agent_id": "{agent}"}, {"agent_id": TEXT, "lease": NUMBER, "wait": NUMBER}),
    Call(
        "POST",
        "/v1/tasks/{task}/claim",
        {"agent_id": "{agent}"},
        {"agent_id": TEXT, "lease": NUMBER, "wait": NUMBER},
    ),
    Call(
        "PATCH",
        "/v1/tasks/{task}/claim",
        {"fence": 1},
        {"fence": NUMBER, "lease": NUMBER},
        frozenset({"lease"}),
    ),
    Call("DELETE", "/v1/tasks/{task}/claim", {"fence": 1}, {"fence": NUMBER}),
    Call("POST", "/v1/tasks/{task}/completion", {"fence": 1}, {"fence": NUMBER, "result": TEXT}),
    Call("POST", "/v1/tasks/{task}/failure", {"fence": 1}, {"fence": NUMBER, "reason": TEXT}),
    Call("POST", f"{MINE}/pause", {}, {"reason": TEXT}),
    # Last: what comes after it can be claimed no more.
    Call("POST", "/v1/stops", {"kind": "pause"}, {"kind": TEXT, "reason": TEXT, "confirm": TEXT, "agent_id": TEXT}),
    Call("POST", "/v1/stream-tickets", {"path": "/live"}, {"path": TEXT}),
)
# What no field of that kind takes.
WRONG: dict[str, tuple[object, ...]] = {
    TEXT: (7, 1.5, True, ["a"], {"a": 1}, "x" * 100_001, "a\x00b"),
    LIST: ("a", 7, {"a": 1}, [7], [None], [["a"]], [""], ["x" * 201], ["a\x00"], ["a"] * 101),
    NUMBER: ("7", 1.5, True, [1], {}, 10**17, -(10**17), 10**400),
    FLAG: ("true", 1, 0, [], {}),
    OBJECT: ("a", 7, [], True, {"a": "\x00"}, {"\x00": 1}),
}
