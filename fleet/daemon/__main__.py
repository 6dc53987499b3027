"""`python -m fleet.daemon`, and what the shipped file runs."""

from __future__ import annotations

import sys

from fleet.daemon.cli import main

if __name__ == "__main__":
    sys.exit(main())
