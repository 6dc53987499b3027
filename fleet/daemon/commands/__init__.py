"""The commands of a host: journaled before they start, run by a process of their own, kept until the server has them.

`Commands` is the face. In the state's folder lie `journal` (what was accepted,
what was started), `reserve` (room for a full disk), `wake` (where runners knock),
`lock`, and for each command a folder with `begun` (who starts it), `progress`,
`stdout`, `stderr` and their `.tail` (its output, masked), and `result`.
"""

from fleet.daemon.commands.commands import Commands
from fleet.daemon.commands.limits import Limits
from fleet.daemon.commands.store import StateInUse

__all__ = ["Commands", "Limits", "StateInUse"]
