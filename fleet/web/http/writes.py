"""Writing once: verb, audit entry, answer and `Idempotency-Key` in one transaction (contract I1, I12)."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from flask import Response, g, request

from fleet import db
from fleet.db import Transaction
from fleet.errors import Invalid
from fleet.models import idempotency
from fleet.web.http.negotiation import wants_json
from fleet.web.http.respond import encode, json_response, raw_json, respond
from fleet.web.security.audit_trail import audited
from fleet.web.security.signs_of_life import carrying

T = TypeVar("T")
KEY_LONGEST = 255
_in_flight: dict[tuple[str, str, str], threading.Lock] = {}


def write(verb: Callable[[Transaction], T]) -> T:
    """A view's one way to write; returns what `verb` returns after the durable commit.

    What it did is an entry of the audit in the same transaction (security.md 22).
    """
    return db.write(audited(carrying(verb)))


def write_and_respond(
    verb: Callable[[Transaction], T],
    *,
    json: Callable[[T], Any],
    status: int | Callable[[T], int] = 200,
    goto: Callable[[T], str] | str | None = None,
    headers: Callable[[T], dict[str, str]] | None = None,
    kept: Callable[[T], Any] | None = None,
    part: Callable[[T], str] | None = None,
) -> Response:
    """Run `verb` in a write and answer with what it returned; 204 when `json` makes None of it.

    A page gets `part` in place of its form, or nothing: the stream brings what changed.

    For programs: with an `Idempotency-Key` on a POST the answer is committed
    together with the write and given again for the same request within 24 hours.
    `kept` is what is kept of an answer that holds a secret.
    """
    if request.method == "POST" and wants_json() and (key := idempotency_key()) is not None:
        return once(key, verb, json, status, kept or json) or json_response(None)
    result = write(verb)
    return respond(
        json=lambda: json(result),
        part=(lambda: part(result)) if part else None,
        goto=goto(result) if callable(goto) else goto,
        status=status(result) if callable(status) else status,
        headers=headers(result) if headers else None,
    )


def write_and_respond_if_any(verb: Callable[[Transaction], T], *, json: Callable[[T], Any]) -> Response | None:
    """As `write_and_respond`, with None for no answer: a call that waits tries again."""
    if request.method == "POST" and wants_json() and (key := idempotency_key()) is not None:
        return once(key, verb, json, 200, json)
    body = json(write(verb))
    return None if body is None else respond(json=lambda: body)


def once(
    key: str,
    verb: Callable[[Transaction], T],
    json: Callable[[T], Any],
    status: int | Callable[[T], int],
    kept: Callable[[T], Any],
) -> Response | None:
    """Run `verb` unless its answer is kept already, None when that is none; a second one in flight waits for the first."""
    scope = (g.identity.grant_id, f"{request.method} {request.path}", key)
    # A form has been read from the connection by now; its fields stand for its body.
    sent = request.get_data() or repr(sorted(request.form.items(multi=True))).encode()
    digest = hashlib.sha256(sent).hexdigest()
    act = audited(carrying(verb))  # an answer that is given again is no second write

    def write_or_recall(tx: Transaction) -> tuple[int, bytes]:
        before = idempotency.recall(tx, *scope, digest)
        if before is not None:
            return before
        result = act(tx)
        body = json(result)
        if body is None:
            return 204, b""
        code = status(result) if callable(status) else status
        idempotency.keep(tx, *scope, digest, (code, encode(kept(result))))
        return code, encode(body)

    with one_at_a_time(scope):
        kept_status, body = db.write(write_or_recall)
    return raw_json(body, kept_status) if body else None


@contextmanager
def one_at_a_time(scope: tuple[str, str, str]) -> Iterator[None]:
    """Hold back a second request with the same key until the first is answered."""
    lock = _in_flight.setdefault(scope, threading.Lock())
    with lock:
        try:
            yield
        finally:
            _in_flight.pop(scope, None)


def idempotency_key() -> str | None:
    """The request's key, or None. Raises Invalid for one that is empty, too long or not printable."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 0 < len(key) <= KEY_LONGEST or not key.isprintable():
        raise Invalid(
            "INVALID_IDEMPOTENCY_KEY",
            f"Idempotency-Key must be 1 to {KEY_LONGEST} printable characters.",
            field="Idempotency-Key",
        )
    return key
