"""OpenSSH's own client, started with argument lists (security.md 13, 17): whom it trusts, and one script run by it."""

from fleet.ssh.client import Account, Failure, run_script
from fleet.ssh.host_keys import HostKey, known, scan
from fleet.ssh.private_keys import PrivateKeyRefused, find_key

__all__ = ["Account", "Failure", "HostKey", "PrivateKeyRefused", "find_key", "known", "run_script", "scan"]
