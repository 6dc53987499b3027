"""What a command may say: checked before anything is written down."""

from __future__ import annotations

import re
from typing import Any, Dict, NamedTuple, Optional, Tuple

from fleet import protocol

ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# The most that Linux takes as a path.
_PATH_MOST = 4095
# By this name the daemon finds again what belongs to a command, so that a command may not change it.
COMMAND_ID = "FLEET_COMMAND_ID"


class Bad(ValueError):
    """The command cannot be taken; the text names the field and says why."""


class Params(NamedTuple):
    """A command as it is to be run. `timeout` is in seconds; `cwd` None is the user's home."""

    command: str
    timeout: int = protocol.TIMEOUT
    cwd: Optional[str] = None
    env: Tuple[Tuple[str, str], ...] = ()
    stdin: Optional[str] = None


def check(raw: object) -> Params:
    """The params of a frame. Raises Bad."""
    if not isinstance(raw, dict):
        raise Bad("params: an object is needed")
    unknown = [name for name in raw if name not in Params._fields]
    if unknown:
        raise Bad(f"params: {str(unknown[0])[:40]!r} is not known to this daemon")
    given: Dict[str, Any] = {name: value for name, value in raw.items() if value is not None}
    command = _text("command", given.get("command"), protocol.COMMAND_MOST)
    if not command.strip():
        raise Bad("command: is empty")
    return Params(
        command, _timeout(given.get("timeout", protocol.TIMEOUT)), _cwd(given), _environment(given), _stdin(given)
    )


def _text(field: str, value: object, most: int) -> str:
    if not isinstance(value, str):
        raise Bad(f"{field}: text is needed")
    if "\0" in value:
        raise Bad(f"{field}: a NUL byte is not allowed")
    if _size(field, value) > most:
        raise Bad(f"{field}: more than {most:,} bytes")
    return value


def _size(field: str, text: str) -> int:
    try:
        return len(text.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise Bad(f"{field}: half of a surrogate pair is no text") from error


def _timeout(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Bad("timeout: a whole number of seconds is needed")
    if not 1 <= value <= protocol.TIMEOUT_MOST:
        raise Bad(f"timeout: 1 to {protocol.TIMEOUT_MOST:,} seconds are allowed")
    return value


def _cwd(given: Dict[str, Any]) -> Optional[str]:
    if "cwd" not in given:
        return None
    cwd = _text("cwd", given["cwd"], _PATH_MOST)
    if not cwd.startswith("/"):
        raise Bad("cwd: an absolute path is needed")
    return cwd


def _stdin(given: Dict[str, Any]) -> Optional[str]:
    """Any text, NUL too: it is data."""
    if "stdin" not in given:
        return None
    stdin = given["stdin"]
    if not isinstance(stdin, str):
        raise Bad("stdin: text is needed")
    if _size("stdin", stdin) > protocol.STDIN_MOST:
        raise Bad(f"stdin: more than {protocol.STDIN_MOST:,} bytes")
    return stdin


def _environment(given: Dict[str, Any]) -> Tuple[Tuple[str, str], ...]:
    env = given.get("env", {})
    if not isinstance(env, dict):
        raise Bad("env: an object of names and texts is needed")
    size = 0
    for name, value in env.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise Bad(f"env: {str(name)[:40]!r} is no name of a variable")
        if name == COMMAND_ID:
            raise Bad(f"env: {COMMAND_ID} is the daemon's own")
        _text(f"env.{name[:40]}", value, protocol.ENVIRONMENT_MOST)
        size += len(name) + _size("env", value) + 2
    if size > protocol.ENVIRONMENT_MOST:
        raise Bad(f"env: more than {protocol.ENVIRONMENT_MOST:,} bytes in all")
    return tuple(env.items())
