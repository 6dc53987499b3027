"""How a message leaves the house: one file for each kind of channel, chosen by its name.

A courier either has delivered when it returns, or raises Undelivered, which
knows whether another try may help. None takes longer than LONGEST seconds.
"""

from __future__ import annotations

from importlib import import_module
from typing import cast

from fleet.couriers.parcel import Courier, Parcel, Rules, Undelivered

KINDS = {"webhook": "fleet.couriers.webhook", "ntfy": "fleet.couriers.ntfy", "email": "fleet.couriers.email"}


def deliver(kind: str, parcel: Parcel, rules: Rules) -> int | None:
    """Take a parcel where it belongs; the receiver's status. Raises Undelivered."""
    return cast(Courier, import_module(KINDS[kind]).deliver)(parcel, rules)


__all__ = ["KINDS", "Parcel", "Rules", "Undelivered", "deliver"]
