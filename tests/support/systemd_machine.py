"""A machine that starts by systemd and takes one key over SSH: a container of the tests' engine, on loopback's network."""

from __future__ import annotations

import contextlib
import io
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.engine import Engine
from tests.support.serving import free_port
from tests.support.sshd import make_key, wait_for

USER = "deploy"
PATIENCE = 40.0
# What a container has no devices and no terminals for.
MASKED = (
    "console-getty.service",
    "getty.target",
    "systemd-logind.service",
    "systemd-udev-trigger.service",
    "systemd-udevd.service",
)
# systemd wants a control group that it may change, and mounts of its own for units; nothing else is allowed to it.
RIGHTS = ("--cgroupns", "private", "--cap-add", "SYS_ADMIN")
# Loopback is the server's too, so that it can be spoken to without TLS.
NETWORK = ("--network", "host")


@dataclass(frozen=True)
class SystemdMachine:
    """It listens for SSH at `port`; `private_key` opens it for USER, who may `sudo`."""

    engine: Engine
    name: str
    port: int
    private_key: Path

    def run(self, *argv: str, given: bytes | None = None, check: bool = True) -> str:
        """Run a program in it as root."""
        return self.engine.docker("exec", "--interactive", self.name, *argv, given=given, check=check)

    def restart(self) -> None:
        """Shut it down as a machine is, and start it again."""
        self.engine.docker("restart", self.name)
        self.wait()

    def wait(self) -> None:
        """Until everything that starts with it has started."""
        deadline = time.monotonic() + PATIENCE
        while (state := self.run("systemctl", "is-system-running", check=False)) != "running":
            assert time.monotonic() < deadline, f"{state}: {self.run('systemctl', '--failed', check=False)}"
            time.sleep(0.1)
        wait_for(self.port)


@contextlib.contextmanager
def systemd_machine(engine: Engine, folder: Path, name: str = "machine") -> Iterator[SystemdMachine]:
    """A machine with Debian 12, gone afterwards; its key lies in `folder`/keys."""
    (folder / "keys").mkdir()
    made = SystemdMachine(engine, name, free_port(), folder / "keys" / "id_ed25519")
    make_key(made.private_key)
    ends = ("--stop-signal", "SIGRTMIN+3", "--env", "container=docker")
    engine.docker("create", "--name", name, *NETWORK, *RIGHTS, *ends, engine.have("bookworm"), "/sbin/init")
    try:
        engine.docker("cp", "-", f"{name}:/", given=files(made.port))
        engine.docker("start", name)
        made.run("useradd", "--create-home", "--shell", "/bin/bash", USER)
        home = f"/home/{USER}/.ssh"
        made.run("install", "-d", "-o", USER, "-m", "700", home)
        key = made.private_key.with_suffix(".pub").read_bytes()
        made.run("sh", "-c", f"cat >{home}/authorized_keys", given=key)
        made.wait()
        yield made
    finally:
        engine.docker("rm", "--force", "--volumes", name)


def files(port: int) -> bytes:
    """What the machine's own folders get before it starts, as an archive."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        ssh = f"Port {port}\nListenAddress 127.0.0.1\nPasswordAuthentication no\n"
        for path, text in (
            ("etc/ssh/sshd_config.d/tests.conf", ssh),
            ("etc/sudoers.d/tests", f"{USER} ALL=(ALL) NOPASSWD: ALL\n"),
        ):
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(text), 0o440
            archive.addfile(entry, io.BytesIO(text.encode()))
        for unit in MASKED:
            entry = tarfile.TarInfo(f"etc/systemd/system/{unit}")
            entry.type, entry.linkname = tarfile.SYMTYPE, "/dev/null"
            archive.addfile(entry)
    return packed.getvalue()
