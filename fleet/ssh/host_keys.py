"""The keys that hosts show: asked for before anything else is said, and compared with those that are known."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# Seconds that a host may take to show its keys.
PATIENCE = 10
# The kinds that are asked for, the preferred one first.
KINDS = ("ed25519", "ecdsa", "rsa")
SYSTEM_FILE = Path("/etc/ssh/ssh_known_hosts")


@dataclass(frozen=True, slots=True)
class HostKey:
    """A host's public key: its kind as OpenSSH names it, and the key in base64."""

    kind: str
    blob: str

    @property
    def fingerprint(self) -> str:
        """As `ssh-keygen -l` shows it: SHA256 and base64 without its padding."""
        try:
            raw = base64.b64decode(self.blob, validate=True)
        except (binascii.Error, ValueError):
            return "SHA256:?"
        return "SHA256:" + base64.b64encode(hashlib.sha256(raw).digest()).decode("ascii").rstrip("=")

    def line(self, name: str) -> str:
        """A line of a known_hosts file."""
        return f"{name} {self.kind} {self.blob}\n"


def environment(**more: str) -> dict[str, str]:
    """What OpenSSH's programs get of this process's environment: where programs and home are, nothing else."""
    own = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return own | more


def scan(address: str, port: int) -> list[HostKey]:
    """The keys that the host at an address shows, the preferred kind first; none when it does not answer."""
    asked = ["ssh-keyscan", "-T", str(PATIENCE // 2), "-p", str(port), "-t", ",".join(KINDS), address]
    said = output_of(asked)
    keys = [key for line in said.splitlines() if (key := key_in(line)) is not None]
    return sorted(keys, key=lambda key: next((n for n, kind in enumerate(KINDS) if kind in key.kind), len(KINDS)))


def known(host: str, port: int, files: Sequence[Path] | None = None) -> list[HostKey]:
    """The keys that this machine's known_hosts files have for a host; hashed names are found too."""
    name = host if port == 22 else f"[{host}]:{port}"
    files = (Path.home() / ".ssh" / "known_hosts", SYSTEM_FILE) if files is None else files
    lines = [
        line
        for file in files
        if file.is_file()
        for line in output_of(["ssh-keygen", "-F", name, "-f", str(file)]).splitlines()
    ]
    return [key for line in lines if (key := key_in(line)) is not None]


def key_in(line: str) -> HostKey | None:
    """The key in a line; None for comments, and for authorities and revocations, which are no host's key."""
    words = line.split()
    if len(words) < 3 or line.startswith(("#", "@")):
        return None
    return HostKey(words[1], words[2])


def output_of(argv: list[str]) -> str:
    """What a program prints; nothing when it cannot be run or takes too long."""
    try:
        done = subprocess.run(  # noqa: S603  # a list of arguments, the first one ours
            argv,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            env=environment(),
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout
