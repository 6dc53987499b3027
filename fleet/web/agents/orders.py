"""What a host is to do, as a request says it: checked, each fault with its field."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta, Struct

from fleet import protocol
from fleet.errors import Invalid, StorageUnavailable
from fleet.models import execution
from fleet.parts import the
from fleet.sealing import Sealer
from fleet.web.http.bodies import encodable

# By which a host finds the processes of a command.
OWN_NAME = "FLEET_COMMAND_ID"
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class ShellParams(Struct, forbid_unknown_fields=True, kw_only=True):
    """A shell command for a host: its text, its time limit in seconds, and where and with what it runs."""

    command: Annotated[str, Meta(examples=["df -h"])] = ""
    timeout: Annotated[int, Meta(ge=1, le=protocol.TIMEOUT_MOST)] = protocol.TIMEOUT
    cwd: str | None = None
    env: dict[str, str] = {}
    stdin: str | None = None


def order_of(params: ShellParams) -> execution.Order:
    """What is queued. Raises Invalid with the field's path."""
    if not params.command.strip():
        raise Invalid("MISSING_COMMAND", "What is to be run?", field="params.command")
    require_size("command", params.command, protocol.COMMAND_MOST)
    if params.cwd is not None:
        require_size("cwd", params.cwd, 4096)
        if not params.cwd.startswith("/"):
            raise wrong("cwd", "The folder must be an absolute path.")
    require_environment(params.env)
    if params.stdin is not None:
        require_size("stdin", params.stdin, protocol.STDIN_MOST, nul=True)
    return execution.Order(
        command=params.command, timeout=params.timeout, cwd=params.cwd, env=params.env, stdin=params.stdin
    )


def require_environment(env: dict[str, str]) -> None:
    """Raise Invalid for names that no shell has, and for more than a host takes."""
    if OWN_NAME in env:
        raise wrong("env", f"{OWN_NAME} tells a process whose it is; it cannot be set.")
    for name, value in env.items():
        if NAME.fullmatch(name) is None:
            raise wrong("env", f"{name[:50]!r} is no name of a variable: letters, digits and _, no digit first.")
        require_size("env", value, protocol.ENVIRONMENT_MOST)
    if sum(len(name.encode()) + len(value.encode()) for name, value in env.items()) > protocol.ENVIRONMENT_MOST:
        raise wrong("env", f"All variables together may have {protocol.ENVIRONMENT_MOST} bytes.")


def require_size(name: str, text: str, most: int, *, nul: bool = False) -> None:
    """Raise Invalid for a text that is too long, or that no process can be given."""
    if not encodable(text) or ("\x00" in text and not nul):
        raise wrong(name, "The text holds a character that cannot be passed on.")
    if len(text.encode()) > most:
        raise wrong(name, f"More than {most} bytes.")


def wrong(name: str, sentence: str) -> Invalid:
    """The error for one of the parameters."""
    return Invalid("INVALID_PARAMS", sentence, field=f"params.{name}")


def seal(text: bytes, purpose: str) -> bytes:
    """`text`, sealed with this server's key. Raises StorageUnavailable when there is none to be had."""
    try:
        return the(Sealer).seal(text, purpose)
    except OSError as error:
        raise StorageUnavailable(
            f"The key beside the database cannot be used ({error}); nothing was changed."
        ) from None
