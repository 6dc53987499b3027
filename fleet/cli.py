"""The `fleet` command. What a subcommand needs is imported when it runs: `fleet config` loads no Flask.

Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 3 the database is in
use by another Fleet, 4 the database is newer than this Fleet. The commands for
daily work (`fleet.shell`) speak to a server; their --help tells their own.
"""

from __future__ import annotations

import click

from fleet.config import ConfigError, Settings
from fleet.console.audit import audit
from fleet.console.looking_after import backup, doctor, healthy, restore, size
from fleet.console.options import Group, settings_options
from fleet.console.people import token, user
from fleet.shell.lazy import LazyGroup
from fleet.version import version


class Main(LazyGroup, Group):
    """All of Fleet's commands; those for daily work are loaded when they are asked for."""


@click.group(cls=Main, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version(), "--version", prog_name="fleet")
def main() -> None:
    """Fleet, a self-hosted control plane for AI coding agents."""


@main.command()
@click.option("--reload", is_flag=True, help="With --dev: restart when a Python file of Fleet's has changed.")
@settings_options
def serve(settings: Settings, reload: bool) -> None:
    """Upgrade the database and serve pages and API."""
    from fleet.server.handover import received

    if reload and not settings.dev:
        raise ConfigError(["--reload is for development: use it with --dev."])
    handover = received()
    if reload and handover is None:
        from fleet.server.reload import serve_and_reload

        serve_and_reload(settings)
        return
    # Before anything that keeps a socket, a lock or a thread is imported.
    from gevent import monkey

    monkey.patch_all()

    from fleet.server.serve import serve as serve_until_stopped

    serve_until_stopped(settings, handover)


@main.command("config")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@settings_options
def show_config(settings: Settings, as_json: bool) -> None:
    """Show each setting, its value, and where that came from."""
    from fleet.console.show import as_json_text, as_lines

    click.echo(as_json_text(settings) if as_json else as_lines(settings))


@main.group()
def db() -> None:
    """Look after the database."""


@db.command("upgrade")
@settings_options
def db_upgrade(settings: Settings) -> None:
    """Back the database up and bring it to this version of Fleet."""
    from fleet.console.database import upgrade

    click.echo(upgrade(settings))


@db.command("current")
@settings_options
def db_current(settings: Settings) -> None:
    """Show the database's revision, and this version's."""
    from fleet.console.database import current

    click.echo(current(settings))


db.add_command(size)
main.add_command(doctor)
main.add_command(healthy)
main.add_command(backup)
main.add_command(restore)


main.add_command(token)
main.add_command(user)
main.add_command(audit)


@main.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def demo(arguments: tuple[str, ...]) -> None:
    """Fill a Fleet with agents that pretend to work; `fleet demo --help` says more."""
    from fleet.demo.main import demo as command

    command.main(args=list(arguments), prog_name="fleet demo")


@main.command(
    "daemon",
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def daemon(arguments: tuple[str, ...]) -> None:
    """Connect this machine to a Fleet as a host; `fleet daemon --help` says more."""
    from fleet.daemon.cli import main as command

    raise SystemExit(command(list(arguments)))
