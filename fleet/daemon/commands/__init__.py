"""The commands of a host: journaled before they start, run by a process of their own, kept until the server has them.

`Commands` is the face. state/ holds `journal`, `reserve`, `wake`, `lock` and
`commands/<id>/` with `begun`, `progress`, `stdout`, `stdout.tail`, `stderr`,
`stderr.tail` and `result`; docs/promises.md says what each is good for.
"""

from fleet.daemon.commands.commands import Commands
from fleet.daemon.commands.limits import Limits
from fleet.daemon.commands.store import StateInUse

__all__ = ["Commands", "Limits", "StateInUse"]
