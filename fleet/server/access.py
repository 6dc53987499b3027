"""gunicorn's own log lines, through ours."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from gunicorn.glogging import Logger as GunicornLogger

from fleet.logs import logger

log = logger("fleet.server")
requests = logger("fleet.requests")


class ServerLogger(GunicornLogger):
    """What gunicorn calls a logger; its chatter about itself counts as debug.

    A request's line has the path without its query: a ticket may stand there.
    """

    def setup(self, cfg: Any) -> None:
        """Take no handler of gunicorn's; `fleet.logs` has set up everything."""
        self.cfg = cfg
        for its_own in (self.error_log, self.access_log):
            its_own.propagate = True
            its_own.handlers.clear()

    @property
    def access_log_enabled(self) -> bool:
        """Whether a line for each request is wanted."""
        return bool(requests.isEnabledFor(10))

    def debug(self, msg: str, *args: Any, **_kwargs: Any) -> None:
        """Say what happens on single connections, for those who look for a fault."""
        log.trace(msg, *args)

    def info(self, msg: str, *args: Any, **_kwargs: Any) -> None:
        """Say what gunicorn does with its processes, for those who want to know."""
        log.debug(msg, *args)

    def access(self, resp: Any, _req: Any, environ: Any, request_time: timedelta) -> None:
        """Log one request that was answered, or one stream that ended."""
        if self.access_log_enabled:
            requests.debug(
                "request",
                method=environ.get("REQUEST_METHOD"),
                path=environ.get("PATH_INFO"),
                status=int(str(resp.status).partition(" ")[0]),
                bytes=getattr(resp, "sent", None),
                ms=round(request_time.total_seconds() * 1000, 1),
                remote=environ.get("REMOTE_ADDR"),
            )
