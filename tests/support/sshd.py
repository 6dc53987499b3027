"""A machine to deploy to: sshd on loopback, in a mount namespace whose folders are its own; ended by its pid."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tests.support.serving import free_port

# What an installation changes: each gets a layer of its own, that is thrown away.
OWN = ("/etc", "/usr/local", "/var/lib", "/var/log", "/root")
PATIENCE = 20.0
CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
PidFile none
AuthorizedKeysFile {folder}/authorized_keys
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
StrictModes no
UsePAM no
"""


@dataclass
class Machine:
    """The machine: where it listens, the key that opens it, and how it looks inside."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def private_key(self) -> Path:
        """The client's key."""
        return self.folder / "keys" / "id_ed25519"

    @property
    def fingerprint(self) -> str:
        """Of the key that it shows."""
        said = subprocess.run(
            ["ssh-keygen", "-lf", str(self.folder / "host_key.pub")], capture_output=True, text=True, check=True
        )
        return said.stdout.split()[1]

    def inside(self, *argv: str) -> subprocess.CompletedProcess[str]:
        """Run a program in the machine's own folders."""
        enter = ["nsenter", "--target", str(self.process.pid), "--mount", "--", *argv]
        return subprocess.run(enter, capture_output=True, text=True, check=False)

    def new_host_key(self) -> None:
        """As if it had been installed anew."""
        make_key(self.folder / "host_key")


@lru_cache(maxsize=1)
def can_have_one() -> bool:
    """Whether this machine can play another one: root, sshd, and layers over its folders."""
    if os.geteuid() != 0 or not Path("/usr/sbin/sshd").exists():
        return False
    layer = "lowerdir=/etc,upperdir=/mnt/up,workdir=/mnt/work"
    tried = f"mount -t tmpfs tmpfs /mnt && mkdir /mnt/up /mnt/work && mount -t overlay overlay -o {layer} /etc"
    argv = ["unshare", "--mount", "--propagation", "private", "sh", "-c", tried]
    return subprocess.run(argv, capture_output=True, check=False).returncode == 0


@contextlib.contextmanager
def machine(folder: Path) -> Iterator[Machine]:
    """A machine that takes one key for root."""
    (folder / "keys").mkdir()
    make_key(folder / "host_key")
    make_key(folder / "keys" / "id_ed25519")
    (folder / "authorized_keys").write_text((folder / "keys" / "id_ed25519.pub").read_text())
    port = free_port()
    (folder / "sshd_config").write_text(CONFIG.format(port=port, folder=folder))
    process = subprocess.Popen(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", script(folder)], start_new_session=True
    )
    made = Machine(folder, port, process)
    try:
        wait_for(port)
        yield made
    finally:
        made.inside("sh", "-c", "test -f /var/lib/fleet-daemon/pid && kill $(cat /var/lib/fleet-daemon/pid)")
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def script(folder: Path) -> str:
    """Lay a layer over each folder, then serve; sshd needs its folder of /run."""
    lines = [f"mount -t tmpfs tmpfs {folder}/layers" if (folder / "layers").mkdir() is None else ""]
    for place in OWN:
        name = place.strip("/").replace("/", "-")
        lines.append(f"mkdir -p {folder}/layers/{name}/up {folder}/layers/{name}/work")
        lines.append(
            f"mount -t overlay overlay -o lowerdir={place},upperdir={folder}/layers/{name}/up,"
            f"workdir={folder}/layers/{name}/work {place}"
        )
    lines.append("mkdir -p /run/sshd")
    lines.append(f"exec /usr/sbin/sshd -D -e -f {folder}/sshd_config 2>{folder}/sshd.log")
    return " && ".join(lines)


def make_key(path: Path) -> None:
    """A new pair of keys, in place of an older one."""
    path.unlink(missing_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)


def wait_for(port: int) -> None:
    """Until it listens."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < end, "sshd does not listen"
            time.sleep(0.05)
        else:
            return
