"""The version of this Fleet, as it was installed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed

DISTRIBUTION = "fleet-control"


def version() -> str:
    """Such as "0.1.0"; "0" when Fleet runs from a folder that was never installed."""
    try:
        return installed(DISTRIBUTION)
    except PackageNotFoundError:
        return "0"
