"""Where alembic meets Fleet: for `fleet serve`, `fleet db upgrade` and flask-migrate alike.

Fleet's own upgrade hands over its connection; under `flask db …` the
application's engine is used. SQLite cannot alter most of a table: alembic
copies it ("batch"), which must not follow foreign keys while it does.
"""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import Connection

from fleet.models import Base


def main() -> None:
    """Run what alembic was asked for on the connection that there is."""
    given = context.config.attributes.get("connection")
    if given is not None:
        migrate(given)
        return
    from flask import current_app  # under `flask db …` only; an upgrade needs no application

    extension = current_app.extensions["migrate"]
    with extension.db.engine.connect() as connection:
        migrate(connection, **extension.configure_args)


def migrate(connection: Connection, **options: Any) -> None:
    """Apply the revisions in one transaction, with SQLite's foreign keys checked at the end."""
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        set_foreign_keys(connection, on=False)
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        **{
            "process_revision_directives": drop_empty_revisions,
            "render_as_batch": True,
            "compare_type": True,
            "transactional_ddl": True,
            **options,
        },
    )
    with context.begin_transaction():
        context.run_migrations()
        if sqlite:
            check_foreign_keys(connection)
    if sqlite:
        set_foreign_keys(connection, on=True)


def set_foreign_keys(connection: Connection, *, on: bool) -> None:
    """Outside of any transaction, where alone SQLite heeds it."""
    raw = connection.connection.driver_connection
    if raw is None or raw.in_transaction:
        raise RuntimeError("The connection is in a transaction, migrations cannot begin.")
    raw.execute(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")


def check_foreign_keys(connection: Connection) -> None:
    """Raise RuntimeError, which undoes everything, when a row points to nothing."""
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise RuntimeError(f"The migration leaves rows that point to nothing: {broken[:5]}")


def drop_empty_revisions(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Write no file when the models and the database agree."""
    options = context.config.cmd_opts
    if getattr(options, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []


if context.is_offline_mode():
    raise SystemExit("Fleet's migrations need a database; --sql is not supported.")
main()
