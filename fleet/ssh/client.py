"""One script, run on another machine by `ssh`: never a question, never a key that is not known."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fleet.masking import mask
from fleet.ssh.host_keys import HostKey, environment

# The name under which the host's key stands in the file that ssh gets: the address was checked before.
ALIAS = "host"
CONNECT_WITHIN = 10
# What runs there: the script that comes on its input, as root.
AS_ROOT = 'if [ "$(id -u)" = 0 ]; then exec sh -s -- {arguments}; else exec sudo -n sh -s -- {arguments}; fi'
WORDS_MOST = 2000


@dataclass(frozen=True, slots=True)
class Account:
    """Where, and as whom: the address that was checked, the user, the port, the private key (None: the ssh agent's)."""

    address: str
    user: str
    port: int
    key: Path | None


class Failure(Exception):
    """The script could not be run, or failed; the text is ssh's own, or the script's."""


def options(account: Account, known_hosts: Path) -> list[str]:
    """Ssh's options: nobody's configuration, no question, no other host key, no other private key, no forwarding."""
    said = {
        "BatchMode": "yes",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": str(known_hosts),
        "GlobalKnownHostsFile": "none",
        "HostKeyAlias": ALIAS,
        "UpdateHostKeys": "no",
        "ConnectTimeout": str(CONNECT_WITHIN),
        "ServerAliveInterval": "15",
        "ForwardAgent": "no",
        "ForwardX11": "no",
        "ClearAllForwardings": "yes",
        "PermitLocalCommand": "no",
        "ControlPath": "none",
        "RequestTTY": "no",
    }
    if account.key is not None:
        said |= {"IdentitiesOnly": "yes", "IdentityAgent": "none"}
    listed = [word for name, value in said.items() for word in ("-o", f"{name}={value}")]
    key = ["-i", str(account.key)] if account.key is not None else []
    return ["-F", "none", "-T", *listed, *key, "-p", str(account.port), "-l", account.user]


def run_script(
    account: Account,
    trusted: Sequence[HostKey],
    script: str,
    *,
    arguments: str = "",
    timeout: float,
    said: Callable[[str], None] = lambda _line: None,
) -> None:
    """Run a script as root on a host that shows one of the `trusted` keys; `said` gets each line of its output.

    `arguments` are for the script, quoted already. Raises Failure.
    """
    with tempfile.TemporaryDirectory(prefix="fleet-ssh-") as folder:
        known_hosts = Path(folder) / "known_hosts"
        known_hosts.write_text("".join(key.line(ALIAS) for key in trusted), encoding="ascii")
        remote = AS_ROOT.format(arguments=arguments)
        argv = ["ssh", *options(account, known_hosts), "--", account.address, remote]
        more = {} if account.key is not None else agent_socket()
        run(argv, script, environment(**more), timeout, said)


def agent_socket() -> dict[str, str]:
    """Where this process's ssh agent listens, if it has one."""
    name = "SSH_AUTH_SOCK"
    return {name: os.environ[name]} if name in os.environ else {}


def run(argv: list[str], script: str, env: dict[str, str], timeout: float, said: Callable[[str], None]) -> None:
    """Run ssh with a script on its input. Raises Failure with the last that it said."""
    try:
        process = subprocess.Popen(  # noqa: S603  # a list of arguments, the first one ours
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=env,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise Failure(f"OpenSSH's client cannot be started: {error.strerror}.") from error
    late = threading.Timer(timeout, process.kill)
    late.start()
    lines: list[str] = []
    try:
        feeding = threading.Thread(target=feed, args=(process, script), daemon=True)
        feeding.start()
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(mask(line.rstrip()))
            said(lines[-1])
        code = process.wait()
    finally:
        in_time = late.is_alive()
        late.cancel()
        process.kill()
        process.wait()
    if code != 0:
        words = "\n".join(lines)[-WORDS_MOST:].strip()
        raise Failure(words if in_time and words else f"It did not end within {timeout:.0f} s. {words}".strip())


def feed(process: subprocess.Popen[str], script: str) -> None:
    """Give ssh the script; that it ends before it has read all is seen by its code."""
    assert process.stdin is not None
    try:
        process.stdin.write(script)
        process.stdin.close()
    except OSError:
        return
