"""Hosts: agents that carry the daemon, and what it tells of their machines."""

from fleet.models.host.connecting import Hello, clones, find, forget_sessions, greet
from fleet.models.host.record import HOSTS, Host
from fleet.models.host.snapshots import heard, keep_snapshots

__all__ = ["HOSTS", "Hello", "Host", "clones", "find", "forget_sessions", "greet", "heard", "keep_snapshots"]
