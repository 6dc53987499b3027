"""A host's log as a stream: its lines, what happened to it, why it ended.

`data: {"line", "at"}`, `{"notice": "truncated"|"rotated"|"gap"}`, at last
`{"error": {"code", "message"}}` when it cannot go on, or with `follow=false`
`{"end": "backlog"}`. `id:` is the place behind a line, from which `Last-Event-ID`
goes on; one without data comes before the first line.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from flask import Response

from fleet.db import db, write
from fleet.errors import Conflict, FleetError, Forbidden, HostSilent, Invalid, NotFound, TooManyRequests
from fleet.models import agent
from fleet.parts import the
from fleet.web.framework.current import the_request
from fleet.web.http import queries
from fleet.web.live.host_logs import FollowedLog, HostLogs
from fleet.web.live.response import open_stream
from fleet.web.live.streams import cursor
from fleet.web.live.tails import TailOpening, TailStep
from fleet.web.security import audit_trail, authentication

SOURCES = ("journald", "file")
PRIORITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
LINES, LINES_MOST = 200, 10_000
# What a daemon allows, too: no option, no pattern, nothing of a shell.
UNIT = re.compile(r"[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]{0,254}", re.ASCII)
PLACE = re.compile(r"[!-~]{1,500}", re.ASCII)
PATH_LONGEST = 4096
# Seconds for the daemon's first answer.
ANSWER_WITHIN = 10.0
# A line with its escapes may be that long: more is no line.
UNFINISHED_MOST = 1 << 20
SOON = 5
FAILURES: dict[str, tuple[type[FleetError], str]] = {
    "OUTSIDE_ROOTS": (Forbidden, "OUTSIDE_ROOTS"),
    "FORBIDDEN": (Forbidden, "FORBIDDEN"),
    "NOT_FOUND": (NotFound, "NOT_FOUND"),
    "NOT_A_FILE": (Invalid, "NOT_A_FILE"),
    "BAD_SOURCE": (Invalid, "INVALID_SOURCE"),
    "NO_JOURNAL": (Conflict, "NO_JOURNAL"),
    "HOST_OFFLINE": (Conflict, "HOST_OFFLINE"),
}


def wanted_log() -> dict[str, Any]:
    """Which log is asked for, and how much of it. Raises Invalid."""
    source, unit, path = queries.choice("source", SOURCES), queries.words("unit", 255), queries.words("path", 4096)
    priority = queries.choice("priority", (*map(str, range(8)), *PRIORITIES))
    lines, follow = queries.number("lines", LINES, 0, LINES_MOST), queries.choice("follow", ("true", "false"))
    once = True if follow == "false" else None
    return {"source": source, "unit": unit, "path": path, "priority": priority, "lines": lines, "once": once}


def checked(wanted: dict[str, Any]) -> dict[str, Any]:
    """The same when it makes sense. Raises Invalid."""
    source, unit, path = wanted["source"], wanted["unit"], wanted["path"]
    if source is None:
        raise Invalid("INVALID_SOURCE", "source must be one of: journald, file.", field="source")
    if unit is not None and (source != "journald" or not UNIT.fullmatch(unit)):
        raise Invalid("INVALID_UNIT", "unit is the name of a systemd unit, for source=journald.", field="unit")
    if wanted["priority"] is not None and source != "journald":
        raise Invalid("INVALID_PRIORITY", "A file's lines have no priority.", field="priority")
    if (source == "file") != (path is not None) or (path is not None and not is_path(path)):
        sentence = 'path is that of a file: it begins with "/", without "..", for source=file.'
        raise Invalid("INVALID_PATH", sentence, field="path")
    return {name: value for name, value in wanted.items() if value is not None}


def is_path(path: str) -> bool:
    """True for an absolute path that goes up nowhere."""
    return path.startswith("/") and ".." not in path.split("/") and "\0" not in path


def open_logs(agent_id: str) -> Response:
    """Follow a log of a host's; waits for its daemon's first answer, which may be that it cannot.

    Raises Invalid, NotFound, Forbidden, Conflict, TooManyRequests, HostSilent.
    """
    wanted = checked(wanted_log())
    place = cursor()
    if place is not None and not PLACE.fullmatch(place):
        raise Invalid("INVALID_LAST_EVENT_ID", "This is no place in a log.", field="Last-Event-ID")
    with db.engine.connect() as connection:
        name = agent.find(connection, agent_id).name
    requests = the(HostLogs)
    request = requests.follow(agent_id, {**wanted, "cursor": place})
    try:
        wait_for(request, "path" if wanted["source"] == "file" else "source")
        response = open_stream(TailOpening(LogOf(request, requests), 0, authentication.grant()))
        if the_request().method == "GET":
            note_view(agent_id, name, wanted.get("unit") or wanted.get("path"))
    except BaseException:
        requests.end(request.id)
        raise
    return response


def note_view(agent_id: str, name: str, what: str | None) -> None:
    """Who looked, at which host, at which unit or file of it: in the audit (security.md 22)."""
    entry = audit_trail.besides(audit_trail.begun().action, agent_id, name, what)
    write(lambda tx: tx.entries.append(entry))


def wait_for(request: FollowedLog, field: str) -> None:
    """Wait until the log is open on the host. Raises what its daemon says of it, about that field of the question."""
    if not request.answered.wait(ANSWER_WITHIN):
        raise HostSilent("HOST_SILENT", "The host's daemon does not answer; try again.")
    if request.failure is None or request.pieces:
        return
    code, message = request.failure
    if code == "TOO_MANY_FOLLOWS":
        raise TooManyRequests("TOO_MANY_STREAMS", message, SOON)
    kind, code = FAILURES.get(code, (Conflict, "LOG_FAILED"))
    if kind is Invalid:
        raise Invalid(code, message, field="path" if code == "NOT_A_FILE" else "source")
    raise kind(code, message, field=field) if kind in (Forbidden, NotFound) else kind(code, message)


class Told(msgspec.Struct):
    """A line of a daemon's."""

    cursor: str
    line: str | None = None
    at: float | None = None
    notice: Literal["truncated", "rotated", "gap"] | None = None
    # A place before any line, or the end of what is not to be followed.
    mark: Literal["begin", "end"] | None = None


