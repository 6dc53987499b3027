"""The script that makes the machine it runs on a host; made on the server, as the daemon that is in it."""

from __future__ import annotations

import base64
import shlex
import textwrap
from functools import lru_cache
from pathlib import Path

from fleet.daemon.build import build


def script(url: str, key: str) -> str:
    """The whole script: quoted values, functions, the daemon, and the one line that begins."""
    head, body = values(url, key), body_text()
    return f'#!/bin/sh\n{head}\n{body}\n\ninstall_fleet_daemon "$@"\n'


def values(url: str, key: str) -> str:
    """What the server says, quoted for the shell."""
    said = {"fleet_url": url, "enrolment_key": key, "daemon_sha256": build().sha256}
    return "\n".join(f"{name}={shlex.quote(value)}" for name, value in said.items())


@lru_cache(maxsize=1)
def body_text() -> str:
    """The functions, the daemon in base64 among them."""
    text = Path(__file__).with_name("install.sh").read_text(encoding="utf-8")
    packed = "\n".join(textwrap.wrap(base64.b64encode(build().content).decode("ascii"), 76))
    return f"{text}\ndaemon() {{\n  cat <<'END_OF_THE_DAEMON'\n{packed}\nEND_OF_THE_DAEMON\n}}"
