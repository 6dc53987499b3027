"""gunicorn's own log lines, through ours."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from gunicorn.glogging import Logger as GunicornLogger

from fleet.logs import logger, request_line

log = logger("fleet.server")


class ServerLogger(GunicornLogger):
    """What gunicorn calls a logger; its chatter about itself counts as debug."""

    access_log_enabled = True

    def setup(self, cfg: Any) -> None:
        """Take no handler of gunicorn's; `fleet.logs` has set up everything."""
        self.cfg = cfg
        for its_own in (self.error_log, self.access_log):
            its_own.propagate = True
            its_own.handlers.clear()

    def debug(self, msg: str, *args: Any, **_kwargs: Any) -> None:
        """Say what happens on single connections, for those who look for a fault."""
        log.trace(msg, *args)

    def info(self, msg: str, *args: Any, **_kwargs: Any) -> None:
        """Say what gunicorn does with its processes, for those who want to know."""
        log.debug(msg, *args)

    def access(self, resp: Any, _req: Any, environ: Any, request_time: timedelta) -> None:
        """Log one request that was answered, or one stream that ended."""
        status = int(str(resp.status).partition(" ")[0])
        request_line(environ, status, request_time.total_seconds(), getattr(resp, "sent", None))
