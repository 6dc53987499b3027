"""Whether what is remembered of credentials still counts: a number that rises with every change, in every process.

No time would do: a clock that was set back makes what is revoked now look older than what was revoked before.
"""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from fleet.db import Transaction
from fleet.models.token.record import CREDENTIALS

EDITION = select(CREDENTIALS.c.edition)


def edition(connection: Connection) -> int:
    """Another number whenever a secret was made or ended, or a person changed, by whichever process."""
    return int(connection.execute(EDITION).scalar_one())


def changed(tx: Transaction) -> None:
    """Let nobody rely any longer on what was looked up; to be called after every such change."""
    tx.execute(update(CREDENTIALS).values(edition=CREDENTIALS.c.edition + 1))
