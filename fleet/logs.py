"""Logging, set up once: lines for people in development, JSON for machines otherwise.

Everything goes to stderr. What other libraries log through the standard
library comes out in the same shape. A request's id, once bound, stands in
every line that is logged on its behalf.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import secrets
import sys
from collections.abc import Mapping
from typing import Any, TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from fleet.clock import now, rfc3339

TRACE = 5
LEVELS = {
    "trace": TRACE,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
}
# Credentials that may stand in a URL (stream tickets, link codes, enrolment keys), and our own anywhere.
CREDENTIAL = re.compile(r"(?i)(?P<kept>[?&](?:token|key|link|ticket)=|\bfl[a-z]_(?=[\w-]{20}))[\w%.~-]+")


class Handler(logging.StreamHandler[TextIO]):
    """Writes to what sys.stderr is at the time, which tests and daemons replace."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        self.stream = sys.stderr
        super().emit(record)


class Logger(structlog.stdlib.BoundLogger):
    """structlog's logger with the level that document 1 adds, `trace`."""

    def trace(self, event: str, *arguments: object, **values: Any) -> None:
        """Log what is of use for finding a fault only: frames, statements."""
        if self._logger.isEnabledFor(TRACE):
            if arguments:
                values["positional_args"] = arguments
            processed, named = self._process_event("trace", event, values)
            self._logger.log(TRACE, *processed, **named)


def logger(name: str) -> Logger:
    """The logger of a module; `logger(__name__)`."""
    return cast(Logger, structlog.stdlib.get_logger(name))


# Where a request's environment says who asks; "name (id)".
WHO = "fleet.who"
_requests = logger("fleet.requests")
_for_people_only = False


def set_up(level: str, *, dev: bool) -> None:
    """Send everything from `level` (a key of LEVELS) upwards to stderr; safe to call again."""
    global _for_people_only  # noqa: PLW0603  # a process has one log
    _for_people_only = dev
    logging.addLevelName(TRACE, "TRACE")
    structlog.configure(
        processors=[
            _drop_what_is_not_wanted,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=Logger,
        cache_logger_on_first_use=True,
    )
    handler = Handler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_shared(),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *(_for_people() if dev else _for_machines()),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [*(h for h in root.handlers if not isinstance(h, Handler)), handler]
    root.setLevel(LEVELS[level])
    _quieten_libraries(LEVELS[level])


def begin_request() -> str:
    """Make the id of a new request and bind it to what this greenlet logs from now on.

    A keep-alive connection serves one request after another on one greenlet,
    so what was bound before is dropped first.
    """
    request_id = secrets.token_hex(8)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)
    return request_id


def request_line(environ: Mapping[str, Any], status: int, seconds: float, sent: int | None = None) -> None:
    """Log one request that was answered: its path without the query, where a ticket may stand.

    Level info; debug in development, for health checks and for static files.
    """
    path = str(environ.get("PATH_INFO", ""))
    level = logging.DEBUG if _for_people_only or path == "/health" or path.startswith("/static/") else logging.INFO
    if not _requests.isEnabledFor(level):
        return
    fields = {
        "method": environ.get("REQUEST_METHOD"),
        "path": f"{environ.get('SCRIPT_NAME', '')}{path}",
        "status": status,
        "ms": round(seconds * 1000, 1),
        "bytes": sent,
        "remote": environ.get("REMOTE_ADDR"),
        "who": environ.get(WHO),
    }
    if level == logging.INFO:
        _write_at_once(fields)
    else:
        _requests.log(level, "request", **fields)


def _write_at_once(fields: dict[str, Any]) -> None:
    """Write the line that all the processors would make; with them it costs as much as a small request."""
    line = {
        **fields,
        "event": "request",
        **structlog.contextvars.get_contextvars(),
        "level": "info",
        "logger": "fleet.requests",
        "timestamp": rfc3339(now()),
    }
    with contextlib.suppress(OSError, ValueError):  # nobody reads it any more
        sys.stderr.write(f"{json.dumps(_mask(None, 'info', line))}\n")
        sys.stderr.flush()


def masked(text: str) -> str:
    """`text` with credentials replaced."""
    return CREDENTIAL.sub(r"\g<kept>***", text)


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.UnicodeDecoder(),
        _mask,
    ]


def _drop_what_is_not_wanted(given: WrappedLogger, method: str, line: EventDict) -> EventDict:
    # structlog does not know `trace`, which has looked for itself.
    return line if method == "trace" else structlog.stdlib.filter_by_level(given, method, line)


def _for_people() -> list[Processor]:
    return [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            # The default prints every local variable, and with them secrets.
            exception_formatter=structlog.dev.plain_traceback,
        )
    ]


def _for_machines() -> list[Processor]:
    return [structlog.processors.format_exc_info, _mask, structlog.processors.JSONRenderer()]


def _mask(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    return {key: masked(value) if isinstance(value, str) else value for key, value in line.items()}


def _quieten_libraries(level: int) -> None:
    """Let libraries speak one level below their own opinion of themselves."""
    # SQLAlchemy logs every statement at INFO; that is what `trace` is for.
    statements = logging.INFO if level <= TRACE else logging.WARNING
    logging.getLogger("sqlalchemy.engine").setLevel(statements)
    for name in ("alembic", "werkzeug"):
        logging.getLogger(name).setLevel(max(level, logging.WARNING) if level > logging.DEBUG else level)
