"""Who this daemon is: its agent's id, its key, and the session that tells it from a clone of its disk."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import shutil
import stat
from pathlib import Path
from typing import Optional

from fleet.daemon import durable
from fleet.daemon.errors import Trouble

KEY_LONGEST = 500
SESSION_LONGEST = 200


class Identity:
    """The state folder's own files, readable by the daemon's user only."""

    def __init__(self, state: Path, key_file: Path) -> None:
        self.state = state
        self.key_file = key_file
        self._session: Optional[str] = None

    def prepare(self) -> None:
        """Make the folder; 0700. Raises Trouble."""
        try:
            self.state.mkdir(mode=0o700, parents=True, exist_ok=True)
            there = self.state.stat()
            if not stat.S_ISDIR(there.st_mode):
                raise Trouble(f"{self.state} is no folder.")
            if os.geteuid() not in (0, there.st_uid):
                raise Trouble(f"{self.state} belongs to another user: run this as that one, or name another state.")
            if stat.S_IMODE(there.st_mode) & 0o077:
                self.state.chmod(0o700)
        except OSError as error:
            raise Trouble(f"{self.state} cannot be used: {error.strerror}.") from error

    @property
    def enrolled(self) -> bool:
        """True once there is a key."""
        return self.key_file.exists()

    def key(self) -> str:
        """The agent's own key. Raises Trouble, which never quotes it."""
        try:
            with self.key_file.open("rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                key = file.read(KEY_LONGEST + 1).strip()
        except FileNotFoundError as error:
            raise Trouble(f"There is no key in {self.key_file}: enrol this host by `fleet-daemon enrol`.") from error
        except OSError as error:
            raise Trouble(f"{self.key_file} cannot be read: {error.strerror}.") from error
        if mode & stat.S_IRWXO:
            raise Trouble(f"Everybody may read {self.key_file}: chmod 600 it, and replace the key.")
        return good_key(key, str(self.key_file))

    def agent_id(self) -> str:
        """The agent's id. Raises Trouble."""
        try:
            said = json.loads((self.state / "agent").read_bytes())
            return str(said["id"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Trouble(f"{self.state / 'agent'} does not say who this is: enrol this host again.") from error

    def enrol(self, agent_id: str, key: str) -> None:
        """Become this agent. Raises OSError."""
        durable.write(self.state / "agent", json.dumps({"id": agent_id}).encode() + b"\n")
        durable.write(self.key_file, key.encode() + b"\n")

    def forget(self) -> None:
        """Be nobody: what belonged to the agent of before must not go over to the next one. Raises OSError."""
        for name in ("session", "agent", "journal", "link.json"):
            with contextlib.suppress(FileNotFoundError):
                (self.state / name).unlink()
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self.state / "commands")
        durable.sync_folder(self.state)

    @property
    def session(self) -> Optional[str]:
        """What the last welcome named this connection; None before the first."""
        if self._session is None:
            with contextlib.suppress(OSError):
                text = (self.state / "session").read_bytes()[: SESSION_LONGEST + 1].decode("ascii", "replace")
                self._session = text.strip() or None
        return self._session

    def remember(self, session: str) -> None:
        """Keep the session; once this returns it survives the power. Raises OSError, and goes by it all the same.

        A full disk leaves no room for a second file: then the one that is there is written over.
        """
        self._session = session
        path, content = self.state / "session", session.encode("ascii") + b"\n"
        try:
            durable.write(path, content)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            durable.overwrite(path, content)

    def claim(self) -> Optional[int]:
        """Make this process the one daemon of the folder: a descriptor to keep, None when another runs.

        A POSIX lock, since others are inherited by what is forked and would outlive the daemon in its runners.
        """
        fd = os.open(self.state / "daemon.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(fd)
            return None
        return fd


def good_key(key: bytes, where: str) -> str:
    """A key as a header can carry it. Raises Trouble, which never quotes it."""
    text = key.strip().decode("ascii", "replace")
    if not text or len(text) > KEY_LONGEST or not text.isascii() or any(not "!" <= sign <= "~" for sign in text):
        raise Trouble(f"What is in {where} is no key: one line, such as `fla_…`.")
    return text
