"""The type of what `/v1/system` answers with."""

from __future__ import annotations

from typing import Any, TypedDict

from fleet.models.json_types import Moment


class Backup(TypedDict):
    """When the last one was made, to where (`-` for a pipe), how many bytes, at which revision."""

    at: Moment
    file: str
    bytes: int
    revision: str


class StreamsShape(TypedDict):
    """Open streams, and how many there may be."""

    open: int
    most: int


class JournalShape(TypedDict):
    """Where the journal begins and ends."""

    epoch: str
    head: int
    floor: int


class TableShape(TypedDict):
    """A table, its rows and bytes."""

    name: str
    rows: int
    bytes: int | None


class DatabaseShape(TypedDict):
    """The database and its disk."""

    path: str
    bytes: int | None
    log_bytes: int | None
    free_bytes: int | None
    disk_free_bytes: int | None
    tables: list[TableShape]


class SettingShape(TypedDict):
    """A setting, where it comes from, and why it is not as it was said."""

    name: str
    value: Any
    source: str
    reason: str | None


class MailTrouble(TypedDict):
    """Since when mail cannot be sent, and why."""

    since: Moment
    text: str


class RequestShape(TypedDict):
    """How the server sees this very request."""

    address: str | None
    scheme: str
    host: str


class SystemReport(TypedDict):
    """What runs here, how much it holds, how it is set."""

    version: str
    started_at: Moment
    uptime: int
    memory_bytes: int
    streams: StreamsShape
    journal: JournalShape
    database: DatabaseShape
    last_backup: Backup | None
    mail_trouble: MailTrouble | None
    settings: list[SettingShape]
    request: RequestShape
