"""Which commands are kept from a held agent, and commands as JSON, which says so: decided here and nowhere else.

`let_through` asks the database, `is_held` looks at a row; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, false

from fleet.models import hold, shapes
from fleet.models.command.record import COMMANDS


def let_through(agents_hold: hold.Hold | None) -> ColumnElement[bool]:
    """Which unread commands reach an agent: a stop's own in that stop, none in a pause, all others when nothing holds it.

    A stop of this agent alone speaks to it beneath one of the fleet, too.

    A stop that is over has nothing to say any more, though its commands may not be withdrawn yet.
    """
    if agents_hold is None:
        return COMMANDS.c.stop_id.is_(None)
    stop_ids = agents_hold.stop_ids
    return COMMANDS.c.stop_id.in_(stop_ids) if stop_ids else false()


def is_free(connection: Connection, agent_id: str) -> bool:
    """True while nothing holds the agent: whatever is told to it, or queued for its host, may reach it now."""
    return hold.of(connection, agent_id) is None


def is_held(command: Any, agents_hold: hold.Hold | None) -> bool:
    """True for a command that waits, unread, because something holds its agent."""
    if agents_hold is None or command.status != "sent":
        return False
    return command.stop_id not in agents_hold.stop_ids


def as_json(connection: Connection, command: Any) -> shapes.JSON:
    """A command as `/v1` shows it."""
    return list_as_json(connection, [command])[0]


def list_as_json(connection: Connection, commands: Sequence[Any]) -> list[shapes.JSON]:
    """Commands of one agent as `/v1` shows them, in the order given."""
    unread = any(command.status == "sent" for command in commands)
    agents_hold = hold.of(connection, commands[0].agent_id) if unread else None
    return [shapes.command(command, held=is_held(command, agents_hold)) for command in commands]
