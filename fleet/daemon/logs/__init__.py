"""Logs of this host, followed for the server: the journal, and files beneath the folders that may be read."""

from fleet.daemon.logs.logs import Logs

__all__ = ["Logs"]
