"""The commands that look after a Fleet: doctor, backup, restore, db size."""

from __future__ import annotations

from pathlib import Path

import click

from fleet.config import Settings
from fleet.console.options import settings_options


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@settings_options
def doctor(settings: Settings, as_json: bool) -> None:
    """Look for what is wrong, or soon will be, and say what helps. Exit code 1 when there is a problem.

    With FLEET_TOKEN set it also opens a stream through public_url and looks at
    what the proxy makes of it.
    """
    from fleet.console.doctor import as_json_text, as_lines, examine, has_problem

    findings = examine(settings)
    click.echo(as_json_text(findings) if as_json else as_lines(findings))
    if has_problem(findings):
        click.get_current_context().exit(1)


@click.command()
@click.argument("file", metavar="FILE|-")
@settings_options
def backup(settings: Settings, file: str) -> None:
    """Copy the database to FILE, or to standard output; also while the server runs."""
    from fleet.console.backup import backup as make

    click.echo(make(settings, file), err=True)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Put the present database aside.")
@settings_options
def restore(settings: Settings, file: Path, force: bool) -> None:
    """Put the backup FILE in the database's place; stop the server first."""
    from fleet.console.restore import restore as put_back

    click.echo(put_back(settings, file, force=force))


@click.command(hidden=True)
@settings_options
def healthy(settings: Settings) -> None:
    """Exit with 0 while Fleet serves where the settings say, with 1 otherwise: for containers."""
    from fleet.console.health import fleet_at

    if fleet_at(settings) is None:
        click.get_current_context().exit(1)


@click.command("size")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@settings_options
def size(settings: Settings, as_json: bool) -> None:
    """Show how large the database is, table by table."""
    from fleet.console.size import size as measure

    click.echo(measure(settings, as_json=as_json))
