"""Document 4's heartbeat: an upsert by hostname, machine address and repository path."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, bindparam, select

from fleet.db import Transaction
from fleet.db.record import Stored
from fleet.errors import Conflict, Forbidden
from fleet.models.agent import editable, lodging, presence
from fleet.models.agent.editable import BY_IDENTITY, IDENTITY
from fleet.models.agent.record import AGENTS
from fleet.models.hold import acknowledgements
from fleet.models.ids import heartbeat_hash

TAKEN = select(AGENTS.c.id).where(AGENTS.c.id == bindparam("agent_id"))
# Document 4's prefix of 8, then longer ones where another identity has that prefix already.
PREFIXES = (8, 12, 16, 24, 64)


def heartbeat(tx: Transaction, values: dict[str, Any], owner_id: str | None, own_id: str | None = None) -> Stored:
    """Create or refresh the agent with this identity; `owner_id` is the credential's.

    With an agent's own key `own_id` is that agent: the identity must be its own.
    A beat that changes nothing visible writes the row (`version`, `last_seen_at`)
    and no change. Raises Forbidden when another credential created the record
    (security.md 4).
    """
    identity = {name: values[name] for name in IDENTITY}
    before = BY_IDENTITY.first(tx.connection, identity)
    require_own(before, owner_id, own_id)
    if before is None:
        return first_beat(tx, values, owner_id)
    changes = editable.differing(before, {k: v for k, v in values.items() if k not in IDENTITY})
    if before.owner_id is None and owner_id is not None and own_id is None:
        changes["owner_id"] = owner_id
    if changes.get("name"):
        changes["name_is_derived"] = False
    visible = bool(changes) or before.connection != "online"
    row = editable.store(tx, before, changes | presence.signs(before, tx.now))
    if visible:
        editable.announce(tx, before, row)
    acknowledgements.by_status(tx, row.id, changes.get("status"))
    return row


def require_own(before: Stored | None, owner_id: str | None, own_id: str | None) -> None:
    """Raise Forbidden unless the credential may beat for this record."""
    if own_id is not None:
        if before is None or before.id != own_id:
            raise Forbidden("NOT_YOUR_AGENT", "This key speaks for another agent.")
        return
    if before is not None and None not in (before.owner_id, owner_id) and before.owner_id != owner_id:
        raise Forbidden("AGENT_OF_ANOTHER_CREDENTIAL", "Another credential reports for this agent already.")


def first_beat(tx: Transaction, values: dict[str, Any], owner_id: str | None) -> Row[Any]:
    """Create the agent of a first heartbeat, under document 4's id."""
    derived = f"{values['hostname']} {last_part(values['repo_path'])}"
    created = {
        "name": derived,
        "name_is_derived": "name" not in values,
        "worktree": values["repo_path"],
        "owner_id": owner_id,
        "host_id": lodging.host_at(tx, values["hostname"], values["machine_address"]),
        "id": free_id(tx, values),
    }
    return editable.create(tx, created | values, alive=True)


def free_id(tx: Transaction, values: dict[str, Any]) -> str:
    """`agt_` and as much of the hash as tells this identity from every other one."""
    digest = heartbeat_hash(*(values[name] for name in IDENTITY))
    for length in PREFIXES:
        agent_id = f"agt_{digest[:length]}"
        if tx.execute(TAKEN, {"agent_id": agent_id}).one_or_none() is None:
            return agent_id
    raise Conflict("AGENT_ID_TAKEN", "Another agent has this id.")


def last_part(path: str) -> str:
    """The last part of a path."""
    return path.rstrip("/").rpartition("/")[2] or path
