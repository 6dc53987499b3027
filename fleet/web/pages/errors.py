"""Which status an error becomes, and how it is said: as JSON, as a page, beside a field."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import structlog
from flask import Flask, g, render_template, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.routing.exceptions import WebsocketMismatch

from fleet import errors
from fleet.db.writer import storage_error
from fleet.web.framework.messages import Response
from fleet.web.http.negotiation import wants_json, wants_page
from fleet.web.http.respond import html_response, json_response, see_other
from fleet.web.http.slashes import address, without_slash
from fleet.web.pages import error_words, session_ended
from fleet.web.pages.forms import failed_page
from fleet.web.pages.page import page_context
from fleet.web.security import refusals

log = structlog.get_logger(__name__)

STATUS: dict[type[errors.FleetError], int] = {
    errors.Invalid: 400,
    errors.Malformed: 400,
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Stale: 412,
    errors.TooSlow: 408,
    errors.TooLarge: 413,
    errors.AddressTooLong: 414,
    errors.UnmetExpectation: 417,
    errors.Misdirected: 421,
    errors.UpgradeRequired: 426,
    errors.TooManyRequests: 429,
    errors.HeadTooLarge: 431,
    errors.UnknownCoding: 501,
    errors.RemoteFailed: 502,
    errors.TooManyStreams: 503,
    errors.TooManyLinks: 503,
    errors.StorageUnavailable: 503,
    errors.HostSilent: 504,
    errors.HostIsFull: 507,
}
CODES = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 413: "BODY_TOO_LARGE", 415: "UNSUPPORTED_MEDIA_TYPE"}


def init_app(app: Flask) -> None:
    """Register the handlers for our own errors, HTTP's, the database's and everything else."""
    app.register_error_handler(errors.FleetError, say)
    app.register_error_handler(HTTPException, say_http)
    app.register_error_handler(OperationalError, lambda error: say(storage_error(error)))
    app.register_error_handler(Exception, say_unexpected)


def say(error: errors.FleetError) -> Response:
    """Answer with one of our own errors."""
    status = 507 if getattr(error, "full", False) else STATUS[type(error)]
    if status in refusals.REFUSALS:
        refusals.note(error.code)
    headers: dict[str, str] = {"Retry-After": "5"} if status >= 503 else {}
    if isinstance(error, errors.TooManyRequests):
        headers["Retry-After"] = str(error.retry_after)
    if status == 426:
        headers |= {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    if status == 401 and wants_page():
        return redirect_to_login()
    if status == 401 and session_ended.by_a_page():
        return session_ended.to_the_door()
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="fleet"'
    return answer(status, error.code, error.message, headers, error.details)


def redirect_to_login() -> Response:
    """Send a person who is not signed in to the login page, which comes back here afterwards."""
    return see_other(f"/login?{urlencode({'next': request.full_path.rstrip('?')})}")


def say_http(error: HTTPException) -> Response:
    """Answer with an error of HTTP itself, such as 404 or 405 (with Allow)."""
    if isinstance(error, WebsocketMismatch) and not asks_for_upgrade():
        return say(errors.UpgradeRequired())
    status = error.code or 500
    headers = {k: v for k, v in error.get_headers() if k.lower() in ("allow", "location", "retry-after")}
    if status in (301, 302, 303, 307, 308):
        return Response(status=status, headers=headers)
    message = error_words.reason(status, request.method, headers.get("Allow", ""))
    path = without_slash(request) if status == 404 else None
    if path is not None:
        if request.method in ("GET", "HEAD"):
            return Response(status=308, headers={"Location": address(path, request.query_string)})
        message = f"There is nothing here; without the slash at its end there is: {path}"
    return answer(status, CODES.get(status, error.name.upper().replace(" ", "_")), message, headers)


def asks_for_upgrade() -> bool:
    """True for a request that wants to become a WebSocket."""
    return request.headers.get("Upgrade", "").lower() == "websocket"


def say_unexpected(error: Exception) -> Response:
    """Log what nobody foresaw; the trace stays in the process (security.md)."""
    log.error("unexpected", exc_info=error)
    return answer(500, "INTERNAL_ERROR", "Something went wrong inside Fleet.", {})


def answer(
    status: int, code: str, message: str, headers: dict[str, str], details: dict[str, Any] | None = None
) -> Response:
    """One error shape for programs, one page for people; a form is shown again with what was typed."""
    if wants_json():
        body = error_body(errors.FleetError(code, message, **(details or {})))
        return json_response(body, status, headers)
    if code == "MISSING_AUTH_TOKEN":  # which is for programs
        message = session_ended.WORDS
    page = failed_page(status, (details or {}).get("field"), message)
    return html_response(page or error_page(status, message), status, headers)


def error_body(error: errors.FleetError) -> dict[str, Any]:
    """Document 1's error shape: code, message, and details where there are any."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.details:
        body["details"] = error.details
    return {"error": body}


def error_page(status: int, message: str) -> str:
    """What happened, what it means, what to do."""
    heading = error_words.HEADINGS.get(status, error_words.ANY_HEADING)
    return render_template(
        "errors/error.html",
        **page_context(title=heading, nav=None),
        status=status,
        heading=heading,
        explanation=error_words.for_people(message),
        remedy=error_words.REMEDIES.get(status, error_words.ANY_REMEDY),
        list_of=error_words.list_of(request.path) if status == 404 else None,
        request_id=g.get("request_id", ""),
    )
