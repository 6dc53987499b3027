"""A deployment on its way: address, host key, install, connect; each step is told, a failure leaves nothing behind."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from flask import Flask
from sqlalchemy import Row

from fleet import ssh
from fleet.config import Settings
from fleet.daemon.installer import script
from fleet.db import Transaction, db, write
from fleet.errors import FleetError, NotFound
from fleet.links import Links
from fleet.models import agent, agent_removal, deployment, token
from fleet.parts import parts_of
from fleet.ssh import reach
from fleet.ssh.host_keys import HostKey, key_in
from fleet.web.live.expected import Expected, Guest
from fleet.web.live.followers import Followers

log = structlog.get_logger(__name__)

# Seconds for everything, and for a daemon that was installed to say hello.
LONGEST, HELLO_WITHIN = 180.0, 30.0
# What the installer says when it begins to change something.
INSTALLS = "fleet-daemon: putting the daemon into"


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for, checked; `key` is the private key's file, `address` what the host's name stands for."""

    host: str
    port: int
    user: str
    label: str
    key: Path | None
    address: str
    trusted: tuple[HostKey, ...]
    by: str
    behind: str | None
    url: str


class Failed(Exception):
    """A step has failed, in words for who asked."""


class Process:
    """One deployment; `guest` knows the new host's id and key once it has enrolled."""

    def __init__(self, app: Flask, settings: Settings, row: Row[Any], order: Order) -> None:
        self.id = str(row.id)
        self.guest = Guest()
        self.step = ""
        self.said = ""
        self.state = "running"
        self.over = threading.Event()
        self._app = app
        self._settings = settings
        self._order = order
        self._until = time.monotonic() + LONGEST

    def start(self) -> None:
        """Go on in a thread of its own."""
        threading.Thread(target=self._run, name="deployment", daemon=True).start()

    def _run(self) -> None:
        with self._app.app_context():
            try:
                self._deploy()
                self._end("succeeded")
            except (Failed, ssh.Failure) as error:
                self._fail(str(error))
            except FleetError as error:
                self._fail(error.message)
            except Exception:
                log.exception("a deployment failed for a reason that nobody foresaw", deployment=self.id)
                self._fail("Something went wrong inside Fleet.")
            finally:
                self.over.set()
                self._tell()

    def _deploy(self) -> None:
        key = write(lambda tx: token.enrolment(tx, self._order.label, self._order.by, self._order.behind))
        expected = parts_of(self._app).get(Expected)
        self.guest = expected.expect(key.row.id)
        try:
            self._take("install")
            ssh.run_script(
                self._account, self._order.trusted, script(self._order.url, key.secret), **self._options(self._flags)
            )
            self._take("connect")
            self._wait_for_hello()
        except BaseException:
            self._clean_up(key.row.id)
            raise
        finally:
            expected.forget(key.row.id)
        write(lambda tx: agent.edit(tx, self.guest.agent_id, {"name": self._order.label}))

    @property
    def _account(self) -> ssh.Account:
        return ssh.Account(self._order.address, self._order.user, self._order.port, self._order.key)

    @property
    def _flags(self) -> str:
        """The installer's arguments: a host that has no other way speaks without TLS, since an administrator said so."""
        return "--new --plaintext" if self._order.url.startswith("http://") else "--new"

    def _options(self, arguments: str) -> dict[str, Any]:
        return {"arguments": arguments, "timeout": max(1.0, self._until - time.monotonic()), "said": self._say}

    def _wait_for_hello(self) -> None:
        end = min(self._until, time.monotonic() + HELLO_WITHIN)
        links = parts_of(self._app).get(Links)
        while time.monotonic() < end:
            if self.guest.came.is_set() and links.of(self.guest.agent_id) is not None:
                return
            time.sleep(0.1)
        raise Failed("It was installed, but its daemon has not said hello: can it reach this address from there?")

    def _clean_up(self, key_id: str) -> None:
        """Leave no key, no agent, no file; what was there before, another's daemon, stays."""
        write(partial(withdraw, key_id=key_id, agent_id=self.guest.agent_id))
        if INSTALLS in self.said:
            try:
                ssh.run_script(
                    self._account,
                    self._order.trusted,
                    script(self._order.url, ""),
                    arguments="--uninstall",
                    timeout=30.0,
                )
            except ssh.Failure as error:
                log.info("what was installed could not be taken away", deployment=self.id, why=str(error)[:200])

    def _take(self, step: str) -> None:
        self.step = step
        write(lambda tx: deployment.note(tx, self.id, step=step))
        self._tell()

    def _say(self, line: str) -> None:
        self.said = f"{self.said}\n{line}"[-deployment.SAID_MOST :].lstrip("\n")
        self._tell()

    def _end(self, state: str) -> None:
        self.state = state
        write(lambda tx: deployment.end(tx, self.id, state, said=self.said, agent_id=self.guest.agent_id or None))

    def _fail(self, why: str) -> None:
        self.said = why if not self.said or why in self.said else f"{self.said}\n{why}"
        log.warning("a deployment failed", deployment=self.id, step=self.step)
        self._end("failed")

    def _tell(self) -> None:
        parts_of(self._app).get(Followers).tell([self.id])


def withdraw(tx: Transaction, key_id: str, agent_id: str) -> None:
    """End the enrolment key if nobody has used it, and the agent if there is one already."""
    with contextlib.suppress(NotFound):
        token.revoke(tx, key_id, token.TOKENS.c.kind == "enrolment")
    if agent_id:
        agent_removal.remove(tx, agent_id)


def pinned_keys(host: str, port: int) -> list[HostKey]:
    """The key that this host has shown before, or that this server's user knows."""
    with db.engine.connect() as connection:
        line = deployment.pinned(connection, host, port)
    key = key_in(line) if line else None
    return [key] if key is not None else ssh.known(host, port)


def address_of(host: str, port: int, settings: Settings) -> str:
    """The address to connect to. Raises reach.Unreachable."""
    return reach.reachable(host, port, settings.deploy_targets)
