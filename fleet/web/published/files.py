"""Files of a host, from and to its disk (document 3, "File Download", "File Upload"); under /v1 too."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TypedDict
from urllib.parse import quote

from flask import Blueprint, Response
from werkzeug.datastructures import Range
from werkzeug.http import http_date, parse_date, parse_range_header, unquote_etag

from fleet.errors import FleetError
from fleet.links import Link, Links
from fleet.parts import the
from fleet.web.framework.current import the_request
from fleet.web.framework.messages import Response as Answer
from fleet.web.http import queries
from fleet.web.http.description import describes
from fleet.web.http.respond import json_response
from fleet.web.link.messages import Done, saying
from fleet.web.link.transfers import Coming, Cut, Transfers
from fleet.web.pages.errors import error_body
from fleet.web.published import upload
from fleet.web.published.file_requests import ask, checked_path, linked, note, wait
from fleet.web.security import authentication
from fleet.web.security.credentials import Grant

files = Blueprint("files", __name__)

# What hosts refuse, or are not there for.
OF_HOSTS = (
    "NOT_A_HOST",
    "HOST_OFFLINE",
    "HOST_SILENT",
    "OUTSIDE_ROOTS",
    "NOT_FOUND",
    "NOT_A_FILE",
    "CHANGED",
    "BUSY",
    "CUT",
)
BINARY = "application/octet-stream"
# Seconds after which it is asked whether the credential of a transfer is still good (security.md 6).
STILL_GOOD_EVERY = 1.0
DATES = 253402300800  # the first second of the year 10000


class Uploaded(TypedDict):
    """Where a file lies now, and what it is."""

    path: str
    size: int
    sha256: str


def wanted_path() -> str:
    """The file that is asked for."""
    return queries.words("path", 20_000) or ""


@files.get("/<agent_id>/files")
@describes(
    query=(wanted_path,),
    status=200,
    files=(BINARY,),
    others=((206, None), (304, None)),
    codes=(*OF_HOSTS, "MISSING_PATH", "RANGE_NOT_SATISFIABLE"),
)
def show(agent_id: str) -> Response:
    """A file of the host, or a range of one; what becomes shorter meanwhile ends the connection."""
    path = checked_path(the_request().args.get("path", ""), "path", absolute=True)
    name, link = linked(agent_id)
    found = ask(link, "stat", path, "path")
    headers = headers_of(path, found)
    if is_unchanged(found):
        return Answer(status=304, headers={k: v for k, v in headers.items() if k in ("ETag", "Last-Modified")})
    part = wanted_range(found)
    if part is None:
        error = FleetError("RANGE_NOT_SATISFIABLE", f"The file has {found.size} bytes.")
        return json_response(error_body(error), 416, {"Content-Range": f"bytes */{found.size}"})
    first, end = part
    length, status = end - first, 200
    if part != (0, found.size):
        status, headers["Content-Range"] = 206, f"bytes {first}-{end - 1}/{found.size}"
    headers["Content-Length"] = str(length)
    if the_request().method == "HEAD" or not length:
        return Answer((), status, headers, content_type=BINARY)
    return Answer(begun(link, path, found, part, name), status, headers, content_type=BINARY, direct_passthrough=True)


def headers_of(path: str, found: Done) -> dict[str, str]:
    """What every answer about a file tells of it; never anything that a browser would show in place of saving it."""
    name = path.rpartition("/")[2]
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    headers = {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "Accept-Ranges": "bytes",
        "ETag": f'"{found.etag}"',
    }
    if 0 <= found.mtime < DATES:
        headers["Last-Modified"] = http_date(found.mtime)
    return headers


def is_unchanged(found: Done) -> bool:
    """True when the caller has this file already (RFC 9110, 13.1.2)."""
    there = the_request().if_none_match
    return there.contains_weak(found.etag) or "*" in the_request().headers.get("If-None-Match", "").strip()


def wanted_range(found: Done) -> tuple[int, int] | None:
    """From which byte to which (not with it); the whole file for what is no single range. None: there are none."""
    asked = the_request()
    said = parse_range_header(asked.headers.get("Range"))
    if said is None or said.units != "bytes" or len(said.ranges) != 1 or not is_same(found):
        return 0, found.size
    return within(said, found.size)


def within(said: Range, size: int) -> tuple[int, int] | None:
    """A range as far as the file reaches (RFC 9110, 14.1.2)."""
    first, end = said.ranges[0]
    if first < 0:
        first = max(0, size + first)
    end = size if end is None else min(end, size)
    return (first, end) if first < end else None


def is_same(found: Done) -> bool:
    """Whether what `If-Range` names is this file; without it, it is (RFC 9110, 13.1.5)."""
    said = the_request().headers.get("If-Range")
    if said is None:
        return True
    moment = parse_date(said)
    if moment is not None:
        return int(moment.timestamp()) == found.mtime
    etag, weak = unquote_etag(said)
    return etag == found.etag and not weak


def begun(link: Link, path: str, found: Done, part: tuple[int, int], name: str) -> Passing:
    """The bytes of a range, once the host has begun to bring them. Raises what it refuses."""
    first, end = part
    with ExitStack() as stack:
        transfer = stack.enter_context(the(Transfers).open(link, Coming))
        stack.callback(transfer.over.set)
        asked = {"id": transfer.id, "path": path, "offset": first, "length": end - first, "etag": found.etag}
        the(Links).send(link, saying("get", **asked))
        wait(transfer.answers, "path")
        note("files.show", link.agent_id, name, path)
        return Passing(transfer, end - first, stack.pop_all(), authentication.grant())


class Passing:
    """The bytes as they come, as long as the caller may have them; whatever way it ends, the host is let go."""

    def __init__(self, transfer: Coming, length: int, stack: ExitStack, grant: Grant) -> None:
        self._transfer = transfer
        self._length = length
        self._pieces = transfer.pieces(length)
        self._stack = stack
        self._grant = grant
        self._looked = time.monotonic()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        self._look()
        return next(self._pieces)

    def pour(self, sock: socket.socket) -> int | None:
        """All of them into a connection, by the kernel; None where it cannot."""
        return self._transfer.pour(sock, self._length, self._look)

    def _look(self) -> None:
        if time.monotonic() - self._looked > STILL_GOOD_EVERY:
            self._looked = time.monotonic()
            if not self._grant.still_good():
                raise Cut("the credential is not good any more")

    def close(self) -> None:
        """Nobody takes any more; also when nobody has begun to."""
        self._stack.close()


@files.post("/<agent_id>/files")
@describes(
    Uploaded,
    200,
    form=upload.Upload,
    keyed=False,
    codes=(*OF_HOSTS, "EXISTS", "CHECKSUM", "DISK_FULL", "TOO_MANY_FIELDS"),
)
def create(agent_id: str) -> Response:
    """Put a file on the host; until all of it is there and right, nothing is."""
    name, link = linked(agent_id)
    done = upload.Uploading(link).run(the_request())
    note("files.create", agent_id, name, done.path)
    return json_response({"path": done.path, "size": done.size, "sha256": done.sha256})
