"""Every setting: default, reason, flag, variables. Nothing else in Fleet has a default of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from fleet import addresses
from fleet.config import database_file, values

T = TypeVar("T")
NO_SOURCES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Spec:
    """A line of the table: what is known of one setting."""

    name: str
    default: Any
    reason: str
    parse: Callable[[object], Any]
    flags: tuple[str, ...]
    variables: tuple[str, ...]


def setting(
    parse: Callable[[object], T],
    default: T,
    reason: str,
    *,
    flags: tuple[str, ...] = (),
    variables: tuple[str, ...] = (),
) -> T:
    """A field of Settings; `variables` are those that it is read from besides FLEET_<NAME>."""
    line = {"parse": parse, "reason": reason, "flags": flags, "variables": variables}
    setting_field: Any = field(default=default, metadata=line)
    return setting_field  # type: ignore[no-any-return]  # a dataclass field poses as its value


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The values in force. `Settings(port=9000)` is the defaults with one change, for tests."""

    database: str = setting(
        values.database,
        "./agent-fleet.db",
        "SQLite database file path",
        flags=("-d", "--database"),
    )
    host: str = setting(values.host, "localhost", "Host to bind the server to", flags=("-H", "--host"))
    port: int = setting(
        values.whole(0, 65535),
        8080,
        "Port to run the server on; 0 takes a free one",
        flags=("-p", "--port"),
        variables=("PORT",),
    )
    log_level: str = setting(
        values.log_level,
        "info",
        f"Log level ({', '.join(values.LOG_LEVELS)}); trace shows SQL",
        flags=("-l", "--log-level"),
        variables=("LOG_LEVEL",),
    )
    dev: bool = setting(
        values.truth,
        False,
        "Development mode: the documented fixed token works, loopback only",
        flags=("--dev",),
    )
    bus: str = setting(values.bus, "memory://", "How processes wake each other", flags=("--bus",))
    public_url: str = setting(
        values.public_url,
        "",
        "Where browsers and agents reach Fleet, when it is not http://host:port",
        flags=("--public-url",),
    )
    base_path: str = setting(values.base_path, "", "Path in front of every URL, behind a proxy")
    allowed_hosts: tuple[str, ...] = setting(
        values.several(values.host),
        (),
        "Names that a request's Host may have besides localhost, addresses, public_url and the machine's own",
    )
    allowed_origins: tuple[str, ...] = setting(
        values.several(values.origin),
        (),
        "Other sites whose scripts may call the API and open streams",
    )
    tls_cert: str = setting(
        values.file, "", "Certificate chain (PEM): serve https without a proxy", flags=("--tls-cert",)
    )
    tls_key: str = setting(values.file, "", "The certificate's private key (PEM)", flags=("--tls-key",))
    metrics: str = setting(
        values.choice("off", "token", "loopback"),
        "off",
        "Who may read /metrics: nobody, anybody who has a token, this machine",
    )
    trusted_proxies: tuple[str, ...] = setting(
        values.several(values.network), (), "Addresses whose X-Forwarded-* headers are believed"
    )
    heartbeat_ttl: int = setting(values.duration, 90, "Seconds without a sign of life until an agent counts as offline")
    journal_keep: int = setting(values.duration, 86400, "Seconds for which a stream can resume where it stopped")
    journal_rows: int = setting(values.whole(1000, 100_000_000), 200_000, "Changes kept for resuming, at most")
    events_keep: int = setting(values.duration, 90 * 86400, "Seconds for which lines of activity are kept")
    commands_keep: int = setting(
        values.duration, 90 * 86400, "Seconds for which commands are kept once they have ended"
    )
    tokens_keep: int = setting(
        values.duration, 90 * 86400, "Seconds for which a token that has ended stays in the list"
    )
    notices_keep: int = setting(values.duration, 30 * 86400, "Seconds for which notices and their deliveries are kept")
    notice_targets: tuple[str, ...] = setting(
        values.several(values.place),
        (),
        "Hosts and networks that webhooks and ntfy may reach besides public addresses by https",
    )
    smtp_url: str = setting(
        values.mail_server, "", "Mail server for notices: smtp://user:password@host:587?starttls or smtps://…"
    )
    smtp_from: str = setting(values.mail_address, "", "Sender of notices by e-mail")
    audit_keep: int = setting(
        values.duration, 400 * 86400, "Seconds for which the audit is kept; not less than the rest"
    )
    max_body: int = setting(values.size, 1024**2, "Bytes that a request's body may have")
    upload_most: int = setting(values.size, 10 * 1024**3, "Bytes that a file may have that is uploaded to a host")
    rate_limit: int = setting(values.whole(1, 1_000_000), 5000, "Requests a second that one person or token may send")
    rate_limit_agents: int = setting(
        values.whole(1, 1_000_000), 50, "Requests a second that one agent may send with keys of its own"
    )
    rate_limit_anonymous: int = setting(
        values.whole(1, 1_000_000), 20, "Requests a second from one address without a good credential"
    )
    streams_per_person: int = setting(
        values.whole(1, 1_000_000), 200, "Streams that one person may have open, in all browsers and programs"
    )
    streams_per_token: int = setting(
        values.whole(1, 1_000_000), 8000, "Streams that one token may have open that belongs to nobody"
    )
    worker_connections: int = setting(
        values.whole(10, 1_000_000), 10_000, "Connections at one time, open streams included"
    )
    ssh_key_dirs: tuple[str, ...] = setting(
        values.several(values.text),
        ("~/.ssh",),
        "Folders of this server whose private keys may be used to deploy to hosts",
    )
    deploy_targets: tuple[str, ...] = setting(
        values.several(values.place),
        (),
        "Hosts and networks that may be deployed to besides all that are neither this machine nor link-local",
    )
    links: int = setting(values.whole(1, 1_000_000), 20_000, "Hosts that may be connected at one time")
    output_head: int = setting(
        values.size, 2 * 1024**2, "Bytes that are kept of the beginning of each stream of a host command's output"
    )
    output_tail: int = setting(
        values.size, 2 * 1024**2, "Bytes that are kept of the end of each stream of a host command's output"
    )
    output_keep: int = setting(
        values.duration, 90 * 86400, "Seconds for which the output of host commands is kept once they have ended"
    )
    output_most: int = setting(
        values.size, 2 * 1024**3, "Bytes that the output of all host commands may take; the oldest goes first"
    )
    graceful_timeout: int = setting(
        values.whole(1, 600), 3, "Seconds that requests in flight get when the server stops"
    )
    sources: Mapping[str, str] = field(default_factory=lambda: NO_SOURCES, repr=False, compare=False)

    def source(self, name: str) -> str:
        """Where the value of `name` came from: "flag", "environment PORT", "file /path", "default"."""
        return self.sources.get(name, "default")

    @cached_property
    def sqlite_path(self) -> Path | None:
        """The database's file, found once, links and all; None when the database is not a file.

        Raises DatabaseUnusable.
        """
        return database_file.file_of(self.database)

    def on_port(self, port: int) -> Settings:
        """The same, on the port that was taken, and with the file that was found: a link may lead elsewhere by now."""
        made = replace(self, port=port)
        vars(made)["sqlite_path"] = self.sqlite_path
        return made

    @property
    def database_url(self) -> str:
        """The database as SQLAlchemy wants it, independent of the working directory."""
        path = self.sqlite_path
        return database_file.url_of(path) if path else self.database

    @property
    def database_shown(self) -> str:
        """The database for people: where it is, and no password."""
        return str(self.sqlite_path or re.sub(r":[^:@/]+@", ":***@", self.database))

    @property
    def loopback(self) -> bool:
        """Whether the server can be reached from this machine only."""
        return values.is_loopback(self.host)

    @property
    def tls(self) -> bool:
        """Whether this process speaks https itself."""
        return bool(self.tls_cert)

    @property
    def own_url(self) -> str:
        """An address under which this process is reached, with base_path: never "all interfaces", which is none."""
        return self.url_at(addresses.shown(self.host))

    @property
    def reachable_urls(self) -> list[str]:
        """Every address under which others reach this process, with base_path; none when it listens on loopback."""
        return [self.url_at(host) for host in addresses.reachable(self.host)]

    def url_at(self, host: str) -> str:
        """This process's address at one of its hosts, with base_path."""
        return f"{'https' if self.tls else 'http'}://{addresses.url_host(host)}:{self.port}{self.base_path}"

    @property
    def url(self) -> str:
        """Where people open Fleet, with base_path and without a trailing slash."""
        return f"{self.public_url}{self.base_path}" if self.public_url else self.own_url


def specs() -> dict[str, Spec]:
    """The table, in its order, by name."""
    return {f.name: _spec(f) for f in fields(Settings) if f.metadata}


def _spec(line: Field[Any]) -> Spec:
    name, known = line.name, line.metadata
    return Spec(
        name=name,
        default=line.default,
        reason=known["reason"],
        parse=known["parse"],
        flags=known["flags"],
        variables=(f"FLEET_{name.upper()}", *known["variables"]),
    )
