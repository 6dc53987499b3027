"""What can be set, from where it came, and what is allowed.

`table.Settings` is the one list of settings; `load` fills it from flags,
environment, file and defaults, in this order of precedence.
"""

from fleet.config.sources import ConfigError, load
from fleet.config.table import Settings, Spec, specs

__all__ = ["ConfigError", "Settings", "Spec", "load", "specs"]
