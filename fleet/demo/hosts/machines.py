"""Which machines the demo has: those that its agents work on, and one that goes away."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.demo.hosts import commands
from fleet.demo.hosts.scripts import Script

GIB = 1 << 30
CURRENT = ""  # the version of the server's own daemon
BEHIND = "0.0.9"


@dataclass(frozen=True)
class Machine:
    """A host before anything has happened.

    `cpu`, `memory` and `disk` are shares in percent, `size` the bytes of its root
    file system, `up` the seconds since its start. It begins with `commands`, and
    runs `routine` in turn afterwards. One that `leaves_after` so many real seconds
    stays away; what it is told then waits for it.
    """

    name: str
    os: str
    tags: tuple[str, ...]
    arch: str = "x86_64"
    python: str = "3.11.2"
    version: str = CURRENT
    cpu: float = 20.0
    memory: float = 45.0
    disk: float = 50.0
    size: int = 80 * GIB
    up: int = 40 * 86_400
    processes: tuple[str, ...] = ()
    units: tuple[str, ...] = ("systemd", "sshd", "cron")
    commands: tuple[Script, ...] = ()
    routine: tuple[Script, ...] = ()
    leaves_after: float | None = None
    told_when_away: tuple[Script, ...] = ()


MACHINES = (
    Machine(
        "web-01",
        "Debian 12",
        ("web", "prod"),
        cpu=24,
        memory=48,
        disk=41,
        processes=("nginx", "node", "python3", "redis-server", "systemd-journald", "sshd"),
        units=("nginx", "shop-api", "sshd", "cron"),
        commands=(commands.STATUS, commands.RELOAD),
        routine=(commands.HEALTH, commands.STATUS, commands.RELOAD),
    ),
    Machine(
        "build-02",
        "Ubuntu 24.04",
        ("build", "ci"),
        python="3.12.3",
        cpu=62,
        memory=71,
        disk=96.8,
        up=9 * 86_400,
        processes=("dockerd", "node", "buildkitd", "pytest", "containerd", "git"),
        units=("docker", "containerd", "sshd"),
        commands=(commands.SPACE, commands.IMAGE),
        routine=(commands.TESTS, commands.IMAGE, commands.SPACE),
    ),
    Machine(
        "gpu-01",
        "Ubuntu 22.04",
        ("gpu", "training"),
        python="3.10.12",
        cpu=74,
        memory=83,
        disk=67,
        size=1800 * GIB,
        up=3 * 86_400,
        processes=("python", "python", "nvidia-persistenced", "dcgm-exporter", "sshd"),
        units=("nvidia-persistenced", "training", "sshd"),
        commands=(commands.CARD, commands.TRAINING),
        routine=(commands.CARD, commands.TRAINING),
    ),
    Machine(
        "edge-03",
        "Alpine Linux 3.20",
        ("edge",),
        arch="aarch64",
        python="3.12.7",
        version=BEHIND,
        cpu=9,
        memory=31,
        disk=58,
        size=28 * GIB,
        up=212 * 86_400,
        processes=("edge-cache", "crond", "sshd", "chronyd"),
        units=("edge-cache", "chronyd", "sshd"),
        commands=(commands.CACHE, commands.UPGRADE),
        routine=(commands.CACHE,),
    ),
    Machine(
        "db-04",
        "Debian 12",
        ("db", "prod"),
        cpu=17,
        memory=64,
        disk=73,
        size=400 * GIB,
        up=120 * 86_400,
        processes=("postgres", "postgres", "pgbouncer", "sshd"),
        units=("postgresql", "pgbouncer", "sshd"),
        commands=(commands.UPTIME,),
        leaves_after=12.0,
        told_when_away=(commands.DUMP,),
    ),
)
