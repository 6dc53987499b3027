"""What a host says about itself when it says hello."""

from __future__ import annotations

import fcntl
import os
import platform
import pwd
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Dict, List

from fleet.daemon.logs import logs

LINUX = sys.platform.startswith("linux")
ADDRESSES_MOST = 32
_SIOCGIFADDR = 0x8915
# Nobody is asked: a datagram socket only learns from which address it would send (RFC 5737, RFC 3849).
_SOMEWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))


def facts() -> Dict[str, Any]:
    """What may have changed since the last time, the hostname above all, is looked up anew."""
    return {
        "os": os_name(),
        "arch": platform.machine(),
        "python": platform.python_version(),
        "hostname": hostname(),
        "ips": addresses(),
        "boot_id": boot_id(),
        "clock": round(time.time(), 3),
        "user": user(),
        "capabilities": capabilities(),
    }


def hostname() -> str:
    """The machine's name."""
    return socket.gethostname()


def user() -> str:
    """As whom commands run here."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def capabilities() -> List[str]:
    """What this daemon can do on this system; what is not named is missing here."""
    everywhere = ["commands", "files", *logs.capabilities(), "metrics"]
    return [*everywhere, "metrics.network", "metrics.processes"] if LINUX else everywhere


def os_name() -> str:
    """Such as "Ubuntu 24.04"."""
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        try:
            said = parse_os_release(Path(path).read_text(encoding="utf-8", errors="replace"))
        except OSError:
            continue
        name = said.get("NAME", "").replace(" GNU/Linux", "")
        return f"{name} {said.get('VERSION_ID', '')}".strip() or "Linux"
    if sys.platform == "darwin":
        return f"macOS {platform.mac_ver()[0]}"
    return f"{platform.system()} {platform.release()}"


def parse_os_release(text: str) -> Dict[str, str]:
    """The assignments of os-release(5), without their quotes."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}


def boot_id() -> str:
    """Another one after each boot; empty where the system has none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        pass
    if sys.platform == "darwin":
        command = ["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603
    return ""


def addresses() -> List[str]:
    """The machine's own addresses, without loopback; first those from which it speaks to the world."""
    found = [_from_here_to(family, there) for family, there in _SOMEWHERE]
    found += _interfaces() + _addresses_of_version_6()
    return list(dict.fromkeys(each for each in found if each and not each.startswith("127.")))[:ADDRESSES_MOST]


def _from_here_to(family: int, there: str) -> str:
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as asked:
            asked.connect((there, 9))
            return str(asked.getsockname()[0])
    except OSError:
        return ""


def _interfaces() -> List[str]:
    """The first address of version 4 of each interface."""
    found: List[str] = []
    if not LINUX:
        return found
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for _, name in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(asked.fileno(), _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
            except OSError:
                continue
            found.append(socket.inet_ntoa(answer[20:24]))
    return found


def _addresses_of_version_6() -> List[str]:
    try:
        rows = Path("/proc/net/if_inet6").read_text(encoding="ascii").splitlines()
    except OSError:
        return []
    # address, interface's number, length of the prefix, scope (00: global), flags, name
    fields = [row.split() for row in rows]
    return [socket.inet_ntop(socket.AF_INET6, bytes.fromhex(each[0])) for each in fields if each[3] == "00"]
