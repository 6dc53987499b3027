"""Parcels to send."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fleet.couriers.parcel import Item, Parcel, Rules

LOOPBACK = Rules(("127.0.0.0/8", "localhost"))
HOSTILE = "Ada\r\nBcc: everybody@example.com\r\n\r\nbody \u2028 \u202e ü"


def item(number: int = 1, **more: Any) -> Item:
    """A notice about an agent that asks."""
    given: dict[str, Any] = {
        "id": f"ntc_{number}",
        "kind": "question",
        "agent_id": f"agt_{number}",
        "agent_name": f"Agent {number}",
        "title": f"Agent {number} asks: Which?",
        "text": "Which one?",
        "at": datetime(2026, 11, 22, 12, tzinfo=UTC),
        "url": f"https://fleet.example.com/agents/agt_{number}",
    }
    return Item(**(given | more))


def parcel(target: str, *items: Item, secret: str | None = None) -> Parcel:
    """A message to `target`."""
    told = items or (item(),)
    agents = len({each.agent_id for each in told})
    return Parcel("msg_1", target, secret, told, "https://fleet.example.com", len(told), agents)