class Event(msgspec.Struct):
    """A line as its reader gets it."""

    line: str
    at: float | None


_told = msgspec.json.Decoder(Told)
_encode = msgspec.json.Encoder().encode


@dataclass(eq=False)
class LogOf:
    """One reader's log: what came for it and was not sent yet lies in its request."""

    request: FollowedLog
    requests: HostLogs
    unfinished: bytes = field(default=b"", init=False)

    @property
    def subject(self) -> str:
        """The request."""
        return self.request.id

    def advance(self, position: Hashable) -> TailStep:
        """The next lines. A reader who takes nothing is not asked for: then no credit is given to the host."""
        assert isinstance(position, int)
        data = self.requests.take(self.request)
        if not data:
            return self._end(position)
        *whole, self.unfinished = (self.unfinished + data).split(b"\n")
        try:
            if len(self.unfinished) > UNFINISHED_MOST:
                raise ValueError("a line without end")
            told = [_told.decode(line) for line in whole]
            chunk = b"".join(map(frame, told))
        except ValueError:
            self.requests.end(self.request.id)
            chunk = error_frame("BAD_ANSWER", "The host's daemon says what is no log.")
            return TailStep(position + len(data), chunk, ends=True)
        is_over = bool(told) and told[-1].mark == "end"
        if is_over:
            self.requests.end(self.request.id)
        return TailStep(position + len(data), chunk, ends=is_over)

    def _end(self, position: int) -> TailStep:
        if self.request.failure is None:
            return TailStep(position, b"")
        code, message = self.request.failure
        return TailStep(position, error_frame(FAILURES.get(code, (Conflict, "LOG_FAILED"))[1], message), ends=True)


def frame(told: Told) -> bytes:
    """A line of a daemon's as an event. Raises ValueError for what is none."""
    place = b"id: %b\n" % told.cursor.encode() if PLACE.fullmatch(told.cursor) else b""
    if told.mark == "begin":
        return b"%b: begins\n\n" % place
    return b"%bdata: %b\n\n" % (place, data_of(told))


def data_of(told: Told) -> bytes:
    """What an event says. Raises ValueError likewise."""
    if told.notice is not None:
        return _encode({"notice": told.notice})
    if told.line is not None:
        return _encode(Event(told.line, told.at))
    if told.mark == "end":
        return _encode({"end": "backlog"})
    raise ValueError("neither a line nor a notice")


def error_frame(code: str, message: str) -> bytes:
    """Why a log ends."""
    return b"data: %b\n\n" % msgspec.json.encode({"error": {"code": code, "message": message}})
