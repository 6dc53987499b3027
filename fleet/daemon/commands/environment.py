"""The environment of a command: stated, the same on every way to it, and nothing of the daemon's own."""

from __future__ import annotations

import functools
import os
import pwd
from typing import Dict, NamedTuple, Optional, Tuple

from fleet.daemon.commands.params import COMMAND_ID

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
LANG = "C.UTF-8"
SHELL = "/bin/sh"
UMASK = 0o022


class User(NamedTuple):
    """As whom the daemon runs."""

    name: str
    home: str


@functools.cache
def user() -> User:
    """Asked for once: the directory of users may be far away."""
    try:
        entry = pwd.getpwuid(os.geteuid())
    except KeyError:  # a user by number only, as containers have them
        return User(str(os.geteuid()), "/")
    return User(entry.pw_name, entry.pw_dir or "/")


def enter(cwd: Optional[str]) -> str:
    """Go to `cwd`, or home, or to / where there is no home; gives where. Raises OSError for a `cwd`."""
    if cwd is not None:
        os.chdir(cwd)
        return cwd
    try:
        os.chdir(user().home)
    except OSError:
        os.chdir("/")
        return "/"
    return user().home


def variables(command_id: str, cwd: str, extra: Tuple[Tuple[str, str], ...]) -> Dict[str, str]:
    """Exactly these, in this order; `extra` may replace any but the command's id."""
    name, home = user()
    own = {"PATH": PATH, "HOME": home, "USER": name, "LANG": LANG, "PWD": cwd, COMMAND_ID: command_id}
    own.update(extra)
    return own
