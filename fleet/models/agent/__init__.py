"""Agents: whoever does work."""

from fleet.models.agent.record import STATES, STATUSES, Agent

__all__ = ["STATES", "STATUSES", "Agent"]
