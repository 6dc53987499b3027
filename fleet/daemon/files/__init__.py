"""Files of this host: looked at, sent, and taken, beneath its roots."""

from fleet.daemon.files.files import Files
from fleet.daemon.files.transfer import Way

__all__ = ["Files", "Way"]
