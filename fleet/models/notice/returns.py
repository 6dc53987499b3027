"""Agents that are back: told to those who were told that they had fallen silent, and to nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, insert, select, update

from fleet import clock
from fleet.db import Transaction
from fleet.models.agent.record import AGENTS
from fleet.models.ids import new_id
from fleet.models.notice.causes import TITLE_MOST, line
from fleet.models.notice.recipients import address
from fleet.models.notice.record import BACK, DELIVERIES, NOTICES


def tell(tx: Transaction, over: Sequence[str]) -> None:
    """Note who of these notices is back, for the channels by which the silence was told."""
    told: dict[str, list[str]] = {}
    sent = (DELIVERIES.c.notice_id.in_(over), DELIVERIES.c.state == "sent")
    for row in tx.execute(select(DELIVERIES.c.notice_id, DELIVERIES.c.channel_id).where(*sent)):
        told.setdefault(row.notice_id, []).append(row.channel_id)
    silences = tx.execute(
        select(NOTICES, AGENTS.c.connection_changed_at)
        .join(AGENTS, AGENTS.c.id == NOTICES.c.agent_id)
        .where(NOTICES.c.id.in_(told), NOTICES.c.kind == "silence", AGENTS.c.connection == "online")
        .order_by(AGENTS.c.connection_changed_at, NOTICES.c.agent_name)
    ).all()
    if silences:
        values = [notice(row, tx) for row in silences]
        made = tx.execute(insert(NOTICES).returning(NOTICES, sort_by_parameter_order=True), values).all()
        address(tx, made, {new.id: told[row.id] for new, row in zip(made, silences, strict=True)})


def notice(silence: Row[Any], tx: Transaction) -> dict[str, Any]:
    """The notice that an agent is back, with the moment of its silence as its cause."""
    return {
        "id": new_id("ntc"),
        "kind": BACK,
        "agent_id": silence.agent_id,
        "agent_name": silence.agent_name,
        "cause": silence.cause,
        "title": line(f"{silence.agent_name} is back", TITLE_MOST),
        "text": f"It could not be reached for {clock.age(silence.at)}.",
        "path": silence.path,
        "at": silence.connection_changed_at or tx.now,
        "resolved_at": None,
    }


def forget(tx: Transaction, agents: Sequence[str]) -> None:
    """These have fallen silent again: anybody who was not told yet that they were back is not told it any more."""
    c = NOTICES.c
    again = (c.agent_id.in_(agents), c.kind == BACK, c.resolved_at.is_(None))
    tx.execute(update(NOTICES).where(*again).values(resolved_at=tx.now))
