"""What can come instead of an answer."""

from __future__ import annotations

import http.client
import json

from fleet.client.address import Address, Json
from fleet.client.diagnosis import speaks_tls

# Answers that say "not now": the same request may well succeed a moment later.
PASSING = frozenset({429, 500, 502, 503, 504})
# The header that every answer of a Fleet carries.
MARK = "X-Fleet"


class Refused(Exception):
    """The server said no. `status` is HTTP's number, `code` the server's word, `details` what it adds."""

    def __init__(self, status: int, code: str, message: str, details: Json | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.details = details or {}


class Unauthorized(Refused):
    """The token is not good (401) or not good for this (403)."""


class Missing(Refused):
    """What was named is not, or no longer, there (404)."""


class Stranger(Refused):
    """What answers there is no Fleet. It has not done what was asked for, whatever its status says."""


class Unreachable(Exception):
    """No answer could be had, in all the tries that were allowed."""


class Stopped(Exception):
    """The caller wanted to stop; what was under way is of no interest any more."""


def judged(address: Address, answer: http.client.HTTPResponse, payload: bytes) -> Json:
    """The JSON of a Fleet's answer of 2xx ({} for none). Raises Refused or a child of it for any other one."""
    ours = answer.getheader(MARK) is not None
    if answer.status >= 300 and (ours or answer.status in PASSING):
        raise refusal_from(answer.status, payload)
    if not ours:
        raise stranger(address, answer.status, answer.getheader("Location"))
    found = parsed(payload)
    if payload and not found:
        raise stranger(address, answer.status)
    return found


def stranger(address: Address, status: int, location: str | None = None) -> Stranger:
    """The error for an answer that no Fleet gives, and where to go instead where that can be told."""
    said = f"{address.url} does not answer as a Fleet does (HTTP {status})"
    if 300 <= status < 400 and location:
        said = f"{said}; it leads to {location}"
    elif not address.secure and status == 400 and speaks_tls(address):
        said = f"{said}; it speaks https: use {address.by('https')}"
    return Stranger(status, "NOT_A_FLEET", f"{said}.")


def parsed(payload: bytes) -> Json:
    """The JSON object in `payload`; {} when there is none."""
    try:
        value = json.loads(payload) if payload else {}
    except ValueError:
        value = {}
    return value if isinstance(value, dict) else {}


def refusal_from(status: int, payload: bytes) -> Refused:
    """The exception for an answer of 300 or more, in the server's own words when it had any."""
    error = parsed(payload).get("error")
    fields = error if isinstance(error, dict) else {}
    code, message = str(fields.get("code", "")), str(fields.get("message", f"HTTP {status}"))
    details = fields.get("details")
    kind = Unauthorized if status in (401, 403) else Missing if status == 404 else Refused
    return kind(status, code, message, details if isinstance(details, dict) else None)
