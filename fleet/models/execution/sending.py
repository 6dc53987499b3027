"""Queueing work for a host: what it gets is sealed until it has begun, what people see is masked (contract.md)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import bindparam, func, insert, select

from fleet import protocol
from fleet.db import Transaction
from fleet.db.prepared import Prepared
from fleet.db.record import Record
from fleet.errors import TooManyRequests
from fleet.masking import mask
from fleet.models import command, hold
from fleet.models.command.record import COMMANDS, SHELL
from fleet.models.execution.record import EXECUTIONS

# Seals a text for a purpose (fleet.sealing).
Seal = Callable[[bytes, str], bytes]
# What a person may read of a value that may be secret.
HIDDEN = "********"
RETRY_AFTER = 5
_FIRST = ("command_seq", "agent_id", "params", "sealed", "timeout", "handed_at")
_COUNTED = ("stdout_bytes", "stderr_bytes", "stdout_next", "stderr_next", "kept", "dropped", "masked", "left")
INSERT = Prepared(insert(EXECUTIONS).values({name: bindparam(name) for name in (*_FIRST, *_COUNTED)}))
WAITING = Prepared(
    select(func.count())
    .select_from(COMMANDS)
    .where(COMMANDS.c.agent_id == bindparam("agent"), COMMANDS.c.status == "sent", COMMANDS.c.type == SHELL)
)


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What a host is to do: document 3's `params`, and more. `timeout` in seconds."""

    command: str
    timeout: int = protocol.TIMEOUT
    cwd: str | None = None
    env: dict[str, str] = {}
    stdin: str | None = None

    def sent(self) -> bytes:
        """The same for the host, as JSON: what was left away is left away."""
        given = {name: getattr(self, name) for name in self.__struct_fields__}
        return msgspec.json.encode({name: value for name, value in given.items() if value not in (None, {})})

    def shown(self) -> dict[str, Any]:
        """The same for people: secrets in the text masked, no values of the environment, no input."""
        params: dict[str, Any] = {"command": mask(self.command), "timeout": self.timeout}
        if self.cwd is not None:
            params["cwd"] = self.cwd
        if self.env:
            params["env"] = dict.fromkeys(self.env, HIDDEN)
        if self.stdin is not None:
            params["stdin"] = HIDDEN
        return params


def queue(
    tx: Transaction,
    agent_id: str,
    order: Order,
    seal: Seal,
    *,
    sent_by: str | None,
    expires_in: int | None = None,
    linked: bool = False,
) -> Record:
    """Queue a shell command for a host; returns the command's row.

    `linked` says that it will be put on the host's link as soon as this is
    committed, if nothing holds the host: from then on it may have begun. Raises
    NotFound, Conflict for an agent that is no host, TooManyRequests when too many wait.
    """
    params = order.shown()
    handed = linked and not hold.withholds(tx.connection, agent_id)
    row = command.send(
        tx,
        agent_id,
        SHELL,
        params["command"],
        sent_by=sent_by,
        expires_in=protocol.EXPIRES_IN if expires_in is None else expires_in,
    )
    require_room(tx, agent_id)
    values = {
        "command_seq": row.seq,
        "agent_id": agent_id,
        "params": params,
        "sealed": seal(order.sent(), purpose(row.id)),
        "timeout": order.timeout,
        "handed_at": tx.now if handed else None,
    }
    INSERT.run(tx.connection, dict.fromkeys(_COUNTED, 0) | {"left": []} | values)
    return row


def purpose(command_id: str) -> str:
    """What a command's text is sealed for: this command, and no other."""
    return f"command {command_id}"


def require_room(tx: Transaction, agent_id: str) -> None:
    """Raise TooManyRequests when more commands wait for this host than it may have (the new one included)."""
    [[waiting]] = WAITING.raw(tx.connection, {"agent": agent_id})
    if waiting > protocol.WAITING_MOST:
        raise TooManyRequests(
            "TOO_MANY_COMMANDS", f"{protocol.WAITING_MOST} commands wait for this host already.", RETRY_AFTER
        )
