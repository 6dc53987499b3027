"""Everything of a daemon put together, in the order that its promises need."""

from __future__ import annotations

import os
import time
from typing import Callable, List

from fleet.daemon import proxy
from fleet.daemon.commands import Commands, StateInUse
from fleet.daemon.duties import Duties
from fleet.daemon.errors import Trouble
from fleet.daemon.identity import Identity
from fleet.daemon.log import hide, log
from fleet.daemon.loop import Loop
from fleet.daemon.roots import Roots
from fleet.daemon.settings import Settings
from fleet.daemon.signals import on_end
from fleet.daemon.version import sha256, version

# Seconds in which a daemon of before may end, or `status` let go of the lock.
CLAIM_MOST = 2.0


def run(settings: Settings) -> int:
    """Until SIGTERM or SIGINT; commands go on afterwards. Raises Trouble."""
    identity = Identity(settings.state, settings.key_file)
    identity.prepare()
    key = identity.key()
    hide(key)
    for name in ("https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY"):
        for secret in proxy.secrets(os.environ.get(name, "")):
            hide(secret)
    lock = _claim(identity)
    # The file may be replaced while it runs: what runs is told from what lies there by the hash of now.
    sha256()
    loop = Loop()
    wakers: List[Callable[[], None]] = []

    def say() -> None:
        for wake in wakers:
            wake()

    # First of all what forks: a small process, without threads, TLS and sockets.
    commands = _commands(settings, loop, say)
    commands.recover()
    from fleet.daemon.daemon import Daemon

    daemon = Daemon(settings, identity, loop, _duties(settings, key, commands, loop, say))
    wakers.append(daemon.wake)
    on_end(loop, loop.stop)
    log.info("fleet-daemon %s begins; it speaks to %s.", version(), settings.address.url)
    daemon.start()
    try:
        loop.run()
    finally:
        daemon.stop()
        commands.close()
        os.close(lock)
    log.info("fleet-daemon ends; commands that run go on.")
    return 0


def _duties(settings: Settings, key: str, commands: Commands, loop: Loop, say: Callable[[], None]) -> Duties:
    from fleet.daemon.files import Files, Way
    from fleet.daemon.logs import Logs

    roots = Roots(settings.read_roots, settings.write_roots)
    way = Way(settings.address, settings.ca_file, key)
    files = Files(roots, settings.upload_folder, way, loop, say)
    return Duties(commands, [files, Logs(loop, roots, say)])


def _commands(settings: Settings, loop: Loop, say: Callable[[], None]) -> Commands:
    try:
        return Commands(settings.state, loop, say)
    except StateInUse as error:
        raise Trouble(f"Another daemon runs with {settings.state} already.") from error
    except OSError as error:
        raise Trouble(f"{settings.state} cannot be used: {error.strerror}.") from error


def _claim(identity: Identity) -> int:
    end = time.monotonic() + CLAIM_MOST
    while True:
        try:
            lock = identity.claim()
        except OSError as error:
            raise Trouble(f"{identity.state} cannot be used: {error.strerror}.") from error
        if lock is not None:
            return lock
        if time.monotonic() > end:
            raise Trouble(f"Another daemon runs with {identity.state} already.")
        time.sleep(0.05)
