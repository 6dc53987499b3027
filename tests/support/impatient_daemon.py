"""The daemon's program, which tries again at once: for tests that cut its link more often than a night has storms."""

from __future__ import annotations

import sys
from functools import partial

from fleet.daemon import backoff, cli, daemon, reports

backoff.FIRST, backoff.LONGEST = 0.02, 0.3
reports.SPACING = 0.05
# Where a few upgrades in a row were cut it works by reports, for so many seconds.
daemon.Daemon = partial(daemon.Daemon, socket_again=1.0)  # type: ignore[assignment, misc]

if __name__ == "__main__":
    sys.exit(cli.main())
